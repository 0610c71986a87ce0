namespace Notify.Inbound.Returns;

/// <summary>What somebody who can be believed says about one mail of ours: a report at an address that only that mail had, or a mail service whose call was proved.</summary>
/// <param name="By">Who says it: <c>mailbox</c>, or the mail service's name.</param>
/// <param name="Id">Its own name for it; the same again is the same report.</param>
internal sealed record Report(string By, string Id, ReportKind Kind)
{
    /// <summary>The mail's name, from whichever place it came back in; see <see cref="Deliveries.MailTags"/>.</summary>
    public string? Tag { get; init; }

    /// <summary>Whom it is about, where the mail itself has no name; only a proved call may say so.</summary>
    public string? Address { get; init; }

    /// <summary>When the mail it is about had left, or else when that happened to it; null where it does not say.</summary>
    public DateTimeOffset? At { get; init; }

    public ReturnReason Reason { get; init; } = ReturnReason.Undefined;

    /// <summary>The address itself is bad, for good.</summary>
    public bool IsHard { get; init; }

    /// <summary>RFC 3463.</summary>
    public string? Status { get; init; }

    /// <summary>As it came, for whoever asks later; the beginning of it.</summary>
    public string? Raw { get; init; }
}

internal enum ReportKind
{
    /// <summary>It did not arrive, and nothing more will be tried.</summary>
    Failed = 1,

    /// <summary>Somebody still tries.</summary>
    Delayed = 2,

    Delivered = 3,

    /// <summary>The reader called it unwanted.</summary>
    Complaint = 4,

    /// <summary>The reader asked to leave, by a mail or at the mail service.</summary>
    Leave = 5,

    /// <summary>Nothing about a reader; kept so that its proof cannot be used for something else.</summary>
    Other = 6,
}
