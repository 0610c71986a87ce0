using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Notify.Articles.Push;
using Notify.Jobs;
using Notify.Storage;

namespace Notify.Articles;

/// <summary>How a feed is, in one line: for the doctor and for the console.</summary>
internal sealed record FeedHealth(string Url, string Name, FeedState? State, FeedPush? Push, bool IsPushLive, CheckMark Mark, string Says);

/// <summary>The doctor's look at the feeds: what is known of each, without asking anybody, for a feed that is asked twice is asked too often.</summary>
internal sealed class FeedChecks(Database database, IOptionsMonitor<FeedsOptions> feeds, IOptionsMonitor<ArticleWebhooksOptions> webhooks) : ICheck
{
    public async Task<IReadOnlyList<CheckResult>> CheckAsync(CancellationToken cancellationToken) =>
    [
        .. (await HealthAsync(cancellationToken)).Select(feed => new CheckResult($"feed {feed.Name}", feed.Mark, feed.Says)),
        .. webhooks.CurrentValue.ArticleWebhooks.Where(source => source.Value.Usable.Count == 0)
            .Select(source => new CheckResult($"articles of {source.Key}", CheckMark.Bad, $"its webhook answers 404, for there is no secret; set ArticleWebhooks:{source.Key}:Secrets")),
    ];

    /// <summary>In the order of the settings.</summary>
    public async Task<IReadOnlyList<FeedHealth>> HealthAsync(CancellationToken cancellationToken)
    {
        var configured = feeds.CurrentValue;
        if (configured.Feeds.Count == 0)
        {
            return [];
        }

        var now = await database.NowAsync(cancellationToken);
        await using var db = database.Read();
        var states = await db.Feeds.AsNoTracking().ToDictionaryAsync(f => f.Url, cancellationToken);
        var pushes = await db.FeedPushes.AsNoTracking().ToDictionaryAsync(p => p.Feed, cancellationToken);
        return [.. configured.Feeds.Select(feed =>
        {
            var (state, push) = (states.GetValueOrDefault(feed.Url), pushes.GetValueOrDefault(feed.Url));
            var isLive = push is { State: PushState.Live } && push.LiveUntil > now;
            var (mark, says) = Judge(feed, state, push, isLive, now);
            return new FeedHealth(feed.Url, configured.NameOf(feed.Url), state, push, isLive, mark, says);
        })];
    }

    private static (CheckMark Mark, string Says) Judge(FeedOptions feed, FeedState? state, FeedPush? push, bool isLive, DateTimeOffset now) => state switch
    {
        null or { LastAt: null } => (CheckMark.Skipped, "nobody has looked at it yet"),
        { GoneAt: not null } => (CheckMark.Bad, "its server says that it is gone for good (410), and it is not asked any more; set its new address in Url, or take it out"),
        _ when FeedWatch.Silence(feed, state, now) is { } silence => (CheckMark.Bad, silence),
        { Failures: > 0 } => (CheckMark.Warning, $"{state.Problem}; it is tried again {In(state.NextAt - now)}"),
        { Address: { } address } => (CheckMark.Warning, $"it has moved for good to {new Uri(address).Host} and is asked there; set its new address in Url"),
        { MovedTo: { } target } => (CheckMark.Warning, $"its server says that it has moved for good to {new Uri(target).Host}; if that is so, set its new address in Url"),
        { Problem: { } problem } => (CheckMark.Warning, $"it is read, but: {problem}"),
        _ when push is { Problem: { } trouble } && !isLive => (CheckMark.Warning, $"it is read, but not pushed: {trouble}"),
        _ => (CheckMark.Good, $"read {In(state.LastAt.Value - now)}, looked at again {In(state.NextAt - now)}{(isLive ? ", and its hub tells what is new" : "")}"),
    };

    private static string In(TimeSpan time)
    {
        var words = time.Duration() switch
        {
            { TotalMinutes: < 2 } span => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0} s"),
            { TotalHours: < 2 } span => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMinutes:0} min"),
            var span => string.Create(CultureInfo.InvariantCulture, $"{span.TotalHours:0} h"),
        };
        return time <= TimeSpan.Zero ? $"{words} ago" : $"in {words}";
    }
}
