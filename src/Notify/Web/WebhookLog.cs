namespace Notify.Web;

/// <param name="Address">The address its proof was checked against.</param>
/// <param name="Why">What was wrong and what to do; never a secret, a number or a word of the body.</param>
public sealed record RefusedWebhook(DateTimeOffset At, string Provider, string Address, string Why);

/// <summary>The last webhooks this process refused, and when each provider was last believed: for the person who sets it up. In memory and bounded, for anybody can send forged ones.</summary>
public sealed class WebhookLog(TimeProvider clock)
{
    private const int Most = 20;
    private const int LongestAddress = 300;

    /// <summary>A flood of forged webhooks must not fill the log.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Queue<RefusedWebhook> _refused = new();
    private readonly Dictionary<string, DateTimeOffset> _taken = new(StringComparer.Ordinal);
    private DateTimeOffset _said = DateTimeOffset.MinValue;
    private long _silent;

    /// <returns>How many were refused in silence since the last that was said, when this one is to be said; null: say nothing.</returns>
    public long? Refused(string provider, string address, string why)
    {
        var now = clock.GetUtcNow();
        lock (_lock)
        {
            _refused.Enqueue(new RefusedWebhook(now, provider, Cut(address), why));
            if (_refused.Count > Most)
            {
                _refused.Dequeue();
            }

            if (now - _said < Quiet)
            {
                _silent++;
                return null;
            }

            (_said, var silent, _silent) = (now, _silent, 0);
            return silent;
        }
    }

    public void Taken(string provider)
    {
        lock (_lock)
        {
            _taken[provider] = clock.GetUtcNow();
        }
    }

    /// <summary>The newest first.</summary>
    public IReadOnlyList<RefusedWebhook> Latest
    {
        get
        {
            lock (_lock)
            {
                return [.. _refused.Reverse()];
            }
        }
    }

    /// <summary>When a provider's webhook was last believed; null: not since this process began.</summary>
    public DateTimeOffset? LastTaken(string provider)
    {
        lock (_lock)
        {
            return _taken.TryGetValue(provider, out var at) ? at : null;
        }
    }

    private static string Cut(string address) => address.Length > LongestAddress ? address[..LongestAddress] + "…" : address;
}

/// <summary>A provider's webhooks, as the person sees them who enters their addresses there.</summary>
public interface IWebhookTest
{
    /// <summary>As in <see cref="RefusedWebhook.Provider"/>.</summary>
    string Provider { get; }

    /// <summary>What to enter at the provider.</summary>
    string Address { get; }

    /// <summary>Calls the public address with a message that says nothing, proved as the provider would prove it.</summary>
    /// <returns>Whether it came through, and in words what happened.</returns>
    Task<(bool IsGood, string Says)> TestAsync(CancellationToken cancellationToken);
}
