using System.Security;
using System.Text;
using System.Xml;

namespace Notify.Articles;

/// <summary>
/// One reading of one document. It is read as a whole while it is well formed; from the first break on, item by item, each cut out of the text
/// and read under the opening tags it stood under, so that a broken item takes no other with it.
/// </summary>
internal sealed class FeedDocument(string text, Uri source, FeedProblems problems)
{
    public const string Atom = "http://www.w3.org/2005/Atom";

    private const int LongestOpening = 16_000;
    private const int MostBrokenItems = 500;

    private readonly List<FeedItem> items = [];
    private readonly List<string> openings = [];
    private readonly List<Uri> bases = [];
    private string format = "unknown";
    private string itemName = "item";
    private string itemTag = "<item";
    private string ownSpace = "";
    private bool isAtom;
    private int taken;
    private (int Line, int Column) mark = (1, 1);

    public Feed Read()
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            problems.Add("The document is empty.");
        }
        else if (text[0] is '{' or '[')
        {
            format = "JSON Feed";
            problems.Add("This is JSON; only RSS 2.0 and Atom 1.0 can be read.");
        }
        else
        {
            ReadWhole();
        }

        return new Feed(format, items, problems.ToSentences());
    }

    private void ReadWhole()
    {
        using var reader = Open(text);
        try
        {
            ReadItems(reader);
        }
        catch (XmlException e)
        {
            problems.Add($"The markup is broken in line {e.LineNumber} after {items.Count} items: {Reason(e)}");
            if (openings.Count > 0) ReadPieces(IndexOf(mark));
        }
    }

    private void ReadItems(XmlReader reader)
    {
        while (FeedElement.Step(reader))
        {
            if (reader.NodeType == XmlNodeType.EndElement && reader.Depth == 0) return;

            if (reader.NodeType != XmlNodeType.Element) continue;

            if (IsItem(reader))
            {
                if (!HasRoom()) return;
                MarkAt(reader);
                taken++;
                items.Add(ReadItem(reader));
                MarkAt(reader);
            }

            if (reader.Depth == 0 && !Recognise(reader)) return;
            if (reader.NodeType == XmlNodeType.Element && (reader.Depth == 0 || IsChannel(reader))) Enter(reader);
        }
    }

    private bool Recognise(XmlReader reader)
    {
        ownSpace = reader.NamespaceURI;
        var version = PlainText.Cut(PlainText.Tidy(reader.GetAttribute("version") ?? ""), 8);
        (format, isAtom, var isReadable) = (reader.LocalName.ToLowerInvariant(), ownSpace) switch
        {
            ("rss" or "channel", "http://purl.org/net/rss1.1#") => ("RSS 1.1", false, false),
            ("rss", _) => ($"RSS {version}".TrimEnd(), false, true),
            ("feed", Atom or "") when version is not "0.3" => ("Atom 1.0", true, true),
            ("feed", "http://purl.org/atom/ns#" or "") => ("Atom 0.3", true, false),
            ("rdf", _) => ("RSS 1.0", false, false),
            ("channel", _) => ("CDF", false, false),
            ("urlset" or "sitemapindex", _) => ("sitemap", false, false),
            ("html", _) => ("HTML", false, false),
            _ => ("unknown", false, false),
        };
        if (!isReadable) problems.Add($"This is not a feed that can be read ({format}); only RSS 2.0 and Atom 1.0 can.");
        itemName = isAtom ? "entry" : "item";
        itemTag = $"<{(reader.Prefix.Length > 0 ? reader.Prefix + ":" : "")}{itemName}";
        return isReadable;
    }

    private bool IsChannel(XmlReader reader) => !isAtom && reader.Depth == 1 && IsOwn(reader, "channel");

    // In RSS 0.9 items are beside the channel, not in it.
    private bool IsItem(XmlReader reader) =>
        IsOwn(reader, itemName) && reader.Depth > 0 && reader.Depth <= (isAtom ? 1 : openings.Count);

    private bool IsOwn(XmlReader reader, string name) =>
        reader.LocalName.Equals(name, StringComparison.OrdinalIgnoreCase)
        && (reader.NamespaceURI == ownSpace || (reader.NamespaceURI.Length == 0 && !isAtom));

    private bool HasRoom()
    {
        if (items.Count < FeedReader.MostItems) return true;

        problems.Add($"The feed has more than {FeedReader.MostItems} items; the rest was left out.");
        return false;
    }

    private void Enter(XmlReader reader)
    {
        var depth = reader.Depth;
        openings.RemoveRange(depth, openings.Count - depth);
        bases.RemoveRange(depth, bases.Count - depth);
        bases.Add(FeedElement.Rebase(depth == 0 ? source : bases[depth - 1], reader.GetAttribute("xml:base")));
        MarkAt(reader);
        var opening = new StringBuilder("<").Append(reader.Name);
        while (reader.MoveToNextAttribute())
        {
            if (reader.Name is "xmlns" or "xml:base" || reader.Prefix is "xmlns")
                opening.Append(' ').Append(reader.Name).Append("=\"").Append(SecurityElement.Escape(reader.Value)).Append('"');
        }

        reader.MoveToElement();
        openings.Add(opening.Append('>').ToString());
    }

    /// <summary>Leaves the reader on the item's end: what follows may be broken, and the item is not.</summary>
    private FeedItem ReadItem(XmlReader reader)
    {
        var draft = new FeedItemDraft(isAtom, ownSpace, taken, problems);
        var depth = reader.Depth;
        var itemBase = FeedElement.Rebase(bases[depth - 1], reader.GetAttribute("xml:base"));
        if (reader.IsEmptyElement) return draft.Build();

        FeedElement.Step(reader);
        while (reader.Depth > depth)
        {
            if (reader.NodeType == XmlNodeType.Element) draft.Take(FeedElement.Take(reader, itemBase));
            else FeedElement.Step(reader);
        }

        return draft.Build();
    }

    private void ReadPieces(int from)
    {
        var opening = string.Concat(openings);
        if (opening.Length > LongestOpening) return;

        var broken = 0;
        for (var start = NextItem(from); start < text.Length && broken < MostBrokenItems && HasRoom();)
        {
            var end = NextItem(start + 1);
            if (!ReadPiece(opening + text[start..end])) broken++;
            start = end;
        }
    }

    private bool ReadPiece(string piece)
    {
        taken++;
        using var reader = Open(piece);
        try
        {
            while (FeedElement.Step(reader))
            {
                if (reader.NodeType != XmlNodeType.Element || !IsItem(reader)) continue;

                items.Add(ReadItem(reader));
                return true;
            }
        }
        catch (XmlException e)
        {
            problems.Add($"Item {taken} is broken and was left out: {Reason(e)}");
        }

        return false;
    }

    private int NextItem(int from)
    {
        for (var at = from; at < text.Length; at++)
        {
            at = text.IndexOf(itemTag, at, StringComparison.OrdinalIgnoreCase);
            if (at < 0) break;
            if (at + itemTag.Length < text.Length && text[at + itemTag.Length] is '>' or '/' or ' ' or '\n' or '\t') return at;
        }

        return text.Length;
    }

    private void MarkAt(XmlReader reader)
    {
        if (reader is IXmlLineInfo info) mark = (info.LineNumber, info.LinePosition);
    }

    private int IndexOf((int Line, int Column) place)
    {
        var at = 0;
        for (var line = 1; line < place.Line; line++) at = text.IndexOf('\n', at) + 1;
        return Math.Min(at + Math.Max(place.Column - 1, 0), text.Length);
    }

    private static string Reason(XmlException e)
    {
        var end = e.Message.IndexOf(" Line ", StringComparison.Ordinal);
        return PlainText.Cut(PlainText.Tidy(end < 0 ? e.Message : e.Message[..end]), 200);
    }

    private static XmlReader Open(string xml)
    {
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            CheckCharacters = false,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
            CloseInput = true,
        };
        var names = new NameTable();
        return XmlReader.Create(new StringReader(xml), settings, new XmlParserContext(names, new Spaces(names), null, XmlSpace.None));
    }

    /// <summary>Gives a namespace to prefixes that the document forgot to declare, the usual one to the usual ones.</summary>
    private sealed class Spaces(XmlNameTable names) : XmlNamespaceManager(names)
    {
        public override string? LookupNamespace(string prefix) => base.LookupNamespace(prefix) ?? NameTable!.Add(prefix switch
        {
            "atom" => Atom,
            "content" => "http://purl.org/rss/1.0/modules/content/",
            "dc" => "http://purl.org/dc/elements/1.1/",
            "dcterms" => "http://purl.org/dc/terms/",
            _ => "urn:undeclared:" + prefix,
        });
    }
}
