using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Notify.Jobs;
using Notify.Storage;

namespace Notify.Articles;

/// <summary>
/// What must not go out by itself though a feed brings it waits for an editor: items that are old, and all of them where more are new at once than a newsroom writes,
/// for then a feed has moved or an archive was imported.
/// </summary>
internal sealed class IntakeGate(Database database, IOptionsMonitor<FeedsOptions> feeds, IAlarm alarm)
{
    /// <summary>How many drafts one transaction looks up.</summary>
    private const int Chunk = 100;

    /// <summary>For how long after a flood everything waits: the next look may bring what is left of it, after a restart too.</summary>
    private static readonly TimeSpan AfterFlood = TimeSpan.FromHours(1);

    /// <returns>Why it must wait for an editor; null: it need not.</returns>
    public static string? Why(FeedOptions feed, ArticleDraft draft, DateTimeOffset now, bool isFlood) =>
        isFlood ? "many new items came at once"
        : draft.PublishedAt is { } published && now - published > feed.OldestNews ? string.Create(CultureInfo.InvariantCulture, $"it is dated {published.UtcDateTime:d MMMM yyyy, HH:mm} UTC")
        : null;

    /// <summary>Whether more of these are new than may go out by themselves, or were a while ago.</summary>
    public async Task<bool> IsFloodAsync(FeedOptions feed, IReadOnlyList<ArticleDraft> drafts, CancellationToken cancellationToken)
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
            await alarm.RaiseAsync(write, AlarmOf(feed.Url), string.Create(CultureInfo.InvariantCulture,
                $"{feeds.CurrentValue.NameOf(feed.Url)} brought {fresh} new items at once, more than {feed.MostAtOnce}. None went out: send or drop them in the queue of the console."));
            return true;
        }, cancellationToken);
    }

    /// <summary>A name that several items of one document bear is none.</summary>
    public static List<ArticleDraft> Trusted(IReadOnlyList<ArticleDraft> drafts)
    {
        var shared = drafts.SelectMany(draft => draft.Keys.Select(key => (Key: key, Link: ArticleUrl.Canonicalise(draft.Url)))).Distinct()
            .GroupBy(pair => pair.Key, StringComparer.Ordinal).Where(group => group.Skip(1).Any()).Select(group => group.Key).ToHashSet(StringComparer.Ordinal);
        return [.. drafts.Select(draft => draft.Keys.Any(shared.Contains) ? draft with { Keys = [.. draft.Keys.Where(key => !shared.Contains(key))] } : draft)];
    }

    /// <summary>Whether what the feed says anew of its own article is an edit: until a person has edited it. Another feed's words for the same story are none.</summary>
    public static async Task<bool> IsItsOwnAsync(Write write, Guid article, string feed) => await write.QueryAsync("""
        SELECT 1 FROM articles a WHERE a.id = @id AND a.came_from = @feed AND a.unpublished_at IS NULL
          AND NOT EXISTS (SELECT 1 FROM article_revisions v WHERE v.article_id = a.id AND v.who <> a.came_from)
        """, row => row.GetInt32(0), ("id", article), ("feed", feed)) is [_];

    private static string AlarmOf(string url) => $"feed flood {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url)))[..12]}";
}
