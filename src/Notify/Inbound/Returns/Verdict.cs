namespace Notify.Inbound.Returns;

/// <summary>
/// Why it ended so: by words that say why, by a status that says why, then by words and codes that may mean anything. The tables beside this file
/// hold what means what (<c>phrases.tsv</c>, <c>statuses.tsv</c>, <c>reasons.tsv</c>). What is hard is looked at twice.
/// </summary>
internal static class Verdict
{
    private static readonly Saying[] Sayings = [.. Table.Rows("phrases", 4).Select(row => new Saying(ReasonTable.ReasonOf(row[0]), row[1], Phrase.Parse(row[2])))];

    private static readonly (string Pattern, ReturnReason Reason, bool IsSure)[] Statuses = [.. Table.Rows("statuses", 4).Select(row => (row[0], ReasonTable.ReasonOf(row[1]), row[2] == "yes"))];

    /// <summary>On what a server said, where no report was written of it.</summary>
    /// <param name="action">As in RFC 3464, 2.3.3.</param>
    /// <param name="beside">What is known besides, in words.</param>
    public static ReturnedRecipient On(string? address, string action, string status, string diagnosis, string beside = "")
    {
        var fields = new Fields();
        fields.Add("Action", action);
        fields.Add("Status", status);
        fields.Add("Diagnostic-Code", diagnosis);
        return On(new Account(address) { Fields = fields, Prose = beside });
    }

    public static ReturnedRecipient On(Account account)
    {
        var evidence = new Evidence(account);
        var reason = evidence.Action is "failed" or "delayed" && evidence.Status is not ['2', ..] ? Why(evidence) : ReturnReason.Delivered;
        var isForGood = evidence.Action == "failed" && (evidence.Status ?? evidence.Reply) is not ['4', ..];
        return new ReturnedRecipient(account.Address, evidence.Action, evidence.Status, evidence.Reply, reason, isForGood && ReasonTable.IsHard(reason));
    }

    private static ReturnReason Why(Evidence evidence) =>
        FirstSaid(evidence, evidence.First, isWeak: false)
        ?? CodeSays(evidence.Status, isSure: true)
        ?? FirstSaid(evidence, evidence.All, isWeak: false)
        ?? SoftOnly(FirstSaid(evidence, evidence.OfAll, isWeak: false))
        ?? FirstSaid(evidence, evidence.All, isWeak: true)
        ?? BeforeAnyRecipient(evidence.Command)
        ?? CodeSays(evidence.Status, isSure: false)
        ?? CodeSays(evidence.Reply, isSure: false)
        ?? (evidence.Action == "delayed" ? ReturnReason.Expired : evidence.All.Count > 0 ? ReturnReason.OnHold : ReturnReason.Undefined);

    // Said of several at once it may be about another: enough to keep an address, not to give it up.
    private static ReturnReason? SoftOnly(ReturnReason? reason) => reason is { } said && ReasonTable.IsHard(said) ? null : reason;

    private static ReturnReason? FirstSaid(Evidence evidence, IReadOnlyList<Speech> speeches, bool isWeak)
    {
        foreach (var speech in speeches)
        {
            if (Find(speech, evidence, isWeak) is { } saying)
            {
                return Settled(saying, evidence);
            }
        }

        return null;
    }

    /// <summary>The same words are said of the sender and of the sending machine, and by filters; and a name that is not found now may be found later.</summary>
    private static ReturnReason Settled(Saying saying, Evidence evidence) => saying.Reason switch
    {
        _ when !ReasonTable.IsHard(saying.Reason) => saying.Reason,
        _ when !saying.IsSure && BeforeAnyRecipient(evidence.Command) is { } earlier => earlier,
        _ when ReporterSaysSofter(evidence) is { } softer => softer,
        ReturnReason.HostUnknown when evidence.Status is ['4', ..] => ReturnReason.NetworkError,
        ReturnReason.UserUnknown when !saying.IsSure && !IsTheAddress(evidence) => ReturnReason.Filtered,
        _ => saying.Reason,
    };

    // "550 user unknown" beside "the account is disabled": what the reporting system knows of its own mailbox goes before what it quotes.
    private static ReturnReason? ReporterSaysSofter(Evidence evidence) =>
        evidence.OfTheReporter.Select(own => Find(own, evidence, isWeak: false)?.Reason).FirstOrDefault(reason => reason is ReturnReason.MailboxFull or ReturnReason.Suspend);

    /// <summary>
    /// Filters that have read the whole message hide behind "user unknown" as well, and who changes their filter reads again. It is the address
    /// where it was refused as one (at RCPT, or with a status that says so), or where the reporting system says so in its own words.
    /// </summary>
    private static bool IsTheAddress(Evidence evidence) => evidence.Command switch
    {
        _ when evidence.Status is [_, '.', '1', ..] => true,
        SmtpCommand.Rcpt => true,
        SmtpCommand.Data => false,
        _ => evidence.IsStatusVague && evidence.OfTheReporter.Any(own => Find(own, evidence, isWeak: false)?.Reason == ReturnReason.UserUnknown),
    };

    private static Saying? Find(Speech said, Evidence evidence, bool isWeak)
    {
        foreach (var saying in Sayings)
        {
            if (saying.Counts(evidence, isWeak) && said.Has(saying.Words))
            {
                return saying;
            }
        }

        return null;
    }

    // Nobody was named yet: it is the machine that was refused, or the sender.
    private static ReturnReason? BeforeAnyRecipient(SmtpCommand command) => command switch
    {
        SmtpCommand.Connect or SmtpCommand.Helo => ReturnReason.Blocked,
        SmtpCommand.Mail => ReturnReason.Rejected,
        _ => null,
    };

    private static ReturnReason? CodeSays(string? code, bool isSure)
    {
        foreach (var (pattern, reason, sure) in Statuses)
        {
            if (code is not null && sure == isSure && Fits(pattern, code))
            {
                return reason;
            }
        }

        return null;
    }

    private static bool Fits(string pattern, string code) =>
        (pattern[0] == 'x' || pattern[0] == code[0])
        && (pattern.EndsWith('*') ? code.AsSpan(1).StartsWith(pattern.AsSpan(1, pattern.Length - 2)) : code.AsSpan(1).SequenceEqual(pattern.AsSpan(1)));

    /// <summary>A row of <c>phrases.tsv</c>.</summary>
    private sealed record Saying(ReturnReason Reason, string When, Phrase Words)
    {
        private readonly SmtpCommand _command = Enum.TryParse<SmtpCommand>(When, ignoreCase: true, out var command) ? command : SmtpCommand.Unknown;
        private readonly string? _place = When.StartsWith("at ", StringComparison.Ordinal) ? When[3..] : null;

        public bool IsSure => When == "sure" || _place is not null;

        public bool Counts(Evidence evidence, bool isWeak) =>
            (When == "weak") == isWeak
            && (_command == SmtpCommand.Unknown || _command == evidence.Command)
            && (_place is null || evidence.Places.Contains(_place, StringComparison.OrdinalIgnoreCase));
    }
}
