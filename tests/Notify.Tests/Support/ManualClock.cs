namespace Notify.Tests.Support;

/// <summary>
/// A clock that stands still until it is told to move. Timers made from it (so also <c>Task.Delay</c> and <c>CancelAfter</c>
/// with this provider) fire inside <see cref="Advance"/>, in the order they are due, each seeing its own due time as now.
/// </summary>
internal sealed class ManualClock(DateTimeOffset start) : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<Timer> _armed = [];
    private readonly List<(int Timers, TaskCompletionSource Reached)> _waiting = [];
    private readonly DateTimeOffset _start = start.ToUniversalTime();
    private DateTimeOffset _now = start.ToUniversalTime();

    /// <summary>Starts on Wednesday, 13 September 2023, at noon UTC.</summary>
    public ManualClock()
        : this(new DateTimeOffset(2023, 9, 13, 12, 0, 0, TimeSpan.Zero))
    {
    }

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>How many timers would fire if enough time passed.</summary>
    public int ArmedTimers
    {
        get
        {
            lock (_gate)
                return _armed.Count;
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _now;
    }

    public override long GetTimestamp()
    {
        lock (_gate)
            return (_now - _start).Ticks;
    }

    /// <summary>Moves on by <paramref name="time"/> (not negative) and fires what falls due on the way, also what those timers arm themselves.</summary>
    public void Advance(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);

        var until = GetUtcNow() + time;
        while (NextDue(until) is { } timer)
            timer.Fire();
    }

    public void AdvanceTo(DateTimeOffset instant) => Advance(instant - GetUtcNow());

    /// <summary>
    /// Ends once at least <paramref name="timers"/> timers are armed: the way to know that the code under test has begun
    /// to wait, before time moves on.
    /// </summary>
    public async Task ArmedAsync(int timers, CancellationToken cancellationToken)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_armed.Count >= timers)
                return;

            _waiting.Add((timers, reached));
        }

        await reached.Task.WaitAsync(cancellationToken);
    }

    /// <summary>A due time of zero fires before this returns.</summary>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new Timer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private Timer? NextDue(DateTimeOffset until)
    {
        lock (_gate)
        {
            var next = _armed.Where(timer => timer.DueAt <= until).MinBy(timer => timer.DueAt);
            var now = next?.DueAt ?? until;
            _now = now > _now ? now : _now;
            if (next is not null && !next.ArmAgain())
                _armed.Remove(next);

            return next;
        }
    }

    private bool Arm(Timer timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (_gate)
        {
            _armed.Remove(timer);
            if (timer.IsDisposed)
                return false;

            if (dueTime == Timeout.InfiniteTimeSpan)
                return true;

            timer.DueAt = _now + dueTime;
            timer.Period = period;
            _armed.Add(timer);
            foreach (var (_, reached) in _waiting.Where(wait => wait.Timers <= _armed.Count))
                reached.TrySetResult();

            _waiting.RemoveAll(wait => wait.Reached.Task.IsCompleted);
        }

        if (dueTime == TimeSpan.Zero)
            Advance(TimeSpan.Zero);

        return true;
    }

    private void Disarm(Timer timer)
    {
        lock (_gate)
        {
            timer.IsDisposed = true;
            _armed.Remove(timer);
        }
    }

    private sealed class Timer(ManualClock clock, Action fire) : ITimer
    {
        public DateTimeOffset DueAt { get; set; }

        public TimeSpan Period { get; set; }

        public bool IsDisposed { get; set; }

        public void Fire() => fire();

        public bool ArmAgain()
        {
            if (Period <= TimeSpan.Zero)
                return false;

            DueAt += Period;
            return true;
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(dueTime, Timeout.InfiniteTimeSpan);
            ArgumentOutOfRangeException.ThrowIfLessThan(period, Timeout.InfiniteTimeSpan);
            return clock.Arm(this, dueTime, period);
        }

        public void Dispose() => clock.Disarm(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
