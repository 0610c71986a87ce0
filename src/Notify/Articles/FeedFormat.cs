namespace Notify.Articles;

/// <summary>A format that feeds come in, or one that they are mistaken for.</summary>
/// <param name="Name">As people call it.</param>
/// <param name="Item">How its items are called; nothing for what has none.</param>
/// <param name="IsAtom">Whether its elements mean what Atom's mean, rather than RSS's.</param>
/// <param name="Complaint">For an operator, where this is not what a newsroom's feed should be.</param>
internal sealed record FeedFormat(string Name, string? Item, bool IsAtom = false, string? Complaint = null)
{
    public static readonly FeedFormat Unknown = new("unknown", null, Complaint: "This is no feed: neither RSS, Atom, JSON Feed nor a news sitemap.");

    /// <summary>Whether items can be read of it.</summary>
    public bool IsRead => Item is not null;

    /// <summary>Whether it is what it should be, even without a single item.</summary>
    public bool IsFeed => IsRead && Complaint is null;

    /// <returns>What a document is whose outermost element the walk is at; nothing if the element says nothing.</returns>
    public static FeedFormat? Of(FeedWalk walk)
    {
        var version = PlainText.Cut(PlainText.Tidy(walk.Attribute("version") ?? ""), 8);
        return walk.Name.ToLowerInvariant() switch
        {
            "rss" => new($"RSS {version}".TrimEnd(), "item"),
            "rdf" when walk.DefaultSpace.Contains("/rdf/simple/0.9", StringComparison.Ordinal) => new("RSS 0.90", "item"),
            "rdf" => new("RSS 1.0", "item"),
            "channel" when walk.Space == FeedNames.Rss11 => new("RSS 1.1", "item"),
            "channel" when walk.Attribute("href") is not null => new("CDF", null, Complaint: "This is no feed that can be read: CDF, a format of 1997."),
            // Whatever stood around it is lost.
            "channel" or "item" => new("RSS", "item"),
            "feed" or "entry" => new(IsOldAtom(walk.Space, version) ? "Atom 0.3" : "Atom 1.0", "entry", IsAtom: true),
            "urlset" when walk.Declares("sitemap-news") => new("News sitemap", "url"),
            "urlset" => new("Sitemap", "url", Complaint: "This is a sitemap without news: it gives addresses and no titles."),
            "sitemapindex" => new("Sitemap index", null, Complaint: "This is a list of sitemaps; the feed is one of those that it lists."),
            "html" => new("HTML", null, Complaint: "This is a web page, not a feed."),
            _ => null,
        };
    }

    private static bool IsOldAtom(string space, string version) =>
        version.StartsWith("0.", StringComparison.Ordinal) || (FeedNames.IsAtom(space) && space != FeedNames.Atom);
}
