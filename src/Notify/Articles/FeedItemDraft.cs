using System.Runtime.InteropServices;

namespace Notify.Articles;

/// <summary>An item while it is read. Of each thing the feed format's own element counts first, then another format's, then what common modules say.</summary>
/// <param name="isAtom">Which family the feed's own elements are of: Atom or RSS.</param>
/// <param name="ownSpace">The namespace of the feed's own elements.</param>
/// <param name="number">Counted from 1, for the problems.</param>
internal sealed class FeedItemDraft(bool isAtom, string ownSpace, int number, FeedProblems problems)
{
    // What a database can index, and more than any feed needs.
    private const int LongestId = 500;
    private const int LongestCategory = 100;
    private const int MostCategories = 50;
    private const int MostDates = 20;
    private const int LongestAuthor = 100;
    private const int MostAuthors = 10;

    private readonly List<string> categories = [];
    private readonly List<string> authors = [];
    private Ranked<string?> id;
    private Ranked<string?> title;
    private Ranked<string?> summary;
    private Ranked<DateTimeOffset?> published;
    private Ranked<DateTimeOffset?> updated;
    private int dates;
    private Uri? permalink;
    private (Uri Address, bool IsPage)? link;

    /// <summary>Whether there is anything that a reader could see or follow.</summary>
    public bool IsEmpty => title.Best is null && link is null && permalink is null;

    public void Take(FeedElement element)
    {
        if (IsOwn(element.Space)) TakeCore(element, isOwn: true);
        else if (FeedNames.IsAtom(element.Space) || FeedNames.IsRss(element.Space)) TakeCore(element, isOwn: false);
        else if (element.Space == FeedNames.News) TakeNews(element);
        else TakeModule(element);
    }

    /// <summary>What the item's own tag says it is about (RSS 1.0 and 1.1).</summary>
    public void TakeAbout(string about, Uri from)
    {
        id.Take(Id(about), isOwn: false);
        if (Uri.TryCreate(about, UriKind.Absolute, out _)) permalink ??= FeedLinks.Resolve(from, about);
    }

    public FeedItem Build()
    {
        if (IsEmpty) problems.Add($"Item {number} has neither a title nor a link.");
        return new FeedItem(id.Best, link?.Address ?? permalink, title.Best ?? "", summary.Best, published.Best, updated.Best, categories)
        {
            Author = authors.Count > 0 ? string.Join(", ", authors) : null,
        };
    }

    private void TakeCore(FeedElement element, bool isOwn)
    {
        switch (element.Name.ToLowerInvariant())
        {
            case "title": title.Take(Text(element), isOwn); break;
            case "description" or "summary": summary.Take(Text(element), isOwn); break;
            case "content": summary.Last ??= Text(element); break;
            case "link": TakeLink(element, isOwn); break;
            case "guid": TakeGuid(element); break;
            case "id": id.Take(Id(element.Text), isOwn); break;
            case "pubdate" or "published" or "issued": published.Take(Date(element), isOwn); break;
            case "created": published.Take(Date(element), isOwn: false); break;
            case "updated" or "modified" or "lastmod": updated.Take(Date(element), isOwn); break;
            case "date": TakeDate(element); break;
            case "category": AddCategory(Category(element)); break;
            case "author": AddAuthor(Name(PlainText.Tidy(element.Text))); break;
            case "loc":
                id.Take(Id(element.Text), isOwn);
                AddLink(element, element.Text, isPage: true);
                break;
        }
    }

    private void TakeModule(FeedElement element)
    {
        switch (element.Space, element.Name)
        {
            case (FeedNames.DublinCore, "title"): title.Take(Text(element), isOwn: false); break;
            case (FeedNames.DublinCore, "description"): summary.Take(Text(element), isOwn: false); break;
            case (FeedNames.Content, "encoded") or (FeedNames.Xhtml, "body"): summary.Last ??= Text(element); break;
            case (FeedNames.DublinCore, "creator"): AddAuthor(Name(Text(element))); break;
            case (FeedNames.DublinCore, "subject"): AddCategory(Text(element)); break;
            case (FeedNames.DublinCore, "identifier"): id.Last ??= Id(element.Text); break;
            case (FeedNames.DublinCore, "date"): TakeDate(element); break;
            case (FeedNames.DublinCoreTerms, "issued"): published.Borrowed = Date(element) ?? published.Borrowed; break;
            case (FeedNames.DublinCoreTerms, "created"): published.Take(Date(element), isOwn: false); break;
            case (FeedNames.DublinCoreTerms, "modified"): updated.Take(Date(element), isOwn: false); break;
        }
    }

