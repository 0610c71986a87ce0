using Notify.Deliveries;

namespace Notify.Alerts;

/// <summary>
/// How fast alerts go out, from the figures whoever looks has read anyway: a few samples an alert in memory, none in the database. Nothing is
/// known right after a restart and right after a pause; the second look a second later knows.
/// </summary>
public sealed class Tempo
{
    /// <summary>How far back the pace is taken.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(30);

    /// <summary>The least time between two samples that are kept, and for a pace to be told.</summary>
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(1);

    /// <summary>How many alerts are followed at once; far more than ever go out together.</summary>
    private const int MaxFollowed = 256;

    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, List<(DateTimeOffset At, long Sent)>> _samples = [];

    /// <param name="state">Of <see cref="AlertView.StateOf"/>; only what is sending has a pace.</param>
    public AlertProgress Of(Source source, string state, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (state != "sending")
            {
                _samples.Remove(source.Id);
                return new AlertProgress(null, source.Open, null);
            }

            return Of(Follow(source.Id, now), source, now);
        }
    }

    private static AlertProgress Of(List<(DateTimeOffset At, long Sent)> samples, Source source, DateTimeOffset now)
    {
        // What a provider took; a receipt moves it from one of these to another. What is skipped takes no time and has no pace.
        var sent = source.Accepted + source.Delivered + source.Undelivered + source.Rejected;
        samples.RemoveAll(sample => now - sample.At > Window || sample.At > now || sample.Sent > sent);
        double? rate = samples is [var first, ..] && now - first.At >= Least ? (sent - first.Sent) / (now - first.At).TotalSeconds : null;
        if (samples.Count == 0 || now - samples[^1].At >= Least)
        {
            samples.Add((now, sent));
        }

        return new AlertProgress(rate is { } r ? Math.Round(r, 2) : null, source.Open, rate > 0 ? (long)Math.Ceiling(source.Open / rate.Value) : null);
    }

    private List<(DateTimeOffset At, long Sent)> Follow(Guid id, DateTimeOffset now)
    {
        if (_samples.TryGetValue(id, out var samples))
        {
            return samples;
        }

        if (_samples.Count >= MaxFollowed)
        {
            foreach (var (old, kept) in _samples.ToList())
            {
                if (kept.Count == 0 || now - kept[^1].At > Window)
                {
                    _samples.Remove(old);
                }
            }
        }

        // Beyond that, whoever comes is told nothing rather than that memory grows.
        return _samples.Count >= MaxFollowed ? [] : _samples[id] = [];
    }
}
