using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Notify.Articles.Push;
using Notify.Jobs;
using Notify.Web;

namespace Notify.Articles;

/// <summary>
/// Looks at feeds politely: conditional requests with the server's own validators, one node and one request to a host at a time, later when the server asks for it.
/// The first look at a feed tells nobody; one bad item never loses the others.
/// </summary>
internal sealed partial class FeedPoller(
    FeedBook book, FeedIntake intake, WordPressPosts posts, HubBook hubs, OutboundHttp http, IOptionsMonitor<FeedsOptions> feeds, IAlarm alarm, Random random, ILogger<FeedPoller> logger)
{
    /// <summary>Hosts asked at once by one node.</summary>
    private const int MostHosts = 4;

    /// <summary>A server that says three times in a row, and for a day, that a feed has moved for good is believed (RFC 9110 sections 15.4.2 and 15.4.9).</summary>
    private const int MovedTimes = 3;

    /// <summary>A new address that does not work so often in a row was none.</summary>
    private const int LostAfter = 3;

    private static readonly TimeSpan MovedFor = TimeSpan.FromDays(1);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var due = await book.DueAsync(feeds.CurrentValue.Feeds, cancellationToken);
        await Parallel.ForEachAsync(due.GroupBy(feed => new Uri(feed.Url).IdnHost, StringComparer.Ordinal), new ParallelOptions { MaxDegreeOfParallelism = MostHosts, CancellationToken = cancellationToken }, async (host, token) =>
        {
            foreach (var feed in host)
            {
                if (await book.TakeAsync(feed, token) is { } turn)
                {
                    await LookAsync(turn, token);
                }
            }
        });
    }

    private async Task LookAsync(FeedTurn turn, CancellationToken cancellationToken)
    {
        try
        {
            await (turn.Feed.Kind == FeedKind.WordPress ? LookAtPostsAsync(turn, cancellationToken) : LookAtFeedAsync(turn, cancellationToken));
        }
        catch (Exception e) when (e is FetchException or HttpRequestException or IOException && !cancellationToken.IsCancellationRequested)
        {
            LogUnreachable(e, feeds.CurrentValue.NameOf(turn.Feed.Url));
            await FailAsync(turn, null, e.Message, cancellationToken);
        }
    }

    private async Task LookAtFeedAsync(FeedTurn turn, CancellationToken cancellationToken)
    {
        var state = turn.State;
        var result = await http.FetchAsync(new FetchRequest(state.Place, state.Etag, state.LastModified, turn.IsOurs, FeedReader.LargestBody), cancellationToken);
        if (result.Status is not (200 or 304))
        {
            await RefusedAsync(turn, result, cancellationToken);
            return;
        }

        var hash = result.Status == 200 ? Convert.ToHexStringLower(SHA256.HashData(result.Body)) : state.BodyHash;
        if (result.Status == 304 || (hash == state.BodyHash && state.SeededAt is not null))
        {
            await GoodAsync(turn, result, isNew: false, row =>
            {
                // The same document may have new validators.
                if (result.Status == 200) (row.Etag, row.LastModified) = (result.ETag, result.LastModified);
            }, cancellationToken);
            return;
        }

        var read = FeedReader.Read(result.Body, result.ContentType, result.FinalUrl);
        if (!read.IsFeed)
        {
            // An error page with status 200 must neither seed the feed nor take its validators.
            await FailAsync(turn, result, read.Problems.Count > 0 ? read.Problems[0] : "this is no feed", cancellationToken);
            return;
        }

        var (isComplete, count) = await intake.TakeInAsync(turn.Feed, read.Items, state.SeededAt, cancellationToken);
        await GoodAsync(turn, result, count > 0, row =>
        {
            row.Asks = (long?)read.Hints.AtMostEvery?.TotalMilliseconds;
            row.Pace = (long?)FeedSchedule.Pace(read.Items.Select(item => item.Published ?? item.Updated), row.LastAt!.Value)?.TotalMilliseconds;
            row.Problem = isComplete ? read.Problems.Count > 0 ? read.Problems[0] : null : "some items could not be stored";
            // Without all items safely in, the old validators stay, so that the next look gets them again.
            if (isComplete) (row.Etag, row.LastModified, row.BodyHash, row.SeededAt) = (result.ETag, result.LastModified, hash, row.SeededAt ?? row.LastAt);
        }, cancellationToken);
        await hubs.NoteAsync(turn.Feed, Hubs.Of(result, read.Hints), cancellationToken);
    }

    private async Task LookAtPostsAsync(FeedTurn turn, CancellationToken cancellationToken)
    {
        var read = await posts.ReadAsync(turn, cancellationToken);
        if (read.Items is not { } items)
        {
            await (read.Last.Status == 200 ? FailAsync(turn, read.Last, read.Problem!, cancellationToken) : RefusedAsync(turn, read.Last, cancellationToken));
            return;
        }

        var (isComplete, count) = await intake.TakeInAsync(turn.Feed, items, turn.State.SeededAt, cancellationToken);
        await GoodAsync(turn, read.Last, count > 0, row =>
        {
            row.Pace = items.Count > 0 ? (long?)FeedSchedule.Pace(items.Select(item => item.Published), row.LastAt!.Value)?.TotalMilliseconds ?? row.Pace : row.Pace;
            row.Problem = isComplete ? read.Problem : "some posts could not be stored";
            // A site without a single post yet has been read to its beginning.
            var readTo = read.ChangedTo ?? row.ReadTo ?? DateTimeOffset.UnixEpoch.AddDays(1);
            if (isComplete) (row.ReadTo, row.SeededAt) = (row.ReadTo is null || readTo > row.ReadTo ? readTo : row.ReadTo, row.SeededAt ?? row.LastAt);
        }, cancellationToken);
    }

    /// <summary>It could be read, changed or not.</summary>
    private async Task GoodAsync(FeedTurn turn, FetchResult result, bool isNew, Action<FeedState> change, CancellationToken cancellationToken)
    {
        var isKept = await book.EndAsync(turn, async (write, row, now) =>
        {
            // What the reader said of the document is true until it is read again.
            if (row.Failures > 0) row.Problem = null;
            (row.LastStatus, row.LastAt, row.LastGoodAt, row.Failures) = (result.Status, now, now, 0);
            change(row);
            if (isNew) row.LastNewAt = now;
            Move(turn, row, result, now);
            var heard = new FeedHeard(FeedSchedule.FreshFor(result.Headers), Time(row.Asks), Time(row.Pace), turn.IsPushed);
            row.NextAt = now + FeedSchedule.AfterGood(turn.Feed, turn.IsOurs, heard, random);
            await alarm.ClearAsync(write, FeedWatch.GoneAlarm(turn.Feed.Url));
        }, cancellationToken);
        if (isKept && isNew && turn.IsPushed)
        {
            await hubs.MissedAsync(turn.Feed.Url, cancellationToken);
        }
    }

    /// <summary>An answer that is neither the feed nor "unchanged".</summary>
    private Task RefusedAsync(FeedTurn turn, FetchResult result, CancellationToken cancellationToken) =>
        result.Status == 410 && turn.State.Address is null
            ? book.EndAsync(turn, async (write, row, now) =>
            {
                (row.LastStatus, row.GoneAt, row.Problem) = (410, now, "the server says that it is gone for good (410)");
                row.NextAt = now;
                await alarm.RaiseAsync(write, FeedWatch.GoneAlarm(turn.Feed.Url),
                    $"{feeds.CurrentValue.NameOf(turn.Feed.Url)} is gone for good (410) and is not asked any more. Set its new address in Url, take it out, or let it be looked at again under Feeds in the console.");
            }, cancellationToken)
            : FailAsync(turn, result, $"the server answered {result.Status}", cancellationToken);

    private Task FailAsync(FeedTurn turn, FetchResult? result, string problem, CancellationToken cancellationToken) =>
        book.EndAsync(turn, (_, row, now) =>
        {
            (row.LastStatus, row.Problem) = (result?.Status, problem);
            row.Failures++;
            if (row.Failures >= LostAfter && row.Address is not null)
            {
                // Back to what the settings say: it was asked there first, and may be again.
                (row.Address, row.Failures) = (null, 1);
            }

            row.NextAt = now + FeedSchedule.AfterFailure(turn.Feed, row.Failures, result?.RetryAfter, random);
            return Task.CompletedTask;
        }, cancellationToken);

    /// <summary>Keeps a new address once it was said often and long enough; whatever was known of the feed stays known.</summary>
    private void Move(FeedTurn turn, FeedState row, FetchResult result, DateTimeOffset now)
    {
        if (!result.PermanentlyMoved || turn.Feed.Kind == FeedKind.WordPress)
        {
            (row.MovedTo, row.MovedTimes, row.MovedSince) = (null, 0, null);
            return;
        }

        var target = result.FinalUrl.AbsoluteUri;
        (row.MovedTo, row.MovedTimes, row.MovedSince) = target == row.MovedTo ? (target, row.MovedTimes + 1, row.MovedSince) : (target, 1, now);
        if (row.MovedTimes >= MovedTimes && now - row.MovedSince >= MovedFor)
        {
            (row.Address, row.MovedTo, row.MovedTimes, row.MovedSince) = (target, null, 0, null);
            LogMoved(feeds.CurrentValue.NameOf(turn.Feed.Url), result.FinalUrl.Host);
        }
    }

    private static TimeSpan? Time(long? milliseconds) => milliseconds is { } known ? TimeSpan.FromMilliseconds(known) : null;

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Feed} could not be reached")]
    private partial void LogUnreachable(Exception exception, string feed);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Feed} has moved for good and is asked at {Host} from now on; set its new address")]
    private partial void LogMoved(string feed, string host);
}
