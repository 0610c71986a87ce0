namespace Notify.Subscribers;

/// <summary>Where a subscription stands; the numbers lie in the database.</summary>
public enum SubscriptionState
{
    Unconfirmed = 1,
    Active = 2,
    Ended = 3,
}

/// <summary>How often a contact point is written to; the numbers lie in the database.</summary>
public enum Frequency
{
    /// <summary>About each article, as soon as it is out.</summary>
    Instant = 1,

    /// <summary>Once a day, about all articles since the last time.</summary>
    Daily = 2,

    /// <summary>Once a week.</summary>
    Weekly = 3,
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

    public Frequency Frequency { get; set; } = Frequency.Instant;

    /// <summary>At which minute of the reader's day digests are due; null: when the publication's are.</summary>
    public int? DigestMinute { get; set; }

    /// <summary>On which day of the week a weekly one is due, 0 = Sunday; null: the publication's.</summary>
    public int? DigestDay { get; set; }

    /// <summary>When the next digest is due; null: none. A reader of each article has one where something waits for it.</summary>
    public DateTimeOffset? DigestAt { get; set; }

    /// <summary>Up to when alerts became ready that this reader's digests have dealt with.</summary>
    public DateTimeOffset DigestFrom { get; set; } = DateTimeOffset.UnixEpoch;

    /// <summary>When its reader last went from digests to each article or back, as long as an alert of before that may be under way.</summary>
    public DateTimeOffset? SwitchedAt { get; set; }
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

    public Frequency Frequency { get; init; } = Frequency.Instant;
}
