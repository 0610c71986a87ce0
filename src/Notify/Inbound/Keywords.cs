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

    /// <summary>Among so few words a short one may be a slip as well.</summary>
    private const int FewWords = 4;

    /// <summary>How many words a clause may have to be put before a person for two words that make a revocation somewhere in it.</summary>
    private const int ShortText = 14;

    internal const string SentenceEnds = ".!?;\n\r…؛؟";

    private static readonly Lexicon Lists = Lexicon.BuiltIn;

    /// <summary>In this order: a text that could be two of them is the first.</summary>
    private static readonly (string Section, Keyword Means)[] Commands =
        [("start", Keyword.Start), ("help", Keyword.Help), ("list", Keyword.List), ("less", Keyword.Less)];

    /// <param name="topics">The publication's, for "STOP sport".</param>
    public static Reading Read(string? body, IEnumerable<TopicOptions>? topics = null)
    {
        var text = (body ?? "").Trim();
        text = text.Length > Longest ? text[..Longest] : text;
        topics = [.. topics ?? []];
        if (Reactions.OwnWords(text) is { } own)
        {
            return Folding.Words(own).Count > 0 || ReadSigns(own).Means is Keyword.Stop or Keyword.Review ? Read(own, topics)
                : HasStopSign(text) ? new Reading(Keyword.Review, Matched: "a stop sign") : new Reading(Keyword.None, Matched: "a reaction");
        }

        var reading = ReadAll(text, topics);
        if (reading is { Means: Keyword.Stop, Topic: null } or { Means: Keyword.Review })
        {
            return reading;
        }

        // Whatever a sentence would be alone, another beside it must not make it a command, nor nothing.
        var stop = Sentences(text).Where(sentence => !IsAnger(sentence)).Select(sentence => ReadAll(sentence, topics)).FirstOrDefault(alone => alone is { Means: Keyword.Stop, Topic: null } or { Means: Keyword.Review });
        return stop is null ? reading : new Reading(Keyword.Review, Matched: stop.Matched);
    }

    /// <summary>The sentences of a text of several; not those that ask, for "What? Is that true?" asks for nothing else.</summary>
    private static IEnumerable<string> Sentences(string text)
    {
        var from = 0;
        for (var at = 0; at < text.Length; at++)
        {
            if (SentenceEnds.Contains(text[at]))
            {
                if (text[at] != '?' && from < at)
                {
                    yield return text[from..at];
                }

                from = at + 1;
            }
        }

        if (from > 0 && from < text.Length)
        {
            yield return text[from..];
        }
    }

    private static bool IsAnger(string sentence) => Folding.Visible(sentence) is [_, ..] signs && signs.TrueForAll(sign => Lists.Signs("anger signs").Contains(sign.ToString()));

    private static Reading ReadAll(string text, IEnumerable<TopicOptions> topics)
    {
        // "wrong #" is how many write it.
        var words = Folding.Words(text.EndsWith('#') ? text[..^1] + " number" : text.Replace("# ", " number ", StringComparison.Ordinal)).ConvertAll(Slips.Undrawled);
        if (words.Count == 0)
        {
            return ReadSigns(text);
        }

        // "Stop stop stop" is said once.
        List<string> all = [.. words.Where(word => word != Folding.Boundary)];
        all = all.TrueForAll(word => word == all[0]) ? all[..1] : all;
        var cores = Clauses.Cores(all);
        List<string> open = [.. Clauses.Of(words).SelectMany(clause => clause.Select(word => Slips.Corrected(word, isShort: clause.Count <= FewWords)).Append(Folding.Boundary))];
        Clauses.Mask(open, "harmless");
        var doubtful = Clauses.Mask(open, "doubtful");
        // A topic may be called "Alerts" or "All": what is a stop by itself stays one.
        var reading = ReadStopWord(cores)
            ?? TopicWords.Read(all, topics)
            ?? ReadStop(cores, open, isAsked: text.EndsWith('?'))
            ?? (HasStopSign(text) ? new Reading(Keyword.Review, Matched: "a stop sign") : null)
            ?? ReadSlip(open)
            ?? ReadCommand(cores, loosely: false)
            ?? cores.Select(PauseWords.Read).FirstOrDefault(reading => reading is not null)
            ?? ReadDoubt(text, cores, open, doubtful)
            ?? ReadGuess(all, open)
            ?? ReadCommand(cores, loosely: true)
            ?? Reading.Nothing;
        return reading with { IsAnswer = reading.Means == Keyword.Start && Clauses.Whole("answer", cores) is not null };
    }

    private static bool HasStopSign(string text) => Folding.Visible(text).Exists(rune => Lists.Signs("stop signs").Contains(rune.ToString()));

    private static Reading ReadSigns(string text)
    {
        var seen = Folding.Visible(text).ConvertAll(rune => rune.ToString());
        var signs = seen.FindAll(sign => !(sign.Length == 1 && char.IsPunctuation(sign[0])));
        return seen.Count == 0 ? Reading.Nothing
            : seen.TrueForAll(sign => sign == "?") ? new Reading(Keyword.Help, Matched: "?")
            : signs.Count > 0 && signs.TrueForAll(Lists.Signs("stop signs").Contains) ? new Reading(Keyword.Stop, Matched: signs[0])
            : signs.Exists(Lists.Signs("stop signs").Contains) || (signs.Count > 0 && signs.TrueForAll(sign => Lists.Signs("review signs").Contains(sign) || Lists.Signs("anger signs").Contains(sign))) ? new Reading(Keyword.Review, Matched: signs[0])
            : Reading.Nothing;
    }

    /// <summary>A text that is nothing but a stop of the lists, without any gap that a topic could stand in.</summary>
    private static Reading? ReadStopWord(List<List<string>> cores) =>
        (Clauses.Whole("stop", cores) ?? Clauses.Whole("stop whole", cores) ?? Clauses.Whole("stop anywhere", cores)) is { HasGap: false } keyword ? new Reading(Keyword.Stop, Matched: keyword.Text) : null;

    /// <param name="isAsked">It ends as a question: "Stop, is that true?"</param>
    private static Reading? ReadStop(List<List<string>> cores, List<string> open, bool isAsked)
    {
        var matched = (Clauses.Whole("stop", cores) ?? Clauses.Whole("stop whole", cores))?.Text ?? (cores[^1] is [var only] ? Slips.Meant(only) : null)
            // A clause of its own, such as "Moving away. STOP", or a phrase in one.
            ?? Clauses.Of(open).Select(clause => ((isAsked ? null : Clauses.Whole("stop", Clauses.Cores(clause))) ?? Anywhere("stop anywhere", clause))?.Text).FirstOrDefault(text => text is not null);
        return matched is null ? null : new Reading(Keyword.Stop, Matched: matched);
    }

    /// <summary>A slip that is all of a clause, "stp", whatever stands in the others.</summary>
    private static Reading? ReadSlip(List<string> open) =>
        Clauses.Of(open).Select(clause => clause is [var only] ? Slips.Meant(only) : null).FirstOrDefault(meant => meant is not null) is { } meant ? new Reading(Keyword.Review, Matched: meant) : null;

    /// <param name="loosely">By phrases with gaps in them, and with slips, which are asked only when no stop can stand in a gap.</param>
    private static Reading? ReadCommand(List<List<string>> cores, bool loosely)
    {
        IEnumerable<List<string>> slips = loosely && cores[^1] is [{ Length: >= 4 } only] && !Lists.Known.Contains(only) ? Slips.Swapped(only).Select(word => new List<string> { word }) : [];
        List<List<string>> readings = [.. cores, .. slips];
        foreach (var (section, means) in Commands)
        {
            if (Lists[section].All.FirstOrDefault(phrase => (loosely || !phrase.HasGap) && readings.Exists(phrase.Is)) is { } matched)
            {
                return new Reading(means, Matched: matched.Text);
            }
        }

        return null;
    }

    /// <summary>A stop word that stands among others, or words that people use who have had enough.</summary>
    private static Reading? ReadDoubt(string text, List<List<string>> cores, List<string> open, Phrase? doubtful)
    {
        var matched = doubtful?.Text ?? Clauses.Whole("review whole", cores)?.Text ?? BeginsWithKeyword(text);
        foreach (var clause in Clauses.Of(open).Where(_ => matched is null))
        {
            matched = (Anywhere("review", clause) ?? Anywhere("stop", clause) ?? Clauses.Whole("stop whole", Clauses.Cores(clause)))?.Text
                ?? Both("refusal", "message", clause) ?? Both("ending", "between us", clause)
                ?? (clause.Count < FewWords ? Anywhere("ending", clause)?.Text : null);
        }

        return matched is null ? null : new Reading(Keyword.Review, Matched: matched);
    }

    /// <summary>Words so badly written that a person must say what they are. Not in a long text, where chance finds some.</summary>
    private static Reading? ReadGuess(List<string> all, List<string> open)
    {
        // "ST OP"
        List<List<string>> joined = [.. Clauses.Of(open).Append(all).Where(clause => clause.Count is > 1 and <= FewWords).Select(clause => new List<string> { string.Concat(clause) })];
        if ((Clauses.Whole("stop", joined) ?? Clauses.Whole("stop whole", joined)) is { } inPieces)
        {
            return new Reading(Keyword.Review, Matched: inPieces.Text);
        }

        if (all.Count > ShortText)
        {
            return null;
        }

        List<string> spelt = Guesses.Spelt(open), apart = Guesses.Apart(open);
        Clauses.Mask(spelt, "harmless");
        Clauses.Mask(apart, "harmless");
        var speltCores = Clauses.Cores(Guesses.Spelt(all));
        var matched = (ReadStop(speltCores, spelt, isAsked: false) ?? ReadDoubt("", speltCores, spelt, null) ?? ReadStop(Clauses.Cores(Guesses.Apart(all)), apart, isAsked: false))?.Matched;
        return matched is null ? null : new Reading(Keyword.Review, Matched: matched);
    }

    /// <summary>A text that begins with STOP in capitals, and goes on in small letters.</summary>
    private static string? BeginsWithKeyword(string text)
    {
        var first = text.AsSpan(0, text.AsSpan().IndexOfAny(" \n\r\t") is var end and > 0 ? end : text.Length).ToString();
        return first.Length > 2 && !first.Any(char.IsLower) && text.Any(char.IsLower) ? Lists["stop"].Whole(Folding.Words(first).FindAll(word => word != Folding.Boundary))?.Text : null;
    }

    /// <summary>Two things somewhere in a clause that is not long, both in one language.</summary>
    private static string? Both(string one, string other, List<string> clause) =>
        clause.Count > ShortText ? null
        : Lists[one].Within(clause).SelectMany(first => Lists[other].Within(clause).Where(second => second.Language == first.Language).Select(second => $"{first.Text} … {second.Text}")).FirstOrDefault();

    private static Phrase? Anywhere(string section, List<string> clause) => (Lists[section].Find(clause) ?? Lists[section].Find(Clauses.Bare(clause)))?.Phrase;
}
