namespace Notify.Inbound;

/// <summary>
/// Words as they may have been meant, so loosely that what is read in them is only put before a person: misspelt words of revocations, figures for
/// letters, and words without blanks between them.
/// </summary>
internal static class Guesses
{
    /// <summary>A shorter word is too near to others.</summary>
    private const int Shortest = 5;

    /// <summary>In a shorter word another letter makes another word: only missing, double and swapped ones are slips.</summary>
    private const int ShortestMistyped = 7;

    /// <summary>From so many letters on a word may be several.</summary>
    private const int ShortestJoined = 6;

    /// <summary>A longer one is none that was meant.</summary>
    private const int Longest = 30;

    /// <summary>So many words may be written as one.</summary>
    private const int MostJoined = 6;

    private const string Figures = "0134578";
    private const string Letters = "oieastb";

    private static readonly Lexicon Lists = Lexicon.BuiltIn;

    /// <summary>Words of revocations by themselves and by what is left when one letter is left out.</summary>
    private static readonly ILookup<string, (string Text, bool IsPrefix)> Near = Lists.OfRevocations.Where(word => word.Text.Length >= Shortest)
        .SelectMany(word => Shorter(word.Text).Append(word.Text).Select(key => (key, word))).ToLookup(pair => pair.key, pair => pair.word, StringComparer.Ordinal);

    /// <summary>The words without their slips.</summary>
    public static List<string> Spelt(List<string> words) => words.ConvertAll(word => IsOdd(word) ? Neighbour(Lettered(word)) ?? Lettered(word) : word);

    /// <summary>The words with blanks between them.</summary>
    public static List<string> Apart(List<string> words) =>
        [.. words.SelectMany(word => IsOdd(word) && word.Length >= ShortestJoined ? Parted(Lettered(word), MostJoined) ?? [word] : [word])];

    private static bool IsOdd(string word) => word != Folding.Boundary && word.Length <= Longest && !Lists.Known.Contains(word);

    private static string Lettered(string word) =>
        word.Any(char.IsAsciiLetter) ? string.Concat(word.Select(c => Figures.IndexOf(c, StringComparison.Ordinal) is var at and >= 0 ? Letters[at] : c)) : word;

    /// <summary>The word it is, but for one slip; of a word that is only known by its beginning, with that beginning.</summary>
    private static string? Neighbour(string word)
    {
        if (word.Length < Shortest)
        {
            return null;
        }

        foreach (var (near, isPrefix) in Shorter(word).Append(word).SelectMany(key => Near[key]))
        {
            if (IsSlip(word, near) && (!isPrefix || word.Length == near.Length || word.Length == near.Length + 1))
            {
                return near;
            }
        }

        for (var length = Shortest; length < word.Length; length++)
        {
            var start = word[..length];
            foreach (var (near, isPrefix) in Shorter(start).Append(start).SelectMany(key => Near[key]))
            {
                if (isPrefix && IsSlip(start, near))
                {
                    return near + word[length..];
                }
            }
        }

        return null;
    }

    // A slip rarely spoils the first letter.
    private static bool IsSlip(string word, string near) =>
        (word[0] == near[0] || (word[0] == near[1] && word[1] == near[0])) && Slips.Distance(word, near) <= 1
        && (word.Length >= ShortestMistyped || word.Length != near.Length || word.Order().SequenceEqual(near.Order()));

    private static IEnumerable<string> Shorter(string word) => Enumerable.Range(0, word.Length).Select(at => word.Remove(at, 1));

    /// <summary>"removeme" as words of the lists; null when it is none.</summary>
    private static string[]? Parted(string word, int most)
    {
        if (Lists.Known.Contains(word))
        {
            return [word];
        }

        for (var length = most > 1 ? word.Length - 2 : 0; length >= 2; length--)
        {
            if (Lists.Known.Contains(word[..length]) && Parted(word[length..], most - 1) is { } rest)
            {
                return [word[..length], .. rest];
            }
        }

        return null;
    }
}
