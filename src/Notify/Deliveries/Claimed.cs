namespace Notify.Deliveries;

/// <summary>A row a lane holds.</summary>
/// <param name="Withdrawals">The count of <see cref="Deliveries.Withdrawals"/> at its claim.</param>
internal sealed record ClaimedRow(
    long Id, Guid SourceId, SourceKind Kind, Guid SubjectId, long ContactId, int Attempts, int Resends, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, string? Scope, string? Address,
    int? WhereaboutsId = null, int Others = 0, string? Locale = null, long Withdrawals = Deliveries.Withdrawals.Unknown);

/// <summary>What came of a row: an outcome, or why it was not handed over after all.</summary>
/// <param name="Wait">How long a row that was not handed over has to wait.</param>
internal sealed record RowResult(ClaimedRow Row, SendOutcome? Outcome, DropReason Dropped = DropReason.None, TimeSpan Wait = default)
{
    /// <summary>What it was billed as, for a text that was handed over.</summary>
    public int Segments { get; init; }
}

internal enum DropReason
{
    None = 0,
    Stopped = 1,
    Cancelled = 2,
    Paused = 3,
    Unpublished = 4,
    Erased = 5,
    NotSent = 6,
    DomainSlowed = 7,
    Quiet = 8,
    Capped = 9,

    /// <summary>Another text to the same reader is on its way at this moment, and the two may be too many.</summary>
    Beside = 10,

    /// <summary>The provider takes nothing for its country or its block of numbers for now.</summary>
    Closed = 11,
}

/// <param name="Claimed">What the lane is to send now.</param>
/// <param name="Trouble">Why the sender rests from now on; null when it does not.</param>
/// <param name="HasRecovered">Whether it had been in trouble and is not any more.</param>
internal sealed record LaneTurn(IReadOnlyList<ClaimedRow> Claimed, string? Trouble, bool HasRecovered);

/// <summary>The lane's lease was taken by another; its outcomes are no longer its to write.</summary>
internal sealed class LaneLostException(string lane) : Exception($"The lease of lane {lane} is lost.");
