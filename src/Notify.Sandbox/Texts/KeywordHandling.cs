namespace Notify.Sandbox.Texts;

/// <summary>What the carrier makes of a reader's text by itself.</summary>
/// <param name="Blocks">Whether texts from that sender are refused from now on; null changes nothing.</param>
/// <param name="Reply">What it texts back, whatever the webhook answers.</param>
/// <param name="OptOutType">What it tells the webhook.</param>
internal sealed record Handled(bool? Blocks, string? Reply, string? OptOutType)
{
    public static readonly Handled Nothing = new(null, null, null);
}

/// <summary>
/// Who answers keywords, by the kind of the sender: the provider on long codes; the network on toll-free numbers, which knows one word for each;
/// a messaging service with Advanced Opt-Out, which says so in the webhook; nobody on a short code that stands alone
/// (support.twilio.com 223134027, 360058144374, 360034798533, 31560110671259, 223181748).
/// </summary>
internal static class KeywordHandling
{
    private static readonly string[] OptOut = ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"];
    private static readonly string[] OptIn = ["START", "UNSTOP", "YES"];
    private static readonly string[] Help = ["HELP", "INFO"];

    /// <summary>The block list alone, as on a long code: the whole body is the keyword, in any case.</summary>
    public static bool? Blocks(string body) => Is(OptOut, body) ? true : Is(OptIn, body) ? false : null;

    /// <param name="isBlocked">Whether the reader has stopped this sender.</param>
    public static Handled Of(Text text, bool isBlocked)
    {
        var body = text.Body;
        if (text.MessagingServiceSid is not null)
        {
            return Is(OptOut, body) ? new Handled(true, "Service: You are unsubscribed.", "STOP")
                : Is(OptIn, body) ? new Handled(false, "Service: Welcome back.", "START")
                : Is(Help, body) ? new Handled(null, "Service: Here is help.", "HELP")
                : Handled.Nothing;
        }

        if (Numbers.IsShortCode(text.To))
        {
            return Handled.Nothing;
        }

        if (Numbers.IsTollFree(text.To))
        {
            return Is(["STOP"], body) ? new Handled(true, "NETWORK MSG: This number is blocked now. Text UNSTOP to be texted again.", null)
                : Is(["START", "UNSTOP"], body) ? new Handled(false, "NETWORK MSG: This number is no longer blocked.", null)
                : Is(Help, body) && !isBlocked ? new Handled(null, "Reply STOP to unsubscribe.", null)
                : Handled.Nothing;
        }

        return Is(OptOut, body) ? new Handled(true, "You have been unsubscribed from this number. Reply START to resubscribe.", null)
            : Is(OptIn, body) ? new Handled(false, "You are subscribed to this number again.", null)
            : Is(Help, body) ? new Handled(null, "Reply STOP to unsubscribe.", null)
            : Handled.Nothing;
    }

    private static bool Is(string[] words, string body) => words.Contains(body, StringComparer.OrdinalIgnoreCase);
}
