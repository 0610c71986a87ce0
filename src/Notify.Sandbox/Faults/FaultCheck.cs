namespace Notify.Sandbox.Faults;

/// <summary>Says what is wrong with a rule before it is armed: a rule that silently does nothing makes a test lie.</summary>
internal static class FaultCheck
{
    private const int LongestMs = 600_000;

    public static string? Wrong(FaultRule rule)
    {
        if (rule.Times < 0)
            return "times is 0 (until cleared) or more.";
        if (rule.LatencyMs is < 0 or > LongestMs || rule.DelayMs is < 0 or > LongestMs)
            return $"latencyMs and delayMs are between 0 and {LongestMs}.";

        return rule.On switch
        {
            "create" => Create(rule),
            "smtp" => Smtp(rule),
            _ when rule is { Lose: not true, Double: not true, Reorder: not true, BeforeAnswer: not true, DelayMs: null } => Nothing(rule),
            _ when rule is { Lose: true } and ({ Double: true } or { Reorder: true }) => "What is lost comes neither twice nor out of order.",
            _ => null,
        };
    }

    private static string? Create(FaultRule rule)
    {
        if (rule.Status is not (null or 400 or 402 or 429 or 500 or 503))
            return "status is 400, 402, 429, 500 or 503.";
        if (rule.FinalStatus is not (null or "undelivered" or "failed" or "sent"))
            return "finalStatus is undelivered, failed or sent.";
        if (rule.Code is not null && rule.Status is null)
            return "code goes with status.";
        if (rule.ErrorCode is not null && rule.FinalStatus is not ("undelivered" or "failed"))
            return "errorCode goes with finalStatus undelivered or failed.";

        var ends = new[] { rule.Status is not null, rule.Refuse is true, rule.TimeoutAfterAccept is true, rule.DropAfterAccept is true }.Count(e => e);
        if (ends > 1 || (rule.FinalStatus is not null && (rule.Status is not null || rule.Refuse is true)))
            return "status, refuse, timeoutAfterAccept and dropAfterAccept exclude each other, and a text that is not taken has no finalStatus.";
        return ends == 0 && rule is { FinalStatus: null, LatencyMs: null } ? Nothing(rule) : null;
    }

    private static string? Smtp(FaultRule rule)
    {
        if (rule.Command is not ("CONNECT" or "MAIL" or "RCPT" or "DATA" or "."))
            return "command is CONNECT, MAIL, RCPT, DATA or \".\".";
        if (rule.To is not null && rule.Command is "CONNECT" or "MAIL")
            return "At CONNECT and MAIL the recipient is not known yet: leave \"to\" out.";
        if (rule.Reply is not (null or [>= '2' and <= '5', >= '0' and <= '9', >= '0' and <= '9', ' ', _, ..]) || rule.Reply?.Any(char.IsControl) is true)
            return "reply is three digits, a blank and a text, such as \"550 5.1.1 No such user\".";
        if (rule.BeforeStore is not null && rule is not { Command: ".", Disconnect: true })
            return "beforeStore goes with command \".\" and disconnect.";
        return rule is { Reply: null, Disconnect: not true, LatencyMs: null } ? Nothing(rule) : null;
    }

    private static string Nothing(FaultRule rule) => $"This rule on {rule.On} does nothing: say what is to go wrong.";
}