    private void TakeNews(FeedElement element)
    {
        switch (element.Name)
        {
            case "title": title.Take(Text(element), isOwn: true); break;
            case "publication_date": published.Take(Date(element), isOwn: true); break;
            case "keywords": Array.ForEach(element.Text.Split(','), keyword => AddCategory(PlainText.Tidy(keyword))); break;
        }
    }

    private void TakeDate(FeedElement element)
    {
        published.Last ??= Date(element);
        updated.Last ??= published.Last;
    }

    private void TakeGuid(FeedElement element)
    {
        id.Take(Id(element.Text), isOwn: true);
        var said = element.Attribute("isPermaLink")?.ToLowerInvariant();
        if (said == "false") return;

        // Otherwise only a whole address: many a guid is a plain number without saying that it is no link.
        if (said == "true" || Uri.TryCreate(element.Text.Trim(), UriKind.Absolute, out _)) permalink ??= FeedLinks.Resolve(element.Base, element.Text);
    }

    private void TakeLink(FeedElement element, bool isOwn)
    {
        // RFC 4287 section 4.2.7.2: no relation is "alternate", which has a long name too.
        if (element.Attribute("rel")?.ToLowerInvariant() is not (null or "" or "alternate" or "http://www.iana.org/assignments/relation/alternate")) return;

        var (address, text) = (element.Attribute("href") ?? element.Attribute("rdf:resource"), element.Text);
        var isPage = element.Attribute("type") is not { Length: > 0 } type || type.Contains("html", StringComparison.OrdinalIgnoreCase);
        AddLink(element, string.IsNullOrWhiteSpace(text) || (IsAtom(element) && address is not null) ? address : text, isPage && isOwn);
    }

    private void AddLink(FeedElement element, string? target, bool isPage)
    {
        if (string.IsNullOrWhiteSpace(target) || (link is { } known && (known.IsPage || !isPage))) return;

        if (FeedLinks.Resolve(element.Base, target) is { } address) link = (address, isPage);
        else problems.Add($"The link of item {number} is not an address on the web.");
    }

    private string? Category(FeedElement element) =>
        element.Attribute("term") is { Length: > 0 } term ? PlainText.Tidy(term) : element.Attribute("label") is { Length: > 0 } label ? PlainText.Tidy(label) : Text(element);

    private void AddCategory(string? name)
    {
        if (string.IsNullOrEmpty(name) || categories.Count == MostCategories) return;

        name = PlainText.Cut(name, LongestCategory);
        if (!categories.Contains(name)) categories.Add(name);
    }

    public void AddAuthor(string? name)
    {
        if (PlainText.Tidy(name ?? "") is not { Length: > 0 } tidy || authors.Count == MostAuthors) return;

        tidy = PlainText.Cut(tidy, LongestAuthor);
        if (!authors.Contains(tidy, StringComparer.OrdinalIgnoreCase)) authors.Add(tidy);
    }

    // RSS has an address here, often with the name behind it in brackets; an address alone names nobody.
    private static string? Name(string? text)
    {
        if (text is null || !text.Contains('@', StringComparison.Ordinal)) return text;

        var (open, close) = (text.IndexOf('(', StringComparison.Ordinal), text.LastIndexOf(')'));
        return open >= 0 && close > open ? text[(open + 1)..close] : null;
    }

    private string? Id(string text)
    {
        text = text.Trim();
        if (text.Length <= LongestId) return text.Length > 0 ? text : null;

        problems.Add($"The id of item {number} is longer than {LongestId} characters and was left out.");
        return null;
    }

    private DateTimeOffset? Date(FeedElement element)
    {
        if (dates++ >= MostDates) return null;

        var text = PlainText.Tidy(element.Text);
        var date = FeedDates.Read(text);
        if (date is null && text.Length > 0) problems.Add($"Item {number}: \"{PlainText.Cut(text, 40)}\" is not a date.");
        return date;
    }

    private string? Text(FeedElement element) => FeedText.Read(element, IsAtom(element));

    private bool IsAtom(FeedElement element) => FeedNames.IsAtom(element.Space) || (isAtom && IsOwn(element.Space));

    private bool IsOwn(string space) => space.Length == 0 || space == ownSpace || (isAtom ? FeedNames.IsAtom(space) : FeedNames.IsRss(space));

    /// <summary>One thing as several elements say it; of elements that count the same, the first that says anything.</summary>
    [StructLayout(LayoutKind.Auto)]
    private record struct Ranked<T>(T Own, T Borrowed, T Last)
    {
        public readonly T Best => Own ?? Borrowed ?? Last;

        public void Take(T value, bool isOwn)
        {
            if (isOwn) Own ??= value;
            else Borrowed ??= value;
        }
    }
}
