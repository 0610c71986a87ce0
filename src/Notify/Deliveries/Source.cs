namespace Notify.Deliveries;

/// <summary>What a delivery is for.</summary>
public enum SourceKind
{
    Alert = 1,
    Confirmation = 2,
    Reply = 3,
    Digest = 4,
    Notice = 5,

    /// <summary>The way to a reader's own page, sent when asked for.</summary>
    Link = 6,
}

/// <summary>Which goes first when a lane has a choice.</summary>
public enum Priority
{
    Confirmation = 0,
    Breaking = 1,
    Normal = 2,
    Digest = 3,
}

/// <summary>What is paused, cancelled and counted as one; its figures are kept with every change, never counted.</summary>
public sealed class Source
{
    /// <summary>The standing sources of messages that belong to no alert; made by the first migration.</summary>
    public static readonly Guid Confirmations = new("00000000-0000-0000-0000-000000000002");

    /// <inheritdoc cref="Confirmations" />
    public static readonly Guid Replies = new("00000000-0000-0000-0000-000000000003");

    /// <inheritdoc cref="Confirmations" />
    public static readonly Guid Notices = new("00000000-0000-0000-0000-000000000005");

    /// <inheritdoc cref="Confirmations" />
    public static readonly Guid Links = new("00000000-0000-0000-0000-000000000006");

    public required Guid Id { get; init; }

    public required SourceKind Kind { get; init; }

    public required Priority Priority { get; init; }

    public bool Paused { get; set; }

    public bool Cancelled { get; set; }

    /// <summary>Why what waits of it is skipped once it is cancelled; null: somebody cancelled it.</summary>
    public string? Why { get; set; }

    /// <summary>It speaks for itself: what is held of it never goes out as one with others.</summary>
    public bool Alone { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public long Decided { get; set; }

    public long Pending { get; set; }

    public long Held { get; set; }

    public long Sending { get; set; }

    public long Accepted { get; set; }

    public long Delivered { get; set; }

    public long Undelivered { get; set; }

    public long Rejected { get; set; }

    public long Skipped { get; set; }

    public long InDoubt { get; set; }

    public long Unknown { get; set; }

    /// <summary>When nothing of it was open any more; null while something is.</summary>
    public DateTimeOffset? SettledAt { get; set; }

    /// <summary>Rows that something may still happen to by itself.</summary>
    public long Open => Pending + Held + Sending + InDoubt;
}
