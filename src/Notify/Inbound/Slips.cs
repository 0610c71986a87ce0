using System.Text;

namespace Notify.Inbound;

/// <summary>Slips of the finger in keywords, such as "stpo". Words that are words themselves are none.</summary>
internal static class Slips
{
    /// <summary>A word of more letters is no slip of a keyword's.</summary>
    private const int LongestSlip = 14;

    /// <summary>So many of one letter in a row are no spelling but a voice.</summary>
    private const int Drawled = 3;

    /// <summary>A shorter word said twice is another word, such as "haha".</summary>
    private const int ShortestRepeated = 3;

    /// <summary>"STOOOP" as it would be written: with one letter, or with two where only that is a word. "stopstopstop" is said once.</summary>
    public static string Undrawled(string word)
    {
        word = Said(word);
        string once = Shortened(word, 1), twice = Shortened(word, 2);
        return !Lexicon.BuiltIn.Known.Contains(once) && Lexicon.BuiltIn.Known.Contains(twice) ? twice : once;
    }

    /// <summary>A word as it was meant, where it is a slip of a keyword: in a text of many words only of a long one.</summary>
    public static string Corrected(string word, bool isShort) => (isShort || word.Length >= 8) && Meant(word) is { } meant ? meant : word;

    /// <summary>The keyword that was meant: one letter more, less, another, or two in the wrong order; two slips in a long one.</summary>
    public static string? Meant(string word) =>
        word.Length is < 3 or > LongestSlip || Lexicon.BuiltIn.Known.Contains(word)
            ? null
            : Lexicon.BuiltIn.TyposOf.FirstOrDefault(keyword => Math.Abs(word.Length - keyword.Length) <= 2 && Distance(word, keyword) <= (keyword.Length >= 9 ? 2 : 1));

    /// <summary>Every word that two neighbours in the wrong order, or a letter typed twice, may have made of it.</summary>
    public static IEnumerable<string> Swapped(string word)
    {
        for (var at = 1; at < word.Length; at++)
        {
            yield return word[at] == word[at - 1] ? word.Remove(at, 1) : $"{word[..(at - 1)]}{word[at]}{word[at - 1]}{word[(at + 1)..]}";
        }
    }

    /// <summary>Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours.</summary>
    public static int Distance(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        var cost = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    cost[i, j] = i + j;
                    continue;
                }

                var least = Math.Min(Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1, cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                cost[i, j] = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] ? Math.Min(least, cost[i - 2, j - 2] + 1) : least;
            }
        }

        return cost[a.Length, b.Length];
    }

    private static string Said(string word)
    {
        for (var length = ShortestRepeated; length <= Math.Min(word.Length / 2, LongestSlip); length++)
        {
            if (word.Length % length == 0 && Enumerable.Range(0, word.Length).All(at => word[at] == word[at % length]))
            {
                return word[..length];
            }
        }

        return word;
    }

    private static string Shortened(string word, int most)
    {
        var shortened = new StringBuilder(word.Length);
        for (int from = 0, to; from < word.Length; from = to)
        {
            for (to = from + 1; to < word.Length && word[to] == word[from];)
            {
                to++;
            }

            shortened.Append(word[from], to - from >= Drawled && char.IsLetter(word[from]) ? most : to - from);
        }

        return shortened.ToString();
    }
}
