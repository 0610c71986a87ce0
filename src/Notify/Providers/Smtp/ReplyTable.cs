using Notify.Deliveries;

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
/// What a relay's definite refusal means, as data: the first row that fits. The enhanced status (RFC 3463) says more than the reply code (RFC 5321, 4.2).
/// </summary>
internal static class ReplyTable
{
    private static readonly (SmtpStage? Stage, int From, int To, string Enhanced, Func<string, SendOutcome> Outcome)[] Rows =
    [
        // RFC 5321, 3.8: the server is closing the channel, whatever the command.
        (null, 421, 421, "", reason => new SendOutcome.TryLater(reason, Trouble: Trouble.TooFast)),
        // RFC 5321, 4.2.2, and RFC 3463, 3.4 (4.3.2): the relay takes nothing now, whoever it is for.
        (SmtpStage.Session, 400, 499, "", reason => new SendOutcome.TryLater(reason, Trouble: Trouble.Away)),
        (SmtpStage.Sender, 400, 499, "", reason => new SendOutcome.TryLater(reason, Trouble: Trouble.TooFast)),
        // RFC 3463, 3.8 (policy) and 3.5 (network): said about a recipient's domain by a relay that passes its answer on.
        (SmtpStage.Recipient, 400, 499, "4.7.", reason => new SendOutcome.TryLater(reason, Trouble: Trouble.Domain)),
        (SmtpStage.Message, 400, 499, "4.7.", reason => new SendOutcome.TryLater(reason, Trouble: Trouble.Domain)),
        // RFC 4954, section 6; RFC 3463, X.7.x at the session: our credentials or our right to use the relay.
        (SmtpStage.Session, 500, 599, "", reason => new SendOutcome.SenderBroken(reason)),
        (null, 530, 530, "", reason => new SendOutcome.SenderBroken(reason)),
        (null, 535, 535, "", reason => new SendOutcome.SenderBroken(reason)),
        // RFC 1870, 6.1: it is the message that is too big for the relay.
        (SmtpStage.Sender, 552, 552, "", reason => new SendOutcome.Rejected(reason)),
        (SmtpStage.Sender, 500, 599, "", reason => new SendOutcome.SenderBroken(reason)),
        // RFC 3463, 3.2: bad destination mailbox, system, syntax; RFC 7505: null MX; 5.2.1: mailbox disabled.
        (SmtpStage.Recipient, 500, 599, "5.1.1", reason => new SendOutcome.RecipientGone(reason)),
        (SmtpStage.Recipient, 500, 599, "5.1.2", reason => new SendOutcome.RecipientGone(reason)),
        (SmtpStage.Recipient, 500, 599, "5.1.3", reason => new SendOutcome.RecipientGone(reason)),
        (SmtpStage.Recipient, 500, 599, "5.1.6", reason => new SendOutcome.RecipientGone(reason)),
        (SmtpStage.Recipient, 500, 599, "5.1.10", reason => new SendOutcome.RecipientGone(reason)),
        // Anything else with a 5 is a refusal of this message; policy and content say nothing about the reader.
        (null, 500, 599, "", reason => new SendOutcome.Rejected(reason)),
        (null, 400, 499, "", reason => new SendOutcome.TryLater(reason)),
    ];

    private static bool Fits(string wanted, string enhanced) =>
        wanted.Length == 0 || wanted == enhanced || (wanted[^1] == '.' && enhanced.StartsWith(wanted, StringComparison.Ordinal));

    public static SendOutcome Read(SmtpStage stage, SmtpReply reply)
    {
        var (code, enhanced) = (reply.Code, reply.Enhanced);
        var reason = enhanced.Length > 0 ? $"the relay said {code} {enhanced} at {stage}" : $"the relay said {code} at {stage}";
        foreach (var row in Rows)
        {
            if ((row.Stage is null || row.Stage == stage) && code >= row.From && code <= row.To && Fits(row.Enhanced, enhanced))
            {
                return row.Outcome(reason);
            }
        }

        // Neither yes nor no: in doubt only once the whole message was on its way.
        return stage == SmtpStage.Message ? new SendOutcome.InDoubt(reason) : new SendOutcome.TryLater(reason);
    }
}
