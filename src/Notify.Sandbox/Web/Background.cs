using System.Collections.Concurrent;

namespace Notify.Sandbox.Web;

/// <summary>Work that goes on after its request was answered; it ends with the carrier.</summary>
internal sealed class Background : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<Task, bool> _running = new();

    public CancellationToken Stopping => _stopping.Token;

    public void Run(Func<CancellationToken, Task> work)
    {
        var task = GuardAsync(work);
        _running[task] = true;
        _ = task.ContinueWith(t => _running.TryRemove(t, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    public Task StopAsync() => _stopping.CancelAsync();

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Task.WhenAll(_running.Keys);
        _stopping.Dispose();
    }

    private async Task GuardAsync(Func<CancellationToken, Task> work)
    {
        try
        {
            await Task.Yield();
            await work(_stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The carrier stops: whatever was not finished is taken up again from the log.
        }
    }
}
