using System.Collections.Frozen;
using System.Globalization;
using System.Reflection;

namespace Notify.Inbound;

/// <summary>The word lists of all languages, together: a reader may write in any of them. They lie in <c>Inbound/Words</c>, a file a language, and one that says which of them only answer.</summary>
internal sealed class Lexicon
{
    private static readonly FrozenSet<string> Sections = FrozenSet.Create(StringComparer.Ordinal,
        "stop", "stop whole", "stop anywhere", "stop topic", "stop signs", "refusal", "message", "ending", "between us", "doubtful", "review", "review whole", "review signs", "anger signs", "harmless", "reaction",
        "start", "start topic", "help", "list", "less", "pause", "numbers", "days", "weeks", "months", "polite", "typos of", "no typo", "answer");

    /// <summary>The sections that are no phrases.</summary>
    private static readonly FrozenSet<string> Plain = FrozenSet.Create(StringComparer.Ordinal, "stop signs", "review signs", "anger signs", "typos of", "no typo", "numbers");

    private static readonly string[] Revocations = ["stop", "stop whole", "stop anywhere", "refusal", "message", "ending", "review", "review whole"];

    private readonly Dictionary<string, PhraseList> _phrases = Sections.ToDictionary(section => section, _ => new PhraseList(), StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> _lines = Sections.ToDictionary(section => section, _ => new List<string>(), StringComparer.Ordinal);

    private Lexicon(IEnumerable<(string Name, string Text)> files)
    {
        foreach (var (name, text) in files)
        {
            Add(name, text);
        }

        Known = WordsOf(Sections).Where(word => !word.IsPrefix).Select(word => word.Text).Concat(_lines["no typo"].SelectMany(Folding.Words)).ToFrozenSet(StringComparer.Ordinal);
        TyposOf = [.. _lines["typos of"].SelectMany(Folding.Words).Distinct(StringComparer.Ordinal)];
        Numbers = _lines["numbers"].SelectMany(line => line.Split(',', StringSplitOptions.TrimEntries)).Select(number => number.Split(' '))
            .Select(number => (Word: Folding.Words(number[0]).Single(), Number: int.Parse(number[1], CultureInfo.InvariantCulture))).DistinctBy(number => number.Word).ToFrozenDictionary(number => number.Word, number => number.Number, StringComparer.Ordinal);
        OfRevocations = [.. WordsOf(Revocations).Distinct()];
    }

    /// <summary>What is built into the program.</summary>
    public static Lexicon BuiltIn { get; } = new(Files());

    /// <summary>Every word of the lists, and words that only look like slips of one.</summary>
    public FrozenSet<string> Known { get; }

    /// <summary>The words whose slips are recognised.</summary>
    public IReadOnlyList<string> TyposOf { get; }

    /// <summary>Numbers in words, for "two weeks".</summary>
    public FrozenDictionary<string, int> Numbers { get; }

    /// <summary>The words that revocations are made of.</summary>
    public IReadOnlyList<(string Text, bool IsPrefix)> OfRevocations { get; }

    public PhraseList this[string section] => _phrases[section];

    /// <summary>A section of signs instead of words.</summary>
    public IReadOnlyList<string> Signs(string section) => _lines[section];

    private IEnumerable<(string Text, bool IsPrefix)> WordsOf(IEnumerable<string> sections) => sections.SelectMany(section => _phrases[section].All).SelectMany(phrase => phrase.Words);

    private void Add(string name, string text)
    {
        var section = "";
        var classes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n').Select(line => line.Split('#', 2)[0].Trim()).Where(line => line.Length > 0))
        {
            if (line is ['[', .., ']'] && Sections.Contains(line[1..^1]))
            {
                section = line[1..^1];
            }
            else if (line.Split(" = ") is [['@', .. var named], var words])
            {
                classes[named] = words;
            }
            else if (section.Length == 0)
            {
                throw new FormatException($"{name}: '{line}' stands in no section.");
            }
            else if (Plain.Contains(section))
            {
                _lines[section].Add(line);
            }
            else
            {
                // Several short ones may share a line.
                foreach (var phrase in line.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                {
                    _phrases[section].Add(Phrase.Parse(phrase, name, classes));
                }
            }
        }
    }

    private static IEnumerable<(string Name, string Text)> Files()
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith("Inbound.Words.", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            yield return (name, reader.ReadToEnd());
        }
    }
}
