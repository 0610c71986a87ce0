namespace Notify.Inbound;

/// <summary>The phrases of one section, looked up by the word they begin with: there are thousands, and a text is held against all of them.</summary>
internal sealed class PhraseList
{
    private readonly Dictionary<string, List<Phrase>> _byWord = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Phrase>> _byPrefix = new(StringComparer.Ordinal);
    private readonly List<Phrase> _byAny = [];
    private readonly List<Phrase> _all = [];
    private int _longestPrefix;

    /// <summary>In the order of the files.</summary>
    public IReadOnlyList<Phrase> All => _all;

    public void Add(Phrase phrase)
    {
        _all.Add(phrase);
        if (phrase.Beginnings is not { } beginnings)
        {
            _byAny.Add(phrase);
            return;
        }

        foreach (var (text, isPrefix) in beginnings)
        {
            var index = isPrefix ? _byPrefix : _byWord;
            if (!index.TryGetValue(text, out var phrases))
            {
                index[text] = phrases = [];
            }

            phrases.Add(phrase);
            _longestPrefix = isPrefix ? Math.Max(_longestPrefix, text.Length) : _longestPrefix;
        }
    }

    /// <summary>The phrase that the words are, and nothing else.</summary>
    public Phrase? Whole(IReadOnlyList<string> words) => words.Count == 0 ? null : At(words[0]).FirstOrDefault(phrase => phrase.Is(words));

    /// <summary>The first phrase that stands among the words, and where; of those that begin there the longest.</summary>
    public (Phrase Phrase, int From, int To)? Find(IReadOnlyList<string> words)
    {
        for (var at = 0; at < words.Count; at++)
        {
            (Phrase, int, int To)? found = null;
            foreach (var phrase in At(words[at]))
            {
                found = phrase.EndAt(words, at) is { } to && to > (found?.To ?? 0) ? (phrase, at, to) : found;
            }

            if (found is not null)
            {
                return found;
            }
        }

        return null;
    }

    /// <summary>Every phrase that stands somewhere among the words.</summary>
    public IEnumerable<Phrase> Within(IReadOnlyList<string> words) => Enumerable.Range(0, words.Count).SelectMany(at => At(words[at]).Where(phrase => phrase.EndAt(words, at) is not null));

    private IEnumerable<Phrase> At(string word)
    {
        if (word == Folding.Boundary)
        {
            yield break;
        }

        if (_byWord.TryGetValue(word, out var phrases))
        {
            foreach (var phrase in phrases)
            {
                yield return phrase;
            }
        }

        for (var length = 1; length <= Math.Min(word.Length, _longestPrefix); length++)
        {
            if (_byPrefix.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(word.AsSpan(0, length), out phrases))
            {
                foreach (var phrase in phrases)
                {
                    yield return phrase;
                }
            }
        }

        foreach (var phrase in _byAny)
        {
            yield return phrase;
        }
    }
}
