using Microsoft.EntityFrameworkCore;
using Notify.Contacts;
using Notify.Inbound;
using Notify.Inbound.Returns;
using Notify.Storage;

namespace Notify.Operators.Console;

/// <summary>A report on a mail; the reader is masked.</summary>
internal sealed record ReturnLine(Guid Id, DateTimeOffset At, long? ContactId, string Contact, ReportKind Kind, ReturnReason Reason, string? Status, string By, string Did);

/// <summary>How many mails did not arrive for one reason.</summary>
internal sealed record ReasonCount(string Words, bool IsHard, long Count);

/// <summary>What the console shows of mails that came back.</summary>
internal sealed class ReturnsBoard(Database database)
{
    public const int Days = 7;

    /// <summary>Why mails did not arrive lately, the most frequent first. Reports are few beside deliveries, and found by their time.</summary>
    public async Task<IReadOnlyList<ReasonCount>> ReasonsAsync(CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        var since = (await database.NowAsync(cancellationToken)).AddDays(-Days);
        var counts = await db.Returns.Where(r => r.At > since && (r.Kind == ReportKind.Failed || r.Kind == ReportKind.Complaint))
            .GroupBy(r => new { r.Reason, r.Hard }).Select(g => new { g.Key.Reason, g.Key.Hard, Count = g.LongCount() }).ToListAsync(cancellationToken);
        return [.. counts.OrderByDescending(c => c.Count).Select(c => new ReasonCount(ReasonTable.MeaningOf(c.Reason), c.Hard, c.Count))];
    }

    /// <summary>Reports, the newest first, a page at a time.</summary>
    /// <param name="before">The time of the last one seen.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<IReadOnlyList<ReturnLine>> LatestAsync(DateTimeOffset? before, CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        var returns = db.Returns.AsNoTracking();
        var older = before is null ? returns : returns.Where(r => r.At < before);
        var rows = await older.OrderByDescending(r => r.At).Take(Board.PageLength)
            .Select(r => new { r.Id, r.At, r.ContactId, r.Kind, r.Reason, r.Status, r.ReportedBy, r.Did }).ToListAsync(cancellationToken);
        var ids = rows.Select(r => r.ContactId).OfType<long>().Distinct().ToList();
        var contacts = await db.Contacts.AsNoTracking().Where(c => ids.Contains(c.Id)).ToDictionaryAsync(c => c.Id, c => ReaderFiles.Mask(c.Channel, c.Address), cancellationToken);
        return [.. rows.Select(r => new ReturnLine(
            r.Id, r.At, r.ContactId, r.ContactId is { } id ? contacts.GetValueOrDefault(id, "") : "", r.Kind, r.Reason, r.Status, r.ReportedBy, r.Did))];
    }
}
