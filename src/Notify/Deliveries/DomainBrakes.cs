using Notify.Contacts;

namespace Notify.Deliveries;

/// <summary>
/// Slows mail down for a destination domain that asked for it (421 or 4.7.x about a recipient), and for no other: what is held back goes back
/// to wait and takes no place in the window. Each process learns for itself and forgets with its end.
/// </summary>
internal sealed class DomainBrakes(TimeProvider clock)
{
    private const double FirstPerSecond = 10;
    private const double LeastPerSecond = 0.1;

    private static readonly TimeSpan HalveEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan DoubleEvery = TimeSpan.FromSeconds(30);

    /// <summary>A row waits no longer than this before it asks again: by then the domain may be quick again.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Sender, string Domain), Brake> _brakes = [];

    /// <returns>Null: it may go now. Else how long it has to wait.</returns>
    public TimeSpan? Hold(Sender sender, string recipient)
    {
        if (sender.Channel != Channel.Mail)
        {
            return null;
        }

        lock (_lock)
        {
            if (_brakes.Count == 0 || !_brakes.TryGetValue((sender.Name, Domain(recipient)), out var brake))
            {
                return null;
            }

            var (now, step) = (clock.GetUtcNow(), TimeSpan.FromSeconds(1 / brake.PerSecond));
            if (brake.Next <= now)
            {
                // One that comes a little late must not cost the next one its turn.
                brake.Next = Later(brake.Next, now - step) + step;
                return null;
            }

            brake.Tail = Later(brake.Tail, brake.Next) + step;
            var wait = brake.Tail - now;
            return wait < LongestWait ? wait : LongestWait;
        }
    }

    public void Heard(Sender sender, string recipient, SendOutcome outcome)
    {
        var isSlow = outcome is SendOutcome.TryLater { Trouble: Trouble.Domain };
        if (sender.Channel != Channel.Mail || !(isSlow || outcome is SendOutcome.Accepted))
        {
            return;
        }

        lock (_lock)
        {
            if (!isSlow && _brakes.Count == 0)
            {
                return;
            }

            var (key, now) = ((sender.Name, Domain(recipient)), clock.GetUtcNow());
            if (!_brakes.TryGetValue(key, out var brake))
            {
                if (isSlow)
                {
                    var first = Math.Min(FirstPerSecond, sender.SlotRate / 2);
                    _brakes[key] = new Brake { PerSecond = first, Next = now + TimeSpan.FromSeconds(1 / first), Tail = now, SteppedAt = now };
                }
            }
            else if (isSlow && now - brake.SteppedAt >= HalveEvery)
            {
                (brake.PerSecond, brake.SteppedAt) = (Math.Max(LeastPerSecond, brake.PerSecond / 2), now);
            }
            else if (!isSlow && now - brake.SteppedAt >= DoubleEvery)
            {
                (brake.PerSecond, brake.SteppedAt) = (brake.PerSecond * 2, now);
                if (brake.PerSecond > Math.Max(FirstPerSecond, sender.SlotRate))
                {
                    _brakes.Remove(key);
                }
            }
        }
    }

    private static string Domain(string recipient) => recipient[(recipient.LastIndexOf('@') + 1)..];

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private sealed class Brake
    {
        public required double PerSecond { get; set; }

        public required DateTimeOffset Next { get; set; }

        /// <summary>When the last of those that were sent back to wait is to go.</summary>
        public required DateTimeOffset Tail { get; set; }

        public required DateTimeOffset SteppedAt { get; set; }
    }
}
