using Notify.Deliveries;
using Notify.Inbound.Returns;

namespace Notify.Providers.Smtp;

/// <summary>At which command a relay refused.</summary>
internal enum SmtpStage
{
    Session,
    Sender,
    Recipient,

    /// <summary>The command that announces the message.</summary>
    Data,

    /// <summary>The message itself, after its final dot.</summary>
    Message,
}

/// <summary>
/// What a relay's definite refusal means, as data: the first row that fits. What is said of a message and its recipient is read as in a mail that came back,
/// by the same tables; the codes alone decide what concerns the connection and the sender.
/// </summary>
internal static class ReplyTable
{
    /// <summary>A rule of some receiving house that the whole of an alert may meet: a person looks before the rest of it does. Never the reader's fault.</summary>
    private static readonly AlertRule Policy = new(Percent: 5, Least: 20, Pauses: true);

    /// <summary>What is wrong with a message is wrong with each of its alert.</summary>
    private static readonly AlertRule Content = new(Percent: 10, Least: 5, Pauses: true);

    private static readonly (SmtpStage? Stage, int From, int To, string Enhanced, Func<string, SendOutcome> Outcome)[] Codes =
    [
        // RFC 5321, 3.8: the server is closing the channel, whatever the command.
        (null, 421, 421, "", reason => new SendOutcome.TryLater(reason, Trouble: Trouble.TooFast)),
        // RFC 5321, 4.2.2, and RFC 3463, 3.4 (4.3.2): the relay takes nothing now, whoever it is for.
        (SmtpStage.Session, 400, 499, "", reason => new SendOutcome.TryLater(reason, Trouble: Trouble.Away)),
        (SmtpStage.Sender, 400, 499, "", reason => new SendOutcome.TryLater(reason, Trouble: Trouble.TooFast)),
        // RFC 4954, section 6; RFC 3463, X.7.x at the session: our credentials or our right to use the relay.
        (SmtpStage.Session, 500, 599, "", reason => new SendOutcome.SenderBroken(reason)),
        (null, 530, 530, "", reason => new SendOutcome.SenderBroken(reason)),
        (null, 535, 535, "", reason => new SendOutcome.SenderBroken(reason)),
        // RFC 1870, 6.1: it is the message that is too big for the relay.
        (SmtpStage.Sender, 552, 552, "", reason => Refused(reason, ReturnReason.MesgTooBig, Content)),
        (SmtpStage.Sender, 500, 599, "", reason => new SendOutcome.SenderBroken(reason)),
        // RFC 6531, 3.5 and 4.2: this server has no way to an address beyond ASCII; another may have.
        (null, 500, 599, "5.6.7", reason => new SendOutcome.Rejected(reason, ByAnother: true)),
        // RFC 3463, 3.8 (policy) and 3.3 (a mailbox that gets too much), RFC 5321, 4.5.3.1.10, RFC 3463, 3.4: said about a recipient's domain by a relay that passes its answer on.
        (null, 400, 499, "4.7.", reason => new SendOutcome.TryLater(reason, Trouble: Trouble.Domain)),
        (null, 450, 450, "4.2.1", reason => new SendOutcome.TryLater(reason, Trouble: Trouble.Domain)),
        (null, 451, 451, "4.3.2", reason => new SendOutcome.TryLater(reason, Trouble: Trouble.Domain)),
        (null, 452, 452, "4.5.3", reason => new SendOutcome.TryLater(reason, Trouble: Trouble.Domain)),
    ];

    private static readonly (ReturnReason Reason, AlertRule Rule)[] Rules =
    [
        (ReturnReason.AuthFailure, Policy), (ReturnReason.BadReputation, Policy), (ReturnReason.Blocked, Policy), (ReturnReason.RequirePtr, Policy), (ReturnReason.PolicyViolation, Policy),
        (ReturnReason.SpamDetected, Policy), (ReturnReason.Rejected, Policy), (ReturnReason.NoRelaying, Policy), (ReturnReason.SecurityError, Policy), (ReturnReason.NotCompliantRfc, Policy),
        (ReturnReason.MesgTooBig, Content), (ReturnReason.ContentError, Content), (ReturnReason.VirusDetected, Content),
    ];

    public static SendOutcome Read(SmtpStage stage, SmtpReply reply)
    {
        var (code, enhanced) = (reply.Code, reply.Enhanced);
        var reason = enhanced.Length > 0 ? $"the relay said {code} {enhanced} at {stage}" : $"the relay said {code} at {stage}";
        if (stage >= SmtpStage.Recipient && code is >= 400 and < 500 && !reply.IsGoodbye && IsGreylisting(reply.Text))
        {
            // RFC 6647, 2.1: it is this sender and this recipient together that are new to it.
            return new SendOutcome.TryLater(reason);
        }

        foreach (var row in Codes)
        {
            if ((row.Stage is null || row.Stage == stage) && code >= row.From && code <= row.To && Fits(row.Enhanced, enhanced))
            {
                return row.Outcome(reason);
            }
        }

        // Neither yes nor no: in doubt only once the whole message was on its way.
        return reply.IsRefusal ? Said(stage, reply, reason)
            : stage == SmtpStage.Message ? new SendOutcome.InDoubt(reason)
            : new SendOutcome.TryLater(reason);
    }

    private static SendOutcome Said(SmtpStage stage, SmtpReply reply, string reason)
    {
        var isForGood = reply.Code >= 500;
        var verdict = Inbound.Returns.Verdict.On(null, isForGood ? "failed" : "delayed", reply.Enhanced, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{reply.Code} {reply.Text}"),
            // A server that has read the whole message may say of it what it does not know of the address.
            stage == SmtpStage.Recipient ? "(in reply to RCPT TO command)" : "(in reply to end of DATA command)");
        return verdict switch
        {
            { Reason: ReturnReason.Speeding or ReturnReason.TooManyConn } => new SendOutcome.TryLater(reason, Trouble: Trouble.Domain),
            _ when Repeats(verdict.Reason) is { } fault => isForGood ? new SendOutcome.Rejected($"{reason}: {fault.CountedAs}") { Fault = fault }
                // It may be taken yet: what has not come to nothing is not counted among what has.
                : new SendOutcome.TryLater($"{reason}: {fault.CountedAs}") { Fault = fault with { Code = "" } },
            _ when !isForGood => new SendOutcome.TryLater(reason),
            { Hard: true } => new SendOutcome.RecipientGone(reason),
            _ => Refused(reason, verdict.Reason, Array.Find(Rules, rule => rule.Reason == verdict.Reason).Rule),
        };
    }

    /// <summary>What says something of the mailbox only when it is said again; null for everything else.</summary>
    private static ProviderFault? Repeats(ReturnReason reason) => ReturnPolicy.FaultOf(reason, "it was refused") is { CountedTimes: > 0 } fault ? fault : null;

    private static SendOutcome.Rejected Refused(string reason, ReturnReason why, AlertRule? rule) => new(reason)
    {
        Fault = rule is null ? null : new ProviderFault(why.ToString().ToLowerInvariant(), reason) { Alert = rule },
    };

    private static bool IsGreylisting(string text) =>
        text.Contains("greylist", StringComparison.OrdinalIgnoreCase) || text.Contains("graylist", StringComparison.OrdinalIgnoreCase) || text.Contains("postgrey", StringComparison.OrdinalIgnoreCase);

    private static bool Fits(string wanted, string enhanced) =>
        wanted.Length == 0 || wanted == enhanced || (wanted[^1] == '.' && enhanced.StartsWith(wanted, StringComparison.Ordinal));
}
