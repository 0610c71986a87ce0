namespace Notify.Inbound.Returns;

/// <summary>
/// Why a mail came back. The names are those of Sisimai's vocabulary (libsisimai.org/en/reason), so that our reading can be held against its
/// labelled corpus; what each means, and which are hard, stands in <c>reasons.tsv</c>.
/// </summary>
internal enum ReturnReason
{
    Undefined,
    OnHold,
    Delivered,
    UserUnknown,
    HostUnknown,
    HasMoved,
    NotAccept,
    MailboxFull,
    MesgTooBig,
    ExceedLimit,
    Suspend,
    Filtered,
    Rejected,
    Blocked,
    BadReputation,
    RequirePtr,
    AuthFailure,
    NoRelaying,
    NotCompliantRfc,
    PolicyViolation,
    SecurityError,
    FailedStartTls,
    SpamDetected,
    VirusDetected,
    ContentError,
    Speeding,
    TooManyConn,
    Expired,
    NetworkError,
    SystemError,
    SystemFull,
    MailerError,
    SyntaxError,
    Feedback,
    Vacation,
}
