namespace Notify.Deliveries;

/// <summary>
/// What came of rows, on its way from a lane's senders to its turns. A turn costs nearly as much for one row as for many, so where rows end faster than turns
/// are written it takes some of them together.
/// </summary>
/// <param name="clock">By which the first is waited for.</param>
/// <param name="machine">By which that one then waits for others: the machine's own, for it is about how fast a disk is, and not about what time it is.</param>
internal sealed class Outcomes(TimeProvider clock, TimeProvider machine)
{
    /// <summary>How long one that has come waits for others.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(4);

    private readonly Lock _lock = new();
    private List<RowResult> _come = [];
    private TaskCompletionSource? _wait;
    private int _enough;

    public void Add(RowResult result)
    {
        TaskCompletionSource? over = null;
        lock (_lock)
        {
            _come.Add(result);
            if (_come.Count >= _enough)
            {
                (over, _wait) = (_wait, null);
            }
        }

        over?.TrySetResult();
    }

    /// <summary>All that has come since this was last asked.</summary>
    public List<RowResult> Take()
    {
        lock (_lock)
        {
            var come = _come;
            _come = [];
            return come;
        }
    }

    /// <summary>Waits for the first, and then a moment until there are enough. For one caller at a time.</summary>
    /// <param name="enough">How many are worth a turn.</param>
    /// <param name="longest">How long it waits for the first.</param>
    public async Task WaitAsync(int enough, TimeSpan longest)
    {
        if (await AreThereAsync(1, longest, clock))
        {
            await AreThereAsync(enough, Patience, machine);
        }
    }

    private async Task<bool> AreThereAsync(int enough, TimeSpan longest, TimeProvider by)
    {
        Task wait;
        lock (_lock)
        {
            if (_come.Count >= enough)
            {
                return true;
            }

            _enough = enough;
            _wait = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            wait = _wait.Task;
        }

        // That the time is over is nothing exceptional.
        await wait.WaitAsync(longest, by).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return wait.IsCompleted;
    }
}
