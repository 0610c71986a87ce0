namespace Notify.Articles;

/// <summary>An article's words as they were at one time; the first revision is what came in. An article nobody has changed has none.</summary>
public sealed class ArticleRevision
{
    public required Guid ArticleId { get; init; }

    /// <summary>From 1.</summary>
    public required int Number { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>Who changed it: a key's name, an operator's address, a feed's address.</summary>
    public required string Who { get; init; }

    public required string Url { get; init; }

    public required string Title { get; init; }

    public string? Summary { get; init; }

    public string? ImageUrl { get; init; }

    public string? Author { get; init; }

    public required string Topics { get; init; }

    public required ArticlePriority Priority { get; init; }
}
