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
/// <param name="AwaitsReceipt">It was refused by a receipt, after the provider had taken the message: that the next is taken says nothing yet.</param>
internal sealed record Standing(bool IsPaused, DateTimeOffset RestsUntil, int Trips, double Share, DateTimeOffset SteppedAt, bool IsRefused, bool AwaitsReceipt)
{
    public static readonly Standing Good = new(false, DateTimeOffset.UnixEpoch, 0, 1, DateTimeOffset.UnixEpoch, false, false);

    public bool MaySend(DateTimeOffset now) => !IsPaused && RestsUntil <= now;

    /// <summary>How many rows a lane may hold: no more than leave within a second, so that what is urgent waits no longer for those before it.</summary>
    public int Window(LaneLease lease) => Trips > 0 ? 1 : Math.Max(1, Math.Min(lease.Window, (int)(lease.Sender.SlotRate * Share / lease.Units)));

    /// <summary>Reads how it stands, changes it and writes it down where that differs.</summary>
    /// <param name="change">How it stands then, and why it rests when it now begins to. Asked twice where nodes are several: what another has written meanwhile is not overwritten.</param>
    public static async Task<(Standing Before, Standing After, string? Trouble)> ChangeAsync(Write write, string sender, Func<Standing, (Standing After, string? Trouble)> change)
    {
        var before = await ReadAsync(write, sender);
        var (after, trouble) = change(before);
        if (before == after)
        {
            return (before, after, trouble);
        }

        if (write.IsPostgres)
        {
            // Only now, for the claims of a sender's lanes would wait for each other. Adding the row holds it, also where there was none.
            await write.ExecuteAsync("INSERT INTO senders (name, rests_until, reason) VALUES (@name, 0, '') ON CONFLICT (name) DO UPDATE SET name = excluded.name", ("name", sender));
            before = await ReadAsync(write, sender);
            (after, trouble) = change(before);
        }

        if (before != after)
        {
            await write.ExecuteAsync(DeliverySql.Stand, ("name", sender), ("until", after.RestsUntil), ("trips", after.Trips), ("share", after.Share), ("stepped", after.SteppedAt),
                ("refused", after.IsRefused), ("awaits", after.AwaitsReceipt), ("reason", trouble ?? Describe(before, after)));
        }

        return (before, after, trouble);
    }

    /// <summary>The provider says that it came too fast, in a receipt.</summary>
    public static async Task SlowDownAsync(Write write, string sender)
    {
        var now = await write.NowAsync();
        await ChangeAsync(write, sender, before => (SenderTrouble.Slower(before, now), null));
    }

    private static async Task<Standing> ReadAsync(Write write, string sender)
    {
        var rows = await write.QueryAsync(DeliverySql.Standing, row => new Standing(
            row.GetInt32(0) == 1, row.Instant(1), row.GetInt32(2), row.GetDouble(3), row.Instant(4), row.GetInt32(5) == 1, row.GetInt32(6) == 1), ("sender", sender));
        return rows[0];
    }

    private static string Describe(Standing before, Standing after) => before.AwaitsReceipt && !after.AwaitsReceipt
        ? "one message was taken again; its receipt is waited for"
        : string.Create(CultureInfo.InvariantCulture, $"{after.Share:0%} of its rate");
}
