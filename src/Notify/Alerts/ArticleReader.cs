using Notify.Articles;
using Notify.Publication;

namespace Notify.Alerts;

/// <summary>What a CMS hands in: <c>POST /api/articles</c>.</summary>
public sealed record ArticleRequest
{
    public string? Url { get; init; }

    public string? Title { get; init; }

    public string? Summary { get; init; }

    /// <summary>Topic keys; without any only readers who take every topic are told.</summary>
    public IReadOnlyList<string>? Topics { get; init; }

    public DateTimeOffset? PublishedAt { get; init; }

    public string? ImageUrl { get; init; }

    /// <summary>Another name of the article, as its feed gives it.</summary>
    public string? Guid { get; init; }

    /// <summary><c>breaking</c> or <c>normal</c>.</summary>
    public string? Priority { get; init; }

    /// <summary>Waits for an editor's word.</summary>
    public bool Hold { get; init; }
}

/// <summary>Parses an article at the edge.</summary>
internal static class ArticleReader
{
    private const int MaxUrl = 2_000;
    private const int MaxTitle = ArticleText.LongestTitle;
    private const int MaxSummary = ArticleText.LongestSummary;

    /// <param name="cameFrom">Who handed it in, in words.</param>
    /// <param name="caller">Who handed it in, by id: an idempotency key means something to its caller only.</param>
    public static ArticleDraft? Read(ArticleRequest request, PublicationOptions site, string cameFrom, string caller, string idempotencyKey, out Dictionary<string, string[]> errors)
    {
        errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        var title = ArticleText.Title(request.Title);
        if (title.Length == 0 || request.Title!.Trim().Length > MaxTitle)
        {
            errors["title"] = [title.Length == 0 ? "An article needs a title." : $"A title has at most {MaxTitle} characters."];
        }

        var url = ReadUrl(request.Url);
        if (url is null)
        {
            errors["url"] = ["Send the article's full address, beginning with https://."];
        }

        if (request.ImageUrl is { Length: > 0 } && ReadUrl(request.ImageUrl) is null)
        {
            errors["imageUrl"] = ["Send the image's full address, beginning with https://."];
        }

        if (request.Summary is { Length: > MaxSummary })
        {
            errors["summary"] = [$"A summary has at most {MaxSummary} characters."];
        }

        string[] topics = [.. (request.Topics ?? []).Distinct(StringComparer.Ordinal)];
        if (topics.Any(topic => site.Topics.All(t => t.Key != topic)))
        {
            errors["topics"] = [$"There is no such topic. The topics are: {string.Join(", ", site.Topics.Select(t => t.Key))}."];
        }

        if (request.Priority is not (null or "normal" or "breaking"))
        {
            errors["priority"] = ["Send \"breaking\" or \"normal\"."];
        }

        if (request.Guid is { Length: > MaxUrl } || idempotencyKey.Length > 255)
        {
            errors["guid"] = ["A guid has at most 2000 characters, an Idempotency-Key 255."];
        }

        if (errors.Count > 0)
        {
            return null;
        }

        var keys = new List<string>();
        if (request.Guid is { Length: > 0 } guid)
        {
            keys.Add("guid:" + guid);
        }

        if (idempotencyKey.Length > 0)
        {
            keys.Add($"key:{caller}:{idempotencyKey}");
        }

        var priority = request.Priority == "breaking" ? ArticlePriority.Breaking : ArticlePriority.Normal;
        return new ArticleDraft(url!, title, ArticleText.Summary(request.Summary), topics, request.PublishedAt, request.ImageUrl, priority, cameFrom, keys);
    }

    private static Uri? ReadUrl(string? text) =>
        text is { Length: > 0 and <= MaxUrl } && Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is ("http" or "https") && url.UserInfo.Length == 0 ? url : null;
}
