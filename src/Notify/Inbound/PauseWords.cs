using System.Globalization;

namespace Notify.Inbound;

/// <summary>Reads PAUSE: the word, perhaps with a number, perhaps with "days", "weeks" or "months" after it.</summary>
internal static class PauseWords
{
    private const int MaxDays = 365;

    /// <summary>A longer number is none of days.</summary>
    private const int MostDigits = 4;

    private static readonly (string Section, int Days)[] Units = [("days", 1), ("weeks", 7), ("months", 30)];

    private static readonly Lexicon Lists = Lexicon.BuiltIn;

    /// <param name="whole">The whole text.</param>
    public static Reading? Read(List<string> whole)
    {
        List<string> words = [.. whole.SelectMany(Parted)];
        var verb = Enumerable.Range(1, words.Count).LastOrDefault(length => Lists["pause"].Whole(words[..length]) is not null);
        if (verb == 0)
        {
            return null;
        }

        var matched = string.Join(' ', whole);
        var rest = words[verb..];
        if (rest.Count == 0)
        {
            return new Reading(Keyword.Pause, Matched: matched);
        }

        // "Next week" has no number.
        var number = Number(rest[0]);
        var unit = number is null ? rest : rest[1..];
        var days = (unit.Count == 0 ? 1 : Units.FirstOrDefault(known => Lists[known.Section].Whole(unit) is not null).Days) * (number ?? 1);
        return days is >= 1 and <= MaxDays ? new Reading(Keyword.Pause, Days: days, Matched: matched) : null;
    }

    /// <summary>A figure, or a number in words.</summary>
    private static int? Number(string word) =>
        word.Length <= MostDigits && word.All(char.IsAsciiDigit) ? int.Parse(word, CultureInfo.InvariantCulture) : Lists.Numbers.TryGetValue(word, out var number) ? number : null;

    /// <summary>"7d" and "pause7" are two words.</summary>
    private static IEnumerable<string> Parted(string word)
    {
        var at = word.AsSpan().IndexOfAnyInRange('0', '9') is var digit and > 0 ? digit : word.AsSpan().IndexOfAnyExceptInRange('0', '9');
        return at > 0 ? [word[..at], word[at..]] : [word];
    }
}
