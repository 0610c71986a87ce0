using System.Globalization;
using Microsoft.Extensions.Options;
using Notify.Jobs;
using Notify.Storage;

namespace Notify.Articles;

/// <summary>
/// Brings what a feed's document holds in, item by item: one that cannot be stored takes no other with it. What must not go out by itself waits for an editor: items
/// that are old, and all of them where more are new at once than a newsroom writes, for then a feed has moved or an archive was imported.
/// </summary>
internal sealed partial class Intake(Database database, Archive archive, INewsdesk newsdesk, IOptionsMonitor<FeedsOptions> feeds, IAlarm alarm, ILogger<Intake> logger)
{
    /// <summary>How many drafts one transaction looks up.</summary>
    private const int Chunk = 100;

    /// <summary>For how long after a flood everything waits: the next look may bring what is left of it, after a restart too.</summary>
    private static readonly TimeSpan AfterFlood = TimeSpan.FromHours(1);

    /// <summary>A list of posts brings what was changed, too: one from before its first look that nobody has seen here is no news, however long it is looked at.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromDays(1);

    /// <param name="drafts">The oldest first.</param>
    /// <param name="seededAt">When the feed's first look was; null: this is it, and it tells nobody.</param>
    /// <returns>Whether all are stored, and how many were new.</returns>
    public async Task<(bool IsComplete, int New)> TakeInAsync(FeedOptions feed, IReadOnlyList<ArticleDraft> drafts, DateTimeOffset? seededAt, CancellationToken cancellationToken)
    {
        var trusted = Trusted(drafts);
        var news = trusted.Where(draft => seededAt is not null && !(feed.Kind == FeedKind.WordPress && draft.PublishedAt < seededAt - Grace)).ToHashSet();
        var isFlood = news.Count > 0 && await IsFloodAsync(feed, [.. trusted.Where(news.Contains)], cancellationToken);
        var (isComplete, count, host) = (true, 0, new Uri(feed.Url).Host);
        foreach (var draft in trusted)
        {
            try
            {
                if (await database.WriteAsync(write => TakeAsync(write, feed, draft, !news.Contains(draft), isFlood), cancellationToken) is { } id)
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
    }

    /// <returns>The article's id when it is new, and news.</returns>
    private async Task<Guid?> TakeAsync(Write write, FeedOptions feed, ArticleDraft draft, bool isSilent, bool isFlood)
    {
        if (isSilent)
        {
            var (known, isFirst) = await archive.AddAsync(write, draft);
            if (!isFirst)
            {
                await EditAsync(write, known, draft);
            }

            return null;
        }

        var why = Why(feed, draft, await write.NowAsync(), isFlood);
        var (id, _, isNew) = await newsdesk.PublishAsync(write, draft, new Handling { Hold = why is not null, HoldReason = why });
        if (isNew)
        {
            return id;
        }

        await EditAsync(write, id, draft);
        return null;
    }

    private async Task EditAsync(Write write, Guid id, ArticleDraft draft)
    {
        // What a feed says anew of its own article is an edit, until a person has edited it; another feed's words for the same story are none.
        var isItsOwn = await write.QueryAsync("""
            SELECT 1 FROM articles a WHERE a.id = @id AND a.came_from = @feed AND a.unpublished_at IS NULL
              AND NOT EXISTS (SELECT 1 FROM article_revisions v WHERE v.article_id = a.id AND v.who <> a.came_from)
            """, row => row.GetInt32(0), ("id", id), ("feed", draft.CameFrom)) is [_];
        if (isItsOwn)
        {
            await newsdesk.EditAsync(write, id, draft);
        }
    }

    /// <returns>Why it must wait for an editor; null: it need not.</returns>
    private static string? Why(FeedOptions feed, ArticleDraft draft, DateTimeOffset now, bool isFlood) =>
        isFlood ? "many new items came at once"
        : draft.PublishedAt is { } published && now - published > feed.OldestNews ? string.Create(CultureInfo.InvariantCulture, $"it is dated {published.UtcDateTime:d MMMM yyyy, HH:mm} UTC")
        : null;

    private async Task<bool> IsFloodAsync(FeedOptions feed, IReadOnlyList<ArticleDraft> drafts, CancellationToken cancellationToken)
    {
        var fresh = 0;
        foreach (var some in drafts.Chunk(Chunk))
        {
            fresh += await database.WriteAsync(async write =>
            {
                var unknown = 0;
                foreach (var draft in some)
                {
                    unknown += (await Aliases.FindAsync(write, draft)).Id is null ? 1 : 0;
                }

                return unknown;
            }, cancellationToken);
        }

        if (fresh == 0)
        {
            return false;
        }

        return await database.WriteAsync(async write =>
        {
            var now = await write.NowAsync();
            if (fresh <= feed.MostAtOnce)
            {
                return await write.QueryAsync("SELECT 1 FROM feeds WHERE url = @url AND held_until > @now", row => row.GetInt32(0), ("url", feed.Url), ("now", now)) is [_];
            }

            // Written down before the first is stored: whatever ends this look half-way, the rest is held too.
            await write.ExecuteAsync("""
                INSERT INTO feeds (url, next_at, failures, held_until) VALUES (@url, 0, 0, @until) ON CONFLICT (url) DO UPDATE SET held_until = excluded.held_until
                """, ("url", feed.Url), ("until", now + AfterFlood));
            await alarm.RaiseAsync(write, FeedWatch.FloodAlarm(feed.Url), string.Create(CultureInfo.InvariantCulture,
                $"{feeds.CurrentValue.NameOf(feed.Url)} brought {fresh} new items at once, more than {feed.MostAtOnce}. None went out: send or drop them in the queue of the console."));
            return true;
        }, cancellationToken);
    }

    /// <summary>A name that several items of one document bear is none.</summary>
    private static List<ArticleDraft> Trusted(IReadOnlyList<ArticleDraft> drafts)
    {
        var shared = drafts.SelectMany(draft => draft.Keys.Select(key => (Key: key, Link: ArticleUrl.Canonicalise(draft.Url)))).Distinct()
            .GroupBy(pair => pair.Key, StringComparer.Ordinal).Where(group => group.Skip(1).Any()).Select(group => group.Key).ToHashSet(StringComparer.Ordinal);
        return [.. drafts.Select(draft => draft.Keys.Any(shared.Contains) ? draft with { Keys = [.. draft.Keys.Where(key => !shared.Contains(key))] } : draft)];
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Article {ArticleId} came from the feed at {Host}")]
    private partial void LogNew(Guid articleId, string host);

    [LoggerMessage(Level = LogLevel.Error, Message = "An item of the feed at {Host} could not be stored; the feed will be read again")]
    private partial void LogNotStored(Exception exception, string host);
}
