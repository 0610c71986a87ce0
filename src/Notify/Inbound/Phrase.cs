namespace Notify.Inbound;

/// <summary>
/// A line of a word list: words that follow one another. <c>a|b</c> is either, <c>word~</c> any word that begins so, <c>~word~</c> any word that has
/// it inside (for languages that put no blanks between words), <c>[word]</c> may be missing, <c>*</c> stands for up to three words. Words are folded
/// as texts are.
/// </summary>
internal sealed class Phrase
{
    private const int LongestGap = 3;

    private readonly Part[] _parts;

    private Phrase(string text, Part[] parts) => (Text, _parts) = (text, parts);

    /// <summary>As it stands in the list.</summary>
    public string Text { get; }

    public bool HasGap => _parts.Any(part => part.IsGap);

    /// <summary>Whole words it names, for recognising slips of the finger.</summary>
    public IEnumerable<string> Words => _parts.SelectMany(part => part.Words).Where(word => word.Kind == Kind.Whole).Select(word => word.Text);

    /// <exception cref="FormatException">A part of it is no word.</exception>
    public static Phrase Parse(string line) => new(line, [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Part.Parse)]);

    /// <summary>Whether it is worth looking for: no word that it cannot do without is missing.</summary>
    public bool MayBeIn(IReadOnlySet<string> words) =>
        Array.TrueForAll(_parts, part => part.IsGap || part.IsOptional || Array.Exists(part.Words, word => word.Kind != Kind.Whole || words.Contains(word.Text)));

    /// <summary>Whether the words are this phrase and nothing else.</summary>
    public bool Is(IReadOnlyList<string> words) => Ends(words, 0, 0).Contains(words.Count);

    /// <summary>The first place where it stands.</summary>
    /// <returns>Where it begins and ends; null when it does not occur.</returns>
    public (int From, int To)? Find(IReadOnlyList<string> words, int from = 0)
    {
        for (var at = from; at < words.Count; at++)
        {
            if (_parts is [{ IsOptional: false } first, ..] && !first.Fits(words[at]))
            {
                continue;
            }

            foreach (var end in Ends(words, at, 0))
            {
                if (end > at)
                {
                    return (at, end);
                }
            }
        }

        return null;
    }

    /// <summary>Every place where the rest of it can end, the longest first.</summary>
    private IEnumerable<int> Ends(IReadOnlyList<string> words, int at, int part)
    {
        if (part == _parts.Length)
        {
            yield return at;
            yield break;
        }

        var most = _parts[part].IsGap ? LongestGap : 1;
        var least = _parts[part].IsGap || _parts[part].IsOptional ? 0 : 1;
        var reach = 0;
        while (reach < most && at + reach < words.Count && words[at + reach] != Folding.Boundary && _parts[part].Fits(words[at + reach]))
        {
            reach++;
        }

        for (var taken = reach; taken >= least; taken--)
        {
            foreach (var end in Ends(words, at + taken, part + 1))
            {
                yield return end;
            }
        }
    }

    private enum Kind
    {
        Whole,
        Prefix,
        Inside,
    }

    private sealed record Part((string Text, Kind Kind)[] Words, bool IsOptional, bool IsGap)
    {
        public static Part Parse(string text)
        {
            if (text == "*")
            {
                return new Part([], IsOptional: false, IsGap: true);
            }

            var isOptional = text is ['[', .., ']'];
            var words = (isOptional ? text[1..^1] : text).Split('|').Select(word => (Text: Fold(word.Trim('~')), Kind: KindOf(word)));
            return new Part([.. words], isOptional, IsGap: false);
        }

        public bool Fits(string word)
        {
            foreach (var (text, kind) in Words)
            {
                if (kind switch
                {
                    Kind.Prefix => word.StartsWith(text, StringComparison.Ordinal),
                    Kind.Inside => word.Contains(text, StringComparison.Ordinal),
                    _ => word == text,
                })
                {
                    return true;
                }
            }

            return IsGap;
        }

        private static Kind KindOf(string word) => word is ['~', .., '~'] ? Kind.Inside : word is [.., '~'] ? Kind.Prefix : Kind.Whole;

        private static string Fold(string word) =>
            Folding.Words(word) is [var folded] && folded != Folding.Boundary ? folded : throw new FormatException($"'{word}' is not one word.");
    }
}
