using Notify.Deliveries;

namespace Notify.Alerts;

/// <summary>An alert's figures, read from the counters kept beside its rows.</summary>
public sealed record AlertCounts(
    long Decided, long Pending, long Held, long Sending, long Accepted, long Delivered, long Undelivered, long Rejected, long Skipped, long InDoubt, long Unknown)
{
    public static AlertCounts Of(Source s) => new(s.Decided, s.Pending, s.Held, s.Sending, s.Accepted, s.Delivered, s.Undelivered, s.Rejected, s.Skipped, s.InDoubt, s.Unknown);
}

/// <summary>What <c>GET /api/alerts/{id}</c> shows.</summary>
public sealed record AlertView(Guid Id, Guid ArticleId, string State, AlertCounts Counts, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt)
{
    public static AlertView Of(Alert alert, Source source, DateTimeOffset now) =>
        new(alert.Id, alert.ArticleId, StateOf(alert, source, now), AlertCounts.Of(source), alert.StartedAt, alert.FinishedAt);

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
