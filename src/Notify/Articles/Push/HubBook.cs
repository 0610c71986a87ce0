using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Notify.Storage;
using Notify.Web;

namespace Notify.Articles.Push;

/// <summary>The subscriptions' rows (WebSub, w3.org/TR/websub): one for a feed that names a hub.</summary>
internal sealed class HubBook(Database database, Keys keys)
{
    /// <summary>What is asked for; a hub may give less.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromDays(10);

    /// <summary>A hub that comes back later than this was not asked.</summary>
    private static readonly TimeSpan Pending = TimeSpan.FromHours(1);

    private static readonly TimeSpan ShortestLease = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestLease = TimeSpan.FromDays(30);
    private static readonly TimeSpan AfterDenial = TimeSpan.FromDays(1);
    private static readonly TimeSpan FirstPatience = TimeSpan.FromMinutes(15);

    private readonly byte[] _key = keys.LastingFor("feed push secrets 1");

    /// <summary>What the hub signs with: derived, so that it lies in no database (under 200 octets, WebSub section 5.1).</summary>
    public string SecretOf(string callback) => Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(callback)));

    /// <summary>Remembers which hub a feed names; another than before is a new subscription under a new callback, and none ends it.</summary>
    public async Task NoteAsync(FeedOptions feed, HubFound? found, CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        var known = await db.FeedPushes.AsNoTracking().FirstOrDefaultAsync(p => p.Feed == feed.Url, cancellationToken);
        var wanted = feed.Push ? found : null;
        if (known?.Hub == wanted?.Hub.AbsoluteUri && known?.Topic == wanted?.Topic.AbsoluteUri)
        {
            return;
        }

        var callback = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(24));
        await database.WriteAsync(async write =>
        {
            await write.ExecuteAsync("DELETE FROM feed_pushes WHERE feed = @feed", ("feed", feed.Url));
            if (wanted is not null)
            {
                await write.ExecuteAsync("INSERT INTO feed_pushes (feed, callback, hub, topic, state, next_at, failures) VALUES (@feed, @callback, @hub, @topic, 1, 0, 0) ON CONFLICT (feed) DO NOTHING",
                    ("feed", feed.Url), ("callback", callback), ("hub", wanted.Hub.AbsoluteUri), ("topic", wanted.Topic.AbsoluteUri));
            }
        }, cancellationToken);
    }

    public async Task<FeedPush?> FindAsync(string callback, CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        return await db.FeedPushes.AsNoTracking().FirstOrDefaultAsync(p => p.Callback == callback, cancellationToken);
    }

    /// <summary>The subscriptions that are to be asked for or renewed, each taken by one node; the next try is due before this one is known to have failed.</summary>
    public async Task<IReadOnlyList<FeedPush>> TakeDueAsync(CancellationToken cancellationToken)
    {
        var now = await database.NowAsync(cancellationToken);
        await using var db = database.Read();
        var due = await db.FeedPushes.AsNoTracking().Where(p => p.NextAt <= now).ToListAsync(cancellationToken);
        var taken = new List<FeedPush>();
        foreach (var push in due)
        {
            var patience = FirstPatience * Math.Pow(2, Math.Min(push.Failures, 7));
            var isTaken = await database.WriteAsync(async write => await write.ExecuteAsync(
                "UPDATE feed_pushes SET next_at = @next, asked_at = @now, failures = failures + 1 WHERE feed = @feed AND callback = @callback AND next_at = @due",
                ("next", now + (patience < AfterDenial ? patience : AfterDenial)), ("now", now), ("feed", push.Feed), ("callback", push.Callback), ("due", push.NextAt)) == 1, cancellationToken);
            if (isTaken)
            {
                taken.Add(push);
            }
        }

        return taken;
    }

    public Task TroubleAsync(FeedPush push, string problem, CancellationToken cancellationToken) =>
        database.WriteAsync(write => write.ExecuteAsync("UPDATE feed_pushes SET problem = @problem WHERE callback = @callback", ("problem", problem), ("callback", push.Callback)), cancellationToken);

    /// <summary>The hub makes sure that we want it: only what was asked for a short while ago is wanted.</summary>
    /// <returns>Whether it is.</returns>
    public Task<bool> ConfirmAsync(string callback, string topic, TimeSpan? lease, CancellationToken cancellationToken) =>
        database.WriteAsync(async write =>
        {
            var now = await write.NowAsync();
            var given = lease is not { } said ? TimeSpan.FromDays(1) : said < ShortestLease ? ShortestLease : said > LongestLease ? LongestLease : said;
            return await write.ExecuteAsync("""
                UPDATE feed_pushes SET state = 2, live_until = @until, next_at = @renew, failures = 0, problem = NULL
                WHERE callback = @callback AND topic = @topic AND asked_at > @since
                """, ("until", now + given), ("renew", now + (given * 2 / 3)), ("callback", callback), ("topic", topic), ("since", now - Pending)) == 1;
        }, cancellationToken);

    public Task<bool> DenyAsync(string callback, string topic, string reason, CancellationToken cancellationToken) =>
        database.WriteAsync(async write => await write.ExecuteAsync(
            "UPDATE feed_pushes SET state = 3, live_until = NULL, asked_at = NULL, next_at = @next, problem = @problem WHERE callback = @callback AND topic = @topic",
            ("next", await write.NowAsync() + AfterDenial), ("problem", $"the hub refused: {(reason.Length > 0 ? reason : "it does not say why")}"), ("callback", callback), ("topic", topic)) == 1, cancellationToken);

    /// <summary>A genuine push has come.</summary>
    /// <param name="isNew">There was something new in it.</param>
    public Task HeardAsync(FeedPush push, bool isNew, CancellationToken cancellationToken) =>
        database.WriteAsync(async write =>
        {
            var now = await write.NowAsync();
            await write.ExecuteAsync("UPDATE feed_pushes SET last_at = @now WHERE callback = @callback", ("now", now), ("callback", push.Callback));
            if (isNew)
            {
                await write.ExecuteAsync("UPDATE feeds SET last_new_at = @now WHERE url = @url", ("now", now), ("url", push.Feed));
            }
        }, cancellationToken);

    /// <summary>A look found what the hub had not sent: until it sends again it is not relied on.</summary>
    public Task MissedAsync(string feed, CancellationToken cancellationToken) =>
        database.WriteAsync(async write => await write.ExecuteAsync("UPDATE feed_pushes SET missed_at = @now WHERE feed = @feed AND state = 2", ("now", await write.NowAsync()), ("feed", feed)), cancellationToken);
}
