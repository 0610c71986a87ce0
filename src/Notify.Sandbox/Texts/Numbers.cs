using System.Security.Cryptography;

namespace Notify.Sandbox.Texts;

/// <summary>What may stand where a number is expected, and how a message is numbered.</summary>
internal static class Numbers
{
    /// <summary>Who texts a reader when nothing says who: the documented number that may always send.</summary>
    public const string DefaultSender = "+15005550006";

    /// <summary>E.164: a plus, no leading zero, 7 to 15 digits.</summary>
    public static bool IsE164(string number) => number is ['+', >= '1' and <= '9', ..] and { Length: >= 8 and <= 16 } && number.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0;

    /// <summary>A number, a short code, or up to eleven letters and digits.</summary>
    public static bool MaySend(string sender) => IsE164(sender) || IsShortCode(sender)
        || (sender.Length is >= 1 and <= 11 && sender.Any(char.IsAsciiLetter) && sender.All(c => char.IsAsciiLetterOrDigit(c) || c is ' ' or '-' or '+' or '_' or '&'));

    /// <summary>A name cannot be texted back.</summary>
    public static bool MayReceive(string sender) => IsE164(sender) || IsShortCode(sender);

    /// <summary>A messaging service's sid.</summary>
    public static bool IsService(string sender) => sender is ['M', 'G', ..] && sender.Length == 34 && sender.Skip(2).All(char.IsAsciiHexDigit);

    /// <summary>As it stands in a path: with its plus, without it, or with the blank that a form decoder made of it.</summary>
    public static string? FromPath(string raw)
    {
        var number = "+" + raw.Trim().TrimStart('+');
        return IsE164(number) ? number : null;
    }

    public static string NewSid() => "SM" + RandomNumberGenerator.GetHexString(32, lowercase: true);

    public static bool IsSid(string sid) => sid is ['S' or 'M', 'M', ..] && sid.Length == 34 && sid.Skip(2).All(char.IsAsciiHexDigit);

    /// <summary>The prefixes of the North American Numbering Plan (nanpa.com, toll-free).</summary>
    public static bool IsTollFree(string sender) => sender.Length == 12 && sender[..5] is "+1800" or "+1833" or "+1844" or "+1855" or "+1866" or "+1877" or "+1888";

    public static bool IsShortCode(string sender) => sender.Length is >= 3 and <= 8 && sender.All(char.IsAsciiDigit);
}
