using System.Globalization;
using System.Text;

namespace Notify.Contacts;

/// <summary>What people type for a phone number, reduced to plus sign and ASCII digits before any numbering plan is asked.</summary>
internal static class PhoneText
{
    /// <summary>The library's word for "no country".</summary>
    public const string NoRegion = "ZZ";

    /// <summary>What a piece of input looks like.</summary>
    public enum Shape
    {
        /// <summary>Nothing but blanks and invisible characters.</summary>
        Empty,

        /// <summary>Digits, perhaps with a plus sign in front.</summary>
        Number,

        /// <summary>A number followed by an extension.</summary>
        Extension,

        /// <summary>Anything else.</summary>
        Other,
    }

    /// <summary>E.164: a plus sign and seven to fifteen digits, the first of them not zero.</summary>
    public static bool IsE164(string value) =>
        value is ['+', >= '1' and <= '9', ..] && value.Length is >= 8 and <= 16 && !value.AsSpan(1).ContainsAnyExceptInRange('0', '9');

    /// <summary>
    /// Strips what a phone number is dressed in - blanks, brackets, dashes, dots, slashes, and the invisible marks that come along when a number is
    /// copied from a web page or an address book - and turns digits of any script into ASCII. Letters are not turned into digits: a reader who
    /// types them made a mistake.
    /// </summary>
    public static Shape Read(string raw, out string number)
    {
        number = "";
        var text = new StringBuilder(raw.Length);
        var rest = raw.AsSpan().Trim();
        if (rest.StartsWith("tel:", StringComparison.OrdinalIgnoreCase)) rest = rest[4..];

        foreach (var rune in rest.EnumerateRunes())
        {
            if (IsDressing(rune)) continue;

            if (Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber)
            {
                text.Append((char)('0' + (int)Rune.GetNumericValue(rune)));
                continue;
            }

            if (rune.Value is '+' or 0xFF0B && text.Length == 0)
            {
                text.Append('+');
                continue;
            }

            var digits = text.Length - (text is ['+', ..] ? 1 : 0);
            return digits >= 7 && rune.Value is 'x' or 'X' or 'e' or 'E' or '#' or ',' or ';' ? Shape.Extension : Shape.Other;
        }

        number = text.ToString();
        if (number.Length == 0) return Shape.Empty;
        return number == "+" ? Shape.Other : Shape.Number;
    }

    // Control, because a tab or a line break ends up in a form field; nothing of it reaches the number.
    private static bool IsDressing(Rune rune) =>
        rune.Value is '(' or ')' or '[' or ']' or '.' or '/' or '-' or 0x2212 or 0xFF08 or 0xFF09 or 0xFF0D or 0xFF0E
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.DashPunctuation;
}
