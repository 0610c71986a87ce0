using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Notify.Articles;

/// <summary>
/// JSON Feed 1 and 1.1 (jsonfeed.org). Its items are told in Atom's elements, which have a word for everything that is needed of them. After a
/// break it goes on with the next thing that looks like an item.
/// </summary>
internal sealed class JsonFeed(string text, Uri source, FeedProblems problems)
{
    // A try that fails may have read on to the end of the document.
    private const int MostFailures = 1_000;
    private const int MostReadAgain = 4 * FeedReader.LargestBody;

    private static readonly JsonReaderOptions Tolerant =
        new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = FeedWalk.Deepest };

    private static readonly JsonDocumentOptions Documents = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = FeedWalk.Deepest };

    private static readonly Dictionary<string, string> Nothing = [];

    // The shorter text first, and the page itself before one that it is about.
    private static readonly (string Property, string Element, Dictionary<string, string> Attributes)[] Elements =
    [
        ("id", "id", Nothing),
        ("url", "link", Nothing),
        ("external_url", "link", new() { ["type"] = "other" }),
        ("title", "title", Nothing),
        ("summary", "summary", Nothing),
        ("content_text", "content", Nothing),
        ("content_html", "content", new() { ["type"] = "html" }),
        ("date_published", "published", Nothing),
        ("date_modified", "updated", Nothing),
        ("tags", "category", Nothing),
    ];

    private readonly byte[] json = Encoding.UTF8.GetBytes(Mend(text));
    private readonly List<FeedItem> items = [];
    private readonly FeedHintsDraft _hints = new();
    private string? version;
    private bool hasItems;
    private int taken;
    private int good;

    public Feed Read()
    {
        try
        {
            ReadDocument();
        }
        catch (JsonException e)
        {
            problems.Add($"The JSON is broken in line {e.LineNumber + 1} after {items.Count} items.");
            if (hasItems || version is not null) ReadPieces();
        }

        if (!hasItems) problems.Add("This is JSON, but no JSON Feed: it has no list of items.");
        return new Feed(hasItems ? $"JSON Feed {version}".TrimEnd() : "JSON", items, problems.ToSentences()) { IsFeed = hasItems, Hints = _hints.Build() };
    }

    private void ReadDocument()
    {
        var reader = new Utf8JsonReader(json, Tolerant);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return;

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            if (name == "version" && reader.TokenType == JsonTokenType.String) version = Version(reader.GetString()!);
            else if (name == "feed_url" && reader.TokenType == JsonTokenType.String) _hints.Link("self", FeedLinks.Resolve(source, reader.GetString()!));
            else if (name == "hubs" && reader.TokenType == JsonTokenType.StartArray) ReadHubs(ref reader);
            else if (name == "items" && reader.TokenType == JsonTokenType.StartArray) ReadItems(ref reader);
            else reader.Skip();
        }
    }

    private void ReadHubs(ref Utf8JsonReader reader)
    {
        using var hubs = JsonDocument.ParseValue(ref reader);
        foreach (var hub in hubs.RootElement.EnumerateArray())
        {
            if (hub.ValueKind == JsonValueKind.Object && hub.TryGetProperty("url", out var url) && Words(url) is { } address) _hints.Link("hub", FeedLinks.Resolve(source, address));
        }
    }

    private void ReadItems(ref Utf8JsonReader reader)
    {
        hasItems = true;
        good = (int)reader.BytesConsumed;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            using var item = JsonDocument.ParseValue(ref reader);
            good = (int)reader.BytesConsumed;
            Take(item.RootElement);
        }
    }

    private void ReadPieces()
    {
        var (read, failures) = (0L, 0);
        for (var at = good; read < MostReadAgain && failures < MostFailures && json.AsSpan(at).IndexOf((byte)'{') is var next and >= 0;)
        {
            at += next;
            var reader = new Utf8JsonReader(json.AsSpan(at), Tolerant);
            try
            {
                reader.Read();
                reader.Skip();
                using var piece = JsonDocument.Parse(json.AsMemory(at, (int)reader.BytesConsumed), Documents);
                if (IsItem(piece.RootElement)) Take(piece.RootElement);
                at += (int)reader.BytesConsumed;
            }
            catch (JsonException)
            {
                at++;
                failures++;
            }

            read += reader.BytesConsumed;
        }
    }

    // Not an author or an attachment, which have an address too.
    private static bool IsItem(JsonElement piece) =>
        !piece.TryGetProperty("mime_type", out _)
        && (piece.TryGetProperty("id", out _) || (piece.TryGetProperty("title", out _) && piece.TryGetProperty("url", out _)));

    private void Take(JsonElement item)
    {
        if (items.Count == FeedReader.MostItems)
        {
            if (taken++ == items.Count) problems.Add($"The feed has more than {FeedReader.MostItems} items; the rest was left out.");
            return;
        }

        taken++;
        if (item.ValueKind != JsonValueKind.Object)
        {
            problems.Add($"Item {taken} is no object and was left out.");
            return;
        }

        hasItems = true;
        var draft = new FeedItemDraft(isAtom: true, FeedNames.Atom, taken, problems);
        foreach (var (property, name, attributes) in Elements)
        {
            if (!item.TryGetProperty(property, out var value)) continue;

            foreach (var each in value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : Enumerable.Repeat(value, 1))
            {
                if (Words(each) is { } words) draft.Take(new FeedElement(FeedNames.Atom, name, attributes, words, HasMarkup: false, source));
            }
        }

        foreach (var name in Authors(item)) draft.AddAuthor(name);
        items.Add(draft.Build());
    }

    // A list since version 1.1, one before it.
    private static IEnumerable<string?> Authors(JsonElement item)
    {
        foreach (var property in (string[])["authors", "author"])
        {
            if (!item.TryGetProperty(property, out var said)) continue;

            foreach (var author in said.ValueKind == JsonValueKind.Array ? said.EnumerateArray() : Enumerable.Repeat(said, 1))
            {
                if (author.ValueKind == JsonValueKind.Object && author.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String) yield return name.GetString();
            }
        }
    }

    private static string? Words(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        // An id may be a number, says version 1.
        JsonValueKind.Number => value.GetRawText(),
        _ => null,
    };

    private static string Version(string address) => PlainText.Cut(PlainText.Tidy(address[(address.LastIndexOf('/') + 1)..]), 8);

    /// <summary>Text as JSON allows it: no line breaks or other controls inside strings, and no half of a character behind an escape.</summary>
    private static string Mend(string text)
    {
        var mended = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length;)
        {
            if (text[at] != '\\')
            {
                mended.Append(text[at] < ' ' ? ' ' : text[at]);
                at++;
                continue;
            }

            var length = Escape(text, at) is { } half && char.IsHighSurrogate(half) && Escape(text, at + 6) is { } other && char.IsLowSurrogate(other) ? 12
                : Escape(text, at) is { } one ? 6 : Math.Min(2, text.Length - at);
            if (length == 6 && Escape(text, at) is { } lone && char.IsSurrogate(lone)) mended.Append("\\ufffd");
            else mended.Append(text, at, length);
            at += length;
        }

        return mended.ToString();
    }

    private static char? Escape(string text, int at) =>
        at + 6 <= text.Length && text[at] == '\\' && text[at + 1] == 'u' && ushort.TryParse(text.AsSpan(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            ? (char)code : null;
}
