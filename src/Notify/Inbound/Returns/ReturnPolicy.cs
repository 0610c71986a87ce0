using Notify.Deliveries;

namespace Notify.Inbound.Returns;

/// <summary>What follows from a mail that came back, by its reason: the address ends, is given a rest, or a person is told that the sender is refused.</summary>
internal static class ReturnPolicy
{
    /// <summary>So often within <see cref="FullDays"/>, and a mailbox that is full gets a rest of as long.</summary>
    public const int FullTimes = 3;

    /// <inheritdoc cref="FullTimes" />
    public const int FullDays = 14;

    /// <summary>An account that is locked may be unlocked; twice in two months it is taken as given up.</summary>
    private const int SuspendedTimes = 2;

    private const int SuspendedDays = 60;

    /// <summary>What is refused because of us says nothing about the reader; more than two of a hundred, and the alert stops before the rest of it goes the same way.</summary>
    private static readonly AlertRule Refused = new(Percent: 2, Least: 50, Pauses: true);

    public static bool IsFull(ReturnReason reason) => reason is ReturnReason.MailboxFull or ReturnReason.ExceedLimit;

    public static ProviderFault FaultOf(Report report)
    {
        var name = report.Reason.ToString().ToLowerInvariant();
        var fault = new ProviderFault(name, $"it came back: {Words(report.Reason)}") { IsGone = report.IsHard };
        return report.Reason switch
        {
            ReturnReason.Suspend => fault with { CountedTimes = SuspendedTimes, CountedDays = SuspendedDays },
            ReturnReason.AuthFailure or ReturnReason.BadReputation or ReturnReason.Blocked or ReturnReason.RequirePtr or ReturnReason.SpamDetected or ReturnReason.PolicyViolation
                or ReturnReason.Rejected or ReturnReason.NotCompliantRfc or ReturnReason.VirusDetected or ReturnReason.ContentError or ReturnReason.MesgTooBig
                or ReturnReason.SecurityError or ReturnReason.FailedStartTls or ReturnReason.NoRelaying => fault with { Alert = Refused },
            _ => fault,
        };
    }

    private static string Words(ReturnReason reason) => ReasonTable.MeaningOf(reason);
}
