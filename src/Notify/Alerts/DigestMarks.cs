using System.Globalization;
using Notify.Publication;
using Notify.Storage;

namespace Notify.Alerts;

/// <summary>What alerts leave for the digests: from when on they may be in one, and that somebody who has none is to get one.</summary>
internal sealed class DigestMarks(DigestTimes times)
{
    /// <summary>An arbitrary number that all who write digests and all who end a fan-out agree on.</summary>
    private const long Turn = 7_305_431_926_114_005;

    /// <summary>
    /// The moment from which an alert may be in digests. No digest that is being written could pass it unseen: those wait for this transaction, and this one for them.
    /// </summary>
    public static async Task<DateTimeOffset> ReadyAsync(Write write)
    {
        if (!write.IsPostgres)
        {
            return await write.NowAsync();
        }

        await write.ExecuteAsync("SELECT pg_advisory_xact_lock_shared(@turn)", ("turn", Turn));
        return await write.FreshNowAsync();
    }

    /// <summary>Digests are written by one at a time, and see every alert that is ready.</summary>
    /// <returns>Up to when they do.</returns>
    public static async Task<DateTimeOffset> AloneAsync(Write write)
    {
        if (write.IsPostgres)
        {
            await write.ExecuteAsync("SELECT pg_advisory_xact_lock(@turn)", ("turn", Turn));
        }

        // An alert may still become ready within this very millisecond.
        return (write.IsPostgres ? await write.FreshNowAsync() : await write.NowAsync()) - TimeSpan.FromMilliseconds(1);
    }

    /// <summary>An article that is told in digests only: who takes each article at once gets one digest, at the publication's hour where they are.</summary>
    public async Task MarkAsync(Write write, IReadOnlyList<string> topics, long from, long to, DateTimeOffset now)
    {
        await WriteHoursAsync(write, now);
        string[] names = [.. topics.Select((_, i) => "topic" + i.ToString(CultureInfo.InvariantCulture))];
        var wanted = names.Length > 0 ? $"t.topic IN ({string.Join(", ", names.Select(n => "@" + n))})" : "1 = 0";
        List<(string, object?)> parameters = [("from", from), ("to", to), ("before", now - TimeSpan.FromMilliseconds(1)), .. names.Select((name, i) => (name, (object?)topics[i]))];
        await write.ExecuteAsync($"""
            UPDATE subscriptions SET digest_at = (SELECT w.digest_at FROM whereabouts w WHERE w.id = subscriptions.whereabouts_id), digest_from = @before
            WHERE contact_id IN (SELECT s.contact_id FROM subscriptions s WHERE s.contact_id > @from AND s.contact_id <= @to AND s.digest_at IS NULL
              AND {FanOut.Audience.Replace("{topics}", wanted, StringComparison.Ordinal)})
            """, [.. parameters]);
    }

    /// <summary>Writes down when the publication's hour comes next in each place, for statements over many readers.</summary>
    private async Task WriteHoursAsync(Write write, DateTimeOffset now)
    {
        var all = await write.QueryAsync("SELECT id, zones, digest_at FROM whereabouts", row => (Id: row.GetInt32(0), Zones: row.GetString(1), At: row.Instant(2)));
        var found = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        foreach (var (id, zones, known) in all)
        {
            if (!found.TryGetValue(zones, out var next))
            {
                found[zones] = next = times.Next(zones, isWeekly: false, minute: null, day: null, now);
            }

            if (next != known)
            {
                await write.ExecuteAsync("UPDATE whereabouts SET digest_at = @at WHERE id = @id", ("at", next), ("id", id));
            }
        }
    }
}
