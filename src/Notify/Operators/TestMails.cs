using Microsoft.Extensions.Options;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Messages.Templates;
using Notify.Publication;
using Notify.Storage;

namespace Notify.Operators;

/// <summary>
/// A template sent to somebody who wants to see it in a mail program: a delivery like any other, through the same lane and relay, with the headers
/// and the unsubscribe link of a real one.
/// </summary>
internal sealed class TestMails(TemplateDesk desk, PostOffice office, ContactBook contacts, IOptionsMonitor<PublicationOptions> site)
{
    /// <summary>Who waits for it has given up by then.</summary>
    private static readonly TimeSpan TimeToLive = TimeSpan.FromHours(1);

    /// <param name="reader">The language it is shown in.</param>
    public async Task QueueAsync(Write write, MailPart part, string reader, PartSource source, EmailAddress to, string who)
    {
        var draft = await TemplateDesk.KeepDraftAsync(write, part, reader, source, who);
        await office.QueueAsync(write, Source.Notices, draft, await contacts.FindOrAddAsync(write, ContactPoint.Of(to)), Channel.Mail, TimeToLive);
    }

    /// <summary>Null when there is no such test.</summary>
    public async Task<CompiledMessage?> ComposeAsync(Guid draftId, CancellationToken cancellationToken)
    {
        if (await desk.DraftAsync(draftId, cancellationToken) is not { Source: { } source } draft)
        {
            return null;
        }

        var part = Enum.Parse<MailPart>(draft.Part, ignoreCase: true);
        var unsubscribe = CompiledMessage.Mail.NewMark();
        var values = MailSamples.Of(MailParts.ShownIn(part), draft.Language, site.CurrentValue) with { View = null };
        values = values with { Unsubscribe = values.Unsubscribe is null ? null : unsubscribe, Subject = "[Test] " + values.Subject };
        var mail = await desk.PreviewAsync(part, draft.Language, source, values, cancellationToken);
        return mail is null ? null
            : values.Unsubscribe is null ? new CompiledMessage.Mail(mail.Subject, mail.Text, mail.Html, ListName: null, UnsubscribeMark: null)
            : new CompiledMessage.Mail(mail.Subject, mail.Text, mail.Html, ListName: "news", unsubscribe);
    }
}
