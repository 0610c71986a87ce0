namespace Notify.Inbound;

/// <summary>What is done to the words of a text, or of a clause, before they are held against the lists.</summary>
internal static class Clauses
{
    /// <summary>How many times something polite is taken from each end; whoever writes more of it is read by a person at most.</summary>
    private const int MostPolite = 10;

    private const int LongestPolite = 4;

    private static readonly Lexicon Lists = Lexicon.BuiltIn;

    public static IEnumerable<List<string>> Of(List<string> words)
    {
        var from = 0;
        for (var at = 0; at <= words.Count; at++)
        {
            if (at == words.Count || words[at] == Folding.Boundary)
            {
                if (at > from)
                {
                    yield return words[from..at];
                }

                from = at + 1;
            }
        }
    }

    /// <summary>The words, and what is left of them without "please", "hello" and the like around them: first all of them, at last the barest.</summary>
    public static List<List<string>> Cores(List<string> words)
    {
        List<int> beginnings = [0], ends = [words.Count];
        while (beginnings.Count <= MostPolite && Polite(words, beginnings[^1], ends[0], atEnd: false) is var length and > 0)
        {
            beginnings.Add(beginnings[^1] + length);
        }

        while (ends.Count <= MostPolite && Polite(words, 0, ends[^1], atEnd: true) is var length and > 0)
        {
            ends.Add(ends[^1] - length);
        }

        return [.. beginnings.SelectMany(from => ends.Where(to => to > from).Select(to => words[from..to])).OrderByDescending(core => core.Count)];
    }

    /// <summary>Without anything polite around it.</summary>
    public static List<string> Bare(List<string> words) => Cores(words) is [.., var barest] ? barest : words;

    /// <summary>The phrase that the words are, with or without something polite around it.</summary>
    public static Phrase? Whole(string section, List<List<string>> cores) => cores.Select(Lists[section].Whole).FirstOrDefault(phrase => phrase is not null);

    // How many words of something polite begin or end here. Something is left in any case: "now" alone is no polite nothing.
    private static int Polite(List<string> words, int from, int to, bool atEnd) =>
        Enumerable.Range(1, Math.Clamp(to - from - 1, 0, LongestPolite)).LastOrDefault(length => Lists["polite"].Whole(atEnd ? words[(to - length)..to] : words[from..(from + length)]) is not null);

    /// <summary>Takes every phrase of a section out, such as "bus stop": it stands for nothing.</summary>
    /// <returns>The first of them; null when there is none.</returns>
    public static Phrase? Mask(List<string> words, string section)
    {
        Phrase? first = null;
        while (Lists[section].Find(words) is { } found)
        {
            words.RemoveRange(found.From, found.To - found.From);
            words.Insert(found.From, Folding.Boundary);
            first ??= found.Phrase;
        }

        return first;
    }
}
