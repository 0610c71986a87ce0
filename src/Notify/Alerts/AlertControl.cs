using Notify.Articles;
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
    private readonly Timetable _timetable;

    internal AlertControl(Database database, PostOffice office, IHints hints, Resolution resolution, Timetable timetable, IAlarm alarm) =>
        (_database, _office, _hints, _resolution, _timetable, _alarm) = (database, office, hints, resolution, timetable, alarm);

    /// <returns>False when there is no such alert.</returns>
    public Task<bool> PauseAsync(Guid alertId, CancellationToken cancellationToken) =>
        SetAsync("UPDATE sources SET paused = @value WHERE id = @id AND kind = 1", alertId, true, cancellationToken);

    /// <summary>Lets go on what is paused, held or was too late to begin. What was held, or had a time that has passed, begins now.</summary>
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
            await BeginNowAsync(write, alertId);
            var resumed = await write.ExecuteAsync("UPDATE sources SET paused = @no WHERE id = @id AND kind = 1", ("no", false), ("id", alertId)) == 1;
            await write.ExecuteAsync("UPDATE alerts SET hold = @no WHERE id = @id", ("no", false), ("id", alertId));
            return resumed;
        }, cancellationToken);
        Wake(alertId);
        return found;
    }

    /// <summary>An editor's word on what waits and has not begun: at once or at a time, or in the digests.</summary>
    /// <param name="handling">When; nothing: now.</param>
    /// <param name="note">Written in the same transaction once it is done.</param>
    /// <returns>False when there is no such alert, it has begun, or somebody has cancelled it.</returns>
    internal async Task<bool> ReleaseAsync(Guid alertId, Handling handling, AlertRoute route, Func<Write, Task> note, CancellationToken cancellationToken)
    {
        var isDone = await _database.WriteAsync(async write =>
        {
            var times = await _timetable.PlanAsync(write, handling, isUrgent: true);
            var changed = await write.ExecuteAsync("""
                UPDATE alerts SET hold = @no, expired_at = NULL, finished_at = NULL, route = @route, starts_at = @starts, expires_at = @expires, send_at = @send, local_time = @local
                WHERE id = @id AND planned_to = 0 AND planned_at IS NULL AND NOT EXISTS (SELECT 1 FROM alert_words w WHERE w.alert_id = alerts.id)
                  AND EXISTS (SELECT 1 FROM sources s WHERE s.id = alerts.id AND (NOT s.cancelled OR s.why = 'late'))
                """,
                ("no", false), ("route", route), ("starts", times.StartsAt), ("expires", times.ExpiresAt), ("send", times.SendAt?.ToUnixTimeMilliseconds()), ("local", times.LocalTime), ("id", alertId));
            if (changed == 0)
            {
                return false;
            }

            await write.ExecuteAsync("UPDATE sources SET paused = @no, cancelled = @no, why = NULL WHERE id = @id", ("no", false), ("id", alertId));
            await ClearAsync(write, alertId);
            await note(write);
            return true;
        }, cancellationToken);
        Wake(alertId);
        return isDone;
    }

    /// <summary>What was cancelled before anybody was told waits for an editor again. An article that was taken back must be public once more first.</summary>
    /// <param name="note">Written in the same transaction once it is done.</param>
    /// <returns>False when there is no such alert, it is not cancelled, or somebody may have been told.</returns>
    internal Task<bool> PutBackAsync(Guid alertId, Func<Write, Task> note, CancellationToken cancellationToken) => _database.WriteAsync(async write =>
    {
        var changed = await write.ExecuteAsync("""
            UPDATE alerts SET hold = @yes, hold_reason = 'it was cancelled and put back', finished_at = NULL
            WHERE id = @id AND corrects IS NULL AND planned_to = 0 AND planned_at IS NULL AND NOT EXISTS (SELECT 1 FROM alert_words w WHERE w.alert_id = alerts.id)
              AND EXISTS (SELECT 1 FROM sources s WHERE s.id = alerts.id AND s.cancelled AND (s.why IS NULL OR s.why = 'unpublished'))
              AND EXISTS (SELECT 1 FROM articles r WHERE r.id = alerts.article_id AND r.unpublished_at IS NULL)
            """, ("yes", true), ("id", alertId));
        if (changed == 0)
        {
            return false;
        }

        await write.ExecuteAsync("UPDATE sources SET cancelled = @no, paused = @no, why = NULL WHERE id = @id", ("no", false), ("id", alertId));
        await note(write);
        return true;
    }, cancellationToken);

    /// <summary>Cancels what waits for an editor for the same reason, such as a flood of a feed.</summary>
    /// <returns>How many there were.</returns>
    public Task<int> DropAllAsync(string reason, Func<Write, int, Task> note, CancellationToken cancellationToken) => _database.WriteAsync(async write =>
    {
        var dropped = await write.ExecuteAsync("""
            UPDATE sources SET cancelled = @yes WHERE NOT cancelled AND id IN (SELECT a.id FROM alerts a WHERE a.hold AND a.hold_reason = @reason AND a.planned_to = 0)
            """, ("yes", true), ("reason", reason));
        await note(write, dropped);
        return dropped;
    }, cancellationToken);

    private async Task BeginNowAsync(Write write, Guid alertId)
    {
        var now = await write.NowAsync();
        await write.ExecuteAsync("UPDATE sources SET cancelled = @no, why = NULL WHERE id = @id AND cancelled AND why = 'late'", ("no", false), ("id", alertId));
        // It has as long from now on as it would have had.
        await write.ExecuteAsync("""
            UPDATE alerts SET expires_at = expires_at + @now - starts_at, starts_at = @now, expired_at = NULL, send_at = CASE WHEN local_time IS NULL THEN send_at ELSE @now END,
              finished_at = CASE WHEN expired_at IS NULL AND NOT hold THEN finished_at END
            WHERE id = @id AND starts_at < @now AND (hold OR expired_at IS NOT NULL OR (send_at IS NOT NULL AND started_at IS NULL))
            """, ("now", now), ("id", alertId));
        await ClearAsync(write, alertId);
    }

    private async Task ClearAsync(Write write, Guid alertId)
    {
        await _alarm.ClearAsync(write, CostGate.AlarmOf(alertId));
        await _alarm.ClearAsync(write, LateStarts.AlarmOf(alertId));
    }

    private void Wake(Guid alertId)
    {
        _hints.Wake(JobNames.PlanAlert, alertId.ToString(), "Go on with an alert");
        _office.WakeAll();
    }

    /// <summary>Nothing of it leaves any more; what waits is skipped, what has left stays told. Whether it may cost that much is no question any more.</summary>
    public async Task<bool> CancelAsync(Guid alertId, CancellationToken cancellationToken)
    {
        var found = await _database.WriteAsync(async write =>
        {
            var changed = await write.ExecuteAsync("UPDATE sources SET cancelled = @yes, why = NULL WHERE id = @id AND kind = 1", ("yes", true), ("id", alertId));
            await ClearAsync(write, alertId);
            return changed == 1;
        }, cancellationToken);
        if (found)
        {
            await SkipAsync(alertId, "cancelled", cancellationToken);
        }

        return found;
    }

    /// <summary>Skips at once what the reconciler would find soon: all that waits of an article's alerts that were ended.</summary>
    public async Task SkipEndedAsync(Guid articleId, CancellationToken cancellationToken)
    {
        var ended = await _database.WriteAsync(write => write.QueryAsync(
            "SELECT a.id, COALESCE(s.why, 'cancelled') FROM alerts a JOIN sources s ON s.id = a.id WHERE a.article_id = @article AND s.cancelled AND s.pending + s.held > 0",
            row => (Id: row.GetGuid(0), Why: row.GetString(1)), ("article", articleId)), cancellationToken);
        foreach (var (id, why) in ended)
        {
            await SkipAsync(id, why, cancellationToken);
        }
    }

    private async Task SkipAsync(Guid alertId, string why, CancellationToken cancellationToken)
    {
        while (await _database.WriteAsync(write => PostOffice.SkipSourceAsync(write, alertId, why), cancellationToken) > 0)
        {
        }
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
