using Microsoft.Extensions.Options;
using Notify.Publication;

namespace Notify.Articles;

/// <summary>From items to articles, however they came: by a look or by a push.</summary>
internal sealed class FeedIntake(Intake intake, IOptionsMonitor<PublicationOptions> site)
{
    /// <param name="seededAt">When its first look was; null: this is it, and nobody is told.</param>
    /// <returns>Whether every readable item is stored, and how many were new.</returns>
    public Task<(bool IsComplete, int New)> TakeInAsync(FeedOptions feed, IReadOnlyList<FeedItem> items, DateTimeOffset? seededAt, CancellationToken cancellationToken) =>
        intake.TakeInAsync(feed, [.. items.Reverse().Select(item => Draft(feed, item)).OfType<ArticleDraft>()], seededAt, cancellationToken);

    private ArticleDraft? Draft(FeedOptions feed, FeedItem item)
    {
        var link = item.Link ?? (Uri.TryCreate(item.Id, UriKind.Absolute, out var id) && id.Scheme is ("http" or "https") ? id : null);
        var title = ArticleText.Title(item.Title);
        if (link is null || title.Length == 0)
        {
            return null;
        }

        // A guid that is an address or a tag is unique everywhere; a bare number only within its feed.
        string[] keys = item.Id is { Length: > 0 } guid ? [guid.Contains(':', StringComparison.Ordinal) ? $"guid:{guid}" : $"guid:{feed.Url}|{guid}"] : [];
        return new ArticleDraft(link, title, ArticleText.Summary(item.Summary), Topics(site.CurrentValue, feed.Topics, item.Categories), item.Published, null, ArticlePriority.Normal, feed.Url, keys)
        {
            Author = item.Author,
        };
    }

    /// <summary>The topics that categories mean.</summary>
    /// <param name="map">From categories to topics; a category that is not in it and is called like a topic is that topic.</param>
    public static string[] Topics(PublicationOptions site, IDictionary<string, string> map, IEnumerable<string> categories) =>
    [
        .. categories.Select(category => map.TryGetValue(category, out var key)
                ? key
                : site.Topics.FirstOrDefault(t => t.Name.Equals(category, StringComparison.OrdinalIgnoreCase) || t.Key.Equals(category, StringComparison.OrdinalIgnoreCase))?.Key)
            .OfType<string>().Distinct(StringComparer.Ordinal),
    ];
}
