using Notify.Deliveries;

namespace Notify.Hosting;

/// <summary>Settles what is in doubt, beside the reconciler: asking a provider can take long, and nothing else must wait for it.</summary>
internal sealed partial class Settler(Doubts doubts, TimeProvider clock, ILogger<Settler> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        try
        {
            do
            {
                try
                {
                    await doubts.SettleAsync(stoppingToken);
                }
                catch (Exception e) when (!stoppingToken.IsCancellationRequested)
                {
                    LogFailed(e);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Doubts could not be settled; trying again in some seconds")]
    private partial void LogFailed(Exception exception);
}
