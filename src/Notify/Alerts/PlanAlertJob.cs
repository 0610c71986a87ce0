using Hangfire;

namespace Notify.Alerts;

/// <summary>Writes an alert's audience as delivery rows. A hint only: where it stopped is in the alert's row, and it goes on from there.</summary>
public sealed class PlanAlertJob
{
    private readonly FanOut _fanOut;

    internal PlanAlertJob(FanOut fanOut) => _fanOut = fanOut;

    [AutomaticRetry(Attempts = 0)]
    [JobDisplayName("{1}")]
    public Task RunAsync(Guid alertId, string title, CancellationToken cancellationToken) => _fanOut.RunAsync(alertId, cancellationToken);
}
