namespace Notify.Alerts;

/// <summary>How an article reaches its readers; the numbers lie in the database.</summary>
public enum AlertRoute
{
    /// <summary>At once, to those who take news at once; the others get it in their digests.</summary>
    Instant = 1,

    /// <summary>In digests only, for everybody.</summary>
    Digest = 2,
}

/// <summary>Whom an alert tells; the numbers lie in the database.</summary>
public enum AlertAudience
{
    /// <summary>Who takes one of the article's topics.</summary>
    Readers = 0,

    /// <summary>Who was told of the article before, to hear that it was wrong.</summary>
    Told = 1,

    /// <summary>Who takes one of its topics and was not told before the words were put right.</summary>
    Rest = 2,
}

/// <summary>The decision to tell readers about an article; its figures and its pause lie in the source of the same id.</summary>
public sealed class Alert
{
    public required Guid Id { get; init; }

    public required Guid ArticleId { get; init; }

    /// <summary>The article's first alert, where this one puts right what that said.</summary>
    public Guid? Corrects { get; init; }

    public AlertAudience Audience { get; init; }

    /// <summary>Of a correction: the revision of the article that it tells of.</summary>
    public int Revision { get; set; }

    /// <summary>What decided how it goes out, in words; null: nothing had to.</summary>
    public string? Rule { get; init; }

    /// <summary>The time somebody asked for; null: as soon as it may.</summary>
    public DateTimeOffset? SendAt { get; set; }

    /// <summary>At this time of each reader's own day, from <see cref="SendAt"/> on, such as <c>07:30</c>; null: for all at once.</summary>
    public string? LocalTime { get; set; }

    /// <summary>When it was too late for it to begin.</summary>
    public DateTimeOffset? ExpiredAt { get; set; }

    /// <summary>Waits for an editor's word.</summary>
    public bool Hold { get; set; }

    /// <summary>Why it waits, in words; null: whoever handed it in asked for it.</summary>
    public string? HoldReason { get; set; }

    public AlertRoute Route { get; set; } = AlertRoute.Instant;

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the undo window ends and the fan-out may begin.</summary>
    public required DateTimeOffset StartsAt { get; set; }

    /// <summary>What has not left by then is no news any more.</summary>
    public required DateTimeOffset ExpiresAt { get; set; }

    /// <summary>Up to which contact the audience has been written; the fan-out goes on from here after a crash.</summary>
    public long PlannedTo { get; set; }

    /// <summary>When the whole audience stood as rows.</summary>
    public DateTimeOffset? PlannedAt { get; set; }

    public DateTimeOffset? StartedAt { get; set; }

    public DateTimeOffset? FinishedAt { get; set; }

    /// <summary>From when it may be in digests: when the audience stood, or when it went on after a pause.</summary>
    public DateTimeOffset? DigestAt { get; set; }

    /// <summary>It may have been in some readers' digests before it was paused.</summary>
    public bool DigestedBefore { get; set; }

    /// <summary>When it was first put into a digest.</summary>
    public DateTimeOffset? DigestedAt { get; set; }

    /// <summary>When it was handed over to the first of its readers; this and the next two are kept when it ends.</summary>
    public DateTimeOffset? FirstHandedAt { get; set; }

    /// <summary>When it had been handed over to half of them.</summary>
    public DateTimeOffset? HalfHandedAt { get; set; }

    public DateTimeOffset? LastHandedAt { get; set; }

    /// <summary>When it was held because of what it would cost; whoever lets it go on is not asked again.</summary>
    public DateTimeOffset? CostAskedAt { get; set; }

    /// <summary>What its texts were expected to cost, in millionths of the budget's currency; 0 without a budget.</summary>
    public long CostMicros { get; set; }

    /// <summary>How many texts that is for.</summary>
    public long CostTexts { get; set; }
}
