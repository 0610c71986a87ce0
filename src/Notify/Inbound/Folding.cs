using System.Globalization;
using System.Text;

namespace Notify.Inbound;

/// <summary>
/// A text as words that can be compared: compatibility forms, case, accents, vowel points, apostrophes and invisible characters are folded away
/// (Unicode NFKD, annex 15), and so are letters that only look like others; everything that is no letter or digit parts words, and what ends a clause is kept as <see cref="Boundary"/>.
/// </summary>
internal static class Folding
{
    /// <summary>Stands between two clauses; no phrase reaches over it.</summary>
    public const string Boundary = "|";

    /// <summary>So many letters that stand alone are a word that was spaced out.</summary>
    private const int SpacedOut = 4;

    private const string Clauses = ".!?;:,\n\r…،؛؟";
    private const string Apostrophes = "'’‘ʼ`´′\"״׳";

    public static List<string> Words(string text)
    {
        var words = new List<(string Text, Gap Before)>();
        var word = new StringBuilder();
        var gap = Gap.None;
        Span<char> letter = stackalloc char[2];
        foreach (var rune in Decompose(text).EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune))
            {
                var small = Rune.ToLowerInvariant(rune);
                word.Append(small.Value == 'ß' ? "ss" : letter[..small.EncodeToUtf16(letter)]);
            }
            else if (IsNothing(rune) || (word.Length > 0 && rune.IsBmp && Apostrophes.Contains((char)rune.Value)))
            {
                // Inside a word: it parts nothing.
            }
            else
            {
                End();
                gap |= rune.IsBmp && Clauses.Contains((char)rune.Value) ? Gap.Clause : Gap.None;
                gap |= Rune.IsWhiteSpace(rune) ? Gap.Blank : Gap.Sign;
            }
        }

        End();
        return Joined(words, gap);

        void End()
        {
            if (word.Length > 0)
            {
                words.Add((Lookalikes.InOneScript(word.ToString()), gap));
                word.Clear();
                gap = Gap.None;
            }
        }
    }

    /// <summary>The characters that can be seen, as they are.</summary>
    public static List<Rune> Visible(string text) => [.. Decompose(text).EnumerateRunes().Where(rune => !Rune.IsWhiteSpace(rune) && !IsNothing(rune) && !IsTone(rune))];

    // Half a surrogate pair would make Normalize throw; enumerating runes turns it into the replacement character, a separator.
    private static string Decompose(string text)
    {
        var plain = new StringBuilder(text.Length);
        Span<char> letter = stackalloc char[2];
        foreach (var rune in Lookalikes.Plain([.. text.EnumerateRunes()]))
        {
            plain.Append(letter[..rune.EncodeToUtf16(letter)]);
        }

        return plain.ToString().Normalize(NormalizationForm.FormKD);
    }

    // Accents (apart from their letter after decomposing) and zero-width characters stand inside words without parting them.
    private static bool IsNothing(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format;

    // Skin tones (UTS 51, 1.4.4).
    private static bool IsTone(Rune rune) => rune.Value is >= 0x1F3FB and <= 0x1F3FF;

    /// <summary>With boundaries between clauses; "s t o p" and "S.T.O.P." are one word, and so is a whole text of single letters, such as "E N D".</summary>
    private static List<string> Joined(List<(string Text, Gap Before)> words, Gap last)
    {
        if (words.Count > 1 && words.TrueForAll(word => word.Text.Length == 1 && char.IsLetter(word.Text[0])))
        {
            return [string.Concat(words.Select(word => word.Text))];
        }

        var joined = new List<string>(words.Count);
        for (var at = 0; at < words.Count;)
        {
            if (words[at].Before.HasFlag(Gap.Clause) && joined is [.., not Boundary])
            {
                joined.Add(Boundary);
            }

            var end = at + 1;
            while (end < words.Count && words[at].Text.Length == 1 && words[end].Text.Length == 1 && words[end].Before == words[at + 1].Before)
            {
                end++;
            }

            end = end - at >= SpacedOut ? end : at + 1;
            joined.Add(string.Concat(words[at..end].Select(word => word.Text)));
            at = end;
        }

        if (last.HasFlag(Gap.Clause) && joined is [.., not Boundary])
        {
            joined.Add(Boundary);
        }

        return joined;
    }

    /// <summary>What stands before a word.</summary>
    [Flags]
    private enum Gap
    {
        None = 0,
        Blank = 1,
        Sign = 2,
        Clause = 4,
    }
}
