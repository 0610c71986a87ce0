using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Notify.Jobs;
using Notify.Storage;

namespace Notify.Articles;

/// <summary>Wakes the job when a feed's time has come, tells a person of a feed that nothing comes from, and forgets what was about feeds that are not set any more.</summary>
internal sealed class FeedWatch(Database database, FeedBook book, IOptionsMonitor<FeedsOptions> feeds, IAlarm alarm, IHints hints) : IReconcile
{
    /// <summary>A feed that could not be read so long, and so often in a row, is not having a bad moment.</summary>
    private static readonly TimeSpan Unread = TimeSpan.FromHours(1);

    private const int UnreadTimes = 3;

    /// <summary>Quiet is what is much longer than usual.</summary>
    private const int TimesUsual = 3;

    public static string GoneAlarm(string url) => $"feed gone {Id(url)}";

    public static string FloodAlarm(string url) => $"feed flood {Id(url)}";

    public static string SilentAlarm(string url) => $"feed silent {Id(url)}";

    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        var configured = feeds.CurrentValue;
        if ((await book.DueAsync(configured.Feeds, cancellationToken)).Count > 0)
        {
            hints.Wake(JobNames.PollFeeds, "due", "Look at the feeds");
        }

        var now = await database.NowAsync(cancellationToken);
        await using var db = database.Read();
        foreach (var state in await db.Feeds.AsNoTracking().ToListAsync(cancellationToken))
        {
            var feed = configured.Feeds.FirstOrDefault(f => f.Url == state.Url);
            var silence = feed is null || state.GoneAt is not null ? null : Silence(feed, state, now);
            if (silence is null != state.SilentAt is null)
            {
                await SayAsync(state.Url, silence is null ? null : $"{configured.NameOf(state.Url)} {silence}", cancellationToken);
            }

            if (feed is null && state.GoneAt is not null)
            {
                // Set again one day, it is asked again.
                await database.WriteAsync(async write =>
                {
                    await write.ExecuteAsync("UPDATE feeds SET gone_at = NULL WHERE url = @url", ("url", state.Url));
                    await alarm.ClearAsync(write, GoneAlarm(state.Url));
                }, cancellationToken);
            }
        }

        var pushes = await db.FeedPushes.AsNoTracking().Select(p => p.Feed).ToListAsync(cancellationToken);
        foreach (var url in pushes.Where(url => !configured.Feeds.Any(feed => feed.Url == url && feed.Push)))
        {
            await database.WriteAsync(write => write.ExecuteAsync("DELETE FROM feed_pushes WHERE feed = @feed", ("feed", url)), cancellationToken);
        }
    }

    /// <returns>What is wrong, as the rest of a sentence about the feed; null when nothing is.</returns>
    internal static string? Silence(FeedOptions feed, FeedState state, DateTimeOffset now)
    {
        if (state.Failures >= UnreadTimes && (state.LastGoodAt is null || now - state.LastGoodAt > Unread))
        {
            return $"cannot be read{(state.LastGoodAt is { } good ? $" since {good:yyyy-MM-dd HH:mm} UTC" : "")}: {state.Problem}. Look whether its Url is right and its server is well.";
        }

        var heard = state.LastNewAt > state.SeededAt ? state.LastNewAt : state.SeededAt;
        var usual = TimeSpan.FromMilliseconds(state.Pace ?? 0) * TimesUsual;
        return feed.SilentAfter > TimeSpan.Zero && heard is { } last && now - last > (usual > feed.SilentAfter ? usual : feed.SilentAfter)
            ? $"has brought nothing new since {last:yyyy-MM-dd HH:mm} UTC. Look whether it still shows what is published; SilentAfter says how long is too long."
            : null;
    }

    /// <summary>Said by one node once, however many look.</summary>
    private Task SayAsync(string url, string? text, CancellationToken cancellationToken) =>
        database.WriteAsync(async write =>
        {
            if (text is null)
            {
                await write.ExecuteAsync("UPDATE feeds SET silent_at = NULL WHERE url = @url", ("url", url));
                await alarm.ClearAsync(write, SilentAlarm(url));
            }
            else if (await write.ExecuteAsync("UPDATE feeds SET silent_at = @now WHERE url = @url AND silent_at IS NULL", ("now", await write.NowAsync()), ("url", url)) == 1)
            {
                await alarm.RaiseAsync(write, SilentAlarm(url), text);
            }
        }, cancellationToken);

    /// <summary>The same for one address for ever, and nothing of it but the host.</summary>
    private static string Id(string url) =>
        $"{(Uri.TryCreate(url, UriKind.Absolute, out var address) ? address.Host : "")} {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url)))[..8]}";
}
