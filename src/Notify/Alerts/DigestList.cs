using System.Security.Cryptography;
using Notify.Articles;
using Notify.Subscribers;

namespace Notify.Alerts;

/// <summary>An alert that may be in digests.</summary>
/// <param name="ReadyAt">From when.</param>
/// <param name="WasPaused">It may be in a digest of this reader already.</param>
internal sealed record DigestAlert(Guid Id, DateTimeOffset ReadyAt, DateTimeOffset StartedAt, AlertRoute Route, bool WasPaused, IReadOnlyList<string> Topics, ArticlePriority Priority);

/// <summary>A reader whose digest is due.</summary>
/// <param name="Topics">What it takes; null: all.</param>
/// <param name="Stopped">Topics it stopped by themselves.</param>
internal sealed record DueReader(
    long ContactId, Frequency Frequency, DateTimeOffset From, DateTimeOffset? SwitchedAt, IReadOnlySet<string>? Topics, IReadOnlySet<string> Stopped, int WhereaboutsId, int? Minute, int? Day);

/// <summary>What is new to one reader.</summary>
/// <param name="Scope">The topics for which the reader gets it, as deliveries carry them.</param>
internal sealed record DigestList(IReadOnlyList<DigestAlert> Alerts, string Scope)
{
    /// <summary>A change of mind beside the first transaction of a fan-out, which may have seen neither of the two.</summary>
    private static readonly TimeSpan LongestTransaction = TimeSpan.FromMinutes(1);

    /// <summary>The same alerts in the same order are the same digest.</summary>
    public Guid Id { get; } = new(SHA256.HashData([.. Alerts.SelectMany(alert => alert.Id.ToByteArray(bigEndian: true))]).AsSpan(0, 16), bigEndian: true);

    /// <summary>Which of the alerts that are ready belong to a reader's digest: those that became ready since the last one, of its topics, and that it was not told at once.</summary>
    /// <param name="hasIt">Whether a reader was told of an alert already; asked only where that can be.</param>
    public static DigestList Of(DueReader reader, IEnumerable<DigestAlert> ready, Func<DigestAlert, bool> hasIt)
    {
        var list = ready.Where(alert => alert.ReadyAt > reader.From && IsMeant(reader, alert) && Takes(reader, alert) && !(MayHaveIt(reader, alert) && hasIt(alert)))
            .OrderByDescending(alert => alert.Priority).ThenByDescending(alert => alert.ReadyAt).ThenBy(alert => alert.Id).ToList();
        return new DigestList(list, ScopeOf(reader, list));
    }

    /// <summary>Whoever takes each article at once has what began after that in a delivery of its own.</summary>
    private static bool IsMeant(DueReader reader, DigestAlert alert) =>
        reader.Frequency != Frequency.Instant || alert.Route == AlertRoute.Digest || alert.StartedAt <= reader.SwitchedAt + LongestTransaction;

    private static bool Takes(DueReader reader, DigestAlert alert) => alert.Topics.Count == 0
        ? reader.Topics is null
        : alert.Topics.Any(topic => (reader.Topics is null || reader.Topics.Contains(topic)) && !reader.Stopped.Contains(topic));

    /// <summary>A reader who never changed was told nothing at once, and an alert that was never paused is in no digest of theirs.</summary>
    public static bool MayHaveIt(DueReader reader, DigestAlert alert) => alert.WasPaused || (reader.SwitchedAt is not null && alert.Route == AlertRoute.Instant);

    /// <summary>One article that no topic covers makes the whole wanted whatever topic is stopped.</summary>
    private static string ScopeOf(DueReader reader, List<DigestAlert> list) => list.Exists(alert => alert.Topics.Count == 0)
        ? ""
        : string.Join(' ', list.SelectMany(alert => alert.Topics).Where(topic => reader.Topics is null || reader.Topics.Contains(topic)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
}
