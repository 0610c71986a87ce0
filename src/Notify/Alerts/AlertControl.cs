using Notify.Deliveries;
using Notify.Jobs;
using Notify.Storage;

namespace Notify.Alerts;

/// <summary>Pausing, resuming, cancelling: one alert or everything. Written to rows that every lane reads before every send.</summary>
public sealed class AlertControl
{
    private readonly Database _database;
    private readonly PostOffice _office;
    private readonly IHints _hints;
    private readonly Resolution _resolution;
    private readonly IAlarm _alarm;

    internal AlertControl(Database database, PostOffice office, IHints hints, Resolution resolution, IAlarm alarm) =>
        (_database, _office, _hints, _resolution, _alarm) = (database, office, hints, resolution, alarm);

    /// <returns>False when there is no such alert.</returns>
    public Task<bool> PauseAsync(Guid alertId, CancellationToken cancellationToken) =>
        SetAsync("UPDATE sources SET paused = @value WHERE id = @id AND kind = 1", alertId, true, cancellationToken);

    public async Task<bool> ResumeAsync(Guid alertId, CancellationToken cancellationToken)
    {
        var found = await _database.WriteAsync(async write =>
        {
            // The digests of the meantime went without it: it is in the next ones of those who do not have it.
            var ready = await DigestMarks.ReadyAsync(write);
            await write.ExecuteAsync("""
                UPDATE alerts SET digest_at = @ready, digested_before = @yes WHERE id = @id AND digest_at IS NOT NULL AND EXISTS (SELECT 1 FROM sources s WHERE s.id = alerts.id AND s.paused)
                """, ("ready", ready), ("yes", true), ("id", alertId));
            // One that is in digests only goes through its readers once more, for who takes each article at once may have no digest any more.
            await write.ExecuteAsync("""
                UPDATE alerts SET planned_at = NULL, planned_to = 0, digest_at = NULL, finished_at = NULL
                WHERE id = @id AND route = 2 AND digest_at IS NOT NULL AND EXISTS (SELECT 1 FROM sources s WHERE s.id = alerts.id AND s.paused)
                """, ("id", alertId));
            var changed = await write.ExecuteAsync("UPDATE sources SET paused = @no WHERE id = @id AND kind = 1", ("no", false), ("id", alertId));
            // What was held begins now, and has as long from now on as it would have had.
            await write.ExecuteAsync("UPDATE alerts SET expires_at = expires_at + @now - starts_at, starts_at = @now WHERE id = @id AND hold = @yes AND starts_at < @now",
                ("now", await write.NowAsync()), ("id", alertId), ("yes", true));
            await _alarm.ClearAsync(write, CostGate.AlarmOf(alertId));
            await write.ExecuteAsync("UPDATE alerts SET hold = @no WHERE id = @id", ("no", false), ("id", alertId));
            return changed == 1;
        }, cancellationToken);
        _hints.Wake(JobNames.PlanAlert, alertId.ToString(), "Go on with an alert");
        _office.WakeAll();
        return found;
    }

    /// <summary>Nothing of it leaves any more; what waits is skipped, what has left stays told. Whether it may cost that much is no question any more.</summary>
    public async Task<bool> CancelAsync(Guid alertId, CancellationToken cancellationToken)
    {
        var found = await _database.WriteAsync(async write =>
        {
            var changed = await write.ExecuteAsync("UPDATE sources SET cancelled = @yes WHERE id = @id AND kind = 1", ("yes", true), ("id", alertId));
            await _alarm.ClearAsync(write, CostGate.AlarmOf(alertId));
            return changed == 1;
        }, cancellationToken);
        if (!found)
        {
            return false;
        }

        while (await _database.WriteAsync(write => PostOffice.SkipSourceAsync(write, alertId, "cancelled"), cancellationToken) > 0)
        {
        }

        return true;
    }

    /// <summary>A person's word on one row that is unknown.</summary>
    /// <param name="note">Written in the same transaction once it is done.</param>
    public Task<Resolved> ResolveAsync(long deliveryId, Verdict verdict, Func<Write, Task> note, CancellationToken cancellationToken) =>
        _database.WriteAsync(async write =>
        {
            var (result, source) = await _resolution.OneAsync(write, deliveryId, verdict);
            if (result == Resolved.Done)
            {
                await ReopenAsync(write, source);
                await note(write);
            }

            return result;
        }, cancellationToken);

    /// <summary>A person's word on all rows of an alert that are unknown, some thousand a transaction; each writes its own note.</summary>
    /// <returns>What became of it, and how many rows there were.</returns>
    public async Task<(Resolved Result, int Count)> ResolveAllAsync(Guid alertId, Verdict verdict, Func<Write, int, Task> note, CancellationToken cancellationToken)
    {
        for (var count = 0; ;)
        {
            var (result, done) = await _database.WriteAsync(async write =>
            {
                var found = await write.QueryAsync("SELECT cancelled FROM sources WHERE id = @id AND kind = 1", row => row.GetBoolean(0), ("id", alertId));
                if (found is not [var isCancelled] || (isCancelled && verdict == Verdict.Again))
                {
                    return (found is [] ? Resolved.NoSuchDelivery : Resolved.Cancelled, 0);
                }

                var resolved = await _resolution.ManyAsync(write, alertId, verdict);
                if (resolved > 0)
                {
                    await ReopenAsync(write, alertId);
                    await note(write, resolved);
                }

                return (Resolved.Done, resolved);
            }, cancellationToken);
            count += done;
            if (done < Resolution.Chunk)
            {
                return (result == Resolved.Done && count == 0 ? Resolved.NotUnknown : result, count);
            }
        }
    }

    /// <summary>An alert of which something is sent again has not ended.</summary>
    private static Task<int> ReopenAsync(Write write, Guid alertId) => write.ExecuteAsync("""
        UPDATE alerts SET finished_at = NULL WHERE id = @id AND EXISTS (SELECT 1 FROM sources s WHERE s.id = alerts.id AND s.pending > 0)
        """, ("id", alertId));

    /// <summary>The red switch.</summary>
    public Task PauseAllAsync(CancellationToken cancellationToken) => SwitchAsync(true, cancellationToken);

    public async Task ResumeAllAsync(CancellationToken cancellationToken)
    {
        await SwitchAsync(false, cancellationToken);
        _office.WakeAll();
    }

    private Task SwitchAsync(bool paused, CancellationToken cancellationToken) =>
        _database.WriteAsync(write => write.ExecuteAsync("UPDATE sending SET paused = @paused WHERE id = 1", ("paused", paused)), cancellationToken);

    private Task<bool> SetAsync(string sql, Guid alertId, bool value, CancellationToken cancellationToken) =>
        _database.WriteAsync(async write => await write.ExecuteAsync(sql, ("value", value), ("id", alertId)) == 1, cancellationToken);
}
