using System.Globalization;
using System.Text.Json;

namespace Notify.Articles;

/// <summary>Reading of what content systems send: whatever is not there, or is something else, is null.</summary>
internal static class PostJson
{
    public static JsonElement? At(JsonElement? element, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            if (element is not { ValueKind: JsonValueKind.Object } found || !found.TryGetProperty(name, out var value)) return null;

            element = value;
        }

        return element;
    }

    /// <summary>A text or a number.</summary>
    /// <exception cref="InvalidOperationException">It holds half of a character.</exception>
    public static string? Text(JsonElement? element, params ReadOnlySpan<string> path) => At(element, path) switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
        _ => null,
    };

    /// <summary>RFC 3339; without a zone it is UTC.</summary>
    public static DateTimeOffset? Moment(JsonElement? element, params ReadOnlySpan<string> path) =>
        DateTimeOffset.TryParse(Text(element, path), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var moment) ? moment : null;

    public static IEnumerable<JsonElement> List(JsonElement? element) => element is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    /// <summary>The address of a page on the web, without user name and password.</summary>
    public static Uri? Address(JsonElement? element, params ReadOnlySpan<string> path) =>
        Text(element, path) is { Length: <= 2_000 } text && Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0 ? url : null;
}
