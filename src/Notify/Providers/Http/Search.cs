using System.Globalization;
using System.Text.Json;
using Notify.Deliveries;

namespace Notify.Providers.Http;

/// <summary>Looks for a message in doubt in the gateway's own list. What cannot be read is no answer: only a list that was read may say that it is not there.</summary>
internal static class Search
{
    /// <summary>Times of a provider may be whole seconds, and asking takes time as well.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(5);

    /// <summary>From here on a number of a time is one of milliseconds: as seconds it would be the year 5138.</summary>
    private const long Milliseconds = 100_000_000_000;

    /// <param name="sent">The earliest it can have been taken, by the provider's clock.</param>
    public static Finding Read(FindOptions find, byte[] body, IReadOnlySet<string> words, DateTimeOffset sent)
    {
        if (Fields.Read(null, body)?.Json is not { } document || (find.List.Length == 0 ? document : Place.At(document, find.List)) is not { ValueKind: JsonValueKind.Array } list)
        {
            return new Finding.NoAnswer("the provider's answer has no list of messages where Find:List says");
        }

        var candidates = new List<(string Id, DateTimeOffset At)>();
        foreach (var message in list.EnumerateArray())
        {
            if (find.Text.Length > 0 && !(Place.TextAt(message, find.Text) is { } text && words.Contains(text)))
            {
                continue;
            }

            var at = find.Time.Length == 0 ? sent : Time(Place.TextAt(message, find.Time));
            if (at is null || Place.TextAt(message, find.Id) is not { } id)
            {
                return new Finding.NoAnswer("a message of the provider's list has no id or no time where Find says");
            }

            if (at >= sent - Slack)
            {
                candidates.Add((id, at.Value));
            }
        }

        return candidates.Count > 0 ? new Finding.Found(candidates.MinBy(candidate => candidate.At).Id) : new Finding.NotFound();
    }

    /// <summary>Null when it is no time.</summary>
    public static DateTimeOffset? Time(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number >= Milliseconds ? Unix(number) : Unix(number * 1000)
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at
        : null;

    private static DateTimeOffset? Unix(long milliseconds) =>
        milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;
}
