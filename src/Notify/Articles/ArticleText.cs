using System.Globalization;
using System.Text;
using Notify.Messages;

namespace Notify.Articles;

/// <summary>
/// Titles and summaries as they are kept, whoever brought them: one line, nothing that cannot be seen, nothing that turns the direction of what follows, no tower of
/// accents, and an end. What looks like markup is text here, and is escaped where it is shown.
/// </summary>
internal static class ArticleText
{
    public const int LongestTitle = 500;
    public const int LongestSummary = 5_000;

    /// <summary>More marks on one letter than any language writes only hide what stands around them.</summary>
    private const int MostMarks = 4;

    /// <returns>Empty when nothing is left.</returns>
    public static string Title(string? text) => Clean(text, LongestTitle);

    /// <returns>Null when nothing is left.</returns>
    public static string? Summary(string? text) => Clean(text, LongestSummary) is { Length: > 0 } words ? words : null;

    private static string Clean(string? text, int longest)
    {
        if (string.IsNullOrEmpty(text)) return "";

        // Cut before as well: what is thrown away need not be looked at.
        var line = PlainText.Tidy(TextNormaliser.Normalise(PlainText.Cut(text, 4 * longest)));
        return PlainText.Cut(Seen(line), longest).Trim();
    }

    private static string Seen(string line)
    {
        var seen = new StringBuilder(line.Length);
        var marks = 0;
        foreach (var rune in line.EnumerateRunes())
        {
            if (IsFiller(rune)) continue;

            marks = Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark ? marks + 1 : 0;
            if (marks <= MostMarks) seen.Append(rune);
        }

        return PlainText.Tidy(seen.ToString());
    }

    /// <summary>Letters and signs that are made to look like nothing: a title of them is a title that cannot be read.</summary>
    private static bool IsFiller(Rune rune) => rune.Value is 0x115F or 0x1160 or 0x3164 or 0xFFA0 or 0x2800 or 0x034F or (>= 0x180B and <= 0x180F) or (>= 0xFFF9 and <= 0xFFFC);
}
