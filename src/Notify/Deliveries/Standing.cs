using System.Globalization;
using Notify.Storage;

namespace Notify.Deliveries;

/// <summary>How a sender stands with its provider: one row for all nodes, read and written in the turns of its lanes.</summary>
/// <param name="IsPaused">The red switch.</param>
/// <param name="RestsUntil">Nothing leaves before.</param>
/// <param name="Trips">How many rests in a row ended in trouble again. Above none, one row at a time is tried until one comes through (a half-open circuit).</param>
/// <param name="Share">How much of its rate the provider takes now, at most 1.</param>
/// <param name="SteppedAt">When the share last changed.</param>
/// <param name="IsRefused">It was refused as such, and not merely away: what waits for it may leave by another.</param>
internal sealed record Standing(bool IsPaused, DateTimeOffset RestsUntil, int Trips, double Share, DateTimeOffset SteppedAt, bool IsRefused)
{
    public static readonly Standing Good = new(false, DateTimeOffset.UnixEpoch, 0, 1, DateTimeOffset.UnixEpoch, false);

    public bool MaySend(DateTimeOffset now) => !IsPaused && RestsUntil <= now;

    /// <summary>How many rows a lane may hold: no more than leave within a second, so that what is urgent waits no longer for those before it.</summary>
    /// <param name="units">What each of them counts against the rate.</param>
    public int Window(Sender sender, int units) => Trips > 0 ? 1 : Math.Max(1, Math.Min(sender.Window, (int)(sender.SlotRate * Share / units)));

    public static async Task<Standing> ReadAsync(Write write, string sender)
    {
        var rows = await write.QueryAsync(DeliverySql.Standing, row => new Standing(
            row.GetInt32(0) == 1, row.Instant(1), row.GetInt32(2), row.GetDouble(3), row.Instant(4), row.GetInt32(5) == 1), ("sender", sender));
        return rows[0];
    }

    /// <param name="trouble">Why it rests; null leaves what stands there.</param>
    public static async Task WriteAsync(Write write, string sender, Standing before, Standing after, string? trouble)
    {
        if (before != after)
        {
            await write.ExecuteAsync(DeliverySql.Stand, ("name", sender), ("until", after.RestsUntil), ("trips", after.Trips), ("share", after.Share),
                ("stepped", after.SteppedAt), ("refused", after.IsRefused), ("reason", trouble ?? string.Create(CultureInfo.InvariantCulture, $"{after.Share:0%} of its rate")));
        }
    }

    /// <summary>The provider says that it came too fast, in a receipt.</summary>
    public static async Task SlowDownAsync(Write write, string sender)
    {
        var before = await ReadAsync(write, sender);
        await WriteAsync(write, sender, before, SenderTrouble.Slower(before, await write.NowAsync()), null);
    }
}
