using System.Collections.Frozen;
using System.Reflection;

namespace Notify.Inbound;

/// <summary>The word lists of all languages, together: a reader may write in any of them. They lie in <c>Inbound/Words</c>, a file a language, and one that says which of them only answer.</summary>
internal sealed class Lexicon
{
    private static readonly FrozenSet<string> Sections = FrozenSet.Create(StringComparer.Ordinal,
        "stop", "stop whole", "stop anywhere", "stop topic", "stop signs", "refusal", "message", "review", "review whole", "review signs", "harmless", "start", "help", "list", "less", "pause",
        "one", "days", "weeks", "polite", "typos of", "no typo", "answer");

    private readonly Dictionary<string, List<Phrase>> _phrases = Sections.ToDictionary(section => section, _ => new List<Phrase>(), StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> _lines = Sections.ToDictionary(section => section, _ => new List<string>(), StringComparer.Ordinal);

    private Lexicon(IEnumerable<(string Name, string Text)> files)
    {
        foreach (var (name, text) in files)
        {
            Add(name, text);
        }

        Known = _phrases.Values.SelectMany(phrases => phrases).SelectMany(phrase => phrase.Words).Concat(_lines["no typo"].SelectMany(Folding.Words)).ToFrozenSet(StringComparer.Ordinal);
        TyposOf = [.. _lines["typos of"].SelectMany(Folding.Words).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>What is built into the program.</summary>
    public static Lexicon BuiltIn { get; } = new(Files());

    /// <summary>Every word of the lists, and words that only look like slips of one.</summary>
    public FrozenSet<string> Known { get; }

    /// <summary>The words whose slips are recognised.</summary>
    public IReadOnlyList<string> TyposOf { get; }

    public IReadOnlyList<Phrase> this[string section] => _phrases[section];

    /// <summary>A section of signs instead of words.</summary>
    public IEnumerable<string> Signs(string section) => _lines[section];

    private void Add(string name, string text)
    {
        var section = "";
        foreach (var line in text.Split('\n').Select(line => line.Split('#', 2)[0].Trim()).Where(line => line.Length > 0))
        {
            if (line is ['[', .., ']'] && Sections.Contains(line[1..^1]))
            {
                section = line[1..^1];
            }
            else if (section.Length == 0)
            {
                throw new FormatException($"{name}: '{line}' stands in no section.");
            }
            else if (section is "stop signs" or "review signs" or "typos of" or "no typo")
            {
                _lines[section].Add(line);
            }
            else
            {
                // Several short ones may share a line.
                _phrases[section].AddRange(line.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Phrase.Parse));
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
