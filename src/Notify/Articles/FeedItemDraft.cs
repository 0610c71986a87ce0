using System.Runtime.InteropServices;

namespace Notify.Articles;

/// <summary>An item while it is read. Of each thing the feed format's own element counts first, then what common modules say.</summary>
/// <param name="ownSpace">The namespace of the feed's own elements.</param>
internal sealed class FeedItemDraft(bool isAtom, string ownSpace, int number, FeedProblems problems)
{
    private const string DublinCore = "http://purl.org/dc/elements/1.1/";
    private const string DublinCoreTerms = "http://purl.org/dc/terms/";
    private const string ContentModule = "http://purl.org/rss/1.0/modules/content/";

    // What a database can index, and more than any feed needs.
    private const int LongestId = 500;
    private const int LongestCategory = 100;
    private const int MostCategories = 50;

    private readonly List<string> categories = [];
    private string? id;
    private Uri? permalink;
    private (Uri Address, bool IsPage)? link;
    private Texts title;
    private Texts summary;
    private Dates published;
    private Dates updated;

    public void Take(FeedElement element)
    {
        if (IsAtom(element)) TakeAtom(element);
        else if (!isAtom && (element.Space == ownSpace || element.Space.Length == 0)) TakeRss(element);
        else TakeModule(element);
    }

    public FeedItem Build()
    {
        var address = link?.Address ?? permalink;
        if (address is null && title.Best is null) problems.Add($"Item {number} has neither a title nor a link.");
        return new FeedItem(id, address, title.Best ?? "", summary.Best, published.Best, updated.Best, categories);
    }

    private void TakeRss(FeedElement element)
    {
        switch (element.Name.ToLowerInvariant())
        {
            case "title": title.Own ??= Text(element); break;
            case "description" or "summary": summary.Own ??= Text(element); break;
            case "link": AddLink(element, element.Text.AsSpan().IsWhiteSpace() ? element.Attribute("href") : element.Text, isPage: true); break;
            case "guid": TakeGuid(element); break;
            case "pubdate": published.Own ??= Date(element); break;
            case "category": AddCategory(Text(element)); break;
        }
    }

    private void TakeAtom(FeedElement element)
    {
        switch (element.Name)
        {
            case "id" when isAtom: TakeId(element); break;
            case "title" when isAtom: title.Own ??= Text(element); break;
            case "summary" when isAtom: summary.Own ??= Text(element); break;
            case "published" when isAtom: published.Own ??= Date(element); break;
            case "updated" when isAtom: updated.Own ??= Date(element); break;
            case "title": title.Borrowed ??= Text(element); break;
            case "summary": summary.Borrowed ??= Text(element); break;
            case "content" when IsReadable(element): summary.Whole ??= Text(element); break;
            case "published": published.Borrowed ??= Date(element); break;
            case "updated": updated.Borrowed ??= Date(element); break;
            case "link": TakeAtomLink(element); break;
            case "category": AddCategory(PlainText.Tidy(element.Attribute("term") ?? element.Attribute("label") ?? "")); break;
        }
    }

    private void TakeModule(FeedElement element)
    {
        switch (element.Space, element.Name)
        {
            case (DublinCore, "title"): title.Borrowed ??= Text(element); break;
            case (DublinCore, "description"): summary.Borrowed ??= Text(element); break;
            case (ContentModule, "encoded"): summary.Whole ??= Text(element); break;
            case (DublinCore, "subject"): AddCategory(Text(element)); break;
            case (DublinCore, "date"):
                published.General ??= Date(element);
                updated.General ??= published.General;
                break;
            case (DublinCoreTerms, "issued"): published.Borrowed = Date(element) ?? published.Borrowed; break;
            case (DublinCoreTerms, "created"): published.Borrowed ??= Date(element); break;
            case (DublinCoreTerms, "modified"): updated.Borrowed ??= Date(element); break;
        }
    }

    private void TakeId(FeedElement element)
    {
        var value = element.Text.Trim();
        if (value.Length > LongestId) problems.Add($"The id of item {number} is longer than {LongestId} characters and was left out.");
        else if (value.Length > 0) id ??= value;
    }

    private void TakeGuid(FeedElement element)
    {
        TakeId(element);
        if (string.Equals(element.Attribute("isPermaLink"), "false", StringComparison.OrdinalIgnoreCase)) return;

        // Only a whole address: many a guid is a plain number without saying that it is no link.
        if (Uri.TryCreate(element.Text.Trim(), UriKind.Absolute, out _)) permalink ??= FeedLinks.Resolve(element.Base, element.Text);
    }

    private void TakeAtomLink(FeedElement element)
    {
        // RFC 4287 section 4.2.7.2: no relation is "alternate", which has a long name too.
        if (element.Attribute("rel") is not (null or "" or "alternate" or "http://www.iana.org/assignments/relation/alternate")) return;

        var isPage = element.Attribute("type") is not { Length: > 0 } type || type.Contains("html", StringComparison.OrdinalIgnoreCase);
        AddLink(element, element.Attribute("href"), isPage && isAtom);
    }

    private void AddLink(FeedElement element, string? target, bool isPage)
    {
        if (string.IsNullOrWhiteSpace(target) || (link is { } known && (known.IsPage || !isPage))) return;

        if (FeedLinks.Resolve(element.Base, target) is { } address) link = (address, isPage);
        else problems.Add($"The link of item {number} is not an address on the web.");
    }

    private void AddCategory(string? name)
    {
        if (string.IsNullOrEmpty(name) || categories.Count == MostCategories) return;

        name = PlainText.Cut(name, LongestCategory);
        if (!categories.Contains(name)) categories.Add(name);
    }

    private DateTimeOffset? Date(FeedElement element)
    {
        var text = PlainText.Tidy(element.Text);
        var date = FeedDates.Read(text);
        if (date is null && text.Length > 0) problems.Add($"Item {number}: \"{PlainText.Cut(text, 40)}\" is not a date.");
        return date;
    }

    // RFC 4287 section 3.1.1; RSS never says what it means, and most mean HTML.
    private string? Text(FeedElement element)
    {
        var isHtml = !IsAtom(element) || element.Attribute("type")?.ToLowerInvariant() is "html" or "text/html";
        var text = isHtml && !element.HasMarkup ? PlainText.FromHtml(element.Text) : PlainText.Tidy(element.Text);
        return text.Length > 0 ? PlainText.Cut(text, FeedReader.LongestSummary) : null;
    }

    private bool IsAtom(FeedElement element) => element.Space == FeedDocument.Atom || (isAtom && element.Space == ownSpace);

    // RFC 4287 section 4.1.3: content may also be a picture in base 64, or be somewhere else.
    private static bool IsReadable(FeedElement element) =>
        element.Attribute("src") is null
        && (element.Attribute("type")?.ToLowerInvariant() is null or "" or "html" or "xhtml" or ['t', 'e', 'x', 't', ..] || element.HasMarkup);

    [StructLayout(LayoutKind.Auto)]
    private record struct Texts(string? Own, string? Borrowed, string? Whole)
    {
        public readonly string? Best => Own ?? Borrowed ?? Whole;
    }

    [StructLayout(LayoutKind.Auto)]
    private record struct Dates(DateTimeOffset? Own, DateTimeOffset? Borrowed, DateTimeOffset? General)
    {
        public readonly DateTimeOffset? Best => Own ?? Borrowed ?? General;
    }
}
