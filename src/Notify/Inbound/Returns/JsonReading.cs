using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Notify.Inbound.Returns;

/// <summary>Reading of what services send: whatever is not there, is something else, or is no text (half a character) is null.</summary>
internal static class JsonReading
{
    extension(JsonElement element)
    {
        /// <exception cref="JsonException">A name beside it is no text.</exception>
        public JsonElement? At(string name)
        {
            try
            {
                return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;
            }
            catch (InvalidOperationException e)
            {
                throw new JsonException("A name in it is no text.", e);
            }
        }

        public string? Text => element.ValueKind switch
        {
            JsonValueKind.String => Decoded(element.GetString),
            JsonValueKind.Number => element.GetRawText(),
            _ => null,
        };

        public string? TextAt(string name) => element.At(name)?.Text;

        /// <summary>A moment, as services write one: seconds since 1970, with or without a fraction, or as in RFC 3339.</summary>
        public DateTimeOffset? MomentAt(string name) => element.TextAt(name) is not { } text ? null
            : Proofs.Time(text.Split('.')[0]) ?? (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment) ? moment : null);

        /// <summary>The list there; a thing alone is a list of one.</summary>
        public IEnumerable<JsonElement> ListAt(string name) => element.At(name) switch
        {
            { ValueKind: JsonValueKind.Array } list => list.EnumerateArray(),
            { ValueKind: JsonValueKind.Object or JsonValueKind.String } one => [one],
            _ => [],
        };

        /// <summary>The value of a mail's header in a list of names and values.</summary>
        public string? HeaderAt(string list, string header) =>
            element.ListAt(list).FirstOrDefault(one => string.Equals(one.TextAt("name"), header, StringComparison.OrdinalIgnoreCase)).TextAt("value");

        /// <summary>As it came.</summary>
        public string? Raw => Decoded(element.GetRawText);

        /// <summary>A name for an event that has none of its own: the same octets again are the same event.</summary>
        public string Digest => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(element.Raw ?? "")));
    }

    /// <summary>The tag in a Message-ID of ours, or alone, whatever stands around it.</summary>
    public static string? TagIn(string? messageId) => messageId?.Trim().Trim('<', '>').Split('@')[0];

    private static string? Decoded(Func<string?> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
