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

    internal AlertControl(Database database, PostOffice office, IHints hints) => (_database, _office, _hints) = (database, office, hints);

    /// <returns>False when there is no such alert.</returns>
    public Task<bool> PauseAsync(Guid alertId, CancellationToken cancellationToken) =>
        SetAsync("UPDATE sources SET paused = @value WHERE id = @id AND kind = 1", alertId, true, cancellationToken);

    public async Task<bool> ResumeAsync(Guid alertId, CancellationToken cancellationToken)
    {
        var found = await SetAsync("UPDATE sources SET paused = @value WHERE id = @id AND kind = 1", alertId, false, cancellationToken);
        await _database.WriteAsync(write => write.ExecuteAsync("UPDATE alerts SET hold = @no WHERE id = @id", ("no", false), ("id", alertId)), cancellationToken);
        _hints.Wake(JobNames.PlanAlert, alertId.ToString(), "Go on with an alert");
        _office.WakeAll();
        return found;
    }

    /// <summary>Nothing of it leaves any more; what waits is skipped, what has left stays told.</summary>
    public async Task<bool> CancelAsync(Guid alertId, CancellationToken cancellationToken)
    {
        if (!await SetAsync("UPDATE sources SET cancelled = @value WHERE id = @id AND kind = 1", alertId, true, cancellationToken))
        {
            return false;
        }

        while (await _database.WriteAsync(write => PostOffice.SkipSourceAsync(write, alertId, "cancelled"), cancellationToken) > 0)
        {
        }

        return true;
    }

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
