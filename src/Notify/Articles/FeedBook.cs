using Microsoft.EntityFrameworkCore;
using Notify.Storage;
using Notify.Web;

namespace Notify.Articles;

/// <summary>A node's turn at a feed. Once its time is over another node may have taken the next one, and then nothing of this one is written any more.</summary>
/// <param name="Until">When it ends; also what its owner is known by.</param>
/// <param name="IsPushed">Its hub tells what is new, and has not missed anything since it last did.</param>
internal sealed record FeedTurn(FeedOptions Feed, FeedState State, DateTimeOffset Until, bool IsOurs, bool IsPushed)
{
    /// <summary>Another host of the same name on another port is another machine only by chance.</summary>
    public string Host => State.Place.IdnHost;
}

/// <summary>The feeds' rows: who looks, and what is known after a look. All of it is in the database, so that the nodes agree and a restart forgets nothing.</summary>
internal sealed class FeedBook(Database database, SandboxSettings sandbox)
{
    /// <summary>How long a node may take for one feed before another looks: longer than any fetch.</summary>
    public static readonly TimeSpan Turn = TimeSpan.FromSeconds(60);

    /// <summary>Between two requests to one host.</summary>
    public static readonly TimeSpan Spacing = TimeSpan.FromSeconds(2);

    /// <summary>The configured feeds whose time has come.</summary>
    public async Task<List<FeedOptions>> DueAsync(IList<FeedOptions> configured, CancellationToken cancellationToken)
    {
        if (configured.Count == 0)
        {
            return [];
        }

        var now = await database.NowAsync(cancellationToken);
        await using var db = database.Read();
        var later = await db.Feeds.AsNoTracking().Where(f => f.NextAt > now || f.GoneAt != null).Select(f => f.Url).ToListAsync(cancellationToken);
        return [.. configured.Where(f => !later.Contains(f.Url))];
    }

    /// <summary>Whether a feed is the local carrier's, or one beside it: the only ones that may be private, and that are not spared.</summary>
    public bool IsOurs(FeedOptions feed) => feed.AllowPrivate && sandbox.IsEnabled;

    /// <summary>Exactly one node looks: the one that moves the feed's next time, and its host's.</summary>
    /// <returns>Null when it is another's turn, or its host was asked just now.</returns>
    public Task<FeedTurn?> TakeAsync(FeedOptions feed, CancellationToken cancellationToken) =>
        database.WriteAsync(async write =>
        {
            var now = await write.NowAsync();
            var until = now + Turn;
            await AddAsync(write, feed.Url);
            if (await write.ExecuteAsync("UPDATE feeds SET next_at = @until WHERE url = @url AND next_at <= @now AND gone_at IS NULL", ("until", until), ("url", feed.Url), ("now", now)) == 0)
            {
                return null;
            }

            var state = await write.Db.Feeds.AsNoTracking().FirstAsync(f => f.Url == feed.Url, write.Cancellation);
            var pushed = await write.ScalarAsync<long>(
                "SELECT count(*) FROM feed_pushes WHERE feed = @url AND state = 2 AND live_until > @now AND (missed_at IS NULL OR last_at > missed_at)", ("url", feed.Url), ("now", now));
            var turn = new FeedTurn(feed, state, until, IsOurs(feed), pushed == 1);
            await write.ExecuteAsync("INSERT INTO feed_hosts (host, next_at) VALUES (@host, 0) ON CONFLICT (host) DO NOTHING", ("host", turn.Host));
            if (await write.ExecuteAsync("UPDATE feed_hosts SET next_at = @until WHERE host = @host AND next_at <= @now", ("until", until), ("host", turn.Host), ("now", now)) == 1)
            {
                return turn;
            }

            // Its own time stays what it was: it is asked once its host is free.
            await write.ExecuteAsync("UPDATE feeds SET next_at = @now WHERE url = @url", ("now", now), ("url", feed.Url));
            return null;
        }, cancellationToken);

    /// <summary>Ends a turn: the row is changed and the host set free, unless the turn was over already.</summary>
    /// <param name="change">What was learned; it sets at least when to look next.</param>
    public Task<bool> EndAsync(FeedTurn turn, Func<Write, FeedState, DateTimeOffset, Task> change, CancellationToken cancellationToken) =>
        database.WriteAsync(async write =>
        {
            var now = await write.NowAsync();
            await write.ExecuteAsync("UPDATE feed_hosts SET next_at = @free WHERE host = @host AND next_at = @until",
                ("free", turn.IsOurs ? now : now + Spacing), ("host", turn.Host), ("until", turn.Until));
            if (await write.ExecuteAsync("UPDATE feeds SET last_at = @now WHERE url = @url AND next_at = @until", ("now", now), ("url", turn.Feed.Url), ("until", turn.Until)) == 0)
            {
                return false;
            }

            var state = await write.Db.Feeds.FirstAsync(f => f.Url == turn.Feed.Url, write.Cancellation);
            await change(write, state, now);
            await write.SaveAsync();
            return true;
        }, cancellationToken);

    /// <summary>Looks again as soon as somebody can, whatever stood against it; a person wants it, or a hub said something that could not be used.</summary>
    public static Task<int> HurryAsync(Write write, string url) =>
        write.ExecuteAsync("UPDATE feeds SET next_at = 0, gone_at = NULL WHERE url = @url AND (gone_at IS NOT NULL OR next_at > 0)", ("url", url));

    /// <summary>A feed whose setting was changed to where it had moved is no new feed: what it had then is known.</summary>
    private static async Task AddAsync(Write write, string url)
    {
        await write.ExecuteAsync("""
            INSERT INTO feeds (url, next_at, failures, seeded_at, pace, last_new_at)
            SELECT @url, 0, 0, seeded_at, pace, last_new_at FROM feeds WHERE address = @url OR moved_to = @url
            ON CONFLICT (url) DO NOTHING
            """, ("url", url));
        await write.ExecuteAsync("INSERT INTO feeds (url, next_at, failures) VALUES (@url, 0, 0) ON CONFLICT (url) DO NOTHING", ("url", url));
    }
}
