using Notify.Contacts;
using Notify.Jobs;
using Notify.Storage;

namespace Notify.Deliveries;

/// <summary>
/// Lets go what was held back, when its time has come: mails one by one, and one text for each contact. The most urgent of them, and of those the newest, goes out
/// and stands for the others; what is no news any more is dropped. When the one that speaks does not leave after all, the others get their turn.
/// </summary>
internal sealed class HeldRows(Database database, Senders senders, PostOffice office) : IReconcile
{
    private const int Chunk = 1_000;

    internal const string Due = """
        SELECT d.contact_id FROM deliveries d
        WHERE d.status = 1 AND d.due_at <= @now ORDER BY d.due_at, d.contact_id LIMIT @count
        """;

    /// <summary>What else is held for the contact goes along, for a text that leaves now must not be followed by one a minute later.</summary>
    internal const string OfContact = """
        SELECT d.id, d.source_id, d.contact_id, d.expires_at, d.others, s.priority, s.cancelled, s.paused, d.channel, d.sender, s.alone, COALESCE(s.why, 'cancelled')
        FROM deliveries d JOIN sources s ON s.id = d.source_id WHERE d.contact_id = @contact AND d.status = 1 ORDER BY d.id
        """;

    private const string Release = "UPDATE deliveries SET status = 0, sender = @sender, due_at = @now, reason = NULL, others = @others, changed_at = @now, history = history || @line WHERE id = @id AND status = 1";

    private const string Drop = "UPDATE deliveries SET status = 7, reason = @reason, changed_at = @now, history = history || @line WHERE id = @id AND status = 1";

    /// <summary>What stood for others and was dropped for a reason of its own, not of its reader, or was refused.</summary>
    internal const string Fallen = """
        SELECT id, contact_id FROM deliveries
        WHERE status = 7 AND others > 0 AND reason IN ('cancelled', 'corrected', 'late', 'unpublished', 'stopped this topic')
        UNION ALL SELECT id, contact_id FROM deliveries WHERE status = 7 AND others > 0 AND reason >= 'stale' AND reason < 'stalf'
        UNION ALL SELECT id, contact_id FROM deliveries WHERE status = 6 AND others > 0 LIMIT @count
        """;

    /// <summary>Whoever takes nothing any more is told nothing of them either: the claim asks.</summary>
    private const string Restore = """
        UPDATE deliveries SET status = 1, due_at = @now, reason = @why, changed_at = @now, history = history || @line
        WHERE contact_id = @contact AND status = 7 AND reason = @reason
        RETURNING source_id
        """;

    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        while (await database.WriteAsync(RestoreAsync, cancellationToken))
        {
        }

