using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.WebUtilities;

namespace Notify.Providers.Http;

/// <summary>Where something stands: <c>data.id</c>, <c>messages[0].id</c>, the name of a form's field, or <c>header:X-Message-Id</c>.</summary>
internal static partial class Place
{
    public const string Header = "header:";

    public static bool IsPath(string path) => Paths.IsMatch(path);

    /// <summary>What stands there in a document: an object or a list too.</summary>
    public static JsonElement? At(JsonElement document, string path)
    {
        var here = document;
        foreach (Match step in Steps.Matches(path))
        {
            if (step.Groups["index"] is { Success: true } index)
            {
                var at = int.Parse(index.Value, CultureInfo.InvariantCulture);
                if (here.ValueKind != JsonValueKind.Array || at >= here.GetArrayLength())
                {
                    return null;
                }

                here = here[at];
                continue;
            }

            if (here.ValueKind != JsonValueKind.Object || !TryGet(here, step.Value, out here))
            {
                return null;
            }
        }

        return here;
    }

    /// <summary>Text and numbers alike; null when it is not there, empty, or something else.</summary>
    public static string? TextAt(JsonElement document, string path) => path.Length == 0 ? null : At(document, path) switch
    {
        { ValueKind: JsonValueKind.String } text => Text(text) is { Length: > 0 } value ? value : null,
        { ValueKind: JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False } plain => plain.GetRawText(),
        _ => null,
    };

    /// <summary>
    /// A gateway may cut a text within a sign of two halves, and half a sign is no text here. It is read all the same, with a mark in its place, for the rest may be a STOP.
    /// </summary>
    private static string Text(JsonElement text)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(Unescape(text.GetRawText()[1..^1])));
        }
    }

    /// <summary>What RFC 8259, 7 allows between the quotes; half signs stay half.</summary>
    private static string Unescape(string raw)
    {
        var text = new StringBuilder(raw.Length);
        for (var i = 0; i < raw.Length; i++)
        {
            if (raw[i] != '\\')
            {
                text.Append(raw[i]);
                continue;
            }

            i++;
            if (raw[i] == 'u')
            {
                text.Append((char)ushort.Parse(raw.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                i += 4;
                continue;
            }

            text.Append(raw[i] switch { 'n' => '\n', 'r' => '\r', 't' => '\t', 'b' => '\b', 'f' => '\f', var plain => plain });
        }

        return text.ToString();
    }

    /// <summary>An object whose names hold half a sign has none that is asked for.</summary>
    private static bool TryGet(JsonElement element, string name, out JsonElement value)
    {
        try
        {
            return element.TryGetProperty(name, out value);
        }
        catch (InvalidOperationException)
        {
            value = default;
            return false;
        }
    }

    [GeneratedRegex(@"^([^.\[\]\s]+|\[\d{1,4}\])(\.[^.\[\]\s]+|\[\d{1,4}\])*$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Paths { get; }

    [GeneratedRegex(@"\[(?<index>\d{1,4})\]|[^.\[\]]+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Steps { get; }
}

/// <summary>A body whose fields are asked for by their place.</summary>
internal sealed class Fields
{
    private readonly JsonElement? _json;
    private readonly Dictionary<string, Microsoft.Extensions.Primitives.StringValues>? _form;

    private Fields(JsonElement? json, Dictionary<string, Microsoft.Extensions.Primitives.StringValues>? form) => (_json, _form) = (json, form);

    /// <summary>The document, when it is JSON.</summary>
    public JsonElement? Json => _json;

    /// <summary>Reads a form if it says it is one, JSON otherwise; null when it is neither.</summary>
    public static Fields? Read(string? contentType, byte[] body)
    {
        if (contentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) == true)
        {
            return new Fields(null, QueryHelpers.ParseQuery(Encoding.UTF8.GetString(body)));
        }

        try
        {
            // Not kept as a document: nothing has to be given back.
            return new Fields(JsonElement.Parse(Encoding.UTF8.GetString(body)), null);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>What stands there, without NULs: nobody types them, and no database keeps them.</summary>
    public string? this[string place] => (_json is { } json ? Place.TextAt(json, place)
        : place.Length > 0 && _form!.TryGetValue(place, out var value) ? value.ToString()
        : null)?.Replace("\0", "", StringComparison.Ordinal) is { Length: > 0 } text ? text : null;
}
