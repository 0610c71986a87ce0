namespace Notify.Operators.Console;

/// <summary>Looks again each second while a page is shown, one look at a time; a look that fails is left to the next.</summary>
internal sealed partial class Ticker(TimeProvider clock, IHostApplicationLifetime host, ILogger<Ticker> logger) : IAsyncDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    /// <summary>A circuit outlives the host that served it by a little; its pages must not look any more by then.</summary>
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(host.ApplicationStopping);

    private Task _running = Task.CompletedTask;
    private bool _isDisposed;

    /// <param name="look">Reads and shows; run on the renderer of its component.</param>
    public void Start(Func<CancellationToken, Task> look) => _running = RunAsync(look);

    private async Task RunAsync(Func<CancellationToken, Task> look)
    {
        using var timer = new PeriodicTimer(Every, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                try
                {
                    await look(_stop.Token);
                }
                catch (Exception e) when (e is not OperationCanceledException and not ObjectDisposedException)
                {
                    LogFailed(e);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The page is gone.
        }
    }

    /// <summary>By its page when it goes, and again by the circuit's container.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A page of the console could not look again; it tries in a second")]
    private partial void LogFailed(Exception exception);
}
