namespace Notify.Articles;

/// <summary>One item of a feed. Every text is plain: no markup, no entities, one line.</summary>
/// <param name="Id">The feed's own name for it (RSS guid, Atom id), unchanged except for blanks around it.</param>
/// <param name="Link">Where readers find it; always absolute and http or https.</param>
/// <param name="Title">Empty when the feed gives none.</param>
/// <param name="Summary">At most <see cref="FeedReader.LongestSummary"/> characters, cut at a word.</param>
/// <param name="Published">In UTC.</param>
/// <param name="Updated">In UTC.</param>
internal sealed record FeedItem(
    string? Id, Uri? Link, string Title, string? Summary, DateTimeOffset? Published, DateTimeOffset? Updated, IReadOnlyList<string> Categories)
{
    /// <summary>Who wrote it; several with commas between them.</summary>
    public string? Author { get; init; }
}

/// <summary>What could be read of a feed.</summary>
/// <param name="Format">Such as <c>RSS 2.0</c> or <c>Atom 1.0</c>; for what cannot be read the name of what it seems to be, or <c>unknown</c>.</param>
/// <param name="Items">In document order.</param>
/// <param name="Problems">Sentences for an operator: what was wrong and what was left out. Empty for a good feed.</param>
internal sealed record Feed(string Format, IReadOnlyList<FeedItem> Items, IReadOnlyList<string> Problems)
{
    /// <summary>Whether this is a feed at all, even one that has no items just now, and not an error page.</summary>
    public bool IsFeed { get; init; }

    public FeedHints Hints { get; init; } = FeedHints.None;
}

/// <summary>
/// Reads RSS from 0.90 to 2.0, Atom 0.3 and 1.0 (RFC 4287), JSON Feed and news sitemaps the way they are found, not the way they are specified.
/// Whatever the bytes are, it answers in time and memory linear to them and never throws: what cannot be read becomes a sentence in
/// <see cref="Feed.Problems"/>.
/// </summary>
internal static class FeedReader
{
    public const int LargestBody = 10 * 1024 * 1024;

    public const int MostItems = 5_000;

    public const int LongestSummary = 500;

    /// <param name="contentType">The HTTP header as it came; only its charset counts, because the type is wrong too often.</param>
    /// <param name="source">The absolute address that the body came from; relative links start there unless the feed says otherwise.</param>
    public static Feed Read(ReadOnlyMemory<byte> body, string? contentType, Uri source)
    {
        if (body.Length > LargestBody)
            return new Feed("unknown", [], ["The document is larger than 10 MB and was not read."]);

        var problems = new FeedProblems();
        var text = FeedMarkup.Clean(FeedEncoding.Decode(body.Span, contentType, problems));
        if (text.Length == 0) return new Feed(FeedFormat.Unknown.Name, [], ["The document is empty."]);

        return text[0] is '{' or '[' ? new JsonFeed(text, source, problems).Read() : new FeedDocument(text, source, problems).Read();
    }
}

/// <summary>Collects sentences, but not without end: a feed with a thousand faults has one cause.</summary>
internal sealed class FeedProblems
{
    private const int Most = 50;

    private readonly List<string> sentences = [];
    private int more;

    public void Add(string sentence)
    {
        if (sentences.Count < Most) sentences.Add(sentence);
        else more++;
    }

    public IReadOnlyList<string> ToSentences() => more == 0 ? [.. sentences] : [.. sentences, $"There were {more} more problems like these."];
}
