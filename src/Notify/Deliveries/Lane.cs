using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Notify.Jobs;

namespace Notify.Deliveries;

/// <summary>
/// One slot of a sender at work: claims a small window, hands it to its senders, writes what came of it and claims the next in one
/// transaction, while the rest of the window is still on its way out.
/// </summary>
internal sealed partial class Lane(
    LaneLedger rows, HandOver handOver, IOptions<DeliveryOptions> options, IAlarm alarm, TimeProvider clock, ILogger<Lane> logger)
{
    /// <summary>How long one run works before it makes room for another job.</summary>
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(60);

    /// <summary>The longest a finished send waits to be written, and a lease to be renewed.</summary>
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(500);

    /// <summary>How long outcomes are held while the database cannot be written; after that the rows are in doubt.</summary>
    private static readonly TimeSpan WriteRetry = TimeSpan.FromMilliseconds(200);

    /// <summary>Runs the lane until nothing is due, the slice is over or the host stops.</summary>
    /// <returns>Whether there may be more to do at once.</returns>
    public async Task<bool> RunAsync(Sender sender, IMessageProvider provider, int slot, CancellationToken stopping)
    {
        var lease = await rows.TakeAsync(sender, slot, stopping);
        if (lease is null)
        {
            return false;
        }

        var ends = clock.GetUtcNow() + Slice;
        var claimed = Channel.CreateUnbounded<ClaimedRow>();
        var results = Channel.CreateUnbounded<RowResult>();
        var pace = new Pace(sender.SlotRate, clock);
        var senders = Enumerable.Range(0, sender.SlotConcurrency)
            .Select(_ => handOver.SendAllAsync(claimed.Reader, results.Writer, provider, lease, pace, stopping)).ToArray();
        var outstanding = 0;
        var more = false;
        try
        {
            while (true)
            {
                var done = new List<RowResult>();
                while (results.Reader.TryRead(out var result))
                {
                    done.Add(result);
                }

                var broken = done.Select(d => d.Outcome).OfType<SendOutcome.SenderBroken>().FirstOrDefault();
                var open = broken is null && !stopping.IsCancellationRequested && clock.GetUtcNow() < ends;
                var room = open ? sender.Window - (outstanding - done.Count) : 0;
                var turn = await PersistAsync(lease, done, room);
                outstanding += turn.Claimed.Count - done.Count;
                foreach (var row in turn.Claimed)
                {
                    await claimed.Writer.WriteAsync(row, CancellationToken.None);
                }

                if (broken is not null)
                {
                    await alarm.RaiseAsync($"sender {sender.Name}", $"Sender {sender.Name} was refused and rests for a while: {broken.Reason}", CancellationToken.None);
                }

                if (outstanding == 0 && turn.Claimed.Count == 0 && (room > 0 || !open))
                {
                    more = !open && broken is null && !stopping.IsCancellationRequested;
                    break;
                }

                await WaitAsync(results.Reader);
            }
        }
        finally
        {
            claimed.Writer.TryComplete();
            await Task.WhenAll(senders);
            await rows.LeaveAsync(lease);
        }

        return more;
    }

    /// <summary>Outcomes must not be lost to a hiccup of the database: they are offered again until the lease is gone.</summary>
    private async Task<LaneTurn> PersistAsync(LaneLease lease, List<RowResult> done, int room)
    {
        while (true)
        {
            try
            {
                return await rows.TurnAsync(lease, done, room, options.Value);
            }
            catch (Exception e) when (e is not LaneLostException && lease.IsHeld(clock))
            {
                LogNotWritten(e, done.Count, lease.Sender.Name);
                await Task.Delay(WriteRetry, clock, CancellationToken.None);
            }
        }
    }

    private async Task WaitAsync(ChannelReader<RowResult> results)
    {
        using var limit = new CancellationTokenSource(Turn, clock);
        try
        {
            await results.WaitToReadAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            // Time for a turn all the same: the lease is renewed there.
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database did not take {Count} outcomes of lane {Lane}; trying again")]
    private partial void LogNotWritten(Exception exception, int count, string lane);
}

/// <summary>Spreads sends evenly over time: a slot's share of the rate, without a burst.</summary>
internal sealed class Pace(double perSecond, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private DateTimeOffset _next = DateTimeOffset.MinValue;

    /// <param name="units">Segments of a text, 1 for a mail.</param>
    public async Task WaitAsync(int units, CancellationToken cancellationToken)
    {
        TimeSpan wait;
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            var at = _next > now ? _next : now;
            wait = at - now;
            _next = at + TimeSpan.FromSeconds(units / perSecond);
        }

        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, clock, cancellationToken);
        }
    }
}
