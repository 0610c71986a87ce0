namespace Notify.Articles;

/// <summary>How urgent an article is.</summary>
public enum ArticlePriority
{
    Normal = 0,
    Breaking = 1,
}

/// <summary>Something the newsroom published.</summary>
public sealed class Article
{
    public required Guid Id { get; init; }

    /// <summary>The address readers are sent to, as the newsroom gave it.</summary>
    public required string Url { get; set; }

    public required string Title { get; set; }

    public string? Summary { get; set; }

    public string? ImageUrl { get; set; }

    public string? Author { get; set; }

    /// <summary>Topic keys separated by blanks.</summary>
    public required string Topics { get; set; }

    public required ArticlePriority Priority { get; set; }

    public DateTimeOffset? PublishedAt { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Where it came from: an API key's name, a feed's address, an operator.</summary>
    public required string CameFrom { get; init; }

    public DateTimeOffset? UnpublishedAt { get; set; }

    public string[] TopicKeys => Topics.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
