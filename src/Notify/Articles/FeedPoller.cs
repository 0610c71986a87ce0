using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Notify.Jobs;
using Notify.Messages;
using Notify.Publication;
using Notify.Storage;
using Notify.Web;

namespace Notify.Articles;

/// <summary>
/// Looks at feeds politely: conditional requests with the server's own validators, one node at a time, later when the server asks for it. The
/// first look at a feed tells nobody; one bad item never loses the others.
/// </summary>
internal sealed partial class FeedPoller(
    Database database, Archive archive, INewsdesk newsdesk, OutboundHttp http, IOptionsMonitor<FeedsOptions> feeds, IOptionsMonitor<PublicationOptions> site,
    SandboxSettings sandbox, IAlarm alarm, IHints hints, ILogger<FeedPoller> logger) : IReconcile
{
    private const long MaxBytes = 10 * 1024 * 1024;

    /// <summary>How long a node may take for one feed before another looks.</summary>
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan MaxWait = TimeSpan.FromHours(1);

    /// <summary>Wakes the job when a feed's time has come.</summary>
    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        if ((await DueAsync(cancellationToken)).Count > 0)
        {
            hints.Wake(JobNames.PollFeeds, "due", "Look at the feeds");
        }
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var feed in await DueAsync(cancellationToken))
        {
            if (await TakeAsync(feed, cancellationToken) is { } state)
            {
                await LookAsync(feed, state, cancellationToken);
            }
        }
    }

    private async Task<List<FeedOptions>> DueAsync(CancellationToken cancellationToken)
    {
        var configured = feeds.CurrentValue.Feeds;
        if (configured.Count == 0)
        {
            return [];
        }

        var now = await database.NowAsync(cancellationToken);
        await using var db = database.Read();
        var later = await db.Feeds.AsNoTracking().Where(f => f.NextAt > now).Select(f => f.Url).ToListAsync(cancellationToken);
        return [.. configured.Where(f => !later.Contains(f.Url))];
    }

    /// <summary>Exactly one node looks: the one that moves the feed's next time.</summary>
    private Task<FeedState?> TakeAsync(FeedOptions feed, CancellationToken cancellationToken) =>
        database.WriteAsync(async write =>
        {
            var now = await write.NowAsync();
            await write.ExecuteAsync("INSERT INTO feeds (url, next_at, failures) VALUES (@url, 0, 0) ON CONFLICT (url) DO NOTHING", ("url", feed.Url));
            var taken = await write.ExecuteAsync("UPDATE feeds SET next_at = @until WHERE url = @url AND next_at <= @now",
                ("until", now + Turn), ("url", feed.Url), ("now", now)) == 1;
            return taken ? await write.Db.Feeds.AsNoTracking().FirstAsync(f => f.Url == feed.Url) : null;
        }, cancellationToken);

    private async Task LookAsync(FeedOptions feed, FeedState state, CancellationToken cancellationToken)
    {
        FetchResult result;
        try
        {
            result = await http.FetchAsync(
                new FetchRequest(new Uri(feed.Url), state.Etag, state.LastModified, feed.AllowPrivate && sandbox.IsEnabled, MaxBytes), cancellationToken);
        }
        catch (Exception e) when (e is FetchException or HttpRequestException or IOException && !cancellationToken.IsCancellationRequested)
        {
            LogUnreachable(e, feed.Url);
            await KeepAsync(feed, state, null, new FeedLook(state.Etag, state.LastModified, false, e.Message), cancellationToken);
            return;
        }

        if (result.Status != 200)
        {
            var problem = result.Status == 304 ? null : $"the server answered {result.Status}";
            if (result.Status == 410)
            {
                await alarm.RaiseAsync($"feed {feed.Url}", $"The feed {feed.Url} is gone for good (410). Take it out of Feeds, or set its new address.", cancellationToken);
            }

            await KeepAsync(feed, state, result, new FeedLook(state.Etag, state.LastModified, result.Status == 304, problem), cancellationToken);
            return;
        }

        var read = FeedReader.Read(result.Body, result.ContentType, result.FinalUrl);
        if (!read.IsFeed)
        {
            // An error page with status 200 must neither seed the feed nor take its validators.
            await KeepAsync(feed, state, result, new FeedLook(state.Etag, state.LastModified, false, read.Problems.Count > 0 ? read.Problems[0] : "this is no feed"), cancellationToken);
            return;
        }

        var isComplete = await TakeInAsync(feed, read, isFirst: state.SeededAt is null, cancellationToken);
        // Without all items safely in, the old validators stay, so that the next look gets them again.
        await KeepAsync(feed, state, result, isComplete
            ? new FeedLook(result.ETag, result.LastModified, true, read.Problems.Count > 0 ? read.Problems[0] : null)
            : new FeedLook(state.Etag, state.LastModified, true, "some items could not be stored"), cancellationToken);
    }

    /// <returns>Whether every readable item is stored.</returns>
    private async Task<bool> TakeInAsync(FeedOptions feed, Feed read, bool isFirst, CancellationToken cancellationToken)
    {
        var isComplete = true;
        foreach (var item in read.Items.Reverse())
        {
            if (Draft(feed, item) is not { } draft)
            {
                continue;
            }

            try
            {
                if (isFirst)
                {
                    await database.WriteAsync(write => archive.AddAsync(write, draft), cancellationToken);
                    continue;
                }

                var (id, _, isNew) = await database.WriteAsync(write => newsdesk.PublishAsync(write, draft, hold: false), cancellationToken);
                if (isNew)
                {
                    LogNew(id, feed.Url);
                }
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                LogNotStored(e, feed.Url);
                isComplete = false;
            }
        }

        return isComplete;
    }

    private ArticleDraft? Draft(FeedOptions feed, FeedItem item)
    {
        var link = item.Link ?? (Uri.TryCreate(item.Id, UriKind.Absolute, out var id) && id.Scheme is ("http" or "https") ? id : null);
        var title = TextNormaliser.Normalise(item.Title).ReplaceLineEndings(" ").Trim();
        if (link is null || title.Length == 0)
        {
            return null;
        }

        // A guid that is an address or a tag is unique everywhere; a bare number only within its feed.
        string[] keys = item.Id is { Length: > 0 } guid ? [guid.Contains(':', StringComparison.Ordinal) ? $"guid:{guid}" : $"guid:{feed.Url}|{guid}"] : [];
        var summary = item.Summary is { Length: > 0 } words ? TextNormaliser.Normalise(words) : null;
        return new ArticleDraft(link, title.Length > 500 ? title[..500] : title, summary, Topics(feed, item), item.Published, null, ArticlePriority.Normal, feed.Url, keys);
    }

    private string[] Topics(FeedOptions feed, FeedItem item)
    {
        var topics = site.CurrentValue.Topics;
        return [.. item.Categories
            .Select(category => feed.Topics.TryGetValue(category, out var key)
                ? key
                : topics.FirstOrDefault(t => t.Name.Equals(category, StringComparison.OrdinalIgnoreCase) || t.Key.Equals(category, StringComparison.OrdinalIgnoreCase))?.Key)
            .OfType<string>().Distinct(StringComparer.Ordinal)];
    }

    private Task KeepAsync(FeedOptions feed, FeedState state, FetchResult? result, FeedLook look, CancellationToken cancellationToken) =>
        database.WriteAsync(async write =>
        {
            var now = await write.NowAsync();
            var failures = look.IsGood ? 0 : state.Failures + 1;
            var wait = look.IsGood ? feed.Every : Longer(feed.Every * Math.Pow(2, Math.Min(failures, 8)), result?.RetryAfter);
            await write.ExecuteAsync("""
                UPDATE feeds SET etag = @etag, last_modified = @modified, next_at = @next, last_at = @now, last_status = @status, failures = @failures,
                  problem = @problem, seeded_at = COALESCE(seeded_at, @seeded) WHERE url = @url
                """,
                ("etag", look.Etag), ("modified", look.LastModified), ("next", now + wait), ("now", now), ("status", result?.Status), ("failures", failures),
                ("problem", look.Problem), ("seeded", result?.Status == 200 && look.IsGood ? now.ToUnixTimeMilliseconds() : null), ("url", feed.Url));
        }, cancellationToken);

    private static TimeSpan Longer(TimeSpan own, TimeSpan? asked)
    {
        var capped = own < MaxWait ? own : MaxWait;
        return asked is { } more && more > capped ? more : capped;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The feed {Url} could not be reached")]
    private partial void LogUnreachable(Exception exception, string url);

    [LoggerMessage(Level = LogLevel.Information, Message = "Article {ArticleId} came from the feed {Url}")]
    private partial void LogNew(Guid articleId, string url);

    [LoggerMessage(Level = LogLevel.Error, Message = "An item of the feed {Url} could not be stored; the feed will be read again")]
    private partial void LogNotStored(Exception exception, string url);

    private sealed record FeedLook(string? Etag, string? LastModified, bool IsGood, string? Problem);
}
