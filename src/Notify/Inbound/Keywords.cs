using System.Globalization;
using Notify.Publication;

namespace Notify.Inbound;

/// <summary>
/// Reads texts more generously than a provider does: whatever a provider blocks a number for must be a stop here too, and whoever says in any words
/// that they want no more texts has revoked (47 CFR 64.1200(a)(10)). What may be meant so is left to a person. Every other request is read only where
/// it is the whole text, so that nothing that holds a stop is answered with anything else.
/// </summary>
public static class Keywords
{
    /// <summary>The longest body a provider takes (the provider's API, message resource, "Body"); the rest of a longer one is not read.</summary>
    private const int Longest = 1_600;

    private const int MaxDays = 365;

    /// <summary>How many times something polite is taken from each end; whoever writes more of it is read by a person at most.</summary>
    private const int MostPolite = 10;

    /// <summary>Among so few words a short one may be a slip as well.</summary>
    private const int FewWords = 4;

    /// <summary>How many words a clause may have to be put before a person for a refusal and a word about messages somewhere in it.</summary>
    private const int ShortText = 8;

    private static readonly Lexicon Lists = Lexicon.BuiltIn;

    /// <summary>In this order: a text that could be two of them is the first.</summary>
    private static readonly (string Section, Keyword Means)[] Commands =
        [("start", Keyword.Start), ("help", Keyword.Help), ("list", Keyword.List), ("less", Keyword.Less)];

    /// <param name="topics">The publication's, for "STOP sport".</param>
    public static Reading Read(string? body, IEnumerable<TopicOptions>? topics = null)
    {
        var text = (body ?? "").Trim();
        text = text.Length > Longest ? text[..Longest] : text;
        // "wrong #" is how many write it.
        var words = Folding.Words(text.EndsWith('#') ? text[..^1] + " number" : text.Replace("# ", " number ", StringComparison.Ordinal));
        if (words.Count == 0)
        {
            return ReadSigns(text);
        }

        List<string> all = [.. words.Where(word => word != Folding.Boundary)];
        var whole = Bare(all);
        var open = Masked([.. Clauses(words).SelectMany(clause => clause.Select(word => Slips.Corrected(word, isShort: clause.Count <= FewWords)).Append(Folding.Boundary))]);
        // A topic may be called "Alerts" or "All": what is a stop by itself stays one.
        var reading = ReadStopWord(whole)
            ?? ReadTopic(whole, topics ?? [])
            ?? ReadStop(whole, open)
            ?? (HasStopSign(text) ? new Reading(Keyword.Review, Matched: "a stop sign") : null)
            ?? ReadCommand(whole, loosely: false)
            // What is polite in one language may be half of a yes in another: "ja bitte".
            ?? ReadCommand(all, loosely: false)
            ?? ReadPause(whole)
            ?? ReadDoubt(whole, open)
            ?? ReadCommand(whole, loosely: true)
            ?? Reading.Nothing;
        return reading with { IsAnswer = reading.Means == Keyword.Start && (Whole("answer", whole) ?? Whole("answer", all)) is not null };
    }

    private static bool HasStopSign(string text) => Folding.Visible(text).Exists(rune => Lists.Signs("stop signs").Contains(rune.ToString()));

    private static Reading ReadSigns(string text)
    {
        var seen = Folding.Visible(text).ConvertAll(rune => rune.ToString());
        var signs = seen.FindAll(sign => !(sign.Length == 1 && char.IsPunctuation(sign[0])));
        return seen.Count == 0 ? Reading.Nothing
            : seen.TrueForAll(sign => sign == "?") ? new Reading(Keyword.Help, Matched: "?")
            : signs.Count > 0 && signs.TrueForAll(Lists.Signs("stop signs").Contains) ? new Reading(Keyword.Stop, Matched: signs[0])
            : signs.Exists(Lists.Signs("stop signs").Contains) || (signs.Count > 0 && signs.TrueForAll(Lists.Signs("review signs").Contains)) ? new Reading(Keyword.Review, Matched: signs[0])
            : Reading.Nothing;
    }

    /// <summary>A keyword and a topic, and nothing else.</summary>
    private static Reading? ReadTopic(List<string> whole, IEnumerable<TopicOptions> topics)
    {
        foreach (var topic in topics)
        {
            foreach (var name in new[] { Named(topic.Name), Named(topic.Key) })
            {
                var at = name.Count == 0 ? -1 : Enumerable.Range(0, Math.Max(0, whole.Count - name.Count + 1)).Append(-1).First(i => i < 0 || whole.Skip(i).Take(name.Count).SequenceEqual(name, StringComparer.Ordinal));
                if (at < 0 || whole.Count == name.Count)
                {
                    continue;
                }

                List<string> verb = Bare([.. whole[..at], .. whole[(at + name.Count)..]]);
                var means = (Whole("stop", verb) ?? Whole("stop topic", verb)) is not null ? Keyword.Stop : Whole("start", verb) is not null ? Keyword.Start : Keyword.None;
                if (means != Keyword.None)
                {
                    return new Reading(means, topic.Key, Matched: $"{string.Join(' ', verb)} {topic.Key}");
                }
            }
        }

        return null;

        static List<string> Named(string name) => [.. Folding.Words(name).Where(word => word != Folding.Boundary)];
    }

