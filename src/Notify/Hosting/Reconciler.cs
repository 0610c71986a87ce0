using Notify.Jobs;

namespace Notify.Hosting;

/// <summary>The clock that makes nothing lost: at the start, before anything else, and every ten seconds, each folder looks for what was left undone.</summary>
internal sealed partial class Reconciler(IEnumerable<IReconcile> parts, TimeProvider clock, ILogger<Reconciler> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await RunOnceAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await RunOnceAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        foreach (var part in parts)
        {
            try
            {
                await part.ReconcileAsync(cancellationToken);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                // One part's trouble must not keep the others from their work; it comes round again.
                LogFailed(e, part.GetType().Name);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Part} could not reconcile; it will try again in ten seconds")]
    private partial void LogFailed(Exception exception, string part);
}
