using System.Globalization;
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

    /// <summary>Who wrote it; several with commas between them. Rules may look at it.</summary>
    public string? Author { get; init; }

    /// <summary>Waits for an editor's word.</summary>
    public bool Hold { get; init; }

    /// <summary>Not before then; without it as soon as it may.</summary>
    public DateTimeOffset? SendAt { get; init; }

    /// <summary>At this time of each reader's own day, such as <c>07:30</c>, the next there is (from <c>sendAt</c> on, where that is given too).</summary>
    public string? SendAtLocal { get; init; }

    /// <summary>What has not left by then is no news any more.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>Of an edit: those who got the former words are told that they were wrong.</summary>
    public bool Correction { get; init; }
}

/// <summary>Parses an article at the edge.</summary>
internal static class ArticleReader
{
    private const int MaxUrl = 2_000;
    private const int MaxTitle = ArticleText.LongestTitle;
    private const int MaxSummary = ArticleText.LongestSummary;
    private const int MaxAuthor = 200;

    /// <summary>As much as two clocks differ.</summary>
    private static readonly TimeSpan JustPassed = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Furthest = TimeSpan.FromDays(90);

    private static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    /// <param name="cameFrom">Who handed it in, in words.</param>
    public static ArticleDraft? Read(ArticleRequest request, PublicationOptions site, string cameFrom, out Dictionary<string, string[]> errors)
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

        if (request.Guid is { Length: > MaxUrl })
        {
            errors["guid"] = ["A guid has at most 2000 characters."];
        }

        if (request.Author is { Length: > MaxAuthor })
        {
            errors["author"] = [$"The author's name has at most {MaxAuthor} characters."];
        }

        if (errors.Count > 0)
        {
            return null;
        }

        string[] keys = request.Guid is { Length: > 0 } guid ? ["guid:" + guid] : [];
        var priority = request.Priority == "breaking" ? ArticlePriority.Breaking : ArticlePriority.Normal;
        return new ArticleDraft(url!, title, ArticleText.Summary(request.Summary), topics, request.PublishedAt, request.ImageUrl, priority, cameFrom, keys) { Author = ArticleText.Summary(request.Author) };
    }

    /// <summary>What is asked along with an article; what is wrong with it comes to the other errors.</summary>
    public static Handling ReadHandling(ArticleRequest request, DateTimeOffset now, Dictionary<string, string[]> errors)
    {
        if (request.SendAt is { } at && (at < now - JustPassed || at > now + Furthest))
        {
            errors["sendAt"] = [at < now ? "This time has passed. Leave it out to send at once." : $"At most {Furthest.Days} days ahead."];
        }

        TimeOnly? local = null;
        if (request.SendAtLocal is { Length: > 0 } text)
        {
            if (TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
            {
                local = time;
            }
            else
            {
                errors["sendAtLocal"] = ["Write it as hours and minutes of the reader's day, such as 07:30."];
            }
        }

        if (request.Expires is { } expires && (expires <= (request.SendAt > now ? request.SendAt : now) || expires > now + Furthest + Longest))
        {
            errors["expires"] = [$"It has to be later than the start, and at most {Longest.Days} days."];
        }

        if (local is not null && request.Expires is not null)
        {
            errors["expires"] = ["By readers' own hours each has the usual time; leave it out."];
        }

        return new Handling { Hold = request.Hold, SendAt = request.SendAt, SendAtLocal = local, Expires = request.Expires };
    }

    private static Uri? ReadUrl(string? text) =>
        text is { Length: > 0 and <= MaxUrl } && Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is ("http" or "https") && url.UserInfo.Length == 0 ? url : null;
}
