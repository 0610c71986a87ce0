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
    /// <summary>The article's first alert, where this one puts right what that said or tells the rest of its readers.</summary>
    public Guid? Corrects { get; init; }

    /// <summary><c>instant</c> or <c>digest</c>.</summary>
    public string Route { get; init; } = "instant";

    /// <summary>What decided how it goes out, in words.</summary>
    public string? Rule { get; init; }

    /// <summary>Why it waits for an editor, while it does; null also where whoever handed it in asked for it.</summary>
    public string? HoldReason { get; init; }

    public DateTimeOffset StartsAt { get; init; }

    /// <summary>The time of its readers' own days, such as <c>07:30</c>.</summary>
    public string? SendAtLocal { get; init; }

    public static AlertView Of(Alert alert, Source source, DateTimeOffset now, Tempo tempo)
    {
        var state = StateOf(alert, source, now);
        return new(alert.Id, alert.ArticleId, state, AlertCounts.Of(source), alert.StartedAt, EndedAt(alert, source), tempo.Of(source, state, now))
        {
            Corrects = alert.Corrects,
            Route = alert.Route == AlertRoute.Digest ? "digest" : "instant",
            Rule = alert.Rule,
            HoldReason = alert.Hold ? alert.HoldReason : null,
            StartsAt = alert.StartsAt,
            SendAtLocal = alert.LocalTime,
        };
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
        ({ ExpiredAt: not null }, { Cancelled: true, Why: "late" }) => "expired",
        (_, { Cancelled: true }) => "cancelled",
        ({ Hold: true }, _) => "held",
        (_, { Paused: true }) => "paused",
        _ when alert.StartsAt > now && alert.PlannedTo == 0 && alert.PlannedAt is null => alert.SendAt is null ? "undo" : "scheduled",
        ({ PlannedAt: null, PlannedTo: 0 }, _) => "planned",
        ({ PlannedAt: not null }, { Open: 0 }) => "finished",
        _ => "sending",
    };
}
