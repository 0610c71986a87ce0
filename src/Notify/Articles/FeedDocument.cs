namespace Notify.Articles;

/// <summary>One reading of one document of markup: what format it is of, and its items. An item that is broken costs nothing but what is broken in it.</summary>
internal sealed class FeedDocument(string text, Uri source, FeedProblems problems)
{
    // What may stand before the feed: warnings of the program that made it, mostly.
    private const int MostBefore = 100;

    private readonly List<FeedItem> items = [];
    private readonly FeedHintsDraft _hints = new();
    private readonly FeedWalk _walk = FeedWalk.Over(text, IsOnTheWeb(source) ? source : OwnAddress(text, source));
    private FeedFormat format = FeedFormat.Unknown;
    private string ownSpace = "";
    private int taken;

    public Feed Read()
    {
        if (Recognise())
        {
            if (_walk.Fault is { } fault) problems.Add($"The markup is broken, first in line {Line(fault.Position)}: {fault.What}.");
            if (_walk.IsTooDeep) problems.Add($"Elements are nested more than {FeedWalk.Deepest} levels deep; deeper tags were left out.");
            ReadItems();
            if (_walk.IsCut) problems.Add("The document is cut off at its end.");
        }

        if (format.Complaint is { } complaint) problems.Add(complaint);
        return new Feed(format.Name, items, problems.ToSentences()) { IsFeed = format.IsFeed, Hints = _hints.Build() };
    }

    /// <summary>Leaves the walk at the start of the element that the feed is.</summary>
    private bool Recognise()
    {
        for (var before = 0; before < MostBefore && _walk.Read();)
        {
            if (_walk.Kind != MarkupKind.Start) continue;

            before++;
            if (FeedFormat.Of(_walk) is not { } known) continue;

            (format, ownSpace) = (known, _walk.Space);
            return format.IsRead;
        }

        return false;
    }

    private void ReadItems()
    {
        // What begins with an item, or ends before it, has lost the rest.
        var root = FeedNames.IsItem(_walk.Name, _walk.Depth) ? -1 : _walk.Depth;
        do
        {
            if (_walk.Kind == MarkupKind.End && _walk.Depth == root) return;
            if (_walk.Kind != MarkupKind.Start || !IsItem())
            {
                _hints.Take(_walk);
                continue;
            }

            if (items.Count == FeedReader.MostItems)
            {
                problems.Add($"The feed has more than {FeedReader.MostItems} items; the rest was left out.");
                return;
            }

            taken++;
            ReadItem();
        }
        while (_walk.Read());
    }

    // Wherever it stands: in RSS 0.9 and 1.0 beside the channel, else in it, and in a list of its own in RSS 1.1.
    private bool IsItem() =>
        _walk.Name.Equals(format.Item, StringComparison.OrdinalIgnoreCase)
        && (_walk.Space == ownSpace || (format.IsAtom ? _walk.Space.Length == 0 || FeedNames.IsAtom(_walk.Space) : FeedNames.IsRss(_walk.Space)));

    private void ReadItem()
    {
        var draft = new FeedItemDraft(format.IsAtom, _walk.Space, taken, problems);
        var depth = _walk.Depth;
        if ((_walk.Attribute("rdf:about") ?? _walk.Attribute("about")) is { } about) draft.TakeAbout(about, _walk.Base);
        while (_walk.Read() && (_walk.Kind != MarkupKind.End || _walk.Depth > depth))
        {
            // What a sitemap says of its news is one level down.
            if (_walk.Kind != MarkupKind.Start || (_walk.Space == FeedNames.News && _walk.Name == "news")) continue;
            if (_walk.Name.Equals("author", StringComparison.OrdinalIgnoreCase) && (FeedNames.IsAtom(_walk.Space) || format.IsAtom))
            {
                ReadAuthor(draft);
                continue;
            }

            if (FeedElement.Take(_walk) is { } element) draft.Take(element);
        }

        if (_walk.IsCut && draft.IsEmpty) problems.Add($"Item {taken} is cut off and was left out.");
        else items.Add(draft.Build());
    }

    /// <summary>Of a person (RFC 4287 section 3.2) the name, not the address; a name that stands alone is one too.</summary>
    private void ReadAuthor(FeedItemDraft draft)
    {
        var (depth, hasParts) = (_walk.Depth, false);
        var alone = new System.Text.StringBuilder();
        while (_walk.Read() && (_walk.Kind != MarkupKind.End || _walk.Depth > depth))
        {
            if (_walk.Kind == MarkupKind.Text)
            {
                if (alone.Length < FeedReader.LongestSummary) alone.Append(_walk.Text());
                continue;
            }

            if (_walk.Kind != MarkupKind.Start) continue;

            hasParts = true;
            if (FeedElement.Take(_walk) is { } part && part.Name.Equals("name", StringComparison.OrdinalIgnoreCase)) draft.AddAuthor(part.Text);
        }

        if (!hasParts && !_walk.IsCut) draft.AddAuthor(alone.ToString());
    }

    private int Line(int position) => text.AsSpan(0, position).Count('\n') + 1;

    private static bool IsOnTheWeb(Uri address) => address.Scheme is "http" or "https";

    /// <summary>Where a document that was found in a file says that it is from.</summary>
    private static Uri OwnAddress(string text, Uri source)
    {
        Uri? site = null;
        var walk = FeedWalk.Over(text, source);
        while (walk.Read() && (walk.Kind == MarkupKind.Text || !FeedNames.IsItem(walk.Name, walk.Depth)))
        {
            if (walk.Kind != MarkupKind.Start || !walk.Name.Equals("link", StringComparison.OrdinalIgnoreCase)) continue;

            var (relation, href) = (walk.Attribute("rel"), walk.Attribute("href"));
            var address = FeedLinks.Resolve(walk.Base, href ?? FeedElement.Take(walk)?.Text ?? "");
            if (relation == "self" && address is not null) return address;
            if (relation is null or "alternate") site ??= address;
        }

        return site ?? source;
    }
}
