using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Notify.Storage;
using Notify.Web;

namespace Notify.Articles.Push;

/// <summary>The address hubs call: to make sure that we want a subscription, to refuse one, and to tell what is new.</summary>
internal sealed partial class HubEndpoint(
    HubBook book, FeedIntake intake, Database database, IOptionsMonitor<FeedsOptions> feeds, PushGate gate, WebhookLog log, PublicAddress address, ILogger<HubEndpoint> logger)
{
    /// <summary>A hub sends the feed, or its new items.</summary>
    public const int MaxBody = 4 * 1024 * 1024;

    private const string LogName = "articles:websub";
    private const int LongestReason = 200;

    /// <summary>WebSub section 5.3: what we did not ask for is answered 404, and the challenge goes back as it came.</summary>
    public async Task<IResult> VerifyAsync(string callback, HttpContext context)
    {
        if (gate.IsShut(context))
        {
            return PushGate.TooMany(context);
        }

        var answer = await AnswerAsync(callback, context);
        if (answer is NotFound)
        {
            gate.Refused(context);
        }

        return answer;
    }

    private async Task<IResult> AnswerAsync(string callback, HttpContext context)
    {
        var query = context.Request.Query;
        var (mode, topic, challenge) = (query["hub.mode"].ToString(), query["hub.topic"].ToString(), query["hub.challenge"].ToString());
        if (mode == "denied")
        {
            var reason = PlainText.Cut(ArticleText.Title(query["hub.reason"].ToString()), LongestReason);
            return await book.DenyAsync(callback, topic, reason, context.RequestAborted) ? TypedResults.Ok() : TypedResults.NotFound();
        }

        var lease = long.TryParse(query["hub.lease_seconds"], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(Math.Min(seconds, int.MaxValue)) : (TimeSpan?)null;
        return mode == "subscribe" && challenge.Length > 0 && await book.ConfirmAsync(callback, topic, lease, context.RequestAborted)
            ? TypedResults.Text(challenge, "text/plain")
            : TypedResults.NotFound();
    }

    public async Task<IResult> ReceiveAsync(string callback, HttpContext context)
    {
        if (gate.IsShut(context))
        {
            return PushGate.TooMany(context);
        }

        if (await book.FindAsync(callback, context.RequestAborted) is not { } push)
        {
            gate.Refused(context);
            return TypedResults.NotFound();
        }

        if (feeds.CurrentValue.Feeds.FirstOrDefault(f => f.Url == push.Feed && f.Push) is not { } feed)
        {
            // Nobody wants it any more, and the hub may forget it (section 7).
            return TypedResults.StatusCode(StatusCodes.Status410Gone);
        }

        if (await gate.ReadAsync(context) is not { } body)
        {
            return PushGate.Busy(context);
        }

        var signature = context.Request.Headers[HubSignature.Header].ToString();
        if (signature.Length == 0 || !HubSignature.Fits(signature, book.SecretOf(callback), body))
        {
            gate.Refused(context);
            return Ignore(push, signature.Length == 0);
        }

        log.Taken(LogName);
        await gate.WorkAsync(() => TakeAsync(feed, push, body, context.Request.ContentType), context.RequestAborted);
        return TypedResults.Accepted((string?)null);
    }

    /// <summary>Section 7.1: a signature that does not match is ignored here, and whoever guesses learns nothing from the answer.</summary>
    private IResult Ignore(FeedPush push, bool isUnsigned)
    {
        var why = isUnsigned ? "There is no X-Hub-Signature, though a secret was given." : "The signature does not match.";
        // The callback is a secret, too.
        if (log.Refused(LogName, address.Link("/webhooks/articles/websub/…"), why) is { } silent)
        {
            LogIgnored(feeds.CurrentValue.NameOf(push.Feed), why, silent);
        }

        return isUnsigned ? TypedResults.StatusCode(StatusCodes.Status403Forbidden) : TypedResults.Accepted((string?)null);
    }

    /// <returns>How much was new.</returns>
    private async Task<int> TakeAsync(FeedOptions feed, FeedPush push, byte[] body, string? contentType)
    {
        await using var db = database.Read();
        var seededAt = await db.Feeds.AsNoTracking().Where(f => f.Url == feed.Url).Select(f => f.SeededAt).FirstOrDefaultAsync(CancellationToken.None);
        var read = FeedReader.Read(body, contentType, new Uri(push.Topic));
        var (isComplete, count) = seededAt is not null && read.IsFeed ? await intake.TakeInAsync(feed, read.Items, seededAt, CancellationToken.None) : (false, 0);
        await book.HeardAsync(push, count > 0, CancellationToken.None);
        if (!isComplete)
        {
            // Then it is a hint, and the feed itself is looked at.
            await database.WriteAsync(write => FeedBook.HurryAsync(write, feed.Url), CancellationToken.None);
        }

        return count;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "What a hub sent of {Feed} was ignored: {Why} {Silent} more were refused since this was last said")]
    private partial void LogIgnored(string feed, string why, long silent);
}
