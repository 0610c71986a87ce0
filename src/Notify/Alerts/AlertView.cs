using Notify.Deliveries;

namespace Notify.Alerts;

/// <summary>An alert's figures, read from the counters kept beside its rows.</summary>
public sealed record AlertCounts(
    long Decided, long Pending, long Held, long Sending, long Accepted, long Delivered, long Undelivered, long Rejected, long Skipped, long InDoubt, long Unknown)
{
    public static AlertCounts Of(Source s) => new(s.Decided, s.Pending, s.Held, s.Sending, s.Accepted, s.Delivered, s.Undelivered, s.Rejected, s.Skipped, s.InDoubt, s.Unknown);
}

/// <summary>How fast an alert goes out and how long it will take at that pace.</summary>
/// <param name="PerSecond">Messages handed over a second, over the last half minute; null when not enough was seen yet, or when it does not send now.</param>
/// <param name="Remaining">Rows that something may still happen to.</param>
/// <param name="EtaSeconds">Null when the pace is not known or nothing moves.</param>
public sealed record AlertProgress(double? PerSecond, long Remaining, long? EtaSeconds);

/// <summary>What <c>GET /api/alerts/{id}</c> shows.</summary>
public sealed record AlertView(
    Guid Id, Guid ArticleId, string State, AlertCounts Counts, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, AlertProgress Progress)
{
    public static AlertView Of(Alert alert, Source source, DateTimeOffset now, Tempo tempo)
    {
        var state = StateOf(alert, source, now);
        return new(alert.Id, alert.ArticleId, state, AlertCounts.Of(source), alert.StartedAt, EndedAt(alert, source), tempo.Of(source, state, now));
    }

    /// <summary>When the audience stood and nothing of it was open any more: the moment from which its state is finished.</summary>
    public static DateTimeOffset? EndedAt(Alert alert, Source source) => (alert, source) switch
    {
        (_, { Open: > 0 }) => null,
        (_, { Cancelled: true }) => source.SettledAt ?? alert.FinishedAt,
        ({ PlannedAt: { } planned }, _) => source.SettledAt > planned ? source.SettledAt : planned,
        _ => null,
    };

    /// <summary>One word for where an alert stands.</summary>
    public static string StateOf(Alert alert, Source source, DateTimeOffset now) => (alert, source) switch
    {
        (_, { Cancelled: true }) => "cancelled",
        ({ Hold: true }, _) => "held",
        (_, { Paused: true }) => "paused",
        _ when alert.StartsAt > now && alert.PlannedTo == 0 && alert.PlannedAt is null => "undo",
        ({ PlannedAt: null, PlannedTo: 0 }, _) => "planned",
        ({ PlannedAt: not null }, { Open: 0 }) => "finished",
        _ => "sending",
    };
}
