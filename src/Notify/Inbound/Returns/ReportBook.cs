using Notify.Consent;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Storage;
using Notify.Subscribers;

namespace Notify.Inbound.Returns;

/// <summary>
/// Takes reports on mails in, each once: the delivery moves, a bad address is suppressed, a complaint and a goodbye are stops. Nothing follows from a report that
/// names no mail of ours, for anybody can write one.
/// </summary>
internal sealed class ReportBook(Database database, Receipts receipts, Ledger ledger, Subscriptions subscriptions, ContactBook contacts, MailTags tags)
{
    /// <summary>So much is kept of what came, for whoever asks later.</summary>
    public const int LongestRaw = 64 * 1024;

    /// <summary>RFC 3463 knows none of more than ten characters.</summary>
    private const int LongestStatus = 32;

    private const string Add = """
        INSERT INTO returns (id, reported_by, report_id, at, kind, reason, status, hard, raw, did) VALUES (@id, @by, @report, @now, @kind, @reason, @status, @hard, @raw, '')
        ON CONFLICT (reported_by, report_id) DO NOTHING RETURNING id
        """;

    internal const string ComeBack = """
        SELECT 1 FROM subscriptions s WHERE s.contact_id = @contact AND s.confirmed_at IS NOT NULL AND (s.confirmed_at > @said
          OR NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.contact_id = s.contact_id AND d.handed_at >= s.confirmed_at))
        """;

    /// <returns>What followed; null for one that was taken in before.</returns>
    public Task<string?> TakeAsync(Report report, CancellationToken cancellationToken) => TakeStorableAsync(Storable(report), cancellationToken);

    private Task<string?> TakeStorableAsync(Report report, CancellationToken cancellationToken) => database.WriteAsync(async write =>
    {
        var now = await write.NowAsync();
        var id = Guid.CreateVersion7(now);
        if (await write.ScalarAsync<object>(Add, ("id", id), ("by", report.By), ("report", report.Id), ("now", now), ("kind", (int)report.Kind), ("reason", (int)report.Reason),
            ("status", report.Status), ("hard", report.IsHard), ("raw", report.Raw)) is null)
        {
            return null;
        }

        var about = report.Kind == ReportKind.Other ? null : await FindAsync(write, report);
        var did = report.Kind == ReportKind.Other ? "nothing: it says nothing about a reader"
            : about is null ? "nothing: it names no mail of ours" : await ActAsync(write, report, about);
        await write.ExecuteAsync("UPDATE returns SET did = @did, delivery_id = @delivery, contact_id = @contact WHERE id = @id",
            ("did", did), ("delivery", about?.DeliveryId), ("contact", about?.ContactId), ("id", id));
        return did;
    }, cancellationToken);

    private async Task<About?> FindAsync(Write write, Report report)
    {
        if (tags.TryRead(report.Tag, out var delivery))
        {
            var rows = await write.QueryAsync("SELECT d.contact_id, c.hash, c.address FROM deliveries d JOIN contacts c ON c.id = d.contact_id WHERE d.id = @id AND d.channel = @mail",
                row => new About(delivery, row.GetInt64(0), row.GetString(1), row.Text(2)), ("id", delivery), ("mail", (int)Channel.Mail));
            if (rows is [var known])
            {
                return await LockedAsync(write, known);
            }
        }

        if (!EmailAddress.TryParse(report.Address, out var address, out _))
        {
            return null;
        }

        var contact = await write.QueryAsync("SELECT id, hash, address FROM contacts WHERE hash = @hash", row => new About(null, row.GetInt64(0), row.GetString(1), row.Text(2)),
            ("hash", contacts.Hash(ContactPoint.Of(address))));
        return await LockedAsync(write, contact.FirstOrDefault());
    }

    /// <summary>What happens to one contact happens in order.</summary>
    private static async Task<About?> LockedAsync(Write write, About? about)
    {
        if (about is not null && write.IsPostgres)
        {
            await write.ExecuteAsync("SELECT id FROM contacts WHERE id = @id FOR UPDATE", ("id", about.ContactId));
        }

        return about;
    }

