using Notify.Deliveries;
using Notify.Jobs;
using Notify.Storage;

namespace Notify.Alerts;

/// <summary>Writes alerts: the decision itself, its figures, and the hint that it is due.</summary>
internal sealed class AlertBook(IHints hints)
{
    /// <param name="isAlone">What is held of it never goes out as one with others.</param>
    /// <param name="isPaused">It waits until it is let go on.</param>
    public async Task<Guid> AddAsync(Write write, Alert alert, Priority priority, string title, bool isAlone = false, bool isPaused = false)
    {
        write.Db.Sources.Add(new Source { Id = alert.Id, Kind = SourceKind.Alert, Priority = priority, CreatedAt = alert.CreatedAt, Alone = isAlone, Paused = isPaused });
        await write.SaveAsync();
        write.Db.Alerts.Add(alert);
        await write.SaveAsync();
        if (!alert.Hold && !isPaused)
        {
            write.AfterCommit(() => hints.Wake(JobNames.PlanAlert, alert.Id.ToString(), Newsdesk.Title(title)));
        }

        return alert.Id;
    }

    /// <summary>Nothing of it leaves from here on; what waits is skipped afterwards, some thousand rows a transaction, with <paramref name="why"/>.</summary>
    public async Task EndAsync(Write write, Guid alertId, string why) =>
        await write.ExecuteAsync("UPDATE sources SET cancelled = @yes, why = @why WHERE id = @id AND kind = 1 AND NOT cancelled", ("yes", true), ("why", why), ("id", alertId));
}
