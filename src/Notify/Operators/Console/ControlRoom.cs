using System.Globalization;
using System.Security.Claims;
using Microsoft.Extensions.Options;
using Notify.Alerts;
using Notify.Alerts.Rules;
using Notify.Articles;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Inbound;
using Notify.Messages.Templates;
using Notify.Publication;
using Notify.Storage;
using Notify.Subscribers;

namespace Notify.Operators.Console;

/// <summary>Somebody asked for what their role does not allow; the console does not offer it to them.</summary>
internal sealed class NotAllowedException() : Exception("Your role does not allow this any more. Sign in again, or ask an admin.");

/// <summary>
/// What operators do from the console. Who they are and what they may is read from the database before each deed, because a circuit lives
/// longer than a role may; each deed leaves a line in the audit log, in its own transaction where it has one, else just before it.
/// </summary>
internal sealed partial class ControlRoom(
    Database database, OperatorCookie cookies, AlertControl control, INewsdesk newsdesk, SignIns signIns, Revocations revocations, Reviews reviews,
    TemplateDesk desk, TestMails tests, Blocks blocks, Corrections corrections, RuleBook rules, IOptionsMonitor<PublicationOptions> site)
{
    public async Task PauseAsync(ClaimsPrincipal user, Guid alertId, CancellationToken cancellationToken)
    {
        await NoteAsync(user, Role.Editor, $"paused alert {alertId}", cancellationToken);
        await control.PauseAsync(alertId, cancellationToken);
    }

    public async Task ResumeAsync(ClaimsPrincipal user, Guid alertId, CancellationToken cancellationToken)
    {
        await NoteAsync(user, Role.Editor, $"let alert {alertId} go on", cancellationToken);
        await control.ResumeAsync(alertId, cancellationToken);
    }

    public async Task CancelAsync(ClaimsPrincipal user, Guid alertId, CancellationToken cancellationToken)
    {
        await NoteAsync(user, Role.Editor, $"cancelled alert {alertId}", cancellationToken);
        await control.CancelAsync(alertId, cancellationToken);
    }

    public async Task PauseAllAsync(ClaimsPrincipal user, CancellationToken cancellationToken)
    {
        await NoteAsync(user, Role.Editor, "paused everything", cancellationToken);
        await control.PauseAllAsync(cancellationToken);
    }

    public async Task ResumeAllAsync(ClaimsPrincipal user, CancellationToken cancellationToken)
    {
        await NoteAsync(user, Role.Editor, "let everything go on", cancellationToken);
        await control.ResumeAllAsync(cancellationToken);
    }

    public async Task<Resolved> ResolveAsync(ClaimsPrincipal user, long deliveryId, Verdict verdict, CancellationToken cancellationToken)
    {
        var person = await RequireAsync(user, Role.Editor, cancellationToken);
        return await control.ResolveAsync(deliveryId, verdict, Resolving.Note(person.Email, deliveryId, verdict), cancellationToken);
    }

    public async Task<(Resolved Result, int Count)> ResolveAllAsync(ClaimsPrincipal user, Guid alertId, Verdict verdict, CancellationToken cancellationToken)
    {
        var person = await RequireAsync(user, Role.Editor, cancellationToken);
        return await control.ResolveAllAsync(alertId, verdict, Resolving.Note(person.Email, alertId, verdict), cancellationToken);
    }

    public async Task SeeAlarmAsync(ClaimsPrincipal user, string name, CancellationToken cancellationToken)
    {
        var person = await RequireAsync(user, Role.Editor, cancellationToken);
        await database.WriteAsync(write => AlarmMails.SeeAsync(write, name, person.Email), cancellationToken);
    }

    public async Task ClearAlarmAsync(ClaimsPrincipal user, string name, CancellationToken cancellationToken)
    {
        var person = await RequireAsync(user, Role.Editor, cancellationToken);
        await database.WriteAsync(write => AlarmMails.ClearAsync(write, name, person.Email), cancellationToken);
    }

    /// <param name="name">How the feed is told of; its address may hold a secret.</param>
    public async Task LookAtFeedAsync(ClaimsPrincipal user, string url, string name, CancellationToken cancellationToken)
    {
        var person = await RequireAsync(user, Role.Editor, cancellationToken);
        await database.WriteAsync(async write =>
        {
            await FeedBook.HurryAsync(write, url);
            await AuditLog.AddAsync(write, person.Email, $"had {name} looked at");
        }, cancellationToken);
    }

    public async Task RecordStopAsync(ClaimsPrincipal user, ContactPoint contact, string how, string? note, CancellationToken cancellationToken)
    {
        var person = await RequireAsync(user, Role.Editor, cancellationToken);
        await revocations.RecordAsync(contact, how, note, person.Email, cancellationToken);
    }

    /// <returns>False when there is nothing that a person may lift.</returns>
    public async Task<bool> LiftBlockAsync(ClaimsPrincipal user, long contactId, string? note, CancellationToken cancellationToken)
    {
        var person = await RequireAsync(user, Role.Editor, cancellationToken);
        return await blocks.LiftAsync(contactId, note, person.Email,
            write => AuditLog.AddAsync(write, person.Email, string.Create(CultureInfo.InvariantCulture, $"had contact {contactId} written to again after a mail had come back")), cancellationToken);
    }

    /// <returns>False when somebody else was faster.</returns>
    public async Task<bool> DecideAsync(ClaimsPrincipal user, Guid inboxId, bool isStop, CancellationToken cancellationToken)
    {
        var person = await RequireAsync(user, Role.Editor, cancellationToken);
        return await reviews.DecideAsync(inboxId, isStop, person.Email, (write, contactId) => AuditLog.AddAsync(
            write, person.Email, string.Create(CultureInfo.InvariantCulture, $"read a text of contact {contactId}: {(isStop ? "a stop" : "no stop")}")), cancellationToken);
    }

    /// <returns>The key, to be shown once.</returns>
    public async Task<string> CreateKeyAsync(ClaimsPrincipal user, string name, IReadOnlyCollection<string> scopes, CancellationToken cancellationToken)
    {
        var person = await RequireAsync(user, Role.Admin, cancellationToken);
        return await database.WriteAsync(write => ApiKeys.CreateAsync(write, name, scopes, person.Email), cancellationToken);
    }

    public async Task RevokeKeyAsync(ClaimsPrincipal user, Guid id, CancellationToken cancellationToken)
    {
        var person = await RequireAsync(user, Role.Admin, cancellationToken);
        await database.WriteAsync(write => ApiKeys.RevokeAsync(write, id, person.Email), cancellationToken);
    }

    /// <returns>The link's path, to be shown once.</returns>
    public async Task<string> CreateLinkAsync(ClaimsPrincipal user, EmailAddress email, Role role, CancellationToken cancellationToken)
    {
        var person = await RequireAsync(user, Role.Admin, cancellationToken);
        return await signIns.CreateLinkAsync(email.Value, role, person.Email, cancellationToken);
    }

    /// <summary>The operator is out at once, on this node, and within a minute on every other.</summary>
    /// <returns>False for oneself: somebody has to be left.</returns>
    public async Task<bool> RemoveOperatorAsync(ClaimsPrincipal user, Guid operatorId, CancellationToken cancellationToken)
    {
        var person = await RequireAsync(user, Role.Admin, cancellationToken);
        if (person.Id == operatorId)
        {
            return false;
        }

        await signIns.RemoveAsync(operatorId, person.Email, cancellationToken);
        cookies.Forget(operatorId);
        return true;
    }

    /// <param name="source">Null: back to what is in use without it.</param>
    /// <param name="basedOn">The revision the editor began with.</param>
    /// <returns>What is wrong with it; nothing when it is in use now.</returns>
    public async Task<IReadOnlyList<TemplateFault>> SaveTemplateAsync(ClaimsPrincipal user, MailPart part, string language, PartSource? source, int basedOn, CancellationToken cancellationToken)
    {
        var person = await RequireAsync(user, Role.Editor, cancellationToken);
        if (await desk.JudgeAsync(part, language, source ?? await desk.WithoutAsync(part, language, cancellationToken), cancellationToken) is { IsGood: false } verdict)
        {
            return verdict.Faults;
        }

        return await database.WriteAsync<IReadOnlyList<TemplateFault>>(async write =>
        {
            if (!await TemplateDesk.SaveAsync(write, part, language, source, basedOn, person.Email))
            {
                return [new TemplateFault("Not saved", null, "Somebody else saved it meanwhile. Copy what you wrote, open the page again and put it into the newest revision.")];
            }

            await AuditLog.AddAsync(write, person.Email, string.Create(CultureInfo.InvariantCulture,
                $"{(source is null ? "took back" : "changed")} the template {MailParts.NameOf(part)}{(language.Length > 0 ? $" in {language}" : "")}, revision {basedOn + 1}"));
            return [];
        }, cancellationToken);
    }

    /// <param name="reader">The language it is shown in.</param>
    /// <returns>What is wrong with it; nothing when it is on its way.</returns>
    public async Task<IReadOnlyList<TemplateFault>> SendTestAsync(ClaimsPrincipal user, MailPart part, string reader, PartSource source, EmailAddress to, CancellationToken cancellationToken)
    {
        var person = await RequireAsync(user, Role.Editor, cancellationToken);
        if (await desk.JudgeAsync(part, reader, source, cancellationToken) is { IsGood: false } verdict)
        {
            return verdict.Faults;
        }

        await database.WriteAsync(async write =>
        {
            await tests.QueueAsync(write, part, reader, source, to, person.Email);
            await AuditLog.AddAsync(write, person.Email, $"sent a test of the template {MailParts.NameOf(part)} in {reader}");
        }, cancellationToken);
        return [];
    }

    private async Task NoteAsync(ClaimsPrincipal user, Role least, string did, CancellationToken cancellationToken)
    {
        var person = await RequireAsync(user, least, cancellationToken);
        await database.WriteAsync(write => AuditLog.AddAsync(write, person.Email, did), cancellationToken);
    }

    private async Task<Operator> RequireAsync(ClaimsPrincipal user, Role least, CancellationToken cancellationToken) =>
        await cookies.FindAsync(user, isFresh: true, cancellationToken) is { } person && person.Role >= least ? person : throw new NotAllowedException();
}
