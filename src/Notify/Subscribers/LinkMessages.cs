using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Messages;
using Notify.Messages.Templates;
using Notify.Publication;
using Notify.Storage;

namespace Notify.Subscribers;

/// <summary>Sends a reader the link to their own page, and says nothing to whoever asked for it.</summary>
internal sealed class LinkMessages(Database database, MailTemplates templates, PostOffice office, Senders senders, ReaderLinks links, IOptionsMonitor<PublicationOptions> options) : IMessageSource
{
    /// <summary>Links to one contact in 24 hours.</summary>
    private const int MostPerDay = 3;

    /// <summary>Whoever asks is waiting; later it would only puzzle.</summary>
    private static readonly TimeSpan Life = TimeSpan.FromHours(1);

    public SourceKind Kind => SourceKind.Link;

    /// <summary>
    /// To a contact that signed up once. A number that was stopped gets no text, whoever asks; a mail address that left by its own word does, for
    /// its reader may want their data.
    /// </summary>
    /// <returns>Whether it was queued.</returns>
    public async Task<bool> SendAsync(Write write, long contactId)
    {
        var found = await write.QueryAsync("""
            SELECT c.channel, c.region,
              CASE WHEN EXISTS (SELECT 1 FROM suppressions p WHERE p.contact_id = c.id AND p.scope = '' AND (p.until IS NULL OR p.reason = @questioned) AND (c.channel = 1 OR p.reason LIKE 'provider%')) THEN 1 ELSE 0 END,
              (SELECT count(*) FROM deliveries d WHERE d.contact_id = c.id AND d.source_id = @links AND d.created_at > @day)
            FROM contacts c WHERE c.id = @contact AND c.address IS NOT NULL AND EXISTS (SELECT 1 FROM subscriptions s WHERE s.contact_id = c.id)
            """,
            row => (Channel: (Channel)row.GetInt32(0), Region: row.Text(1), IsClosed: row.GetInt32(2) == 1, Today: row.GetInt64(3)),
            ("contact", contactId), ("questioned", Preferences.Questioned), ("links", Source.Links), ("day", await write.NowAsync() - TimeSpan.FromDays(1)));
        if (found is not [{ IsClosed: false, Today: < MostPerDay } contact] || !senders.Serves(contact.Channel, contact.Region))
        {
            return false;
        }

        // Covered by a stop from now on only: what was stopped before is looked at above.
        return await office.QueueAsync(write, Source.Links, Guid.CreateVersion7(await write.NowAsync()), contactId, contact.Channel, Life) is not null;
    }

    public async Task<CompiledMessage?> CompileAsync(Wanted wanted, CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        var (deliveries, subscriptions) = (db.Deliveries, db.Subscriptions);
        var reader = await deliveries.Where(d => d.SubjectId == wanted.SubjectId).Join(subscriptions, d => d.ContactId, s => s.ContactId, (d, s) => new { d.ContactId, s.Locale }).FirstOrDefaultAsync(cancellationToken);
        if (reader is null)
        {
            return null;
        }

        var (site, link) = (options.CurrentValue, links.FreshFor(reader.ContactId));
        if (wanted.Channel == Channel.Text)
        {
            var words = MailValues.Word(MailWords.Choose(reader.Locale, site.Locale, MailWords.Has), "linkButton", site);
            var body = TextNormaliser.Normalise($"{site.Name}: {words}: {link}", site.FoldAccents);
            return new CompiledMessage.Text(body, Segments.Count(body).Segments);
        }

        var mail = await templates.RenderAsync(MailPart.Link, reader.Locale, language => new MailValues
        {
            Site = site,
            Language = language,
            Subject = MailValues.Word(language, "linkSubject", site),
            Preferences = link,
        }, cancellationToken);
        return new CompiledMessage.Mail(mail.Subject, mail.Text, mail.Html, ListName: null, UnsubscribeMark: null);
    }
}
