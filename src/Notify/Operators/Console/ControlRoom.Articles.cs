using System.Globalization;
using System.Security.Claims;
using Notify.Alerts;
using Notify.Alerts.Rules;
using Notify.Articles;

namespace Notify.Operators.Console;

/// <summary>What editors do with articles, with what waits for them, and with the rules.</summary>
internal sealed partial class ControlRoom
{
    /// <returns>The alert, and whether the article is new.</returns>
    public async Task<(Guid? AlertId, bool IsNew)> PublishAsync(ClaimsPrincipal user, ArticleDraft draft, Handling handling, CancellationToken cancellationToken)
    {
        var person = await RequireAsync(user, Role.Editor, cancellationToken);
        return await database.WriteAsync(async write =>
        {
            // Whoever publishes by hand has decided; no rule is asked.
            var (articleId, alertId, isNew) = await newsdesk.PublishAsync(write, draft, handling with { IsDecided = true });
            await AuditLog.AddAsync(write, person.Email, $"published article {articleId}{(isNew ? "" : ", which was here before")}");
            return (alertId, isNew);
        }, cancellationToken);
    }

    /// <returns>What it means for readers; null when the article is gone.</returns>
    public async Task<Edited?> EditAsync(ClaimsPrincipal user, Guid articleId, ArticleDraft draft, bool isCorrection, CancellationToken cancellationToken)
    {
        var person = await RequireAsync(user, Role.Editor, cancellationToken);
        var signed = draft with { CameFrom = person.Email };
        var edited = await database.WriteAsync(async write =>
        {
            var done = isCorrection ? await corrections.CorrectAsync(write, articleId, signed) : await Corrections.IsGoneAsync(write, articleId) ? null : await newsdesk.EditAsync(write, articleId, signed);
            if (done is not null and not { Effect: EditEffect.Nothing })
            {
                await AuditLog.AddAsync(write, person.Email, $"edited article {articleId}{(done.CorrectionId is { } correction ? $" and sent a correction, alert {correction}" : "")}");
            }

            return done;
        }, cancellationToken);
        await control.SkipEndedAsync(articleId, cancellationToken);
        return edited;
    }

    public async Task UnpublishAsync(ClaimsPrincipal user, Guid articleId, CancellationToken cancellationToken)
    {
        var person = await RequireAsync(user, Role.Editor, cancellationToken);
        await database.WriteAsync(async write =>
        {
            await newsdesk.UnpublishAsync(write, articleId);
            await AuditLog.AddAsync(write, person.Email, $"took article {articleId} back");
        }, cancellationToken);
        await control.SkipEndedAsync(articleId, cancellationToken);
    }

    /// <returns>False when it has begun or ended meanwhile.</returns>
    public async Task<bool> ReleaseAsync(ClaimsPrincipal user, Guid alertId, Handling handling, AlertRoute route, CancellationToken cancellationToken)
    {
        var person = await RequireAsync(user, Role.Editor, cancellationToken);
        var how = route == AlertRoute.Digest ? "put into the digests" : handling.SendAt is { } at ? string.Create(CultureInfo.InvariantCulture, $"sends at {at.UtcDateTime:yyyy-MM-dd HH:mm} UTC") : "sends now";
        if (handling.SendAtLocal is { } local)
        {
            how = string.Create(CultureInfo.InvariantCulture, $"sends at {local:HH:mm} of its readers' own day");
        }

        return await control.ReleaseAsync(alertId, handling, route, write => AuditLog.AddAsync(write, person.Email, $"decided on alert {alertId}: {how}"), cancellationToken);
    }

    /// <summary>What was cancelled before anybody was told waits in the queue again.</summary>
    public async Task<bool> PutBackAsync(ClaimsPrincipal user, Guid alertId, CancellationToken cancellationToken)
    {
        var person = await RequireAsync(user, Role.Editor, cancellationToken);
        return await control.PutBackAsync(alertId, write => AuditLog.AddAsync(write, person.Email, $"put alert {alertId} back into the queue"), cancellationToken);
    }

    /// <summary>Noted only: it waits as before.</summary>
    public Task KeepHoldingAsync(ClaimsPrincipal user, Guid alertId, CancellationToken cancellationToken) =>
        NoteAsync(user, Role.Editor, $"goes on holding alert {alertId}", cancellationToken);

    public async Task<int> DropAllAsync(ClaimsPrincipal user, string reason, CancellationToken cancellationToken)
    {
        var person = await RequireAsync(user, Role.Editor, cancellationToken);
        return await control.DropAllAsync(reason, (write, count) => AuditLog.AddAsync(
            write, person.Email, string.Create(CultureInfo.InvariantCulture, $"dropped {count} alerts that waited because {reason}")), cancellationToken);
    }

    /// <returns>What is wrong with it; null when it holds.</returns>
    public async Task<string?> AddRuleAsync(ClaimsPrincipal user, Rule rule, CancellationToken cancellationToken)
    {
        var person = await RequireAsync(user, Role.Editor, cancellationToken);
        return await database.WriteAsync(async write =>
        {
            var now = await write.NowAsync();
            var signed = new Rule
            {
                Id = Guid.CreateVersion7(now),
                Position = 0,
                Topics = rule.Topics,
                Authors = rule.Authors,
                Keywords = rule.Keywords,
                CameFrom = rule.CameFrom,
                Days = rule.Days,
                FromTime = rule.FromTime,
                ToTime = rule.ToTime,
                Priority = rule.Priority,
                Outcome = rule.Outcome,
                ChangedAt = now,
                ChangedBy = person.Email,
            };
            if (await rules.AddAsync(write, signed) is { } fault)
            {
                return fault;
            }

            await AuditLog.AddAsync(write, person.Email, string.Create(CultureInfo.InvariantCulture, $"added rule {signed.Position}: {RuleWords.Say(signed, site.CurrentValue)}"));
            return null;
        }, cancellationToken);
    }

    public async Task MoveRuleAsync(ClaimsPrincipal user, Guid id, bool up, CancellationToken cancellationToken)
    {
        var person = await RequireAsync(user, Role.Editor, cancellationToken);
        await database.WriteAsync(async write =>
        {
            if (await rules.MoveAsync(write, id, up) is { } moved)
            {
                await AuditLog.AddAsync(write, person.Email, string.Create(CultureInfo.InvariantCulture, $"moved a rule to place {moved.Position}: {RuleWords.Say(moved, site.CurrentValue)}"));
            }
        }, cancellationToken);
    }

    public async Task DeleteRuleAsync(ClaimsPrincipal user, Guid id, CancellationToken cancellationToken)
    {
        var person = await RequireAsync(user, Role.Editor, cancellationToken);
        await database.WriteAsync(async write =>
        {
            if (await rules.DeleteAsync(write, id) is { } gone)
            {
                await AuditLog.AddAsync(write, person.Email, string.Create(CultureInfo.InvariantCulture, $"deleted rule {gone.Position}: {RuleWords.Say(gone, site.CurrentValue)}"));
            }
        }, cancellationToken);
    }
}
