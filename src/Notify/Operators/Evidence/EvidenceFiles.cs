using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Notify.Alerts;
using Notify.Articles;
using Notify.Consent;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Inbound;
using Notify.Publication;
using Notify.Storage;
using Channel = Notify.Contacts.Channel;

namespace Notify.Operators.Evidence;

/// <summary>Gathers a contact's evidence. It is read, never written, but for a line in the audit log and the sealing of what was not sealed yet.</summary>
internal sealed class EvidenceFiles(
    Database database, ContactBook contacts, ReaderFiles readers, Ledger ledger, IOptionsMonitor<PublicationOptions> site)
{
    /// <summary>
    /// Sent and received, each: ten alerts a day for a year, some four hundred sheets of paper. What is older goes by the retention time anyway, and the document says
    /// when there was more.
    /// </summary>
    internal const int MostMessages = 4_000;

    /// <returns>Null when nothing is known of the contact.</returns>
    public async Task<EvidenceFile?> MakeAsync(ContactPoint contact, string who, CancellationToken cancellationToken)
    {
        var hash = contacts.Hash(contact);
        await using var db = database.Read();
        return await db.Contacts.AsNoTracking().FirstOrDefaultAsync(c => c.Hash == hash, cancellationToken) is { } known
            ? await MakeAsync(db, known, contact.Value, who, cancellationToken)
            : null;
    }

    /// <inheritdoc cref="MakeAsync(ContactPoint, string, CancellationToken)" />
    public async Task<EvidenceFile?> MakeAsync(long contactId, string who, CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        return await db.Contacts.AsNoTracking().FirstOrDefaultAsync(c => c.Id == contactId, cancellationToken) is { } known
            ? await MakeAsync(db, known, known.Address, who, cancellationToken)
            : null;
    }

    private async Task<EvidenceFile> MakeAsync(NotifyDb db, Contact contact, string? shown, string who, CancellationToken cancellationToken)
    {
        await database.WriteAsync(write => AuditLog.AddAsync(write, who, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"made the evidence document of contact {contact.Id}")), cancellationToken);
        await ledger.SealAsync(cancellationToken);
        var proof = await ProveAsync(cancellationToken);
        var file = (await readers.FindAsync(contact.Id, cancellationToken))!;
        var (sent, sentIsCut) = await SentAsync(db, contact, cancellationToken);
        var (received, receivedIsCut) = await ReceivedAsync(db, contact, cancellationToken);
        return new EvidenceFile(
            site.CurrentValue.Name, shown, file.Channel, proof.VerifiedAt, who, proof, file.Subscription, file.Suppressions,
            await EntriesAsync(db, contact, file, cancellationToken), sent, sentIsCut, received, receivedIsCut);
    }

    private async Task<ChainProof> ProveAsync(CancellationToken cancellationToken)
    {
        var found = await ledger.VerifyAsync(cancellationToken);
        return new ChainProof(found.Fault is null, found.Entries, found.Head, found.Fault, await database.NowAsync(cancellationToken));
    }

    private static async Task<IReadOnlyList<EvidenceEntry>> EntriesAsync(NotifyDb db, Contact contact, ReaderFile file, CancellationToken cancellationToken)
    {
        var words = file.Consent.Where(c => c.Words is not null).ToDictionary(c => c.Id, c => c.Words);
        var entries = await db.ConsentEntries.AsNoTracking().Where(e => e.ContactHash == contact.Hash).OrderBy(e => e.At).ThenBy(e => e.Id).ToListAsync(cancellationToken);
        return [.. entries.Select(e => new EvidenceEntry(
            e.Id, ReaderFiles.Name(e.Kind), Meaning(e.Kind), e.At, e.How, e.Scope, words.GetValueOrDefault(e.Id),
            e.Evidence is { } text ? JsonSerializer.Deserialize(text, ConsentJson.Default.ConsentEvidence) : null, e.Position, e.EvidenceDigest, e.Chain))];
    }

    private static async Task<(IReadOnlyList<SentMessage> Sent, bool IsCut)> SentAsync(NotifyDb db, Contact contact, CancellationToken cancellationToken)
    {
        var rows = await db.Deliveries.AsNoTracking().Where(d => d.ContactId == contact.Id).OrderByDescending(d => d.Id).Take(MostMessages + 1).ToListAsync(cancellationToken);
        var ids = rows.Select(r => r.SourceId).Distinct().ToList();
        var sources = await db.Sources.AsNoTracking().Where(s => ids.Contains(s.Id)).ToDictionaryAsync(s => s.Id, cancellationToken);
        var (alerts, articles) = (db.Alerts, db.Articles);
        var about = await alerts.AsNoTracking().Where(a => ids.Contains(a.Id)).Join(articles, a => a.ArticleId, r => r.Id, (a, r) => new { a.Id, r.Title, r.Url })
            .ToDictionaryAsync(a => a.Id, cancellationToken);
        var said = (await db.SaidWords.AsNoTracking().Where(s => ids.Contains(s.SourceId)).ToListAsync(cancellationToken)).ToLookup(s => s.SourceId, s => s.Words);
        return ([.. rows.Take(MostMessages).Select(d => new SentMessage(
            d.Id, ReaderFiles.Name(sources[d.SourceId].Kind), about.GetValueOrDefault(d.SourceId)?.Title, about.GetValueOrDefault(d.SourceId)?.Url, HasLeft(d.Status),
            !HasLeft(d.Status) ? null : d.Body ?? (d.Channel == Channel.Text && said[d.SourceId].ToList() is { Count: > 0 } known ? string.Join("\n-- or, as it was worded at another time: --\n", known) : null),
            d.Sender, DeliveryChange.Name(d.Status), d.ProviderId, DeliveryChange.Read(d)))], rows.Count > MostMessages);
    }

    private static bool HasLeft(DeliveryStatus status) => status is not (DeliveryStatus.Pending or DeliveryStatus.Held or DeliveryStatus.Skipped or DeliveryStatus.Rejected);

    private static async Task<(IReadOnlyList<ReceivedText> Received, bool IsCut)> ReceivedAsync(NotifyDb db, Contact contact, CancellationToken cancellationToken)
    {
        var rows = await db.Inbox.AsNoTracking().Where(i => i.ContactId == contact.Id).OrderByDescending(i => i.At).Take(MostMessages + 1).ToListAsync(cancellationToken);
        return ([.. rows.Take(MostMessages).Select(i => new ReceivedText(
            i.At, i.Recipient, i.Body, ReaderFiles.Name(i.ReadAs), i.Answer,
            i.IsStop is { } isStop ? $"read by {i.ReviewedBy}: {(isStop ? "a stop" : "no stop")}" : i.ReadAs == Keyword.Review ? "waits for a person; nothing is sent meanwhile" : null))],
            rows.Count > MostMessages);
    }

    internal static string Meaning(ConsentKind kind) => kind switch
    {
        ConsentKind.Requested => "Somebody signed up with this contact. Nothing is agreed yet.",
        ConsentKind.ConfirmationSent => "The contact was asked to confirm.",
        ConsentKind.Confirmed => "The contact itself said yes.",
        ConsentKind.Resumed => "The contact came back by its own word.",
        ConsentKind.Stopped => "The contact said stop.",
        ConsentKind.Unsubscribed => "The unsubscribe link or button was used.",
        ConsentKind.Revoked => "A stop that came another way was recorded by an operator.",
        ConsentKind.ProviderBlocked => "The provider said that the contact is blocked or gone.",
        ConsentKind.Erased => "Address and evidence were erased.",
        ConsentKind.Imported => "The contact was brought in from elsewhere.",
        ConsentKind.Paused => "The contact asked for a pause.",
        ConsentKind.Questioned => "A text may be a stop: nothing is sent until a person has read it.",
        ConsentKind.Unblocked => "A person took back what a mail that came back had said: it is written to again.",
        ConsentKind.Changed => "The reader changed what they get.",
        ConsentKind.Complained => "The reader called a mail unwanted, and their mail provider told.",
        ConsentKind.Cleared => "A person read that text, and it was no stop.",
        _ => kind.ToString(),
    };
}
