using System.Globalization;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Notify.Sandbox.Texts;

/// <summary>A page of messages, newest first, with the provider's paging fields.</summary>
internal sealed record MessageList
{
    private const int Usual = 50;
    private const int Most = 1000;

    [JsonPropertyName("messages")] public required IReadOnlyList<MessageJson> Messages { get; init; }
    [JsonPropertyName("page")] public required int Page { get; init; }
    [JsonPropertyName("page_size")] public required int PageSize { get; init; }
    [JsonPropertyName("start")] public required int Start { get; init; }
    [JsonPropertyName("end")] public required int End { get; init; }
    [JsonPropertyName("uri")] public required string Uri { get; init; }
    [JsonPropertyName("first_page_uri")] public required string FirstPageUri { get; init; }
    [JsonPropertyName("next_page_uri")] public required string? NextPageUri { get; init; }
    [JsonPropertyName("previous_page_uri")] public required string? PreviousPageUri { get; init; }

    public static IResult Answer(Handsets handsets, string account, HttpRequest request)
    {
        var query = request.Query;
        var size = Number(query["PageSize"], Usual) is >= 1 and <= Most and var s ? s : Most;
        var page = Math.Max(Number(query["Page"], 0), 0);
        var all = handsets.List(t => t.AccountSid == account && SentOn(t, query), Given(query["To"]), Given(query["From"]));

        // The token names the last message of the page before, so that what arrives meanwhile moves nothing.
        var start = query["PageToken"] is [{ } token] ? all.TakeWhile(t => "PA" + t.Sid != token).Count() + 1 : page * size;
        var shown = all.Skip(start).Take(size).ToList();
        string At(int number, string? after) => QueryHelpers.AddQueryString(
            request.Path,
            query.Where(q => q.Key is not ("Page" or "PageSize" or "PageToken")).SelectMany(q => q.Value, (q, v) => KeyValuePair.Create(q.Key, v))
                .Append(new("PageSize", size.ToString(CultureInfo.InvariantCulture)))
                .Append(new("Page", number.ToString(CultureInfo.InvariantCulture)))
                .Concat(after is null ? [] : [KeyValuePair.Create("PageToken", (string?)after)]));

        return TypedResults.Json(new MessageList
        {
            Messages = [.. shown.Select(MessageJson.Of)],
            Page = page,
            PageSize = size,
            Start = page * size,
            End = (page * size) + Math.Max(shown.Count - 1, 0),
            Uri = At(page, Given(query["PageToken"])),
            FirstPageUri = At(0, null),
            NextPageUri = start + shown.Count < all.Count && shown.Count > 0 ? At(page + 1, "PA" + shown[^1].Sid) : null,
            PreviousPageUri = page > 0 ? At(page - 1, start - size > 0 ? "PA" + all[start - size - 1].Sid : null) : null,
        });
    }

    private static string? Given(string? value) => string.IsNullOrEmpty(value) ? null : value;

    private static int Number(string? value, int otherwise) => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : otherwise;

    /// <summary>By the day of sending, in UTC; what has not been sent yet has none (same as the provider).</summary>
    private static bool SentOn(Text text, IQueryCollection query)
    {
        return Holds("DateSent", (sent, day) => sent == day) && Holds("DateSent<", (sent, day) => sent <= day) && Holds("DateSent>", (sent, day) => sent >= day);

        bool Holds(string name, Func<DateOnly, DateOnly, bool> test) =>
            !DateTimeOffset.TryParse(query[name], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var day)
            || (text.SentAt is { } sent && test(DateOnly.FromDateTime(sent.UtcDateTime), DateOnly.FromDateTime(day.UtcDateTime)));
    }
}
