namespace Notify.Deliveries;

/// <summary>
/// Spreads sends evenly over time: a slot's share of the rate, without a burst. What is owed when a lane ends goes with its lease to the
/// next owner, so that neither a restart nor another node begins with a burst.
/// </summary>
/// <param name="perSecond">Units a second.</param>
/// <param name="owed">How long the first send must wait.</param>
internal sealed class Pace(double perSecond, TimeSpan owed, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly long _began = clock.GetTimestamp();
    private TimeSpan _next = owed;
    private double _share = 1;

    /// <summary>How much of the rate the provider takes now.</summary>
    public double Share
    {
        get => Volatile.Read(ref _share);
        set => Volatile.Write(ref _share, value);
    }

    /// <summary>How long from now the next send would have to wait.</summary>
    public TimeSpan Debt
    {
        get
        {
            lock (_lock)
            {
                var wait = _next - clock.GetElapsedTime(_began);
                return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
            }
        }
    }

    /// <summary>Whether a send may begin at once; if so, it counts.</summary>
    /// <param name="units">Segments of a text, 1 for a mail.</param>
    public bool MayGo(int units)
    {
        lock (_lock)
        {
            // A timer waits no less than a millisecond, so what is nearer than that is now.
            var now = clock.GetElapsedTime(_began);
            if (_next - now >= TimeSpan.FromMilliseconds(1))
            {
                return false;
            }

            _next = (_next > now ? _next : now) + TimeSpan.FromSeconds(units / (perSecond * Share));
            return true;
        }
    }

    /// <param name="units">Segments of a text, 1 for a mail.</param>
    public async Task WaitAsync(int units, CancellationToken cancellationToken)
    {
        TimeSpan wait;
        lock (_lock)
        {
            var now = clock.GetElapsedTime(_began);
            var at = _next > now ? _next : now;
            wait = at - now;
            _next = at + TimeSpan.FromSeconds(units / (perSecond * Share));
        }

        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, clock, cancellationToken);
        }
    }
}
