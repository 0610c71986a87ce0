using System.Collections.Frozen;

namespace Notify.Articles;

/// <summary>The names that feeds are made of: namespaces, and the elements by which an item and its parts are known.</summary>
internal static class FeedNames
{
    public const string Atom = "http://www.w3.org/2005/Atom";
    public const string DublinCore = "http://purl.org/dc/elements/1.1/";
    public const string DublinCoreTerms = "http://purl.org/dc/terms/";
    public const string Content = "http://purl.org/rss/1.0/modules/content/";
    public const string News = "http://www.google.com/schemas/sitemap-news/0.9";
    public const string Rss11 = "http://purl.org/net/rss1.1#";
    public const string Xhtml = "http://www.w3.org/1999/xhtml";

    private static readonly FrozenSet<string> AtomSpaces = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, Atom, "http://purl.org/atom/ns#", "http://purl.org/pie/", "http://purl.org/echo/", "http://example.com/necho");

    // RSS 1.0, its forerunners 0.90, and the namespaces that were tried for 2.0.
    private static readonly FrozenSet<string> RssSpaces = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "", Rss11, "http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/", "http://channel.netscape.com/rdf/simple/0.9/",
        "http://backend.userland.com/rss", "http://backend.userland.com/rss2", "http://backend.userland.com/rss091",
        "http://blogs.law.harvard.edu/tech/rss", "http://cyber.law.harvard.edu/rss/", "http://www.rssboard.org/rss-specification");

    // By what is left of a namespace where it does not matter: many write https, capitals, or no stroke at the end.
    private static readonly FrozenDictionary<string, string> Meant = ((string[])
        [.. AtomSpaces, .. RssSpaces.Where(space => space.Length > 0), DublinCore, DublinCoreTerms, Content, News, Xhtml]).ToFrozenDictionary(Core, StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> Parts = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "title", "link", "guid", "id", "pubdate", "published", "issued", "created", "updated", "modified", "description", "summary", "content", "category",
        "author", "comments", "enclosure", "source", "contributor", "rights", "loc", "lastmod", "changefreq", "priority");

    private static readonly FrozenDictionary<string, string> Usual = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["xml"] = "http://www.w3.org/XML/1998/namespace",
        ["atom"] = Atom,
        ["content"] = Content,
        ["dc"] = DublinCore,
        ["dcterms"] = DublinCoreTerms,
        ["news"] = News,
        ["rdf"] = "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        ["rss"] = "http://purl.org/rss/1.0/",
        ["xhtml"] = Xhtml,
    }.ToFrozenDictionary();

    /// <summary>The namespace that a declaration means.</summary>
    public static string Space(string declared) => Meant.GetValueOrDefault(Core(declared), declared);

    public static bool IsAtom(string space) => AtomSpaces.Contains(space);

    public static bool IsRss(string space) => RssSpaces.Contains(space);

    /// <summary>Whether elements of this name are items, in one format or another.</summary>
    /// <param name="depth">Elements around it: a sitemap's are directly in it, and an image in RSS has a <c>url</c> too.</param>
    public static bool IsItem(string name, int depth) => name.ToLowerInvariant() is "item" or "entry" || (depth == 1 && name.Equals("url", StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether an element so written belongs directly into an item, and hardly into the text of one.</summary>
    public static bool IsPart(string written) => Parts.Contains(written) || written.Contains(':', StringComparison.Ordinal);

    private static string Core(string space) =>
        space[(space.IndexOf("://", StringComparison.Ordinal) is var scheme and >= 0 ? scheme + 3 : 0)..].TrimEnd('/', '#').Replace("/dc/elements/1.0", "/dc/elements/1.1", StringComparison.Ordinal);

    /// <summary>For a prefix that the document forgot to declare: the usual namespace of the usual ones.</summary>
    public static string Undeclared(string prefix) =>
        prefix.Length == 0 ? "" : Usual.TryGetValue(prefix.ToLowerInvariant(), out var space) ? space : "urn:undeclared:" + prefix;
}