    /// <summary>A text that is nothing but a stop of the lists, without any gap that a topic could stand in.</summary>
    private static Reading? ReadStopWord(List<string> whole) =>
        (Whole("stop", whole) ?? Whole("stop whole", whole) ?? Lists["stop anywhere"].FirstOrDefault(phrase => !phrase.HasGap && phrase.Is(whole))?.Text) is { } keyword
            ? new Reading(Keyword.Stop, Matched: keyword) : null;

    private static Reading? ReadStop(List<string> whole, List<string> open)
    {
        if (whole is [var only] && Slips.Meant(only) is { } meant)
        {
            return new Reading(Keyword.Stop, Matched: meant);
        }

        // A clause of its own, such as "Moving away. STOP".
        foreach (var clause in Clauses(open))
        {
            if (Whole("stop", Bare(clause)) is { } clear)
            {
                return new Reading(Keyword.Stop, Matched: clear);
            }
        }

        return Anywhere("stop anywhere", open) is { } phrase ? new Reading(Keyword.Stop, Matched: phrase) : null;
    }

    /// <param name="loosely">By phrases with gaps in them, which are asked only when no stop can stand in a gap.</param>
    private static Reading? ReadCommand(List<string> whole, bool loosely)
    {
        foreach (var (section, means) in Commands)
        {
            if (Lists[section].FirstOrDefault(phrase => phrase.HasGap == loosely && phrase.Is(whole)) is { } matched)
            {
                return new Reading(means, Matched: matched.Text);
            }
        }

        return null;
    }

    /// <summary>The word, perhaps with a number, perhaps with "days" or "weeks" after it.</summary>
    private static Reading? ReadPause(List<string> whole)
    {
        var verbs = Enumerable.Range(1, whole.Count).Where(length => Whole("pause", whole[..length]) is not null).ToList();
        if (verbs.Count == 0)
        {
            return null;
        }

        var rest = whole[verbs[^1]..];
        if (rest.Count == 0)
        {
            return new Reading(Keyword.Pause, Matched: string.Join(' ', whole));
        }

        var digits = rest[0].TakeWhile(char.IsAsciiDigit).Count();
        var number = digits is > 0 and <= 4 ? int.Parse(rest[0].AsSpan(0, digits), CultureInfo.InvariantCulture) : 1;
        // "7d" is one word, and "a week" has no figure.
        List<string> unit = digits > 4 ? [] : digits == rest[0].Length || (digits == 0 && Whole("one", rest[..1]) is not null) ? rest[1..] : [rest[0][digits..], .. rest[1..]];
        var isWeeks = Whole("weeks", unit) is not null;
        if (digits > 4 || (unit.Count == 0 && digits == 0) || (unit.Count > 0 && !isWeeks && Whole("days", unit) is null))
        {
            return null;
        }

        var days = isWeeks ? number * 7 : number;
        return days is >= 1 and <= MaxDays ? new Reading(Keyword.Pause, Days: days, Matched: string.Join(' ', whole)) : null;
    }

    /// <summary>A stop word that stands among others, or words that people use who have had enough.</summary>
    private static Reading? ReadDoubt(List<string> whole, List<string> open)
    {
        var matched = Whole("review whole", whole) ?? Anywhere("review", open) ?? Anywhere("stop", open)
            ?? Clauses(open).Select(clause => Whole("stop whole", Bare(clause))).FirstOrDefault(clause => clause is not null);
        foreach (var clause in Clauses(open).Where(clause => matched is null && clause.Count <= ShortText))
        {
            matched = Anywhere("refusal", clause) is { } refusal && Anywhere("message", clause) is { } message ? $"{refusal} … {message}" : null;
        }

        return matched is null ? null : new Reading(Keyword.Review, Matched: matched);
    }

    private static string? Whole(string section, List<string> words) => Lists[section].FirstOrDefault(phrase => phrase.Is(words))?.Text;

    private static string? Anywhere(string section, List<string> words) => Lists[section].FirstOrDefault(phrase => phrase.Find(words) is not null)?.Text;

    /// <summary>Without "please", "hello" and the like around it.</summary>
    private static List<string> Bare(List<string> words)
    {
        for (var left = MostPolite; left > 0; left--)
        {
            var from = Lengths(words).FirstOrDefault(length => Whole("polite", words[..length]) is not null);
            words = words[from..];
            var to = Lengths(words).FirstOrDefault(length => Whole("polite", words[^length..]) is not null);
            words = words[..^to];
            if (from == 0 && to == 0)
            {
                break;
            }
        }

        return words;

        static IEnumerable<int> Lengths(List<string> words) => Enumerable.Range(1, Math.Clamp(words.Count - 1, 0, 4)).Reverse();
    }

    /// <summary>What is known to be harmless, such as "bus stop", stands for nothing.</summary>
    private static List<string> Masked(List<string> words)
    {
        foreach (var phrase in Lists["harmless"])
        {
            for (var at = phrase.Find(words); at is { } place; at = phrase.Find(words, place.From + 1))
            {
                words.RemoveRange(place.From, place.To - place.From);
                words.Insert(place.From, Folding.Boundary);
            }
        }

        return words;
    }

    private static IEnumerable<List<string>> Clauses(List<string> words)
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
}
