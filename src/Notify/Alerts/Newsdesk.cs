using Microsoft.Extensions.Options;
using Notify.Alerts.Rules;
using Notify.Articles;
using Notify.Deliveries;
using Notify.Jobs;
using Notify.Publication;
using Notify.Storage;

namespace Notify.Alerts;

/// <summary>Takes articles in and decides who is told: one alert for an article, for ever. What was wrong is put right by <see cref="Corrections"/>.</summary>
internal sealed class Newsdesk(Archive archive, Timetable timetable, AlertBook alerts, IAlarm alarm, IOptionsMonitor<PublicationOptions> site) : INewsdesk
{
    /// <summary>Stores an article and, when it is new, decides an alert, in the caller's transaction.</summary>
    public async Task<(Guid ArticleId, Guid? AlertId, bool IsNew)> PublishAsync(Write write, ArticleDraft draft, Handling handling)
    {
        var (articleId, isNew) = await archive.AddAsync(write, draft);
        if (!isNew)
        {
            return (articleId, await OriginalOfAsync(write, articleId), false);
        }

        var now = await write.NowAsync();
        var isBreaking = draft.Priority == ArticlePriority.Breaking;
        var ruling = handling.IsDecided ? Ruling.None : RuleBook.Decide(await RuleBook.ReadAsync(write), Facts.Of(draft), now, site.CurrentValue);
        var times = await timetable.PlanAsync(write, handling, isBreaking);
        var isAsked = ruling.Outcome == RuleOutcome.Ask && !handling.Hold;
        var alertId = await alerts.AddAsync(write, new Alert
        {
            Id = Guid.CreateVersion7(now),
            ArticleId = articleId,
            Hold = handling.Hold || isAsked,
            HoldReason = isAsked ? $"rule {ruling.Number} asks an editor" : handling.HoldReason,
            // Somebody has said that it is breaking; no digest is.
            Route = ruling.Outcome == RuleOutcome.Digest && !isBreaking ? AlertRoute.Digest : AlertRoute.Instant,
            Rule = ruling.Words is { } words && isBreaking && ruling.Outcome == RuleOutcome.Digest ? $"{words}; but it is breaking, so it goes at once" : ruling.Words,
            CreatedAt = now,
            StartsAt = times.StartsAt,
            ExpiresAt = times.ExpiresAt,
            SendAt = times.SendAt,
            LocalTime = times.LocalTime,
        }, isBreaking ? Priority.Breaking : Priority.Normal, draft.Title);
        return (articleId, alertId, true);
    }

    public async Task<Edited?> EditAsync(Write write, Guid articleId, ArticleDraft draft)
    {
        // The alert first, as the fan-out does: it begins with the words before this edit or with those after it.
        var found = await write.QueryAsync("""
            SELECT a.id, s.cancelled, a.hold, a.send_at, a.planned_to, a.planned_at, (SELECT count(*) FROM alert_words w WHERE w.alert_id = a.id), s.priority
            FROM articles r LEFT JOIN alerts a ON a.article_id = r.id AND a.corrects IS NULL LEFT JOIN sources s ON s.id = a.id WHERE r.id = @article
            """, row => new Standing(
                row.IsDBNull(0) ? null : row.GetGuid(0), !row.IsDBNull(1) && row.GetBoolean(1), !row.IsDBNull(2) && row.GetBoolean(2), !row.IsDBNull(3),
                (!row.IsDBNull(4) && row.GetInt64(4) > 0) || !row.IsDBNull(5) || row.GetInt64(6) > 0, row.IsDBNull(7) ? null : (Priority)row.GetInt32(7)), ("article", articleId));
        if (found is not [var alert])
        {
            return null;
        }

        // Whoever says again what it says has it public again; what was cancelled stays so.
        await write.ExecuteAsync("UPDATE articles SET unpublished_at = NULL WHERE id = @id AND unpublished_at IS NOT NULL", ("id", articleId));

        if (alert.Id is { } id && await BegunAsync(write, id))
        {
            alert = alert with { HasBegun = true };
        }

        if (await archive.EditAsync(write, articleId, draft) is not { IsChanged: true })
        {
            return new Edited(EditEffect.Nothing, alert.Id, null);
        }

        if (alert.Id is not { } waiting || alert.HasBegun || alert.IsCancelled)
        {
            return new Edited(EditEffect.ArchiveOnly, alert.Id, null);
        }

        await PrioritiseAsync(write, waiting, alert, draft.Priority == ArticlePriority.Breaking ? Priority.Breaking : Priority.Normal);
        return new Edited(EditEffect.GoesOut, waiting, null);
    }

    public async Task<bool> UnpublishAsync(Write write, Guid articleId)
    {
        var now = await write.NowAsync();
        var open = await write.QueryAsync("""
            SELECT a.id FROM alerts a JOIN sources s ON s.id = a.id
            WHERE a.article_id = @article AND NOT s.cancelled AND (a.planned_at IS NULL OR s.pending + s.held + s.sending + s.in_doubt > 0) ORDER BY a.id
            """, row => row.GetGuid(0), ("article", articleId));
        foreach (var id in open)
        {
            await BegunAsync(write, id);
            await alerts.EndAsync(write, id, "unpublished");
            await alarm.ClearAsync(write, CostGate.AlarmOf(id));
        }

        return await write.ExecuteAsync("UPDATE articles SET unpublished_at = COALESCE(unpublished_at, @now) WHERE id = @id", ("now", now), ("id", articleId)) == 1;
    }

    /// <summary>How the job is called in the dashboard.</summary>
    internal static string Title(string title) => $"Tell readers about '{title}'";

    internal static async Task<Guid?> OriginalOfAsync(Write write, Guid articleId) =>
        await write.QueryAsync("SELECT id FROM alerts WHERE article_id = @article AND corrects IS NULL", row => row.GetGuid(0), ("article", articleId)) is [var id] ? id : null;

    /// <summary>Waits for a fan-out that is at work on it, and keeps the next one waiting.</summary>
    /// <returns>Whether it has begun.</returns>
    private static async Task<bool> BegunAsync(Write write, Guid alertId)
    {
        if (write.IsPostgres)
        {
            await write.ExecuteAsync("SELECT 1 FROM alerts WHERE id = @id FOR UPDATE", ("id", alertId));
        }

        return await write.ScalarAsync<long>("""
            SELECT count(*) FROM alerts a WHERE a.id = @id AND (a.planned_to > 0 OR a.planned_at IS NOT NULL OR EXISTS (SELECT 1 FROM alert_words w WHERE w.alert_id = a.id))
            """, ("id", alertId)) > 0;
    }

    /// <summary>What becomes breaking while it waits goes at once, unless somebody asked for a time or it waits for a word.</summary>
    private static async Task PrioritiseAsync(Write write, Guid alertId, Standing alert, Priority priority)
    {
        if (alert.Priority == priority)
        {
            return;
        }

        await write.ExecuteAsync("UPDATE sources SET priority = @priority WHERE id = @id", ("priority", priority), ("id", alertId));
        if (priority == Priority.Breaking && !alert.IsHeld && !alert.IsScheduled)
        {
            await write.ExecuteAsync("UPDATE alerts SET starts_at = @now WHERE id = @id AND starts_at > @now", ("now", await write.NowAsync()), ("id", alertId));
        }
    }

    private sealed record Standing(Guid? Id, bool IsCancelled, bool IsHeld, bool IsScheduled, bool HasBegun, Priority? Priority);
}
