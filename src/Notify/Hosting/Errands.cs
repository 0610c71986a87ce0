using Notify.Jobs;

namespace Notify.Hosting;

/// <summary>Runs each errand in a loop of its own, beside the reconciler: who waits for a provider keeps nobody else waiting, and none of them keeps the host from starting.</summary>
internal sealed partial class Errands(IEnumerable<IErrand> errands, TimeProvider clock, ILogger<Errands> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(errands.Select(errand => LoopAsync(errand, stoppingToken)));

    private async Task LoopAsync(IErrand errand, CancellationToken stoppingToken)
    {
        // The first round of one must not hold up the start of the next.
        await Task.Yield();
        using var timer = new PeriodicTimer(Every, clock);
        try
        {
            do
            {
                try
                {
                    await errand.RunAsync(stoppingToken);
                }
                catch (Exception e) when (!stoppingToken.IsCancellationRequested)
                {
                    LogFailed(e, errand.GetType().Name);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (Exception) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops, and whatever an errand failed with meanwhile is tried again at the next start.
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Errand} failed; it will try again in some seconds")]
    private partial void LogFailed(Exception exception, string errand);
}
