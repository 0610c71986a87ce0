namespace Notify.Inbound;

/// <summary>Slips of the finger in keywords, such as "stpo". Words that are words themselves are none.</summary>
internal static class Slips
{
    /// <summary>A word of more letters is no slip of a keyword's.</summary>
    private const int LongestSlip = 14;

    /// <summary>A word as it was meant, where it is a slip of a keyword: in a text of many words only of a long one.</summary>
    public static string Corrected(string word, bool isShort) => (isShort || word.Length >= 8) && Meant(word) is { } meant ? meant : word;

    /// <summary>The keyword that was meant: one letter more, less, another, or two in the wrong order; two slips in a long one.</summary>
    public static string? Meant(string word) =>
        word.Length is < 3 or > LongestSlip || Lexicon.BuiltIn.Known.Contains(word)
            ? null
            : Lexicon.BuiltIn.TyposOf.FirstOrDefault(keyword => Distance(word, keyword) <= (keyword.Length >= 9 ? 2 : 1));

    /// <summary>Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours.</summary>
    private static int Distance(string a, string b)
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
}
