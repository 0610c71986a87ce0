using Notify.Publication;

namespace Notify.Inbound;

/// <summary>Reads a keyword with a topic: "STOP sport", "no more sport please". Nothing else may stand beside the two.</summary>
internal static class TopicWords
{
    /// <summary>In a shorter name a slip is another word.</summary>
    private const int ShortestSlip = 6;

    private static readonly (string Section, Keyword Means)[] Verbs =
        [("stop", Keyword.Stop), ("stop topic", Keyword.Stop), ("start", Keyword.Start), ("start topic", Keyword.Start)];

    private static readonly Lexicon Lists = Lexicon.BuiltIn;

    /// <param name="words">All of them, without boundaries.</param>
    /// <param name="topics">The publication's.</param>
    public static Reading? Read(List<string> words, IEnumerable<TopicOptions> topics)
    {
        var names = topics.SelectMany(topic => new[] { topic.Name, topic.Key }.Select(name => (topic.Key, Words: Named(name)))).Where(name => name.Words.Count > 0)
            .OrderByDescending(name => name.Words.Count).ToList();
        // As it is written before what may stand for it: "local" is "Local news" only where nothing is called "Local".
        return names.Select(name => Read(words, name.Key, name.Words)).FirstOrDefault(reading => reading is not null)
            ?? names.SelectMany(name => Forms(name.Words, words).Select(form => Read(words, name.Key, form))).FirstOrDefault(reading => reading is not null);
    }

    private static Reading? Read(List<string> words, string key, List<string> name)
    {
        for (var at = 0; at + name.Count <= words.Count && words.Count > name.Count; at++)
        {
            if (!words.Skip(at).Take(name.Count).SequenceEqual(name, StringComparer.Ordinal))
            {
                continue;
            }

            var verbs = Clauses.Cores([.. words[..at], .. words[(at + name.Count)..]]);
            foreach (var (section, means) in Verbs)
            {
                if (Clauses.Whole(section, verbs) is { } verb)
                {
                    return new Reading(means, key, Matched: $"{verb.Text} {key}");
                }
            }
        }

        return null;
    }

    /// <summary>The name in one word, without "news" and the like, and as it is misspelt among these words.</summary>
    private static IEnumerable<List<string>> Forms(List<string> name, List<string> words)
    {
        var joined = string.Concat(name);
        yield return [joined];
        if (Clauses.Bare(name) is { } core && core.Count < name.Count)
        {
            yield return core;
        }

        foreach (var word in words.Where(word => joined.Length >= ShortestSlip && !Lists.Known.Contains(word) && Slips.Distance(word, joined) == 1))
        {
            yield return [word];
        }
    }

    private static List<string> Named(string name) => [.. Folding.Words(name).Where(word => word != Folding.Boundary)];
}
