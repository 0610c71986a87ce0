namespace Notify.Sandbox.Web;

/// <summary>Tells whoever waits that something has changed. Nobody is told twice of what happened before they looked.</summary>
internal sealed class Changes
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _next = New();

    public long Revision { get; private set; }

    public void Happened()
    {
        TaskCompletionSource told;
        lock (_gate)
        {
            Revision++;
            (told, _next) = (_next, New());
        }

        told.SetResult();
    }

    /// <summary>Ends as soon as the revision is beyond the one given.</summary>
    public Task WaitAsync(long beyond, CancellationToken cancellationToken)
    {
        lock (_gate)
            return Revision > beyond ? Task.CompletedTask : _next.Task.WaitAsync(cancellationToken);
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
