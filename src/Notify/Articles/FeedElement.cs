using System.Text;
using System.Xml;

namespace Notify.Articles;

/// <summary>An element inside an item: what it says of itself, and its text. Elements within it are gone, apart from the blanks between words.</summary>
/// <param name="HasMarkup">Whether there were elements within, so that the text is no markup any more.</param>
/// <param name="Base">Where its relative addresses start (XML Base).</param>
internal sealed record FeedElement(string Space, string Name, IReadOnlyDictionary<string, string> Attributes, string Text, bool HasMarkup, Uri Base)
{
    /// <summary>Levels of elements; a web page nests about thirty.</summary>
    public const int Deepest = 200;

    // Enough for any article; only its first words are wanted.
    private const int LongestText = 200_000;
    private const int MostAttributes = 50;

    public string? Attribute(string name) => Attributes.GetValueOrDefault(name)?.Trim();

    /// <summary>Reads the element that the reader stands on, and leaves it on what follows.</summary>
    public static FeedElement Take(XmlReader reader, Uri itemBase)
    {
        var (space, name) = (reader.NamespaceURI, reader.LocalName);
        var attributes = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (attributes.Count < MostAttributes && reader.MoveToNextAttribute()) attributes.TryAdd(reader.Name, reader.Value);
        reader.MoveToElement();
        var (text, hasMarkup) = TakeText(reader);
        return new FeedElement(space, name, attributes, text, hasMarkup, Rebase(itemBase, attributes.GetValueOrDefault("xml:base")));
    }

    /// <summary>Moves on, but no deeper than there can be sense in.</summary>
    public static bool Step(XmlReader reader)
    {
        if (!reader.Read()) return false;
        return reader.Depth <= Deepest ? true : throw new XmlException($"Elements are nested more than {Deepest} levels deep.");
    }

    public static Uri Rebase(Uri outer, string? given) =>
        given is not null && FeedLinks.Resolve(outer, given) is { } inner ? inner : outer;

    private static (string Text, bool HasMarkup) TakeText(XmlReader reader)
    {
        var text = new StringBuilder();
        var hasMarkup = false;
        var depth = reader.Depth;
        var silentFrom = int.MaxValue;
        var isEmpty = reader.IsEmptyElement;
        while (!isEmpty && Step(reader) && reader.Depth > depth)
        {
            if (reader.NodeType is XmlNodeType.Element or XmlNodeType.EndElement)
            {
                hasMarkup = true;
                if (reader.NodeType == XmlNodeType.EndElement && reader.Depth == silentFrom) silentFrom = int.MaxValue;
                if (reader.NodeType == XmlNodeType.Element && !reader.IsEmptyElement && PlainText.IsSilent(reader.LocalName))
                    silentFrom = Math.Min(silentFrom, reader.Depth);
                if (PlainText.IsBlock(reader.LocalName)) text.Append(' ');
            }
            else if (reader.Depth <= silentFrom && text.Length < LongestText)
            {
                text.Append(reader.Value);
            }
        }

        Step(reader);
        return (text.ToString(0, Math.Min(text.Length, LongestText)), hasMarkup);
    }
}

/// <summary>Addresses in feeds.</summary>
internal static class FeedLinks
{
    private const int Longest = 2_048;

    /// <returns>The absolute address on the web, or nothing if this is none.</returns>
    public static Uri? Resolve(Uri from, string link)
    {
        // Line breaks and tabs inside an address mean nothing (WHATWG URL Standard, section 4.4).
        link = string.Concat(link.Trim().Where(c => c is not ('\n' or '\r' or '\t')));
        if (link.Length is 0 or > Longest) return null;

        // A rooted path would be a file's absolute address on Unix.
        var isWhole = Uri.TryCreate(link, UriKind.Absolute, out var uri) && link[0] != '/';
        if (!isWhole && !Uri.TryCreate(from, link, out uri)) return null;

        return uri is { Scheme: "http" or "https", Host.Length: > 0 } ? uri : null;
    }
}
