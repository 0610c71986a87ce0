using Notify.Deliveries;

namespace Notify.Inbound.Returns;

/// <summary>What follows from a mail that came back, by its reason: the address ends, is given a rest, or a person is told that the sender is refused.</summary>
internal static class ReturnPolicy
{
    /// <summary>So often within <see cref="FullDays"/>, and a mailbox that is full gets a rest of as long.</summary>
    private const int FullTimes = 3;

    /// <inheritdoc cref="FullTimes" />
    private const int FullDays = 14;

    /// <summary>An account that is locked may be unlocked; twice in two months, of mails a day apart, it is taken as given up.</summary>
    private const int SuspendedTimes = 2;

    private const int SuspendedDays = 60;

    private static readonly TimeSpan SuspendedApart = TimeSpan.FromDays(1);

    /// <summary>What is refused because of us says nothing about the reader; more than two of a hundred, and the alert stops before the rest of it goes the same way.</summary>
    private static readonly AlertRule Refused = new(Percent: 2, Least: 50, Pauses: true);

    public static ProviderFault FaultOf(Report report)
    {
        var fault = FaultOf(report.Reason, "it came back") with { IsGone = report.IsHard };
        return report.Reason switch
        {
            ReturnReason.AuthFailure or ReturnReason.BadReputation or ReturnReason.Blocked or ReturnReason.RequirePtr or ReturnReason.SpamDetected or ReturnReason.PolicyViolation
                or ReturnReason.Rejected or ReturnReason.NotCompliantRfc or ReturnReason.VirusDetected or ReturnReason.ContentError or ReturnReason.MesgTooBig
                or ReturnReason.SecurityError or ReturnReason.FailedStartTls or ReturnReason.NoRelaying => fault with { Alert = Refused },
            _ => fault,
        };
    }

    /// <summary>What follows when it is said of one mailbox again and again. A relay may say it at once and a report say it later: they count together.</summary>
    /// <param name="how">Which of the two it was, in words.</param>
    public static ProviderFault FaultOf(ReturnReason reason, string how)
    {
        var meaning = ReasonTable.MeaningOf(reason);
        var fault = new ProviderFault(reason.ToString().ToLowerInvariant(), $"{how}: {meaning}") { CountedAs = meaning };
        return reason switch
        {
            ReturnReason.Suspend => fault with { CountedTimes = SuspendedTimes, CountedDays = SuspendedDays, CountedApart = SuspendedApart },
            ReturnReason.MailboxFull or ReturnReason.ExceedLimit => fault with { CountedTimes = FullTimes, CountedDays = FullDays, RestDays = FullDays },
            _ => fault,
        };
    }
}
