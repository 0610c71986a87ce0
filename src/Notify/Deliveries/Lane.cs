using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Notify.Jobs;
using Notify.Storage;

namespace Notify.Deliveries;

/// <summary>
/// One slot of a sender at work: claims a small window, hands it to its senders, writes what came of it and claims the next in one
/// transaction, while the rest of the window is still on its way out.
/// </summary>
internal sealed partial class Lane(
    Database database, LaneLedger rows, HandOver handOver, Withdrawals withdrawals, IOptions<DeliveryOptions> options, IAlarm alarm, TimeProvider clock, ILogger<Lane> logger)
{
    /// <summary>How long one run works before it makes room for another job.</summary>
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(60);

    /// <summary>A turn at least so often, also when nothing has ended: the lease is renewed there.</summary>
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(500);

    /// <summary>A batch that has ended since the last turn in less is a fast one.</summary>
    private static readonly TimeSpan Fast = 5 * Outcomes.Patience;

    /// <summary>How long outcomes are held while the database cannot be written; after that the rows are in doubt.</summary>
    private static readonly TimeSpan WriteRetry = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// How long known outcomes are kept for a database that is away. Rows are found in doubt only when it is back, and looked at a minute later,
    /// so a long wait is no risk; one that keeps the host from ending is.
    /// </summary>
    private static readonly TimeSpan LatePatience = TimeSpan.FromMinutes(30);

    /// <inheritdoc cref="LatePatience" />
    private static readonly TimeSpan LatePatienceAtTheEnd = TimeSpan.FromSeconds(15);

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
        var outcomes = new Outcomes(clock, TimeProvider.System);
        await using var lastLook = new LastLook(database, withdrawals);
        var senders = Enumerable.Range(0, sender.Workers)
            .Select(_ => handOver.SendAllAsync(claimed.Reader, outcomes, provider, lease, lastLook, stopping)).ToArray();
        var outstanding = 0;
        List<RowResult> done = [];
        var (more, turned) = (false, clock.GetTimestamp());
        try
        {
            while (true)
            {
                done = outcomes.Take();
                outstanding -= done.Count;
                lease.IsFast = done.Count >= sender.Batch(sender.Window) && clock.GetElapsedTime(turned) < Fast;
                turned = clock.GetTimestamp();
                var open = !lease.Rests && !stopping.IsCancellationRequested && clock.GetUtcNow() < ends;
                var turn = await PersistAsync(lease, done, outstanding, open);
                outstanding += turn.Claimed.Count;
                done = [];
                foreach (var row in turn.Claimed)
                {
                    await claimed.Writer.WriteAsync(row, CancellationToken.None);
                }

                if (turn.Trouble is not null || turn.HasRecovered)
                {
                    await TellAsync(sender, turn.Trouble);
                }

                if (outstanding == 0)
                {
                    more = !open && !lease.Rests && !stopping.IsCancellationRequested;
                    break;
                }

                await outcomes.WaitAsync(Math.Min(sender.Batch(lease.Window), outstanding), Turn);
            }
        }
        finally
        {
            claimed.Writer.TryComplete();
            await Task.WhenAll(senders);
            await WriteLateAsync(lease, [.. done, .. outcomes.Take()], stopping);
            await rows.LeaveAsync(lease);
        }

        // A hint that came while the lane was held was spent in vain: look once more.
        return more || (!stopping.IsCancellationRequested && await rows.IsDueAsync(sender));
    }

    /// <param name="trouble">Null: it is over.</param>
    private async Task TellAsync(Sender sender, string? trouble)
    {
        var name = $"sender {sender.Name}";
        try
        {
            await (trouble is null
                ? alarm.ClearAsync(name, CancellationToken.None)
                : alarm.RaiseAsync(name, $"Sender {sender.Name} rests for a while: {trouble}", CancellationToken.None));
        }
        catch (Exception e)
        {
            // The rows that are under way matter more than the bell.
            LogNoAlarm(e, sender.Name);
        }
    }

    /// <summary>What the providers answered while the database was away or the lane was lost is known all the same: it is written as soon as it can be.</summary>
    private async Task WriteLateAsync(LaneLease lease, List<RowResult> late, CancellationToken stopping)
    {
        var began = clock.GetUtcNow();
        while (late.Count > 0)
        {
            try
            {
                await rows.MarkLateAsync(lease, late, options.Value);
                return;
            }
            catch (Exception e) when (clock.GetUtcNow() - began < (stopping.IsCancellationRequested ? LatePatienceAtTheEnd : LatePatience))
            {
                LogNotWritten(e, late.Count, lease.Sender.Name);
                await Task.Delay(WriteRetry, clock, CancellationToken.None);
            }
        }
    }

    /// <summary>Outcomes must not be lost to a hiccup of the database: they are offered again until the lease is gone.</summary>
    private async Task<LaneTurn> PersistAsync(LaneLease lease, List<RowResult> done, int outstanding, bool open)
    {
        while (true)
        {
            try
            {
                return await rows.TurnAsync(lease, done, outstanding, open, options.Value);
            }
            catch (Exception e) when (e is not LaneLostException && lease.IsHeld(clock))
            {
                LogNotWritten(e, done.Count, lease.Sender.Name);
                await Task.Delay(WriteRetry, clock, CancellationToken.None);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Sender {Sender} is in trouble and no alarm could be raised")]
    private partial void LogNoAlarm(Exception exception, string sender);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database did not take {Count} outcomes of lane {Lane}; trying again")]
    private partial void LogNotWritten(Exception exception, int count, string lane);
}