    private async Task<string> ActAsync(Write write, Report report, About about)
    {
        var evidence = new ConsentEvidence { Address = about.Address, MessageId = $"{report.By} {report.Id}" };
        switch (report.Kind)
        {
            case ReportKind.Complaint:
                var isNew = await subscriptions.StopAsync(write, about.ContactId, about.Hash, Channel.Mail, ConsentKind.Complained, report.By, Complained, evidence);
                // Stronger than a goodbye: no link takes it back.
                await Suppressions.ReasonAsync(write, about.ContactId, Complained);
                return isNew ? "stopped: the reader complained" : "nothing more: it was stopped before";
            case ReportKind.Leave:
                return await subscriptions.StopAsync(write, about.ContactId, about.Hash, Channel.Mail, ConsentKind.Unsubscribed, report.By, "unsubscribed", evidence)
                    ? "stopped: the reader left" : "nothing more: it was stopped before";
            case ReportKind.Delivered:
                return about.DeliveryId is { } arrived && await receipts.ApplyAsync(write, arrived, new Receipt(ReceiptKind.Delivered, report.Id)) ? "delivered" : "nothing new";
            case ReportKind.Delayed:
                return about.DeliveryId is { } late && await NoteAsync(write, late) ? "noted: it is delayed" : "nothing new";
            default:
                return await FailAsync(write, report, about);
        }
    }

    private async Task<string> FailAsync(Write write, Report report, About about)
    {
        var fault = ReturnPolicy.FaultOf(report);
        if (about.DeliveryId is not { } delivery)
        {
            if (!report.IsHard)
            {
                return "nothing: it names no single mail";
            }

            if (await HasComeBackAsync(write, about.ContactId, report.At))
            {
                return "nothing: the reader came back, and nothing says that it is about a mail since then";
            }

            await LaneLedger.SuppressAsync(write, ledger, about.ContactId, Channel.Mail, fault.Words);
            return "suppressed";
        }

        if (!await receipts.ApplyAsync(write, delivery, new Receipt(ReceiptKind.Undelivered, report.Id, fault)))
        {
            return "nothing new";
        }

        // Not where the reader has come back since the mail left.
        return (report.IsHard || fault is { CountedTimes: > 0, RestDays: 0 }) && await Suppressions.IsStoppedAsync(write, about.ContactId) ? "undelivered; suppressed"
            : fault.RestDays > 0 && await Suppressions.RestsAsync(write, about.ContactId, fault.Words) ? "undelivered; it gets a rest" : "undelivered";
    }

    /// <summary>Whether a reader has said yes since, so that a word that names no mail need not be about one they get: it is from before that, or none was sent since.</summary>
    private static async Task<bool> HasComeBackAsync(Write write, long contactId, DateTimeOffset? said) => await write.ScalarAsync<object>(ComeBack,
        ("contact", contactId), ("said", said ?? await write.NowAsync())) is not null;

    private static async Task<bool> NoteAsync(Write write, long delivery)
    {
        const string Delayed = "somebody on the way still tries to deliver it";
        var now = await write.NowAsync();
        return await write.ExecuteAsync("UPDATE deliveries SET reason = @reason, history = history || @line WHERE id = @id AND status = 3 AND (reason IS NULL OR reason <> @reason)",
            ("reason", Delayed), ("line", DeliveryChange.Line(now, DeliveryStatus.Accepted, Delayed)), ("id", delivery)) == 1;
    }

    /// <summary>The reason of a suppression that a complaint made.</summary>
    public const string Complained = "complained";

    /// <summary>What others call things may be of any length, have a NUL in it, which PostgreSQL's text cannot hold, or be cut through a character, of which half is no text.</summary>
    private static Report Storable(Report report) => report with
    {
        Id = ProviderId.Keep(WithoutNul(report.Id)),
        Status = report.Status is { Length: <= LongestStatus } status && !status.Contains('\0', StringComparison.Ordinal) ? status : null,
        Raw = report.Raw is { Length: > LongestRaw } raw ? WithoutNul(raw[..(char.IsHighSurrogate(raw[LongestRaw - 1]) ? LongestRaw - 1 : LongestRaw)])
            : report.Raw is { } whole ? WithoutNul(whole) : null,
    };

    private static string WithoutNul(string text) => text.Replace('\0', '\ufffd');

    /// <summary>The mail, when it is known, and its reader.</summary>
    private sealed record About(long? DeliveryId, long ContactId, string Hash, string? Address);
}
