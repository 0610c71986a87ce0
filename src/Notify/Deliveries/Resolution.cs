using Notify.Storage;

namespace Notify.Deliveries;

/// <summary>What a person says about a message of which nobody could tell whether it went.</summary>
public enum Verdict
{
    /// <summary>It went: it counts as accepted.</summary>
    Sent = 1,

    /// <summary>It is to be sent again, although that may be the second time.</summary>
    Again = 2,
}

/// <summary>What became of a verdict.</summary>
public enum Resolved
{
    Done = 1,

    /// <summary>There is no such delivery.</summary>
    NoSuchDelivery = 2,

    /// <summary>Its state is known, perhaps since a moment ago.</summary>
    NotUnknown = 3,

    /// <summary>What it belongs to was cancelled: nothing of it is sent any more.</summary>
    Cancelled = 4,
}

/// <summary>
/// A person's word on rows that are unknown. Sent again means waiting like any other row: consent, pause and pace are asked at the claim as
/// ever. Part of the caller's transaction.
/// </summary>
public sealed class Resolution(PostOffice office)
{
    /// <summary>How many rows one transaction takes.</summary>
    internal const int Chunk = 5_000;

    /// <summary>How long a row that is sent again has at least.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromHours(1);

    /// <summary>The attempts are kept; a doubt after this one may be settled by one more resend, and what has run out gets its time anew.</summary>
    private const string Resolve = """
        UPDATE deliveries SET status = @status, reason = @reason, due_at = @now, doubts = 0, resends = CASE WHEN @status = 0 THEN 0 ELSE resends END,
          expires_at = CASE WHEN @status = 0 AND expires_at < @expires THEN @expires ELSE expires_at END,
          lease_owner = NULL, changed_at = @now, history = history || @line
        WHERE {rows} AND status = 9
        RETURNING source_id
        """;

    internal static readonly string ResolveOne = Resolve.Replace("{rows}", "id = @id", StringComparison.Ordinal);

    internal static readonly string ResolveAll = Resolve.Replace(
        "{rows}", "id IN (SELECT id FROM deliveries WHERE source_id = @id AND status = 9 ORDER BY id LIMIT 5000)", StringComparison.Ordinal);

    /// <returns>What became of it, and of what source the row is.</returns>
    public async Task<(Resolved Result, Guid Source)> OneAsync(Write write, long deliveryId, Verdict verdict)
    {
        var found = await write.QueryAsync(
            "SELECT d.source_id, s.cancelled FROM deliveries d JOIN sources s ON s.id = d.source_id WHERE d.id = @id",
            row => (Source: row.GetGuid(0), IsCancelled: row.GetBoolean(1)), ("id", deliveryId));
        if (found is not [var (source, isCancelled)])
        {
            return (Resolved.NoSuchDelivery, Guid.Empty);
        }

        if (isCancelled && verdict == Verdict.Again)
        {
            return (Resolved.Cancelled, source);
        }

        return (await ResolveAsync(write, ResolveOne, deliveryId, verdict) == 1 ? Resolved.Done : Resolved.NotUnknown, source);
    }

    /// <summary>Up to 5,000 unknown rows of a source.</summary>
    /// <returns>How many; fewer than 5,000 are the last.</returns>
    public Task<int> ManyAsync(Write write, Guid sourceId, Verdict verdict) => ResolveAsync(write, ResolveAll, sourceId, verdict);

    private async Task<int> ResolveAsync(Write write, string sql, object id, Verdict verdict)
    {
        var now = await write.NowAsync();
        var (status, reason) = verdict == Verdict.Sent
            ? (DeliveryStatus.Accepted, "an operator decided that it went")
            : (DeliveryStatus.Pending, "an operator decided to send it again");
        // Whoever says so now wants it to go now, however old the news is: it gets an hour, as long as a sender may have to rest.
        var expires = now + Grace;
        var sources = await write.QueryAsync(sql, row => row.GetGuid(0),
            ("status", status), ("reason", reason), ("now", now), ("expires", expires),
            ("line", DeliveryChange.Line(now, status, reason)), ("id", id));
        await Figures.MoveAsync(write, sources.Select(source => (source, DeliveryStatus.Unknown, status)));
        if (verdict == Verdict.Again && sources.Count > 0)
        {
            write.AfterCommit(office.WakeAll);
        }

        return sources.Count;
    }
}
