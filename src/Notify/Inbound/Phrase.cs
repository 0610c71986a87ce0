namespace Notify.Inbound;

/// <summary>
/// A line of a word list: words that follow one another. <c>a|b</c> is either, <c>word~</c> any word that begins so, <c>~word~</c> any word that has it
/// inside (for languages that put no blanks between words), <c>[word]</c> may be missing, <c>?</c> stands for any one word, <c>*</c> for up to three, <c>^</c> for the beginning of a clause and <c>$</c> for its end. Words are folded as texts are.
/// </summary>
internal sealed class Phrase
{
    private const int LongestGap = 3;

    private readonly Part[] _parts;

    private Phrase(string text, string language, Part[] parts) => (Text, Language, _parts) = (text, language, parts);

    private enum Kind
    {
        Word,
        AnyWord,
        Gap,
        Beginning,
        End,
    }

    /// <summary>As it stands in the list.</summary>
    public string Text { get; }

    /// <summary>The list it stands in.</summary>
    public string Language { get; }

    public bool HasGap => _parts.Any(part => part.Kind == Kind.Gap);

    /// <summary>The words it names, and whether any word that begins so is meant.</summary>
    public IEnumerable<(string Text, bool IsPrefix)> Words => _parts.SelectMany(part => part.Words);

    /// <summary>The words it can begin with; null when that can be any.</summary>
    public IReadOnlyList<(string Text, bool IsPrefix)>? Beginnings
    {
        get
        {
            var beginnings = new List<(string, bool)>();
            foreach (var part in _parts.Where(part => part.Kind != Kind.Beginning))
            {
                if (part.Kind != Kind.Word || part.Inside.Length > 0)
                {
                    return null;
                }

                beginnings.AddRange(part.Words);
                if (!part.IsOptional)
                {
                    return beginnings;
                }
            }

            return null;
        }
    }

    /// <param name="line">As it stands in the list.</param>
    /// <param name="language">The list.</param>
    /// <param name="classes">Lists of words that have a name: <c>@name</c> is any of them.</param>
    /// <exception cref="FormatException">A part of it is no word.</exception>
    public static Phrase Parse(string line, string language, IReadOnlyDictionary<string, string> classes) =>
        new(line, language, [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(part => Part.Parse(part, classes))]);

    /// <summary>One that stands in no language's list.</summary>
    public static Phrase Parse(string line) => Parse(line, "", new Dictionary<string, string>(StringComparer.Ordinal));

    /// <summary>Whether it is worth looking for: no word that it cannot do without is missing.</summary>
    public bool MayBeIn(IReadOnlySet<string> words) => Array.TrueForAll(_parts, part => part.MayBeIn(words));

    /// <summary>Whether it stands somewhere among the words.</summary>
    public bool IsIn(IReadOnlyList<string> words)
    {
        // Most places are out of the question by their first word, and texts here can be long.
        var first = _parts is [{ Kind: Kind.Word, IsOptional: false } part, ..] ? part : null;
        for (var at = 0; at < words.Count; at++)
        {
            if (first?.Fits(words[at]) != false && EndAt(words, at) is not null)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the words are this phrase and nothing else.</summary>
    public bool Is(IReadOnlyList<string> words) => Ends(words, 0, 0).Contains(words.Count);

    /// <returns>Where it ends when it stands at this place, the longest first; null when it does not.</returns>
    public int? EndAt(IReadOnlyList<string> words, int at)
    {
        foreach (var end in Ends(words, at, 0))
        {
            if (end > at)
            {
                return end;
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

        var kind = _parts[part].Kind;
        if ((kind == Kind.Beginning && at > 0 && words[at - 1] != Folding.Boundary) || (kind == Kind.End && at < words.Count && words[at] != Folding.Boundary))
        {
            yield break;
        }

        var most = kind switch { Kind.Gap => LongestGap, Kind.Word or Kind.AnyWord => 1, _ => 0 };
        var least = kind is Kind.Word or Kind.AnyWord && !_parts[part].IsOptional ? 1 : 0;
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

    private sealed record Part(Kind Kind, (string Text, bool IsPrefix)[] Words, string[] Inside, bool IsOptional)
    {
        public static Part Parse(string text, IReadOnlyDictionary<string, string> classes)
        {
            if (text is "*" or "?" or "^" or "$")
            {
                return new Part(text switch { "*" => Kind.Gap, "?" => Kind.AnyWord, "^" => Kind.Beginning, _ => Kind.End }, [], [], IsOptional: false);
            }

            var isOptional = text is ['[', .., ']'];
            List<string> words = [.. (isOptional ? text[1..^1] : text).Split('|').SelectMany(word => Named(word, classes))];
            return new Part(
                Kind.Word, [.. words.Where(word => !word.StartsWith('~')).Select(word => (Text: Fold(word.TrimEnd('~')), IsPrefix: word.EndsWith('~')))],
                [.. words.Where(word => word.StartsWith('~')).Select(word => Fold(word.Trim('~')))], isOptional);
        }

        public bool MayBeIn(IReadOnlySet<string> words) =>
            Kind != Kind.Word || IsOptional || Inside.Length > 0 || Array.Exists(Words, word => word.IsPrefix || words.Contains(word.Text));

        public bool Fits(string word)
        {
            if (Kind is Kind.Gap or Kind.AnyWord)
            {
                return true;
            }

            foreach (var (text, isPrefix) in Words)
            {
                if (isPrefix ? word.StartsWith(text, StringComparison.Ordinal) : string.Equals(word, text, StringComparison.Ordinal))
                {
                    return true;
                }
            }

            foreach (var text in Inside)
            {
                if (word.Contains(text, StringComparison.Ordinal))
                {
                    return true;
                }
            }

            return false;
        }

        private static IEnumerable<string> Named(string word, IReadOnlyDictionary<string, string> classes) =>
            !word.StartsWith('@') ? [word]
            : classes.TryGetValue(word[1..], out var named) ? named.Split('|').SelectMany(other => Named(other, classes))
            : throw new FormatException($"'{word}' is not defined above.");

        private static string Fold(string word) =>
            Folding.Words(word) is [var folded] && folded != Folding.Boundary ? folded : throw new FormatException($"'{word}' is not one word.");
    }
}
