using System.Globalization;
using System.Text;

namespace Notify.Messages;

/// <summary>
/// Makes a text cheap without changing what it says: typographic quotes, dashes and blanks become the plain ones (one curly quote turns a whole
/// text into UCS-2 and more than halves what a segment holds), invisible characters go, and what can be one character is one (NFC). It runs before
/// counting, and the provider's own smart encoding stays off, so that the estimate is the bill. Running it twice changes nothing more.
/// </summary>
public static class TextNormaliser
{
    private const int ZeroWidthNonJoiner = 0x200C;
    private const int ZeroWidthJoiner = 0x200D;
    private const int Keycap = 0x20E3;
    private const int BlackFlag = 0x1F3F4;

    /// <summary>The plain form. Lines end in <c>\n</c>; other control characters and broken surrogates are gone.</summary>
    public static string Normalise(string text)
    {
        var runes = WellFormed(text).Normalize().EnumerateRunes().ToArray();
        var plain = new StringBuilder(text.Length);
        var before = default(Rune);
        for (var i = 0; i < runes.Length; i++)
        {
            if (!Stays(runes, i, before)) continue;
            plain.Append(Plain(runes[i]));
            before = runes[i];
        }

        // Again, because a letter and its mark may have stood apart until now.
        return plain.ToString().Normalize();
    }

    /// <param name="foldAccents">As <c>Publication:FoldAccents</c> says.</param>
    public static string Normalise(string text, bool foldAccents) => foldAccents ? AccentFolding.Fold(Normalise(text)) : Normalise(text);

    // Half a surrogate pair is enumerated as the replacement character, which nobody writes on purpose either.
    private static string WellFormed(string text) =>
        string.Concat(text.ReplaceLineEndings("\n").EnumerateRunes().Where(rune => rune != Rune.ReplacementChar));

    private static string Plain(Rune rune) => rune.Value switch
    {
        0x201C or 0x201D or 0x201E or 0x201F or 0x00AB or 0x00BB or 0x2033 or 0x2036 or 0x301D or 0x301E => "\"",
        0x2018 or 0x2019 or 0x201A or 0x201B or 0x2039 or 0x203A or 0x2032 or 0x2035 or 0x02BC or 0x00B4 or '`' => "'",
        0x2010 or 0x2011 or 0x2012 or 0x2013 or 0x2014 or 0x2015 or 0x2212 or 0x2022 => "-",
        0x2026 => "...",
        '\t' => " ",
        _ => Rune.GetUnicodeCategory(rune) == UnicodeCategory.SpaceSeparator ? " " : rune.ToString(),
    };

    private static bool Stays(Rune[] runes, int i, Rune before)
    {
        var rune = runes[i];
        var next = i + 1 < runes.Length ? runes[i + 1] : default;
        return rune.Value switch
        {
            '\n' or '\t' => true,
            0xFE0E or 0xFE0F => IsPictograph(before) || next.Value == Keycap,
            >= 0xE0020 and <= 0xE007F => before.Value is BlackFlag or >= 0xE0020 and <= 0xE007F, // The flags of England, Scotland, Wales.
            ZeroWidthJoiner => ((IsPictograph(before) || IsModifier(before)) && IsPictograph(next)) || IsJoiningLetter(before),
            ZeroWidthNonJoiner => IsJoiningLetter(before),
            _ => Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format),
        };
    }

    // Near enough to Unicode's Extended_Pictographic, which .NET does not expose.
    private static bool IsPictograph(Rune rune) =>
        rune.Value is (>= 0x2190 and <= 0x21FF) or 0x203C or 0x2049 or 0x2139 or 0x3030 || Rune.GetUnicodeCategory(rune) == UnicodeCategory.OtherSymbol;

    // What may stand between a pictograph and its joiner: the selector of its coloured form, or a skin tone.
    private static bool IsModifier(Rune rune) => rune.Value is 0xFE0F or (>= 0x1F3FB and <= 0x1F3FF);

    // Arabic to Mongolian: scripts in which the joiners are spelling (Persian "می‌خواهم"), and which travel as UCS-2 anyway.
    private static bool IsJoiningLetter(Rune rune) =>
        rune.Value is >= 0x0600 and <= 0x18AF && (Rune.IsLetter(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark);
}
