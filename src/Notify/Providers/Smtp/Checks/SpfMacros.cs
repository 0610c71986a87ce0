using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Notify.Providers.Smtp.Checks;

/// <summary>What stands in the place of <c>%{…}</c> in an SPF record (RFC 7208, 7).</summary>
internal static partial class SpfMacros
{
    /// <summary>Long names lose labels on the left (7.3).</summary>
    private const int Longest = 253;

    /// <summary>A letter, how many parts, in which order, cut where; or a character that cannot stand for itself.</summary>
    private const string One = @"%\{(?<letter>[SLODIPHVslodiphv])(?<digits>\d*)(?<reverse>[rR])?(?<delimiters>[-.+,/_=]*)\}|%[%_-]";

    private const string Text = $@"({One}|[\x21-\x24\x26-\x7e])*";

    /// <summary>Whether a word is written as a domain is: it ends with a macro, or with a label that some registry may have.</summary>
    public static bool IsDomain(string word) => Domain().IsMatch(word);

    /// <summary>Whether a word has nothing but macros and visible characters.</summary>
    public static bool IsText(string word) => Word().IsMatch(word);

    /// <param name="text">As it stands in the record.</param>
    /// <param name="domain">The domain whose record it is.</param>
    /// <param name="sender">The envelope's sender.</param>
    /// <param name="address">Who sends; null when nobody is named.</param>
    /// <returns>Null when it cannot be known without what only a receiver has: the address, or the name given at EHLO.</returns>
    public static string? Expand(string text, string domain, string sender, IPAddress? address)
    {
        var isKnown = true;
        var expanded = Macro().Replace(text, match =>
        {
            if (match.Groups["letter"] is not { Success: true } letter)
            {
                return match.Value switch { "%%" => "%", "%_" => " ", _ => "%20" };
            }

            var value = char.ToLowerInvariant(letter.ValueSpan[0]) switch
            {
                's' => sender,
                'l' => sender.Split('@')[0],
                'o' => sender.Split('@')[^1],
                'd' => domain,
                'i' when address is not null => Dotted(address),
                'v' when address is not null => address.AddressFamily == AddressFamily.InterNetwork ? "in-addr" : "ip6",
                // The validated name; nobody should use it, and this is what stands there without one.
                'p' => "unknown",
                _ => null,
            };
            isKnown &= value is not null;
            return value is null ? "" : Transform(value, match);
        });
        while (expanded.Length > Longest && expanded.Contains('.', StringComparison.Ordinal))
        {
            expanded = expanded[(expanded.IndexOf('.', StringComparison.Ordinal) + 1)..];
        }

        return isKnown ? expanded.TrimEnd('.') : null;
    }

    private static string Transform(string value, Match match)
    {
        var delimiters = match.Groups["delimiters"].Value;
        var parts = value.Split(delimiters.Length > 0 ? delimiters.ToCharArray() : ['.']);
        if (match.Groups["reverse"].Success)
        {
            Array.Reverse(parts);
        }

        return string.Join('.', int.TryParse(match.Groups["digits"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 ? parts.TakeLast(count) : parts);
    }

    /// <summary>IPv6 by its nibbles.</summary>
    private static string Dotted(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork
        ? address.ToString()
        : string.Join('.', Convert.ToHexStringLower(address.GetAddressBytes()).AsEnumerable());

    [GeneratedRegex(One, RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Macro();

    [GeneratedRegex($@"^{Text}\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Word();

    [GeneratedRegex($@"^{Text}({One}|\.([A-Za-z0-9]*[A-Za-z][A-Za-z0-9]*|[A-Za-z0-9]+-[A-Za-z0-9-]*[A-Za-z0-9])\.?)\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Domain();
}
