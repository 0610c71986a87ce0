namespace Notify.Subscribers;

/// <summary>Where a subscription stands; the numbers lie in the database.</summary>
public enum SubscriptionState
{
    Unconfirmed = 1,
    Active = 2,
    Ended = 3,
}

/// <summary>What one contact point gets. There is one for a contact at most.</summary>
public sealed class Subscription
{
    public required long ContactId { get; init; }

    public required SubscriptionState State { get; set; }

    public required bool AllTopics { get; set; }

    public bool BreakingAtNight { get; set; }

    public required string Locale { get; set; }

    public string? TimeZone { get; set; }

    /// <summary>What is known of where its reader is; 0: nothing, so where the publication is.</summary>
    public int WhereaboutsId { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? ConfirmedAt { get; set; }

    public DateTimeOffset? EndedAt { get; set; }
}

/// <summary>A topic of a subscription that does not take all.</summary>
public sealed class SubscriptionTopic
{
    public required long ContactId { get; init; }

    public required string Topic { get; init; }
}

/// <summary>Someone asked with this contact. Until the contact itself confirms, this is all there is.</summary>
public sealed class OptIn
{
    public required Guid Id { get; init; }

    public required long ContactId { get; init; }

    public required DateTimeOffset At { get; init; }

    public required DateTimeOffset ExpiresAt { get; set; }

    public DateTimeOffset? ConfirmedAt { get; set; }

    /// <summary>Topic keys separated by blanks; empty = all.</summary>
    public required string Topics { get; init; }

    public required bool BreakingAtNight { get; init; }

    public required string Locale { get; init; }

    public string? TimeZone { get; init; }

    public string? Words { get; init; }
}