        while (await database.WriteAsync(ReleaseAsync, cancellationToken))
        {
        }
    }

    private async Task<bool> ReleaseAsync(Write write)
    {
        await AloneAsync(write);
        var now = await write.NowAsync();
        var due = await write.QueryAsync(Due, row => row.GetInt64(0), ("now", now), ("count", Chunk));
        var moves = new List<(Guid, DeliveryStatus, DeliveryStatus)>();
        foreach (var contact in due.Distinct())
        {
            // Locked, so that what a STOP or a cancelling beside takes away is not counted, or spoken for, here as well.
            var rows = await write.QueryAsync(OfContact + (write.IsPostgres ? " FOR UPDATE OF d" : ""), Read, ("contact", contact));
            var fresh = rows.Where(row => !row.IsCancelled && row.ExpiresAt > now).OrderBy(row => row.IsPaused).ThenBy(row => row.Priority).ThenByDescending(row => row.Id).ToList();
            foreach (var gone in rows.Except(fresh))
            {
                await DropAsync(write, gone, gone.IsCancelled ? gone.Why : "stale", now, moves);
            }

            // A mail waits for a way to its reader and not for an hour: none stands for another. Nor does a correction, and nothing stands for it.
            var speaks = fresh.Find(row => !row.IsAlone);
            var own = fresh.FindAll(row => row == speaks || row.IsAlone || row.Channel == Channel.Mail);
            var others = fresh.Except(own).ToList();
            foreach (var row in own)
            {
                await write.ExecuteAsync(Release, ("sender", SenderOf(row)), ("others", row.Others + (row == speaks ? others.Sum(o => o.Others + 1) : 0)), ("now", now), ("id", row.Id),
                    ("line", DeliveryChange.Line(now, DeliveryStatus.Pending, null)));
                moves.Add((row.SourceId, DeliveryStatus.Held, DeliveryStatus.Pending));
            }

            foreach (var other in others)
            {
                await DropAsync(write, other, Collapsed(speaks!.Id), now, moves);
            }
        }

        await Figures.MoveAsync(write, moves);
        if (moves.Count > 0)
        {
            write.AfterCommit(office.WakeAll);
        }

        return due.Count == Chunk;
    }

    /// <summary>Those that fell with the one that spoke for them are held again, and get their turn at once.</summary>
    private async Task<bool> RestoreAsync(Write write)
    {
        await AloneAsync(write);
        var now = await write.NowAsync();
        var fallen = await write.QueryAsync(Fallen, row => (Id: row.GetInt64(0), Contact: row.GetInt64(1)), ("count", Chunk));
        var moves = new List<(Guid, DeliveryStatus, DeliveryStatus)>();
        foreach (var (id, contact) in fallen)
        {
            var why = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"delivery {id} was to speak for it and did not leave");
            var sources = await write.QueryAsync(Restore, row => row.GetGuid(0),
                ("contact", contact), ("now", now), ("why", why), ("reason", Collapsed(id)), ("line", DeliveryChange.Line(now, DeliveryStatus.Held, why)));
            await write.ExecuteAsync("UPDATE deliveries SET others = 0 WHERE id = @id", ("id", id));
            moves.AddRange(sources.Select(source => (source, DeliveryStatus.Skipped, DeliveryStatus.Held)));
        }

        await Figures.MoveAsync(write, moves);
        return fallen.Count == Chunk;
    }

    /// <summary>Two nodes at once would take a contact's messages apart.</summary>
    private static async Task AloneAsync(Write write)
    {
        if (write.IsPostgres)
        {
            await write.ExecuteAsync("SELECT pg_advisory_xact_lock(7305431926114003)");
        }
    }

    private static string Collapsed(long into) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"collapsed into delivery {into}");

    private static async Task DropAsync(Write write, HeldRow row, string reason, DateTimeOffset now, List<(Guid, DeliveryStatus, DeliveryStatus)> moves)
    {
        await write.ExecuteAsync(Drop, ("reason", reason), ("now", now), ("id", row.Id), ("line", DeliveryChange.Line(now, DeliveryStatus.Skipped, reason)));
        moves.Add((row.SourceId, DeliveryStatus.Held, DeliveryStatus.Skipped));
    }

    /// <summary>What it waited for may be that a relay was replaced by one of another name.</summary>
    private string SenderOf(HeldRow row) => row.Channel == Channel.Mail && senders.Serves(Channel.Mail, region: null) ? senders.For(Channel.Mail, region: null, row.ContactId, row.Sender).Name : row.Sender;

    private static HeldRow Read(System.Data.Common.DbDataReader row) =>
        new(row.GetInt64(0), row.GetGuid(1), row.GetInt64(2), row.Instant(3), row.GetInt32(4), row.GetInt32(5), row.GetBoolean(6), row.GetBoolean(7), (Channel)row.GetInt32(8), row.GetString(9), row.GetBoolean(10), row.GetString(11));

    private sealed record HeldRow(long Id, Guid SourceId, long ContactId, DateTimeOffset ExpiresAt, int Others, int Priority, bool IsCancelled, bool IsPaused, Channel Channel, string Sender, bool IsAlone, string Why);
}
