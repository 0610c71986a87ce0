using System.Globalization;
using System.Text;

namespace Notify.Contacts;

/// <summary>The domain of a mailbox, in the one spelling it is stored and compared in.</summary>
internal static class MailDomain
{
    private const int LongestLabel = 63;

    private static readonly IdnMapping Idn = new() { AllowUnassigned = false, UseStd3AsciiRules = true };

    /// <summary>The domain in lowercase punycode (RFC 5890), or null when no mail can be sent there: no dot, an address literal, a label nobody can register.</summary>
    public static string? ToAscii(string domain)
    {
        var ascii = NeedsMapping(domain) ? Map(domain) : domain;
        if (ascii is null) return null;

        ascii = ascii.ToLowerInvariant();
        var labels = ascii.Split('.');
        if (labels.Length < 2 || !labels.All(IsLabel) || labels[^1].All(char.IsAsciiDigit)) return null;
        return ascii;
    }

    // Plain names skip the mapping, which refuses two dashes in the third place although such names exist; what claims to be punycode is checked by it.
    private static bool NeedsMapping(string domain) =>
        !Ascii.IsValid(domain) || domain.Contains("xn--", StringComparison.OrdinalIgnoreCase);

    private static string? Map(string domain)
    {
        try
        {
            return Idn.GetAscii(domain);
        }
        catch (ArgumentException)
        {
            return null; // IdnMapping has no other way to say no.
        }
    }

    // RFC 1123 section 2.1: letters, digits and inner dashes.
    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= LongestLabel
        && label[0] != '-' && label[^1] != '-'
        && label.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
}
