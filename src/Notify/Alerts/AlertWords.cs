using Notify.Articles;
using Notify.Storage;

namespace Notify.Alerts;

/// <summary>The words an alert began with, so that its last reader gets what its first got.</summary>
public sealed class AlertWords
{
    public required Guid AlertId { get; init; }

    public required string Url { get; init; }

    public required string Title { get; init; }

    public string? Summary { get; init; }

    public string? ImageUrl { get; init; }

    public required string Topics { get; init; }

    public required ArticlePriority Priority { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>Takes the article's words as they are in this moment; once.</summary>
    internal static Task<int> KeepAsync(Write write, Guid alertId, DateTimeOffset now) => write.ExecuteAsync("""
        INSERT INTO alert_words (alert_id, url, title, summary, image_url, topics, priority, at)
        SELECT a.id, r.url, r.title, r.summary, r.image_url, r.topics, r.priority, @now FROM alerts a JOIN articles r ON r.id = a.article_id WHERE a.id = @id
        ON CONFLICT (alert_id) DO NOTHING
        """, ("id", alertId), ("now", now));

    /// <summary>The article as the alert tells it.</summary>
    internal Article In(Article article) => new()
    {
        Id = article.Id,
        Url = Url,
        Title = Title,
        Summary = Summary,
        ImageUrl = ImageUrl,
        Author = article.Author,
        Topics = Topics,
        Priority = Priority,
        PublishedAt = article.PublishedAt,
        CreatedAt = article.CreatedAt,
        CameFrom = article.CameFrom,
        UnpublishedAt = article.UnpublishedAt,
    };
}
