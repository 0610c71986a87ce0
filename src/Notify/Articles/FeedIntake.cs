using Microsoft.Extensions.Options;
using Notify.Publication;
using Notify.Storage;

namespace Notify.Articles;

/// <summary>From items to articles, however they came: by a look or by a push. One bad item never loses the others.</summary>
internal sealed partial class FeedIntake(Database database, Archive archive, INewsdesk newsdesk, IntakeGate gate, IOptionsMonitor<PublicationOptions> site, ILogger<FeedIntake> logger)
{
    /// <summary>What was published this long before the first look is no news where it comes as a change: an old post that was edited.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromDays(1);

    /// <param name="seededAt">When its first look was; null: this is it, and nobody is told.</param>
    /// <returns>Whether every readable item is stored, and how many were new.</returns>
    public async Task<(bool IsComplete, int New)> TakeInAsync(FeedOptions feed, IReadOnlyList<FeedItem> items, DateTimeOffset? seededAt, CancellationToken cancellationToken)
    {
        var (isComplete, count, host) = (true, 0, new Uri(feed.Url).Host);
        var drafts = IntakeGate.Trusted([.. items.Reverse().Select(item => Draft(feed, item)).OfType<ArticleDraft>()]);
        var isFlood = seededAt is not null && await gate.IsFloodAsync(feed, drafts.FindAll(IsNews), cancellationToken);
        foreach (var draft in drafts)
        {
            try
            {
                var isNews = IsNews(draft);
                var (id, isNew) = await database.WriteAsync(write => StoreAsync(write, feed, draft, isNews, isFlood), cancellationToken);
                if (isNew && isNews)
                {
                    count++;
                    LogNew(id, host);
                }
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                LogNotStored(e, host);
                isComplete = false;
            }
        }

        return (isComplete, count);

        bool IsNews(ArticleDraft draft) => seededAt is not null && !(feed.Kind == FeedKind.WordPress && draft.PublishedAt < seededAt - Grace);
    }

    private async Task<(Guid Id, bool IsNew)> StoreAsync(Write write, FeedOptions feed, ArticleDraft draft, bool isNews, bool isFlood)
    {
        var (id, isNew) = isNews ? await PublishAsync(write, feed, draft, isFlood) : await archive.AddAsync(write, draft);
        // Every look brings the newest again, and what a person changed or took back meanwhile is theirs.
        if (!isNew && await IntakeGate.IsItsOwnAsync(write, id, draft.CameFrom))
        {
            await newsdesk.EditAsync(write, id, draft);
        }

        return (id, isNew);
    }

    private async Task<(Guid Id, bool IsNew)> PublishAsync(Write write, FeedOptions feed, ArticleDraft draft, bool isFlood)
    {
        var why = IntakeGate.Why(feed, draft, await write.NowAsync(), isFlood);
        var (id, _, isNew) = await newsdesk.PublishAsync(write, draft, new Handling { Hold = why is not null, HoldReason = why });
        return (id, isNew);
    }

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
        return new ArticleDraft(link, title, ArticleText.Summary(item.Summary), Topics(site.CurrentValue, feed.Topics, item.Categories), item.Published, null, ArticlePriority.Normal, feed.Url, keys) { Author = item.Author };
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

    [LoggerMessage(Level = LogLevel.Information, Message = "Article {ArticleId} came from the feed at {Host}")]
    private partial void LogNew(Guid articleId, string host);

    [LoggerMessage(Level = LogLevel.Error, Message = "An item of the feed at {Host} could not be stored; the feed will be read again")]
    private partial void LogNotStored(Exception exception, string host);
}
