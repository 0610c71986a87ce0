using System.Globalization;
using Microsoft.Extensions.Options;
using Notify.Jobs;
using Notify.Web;

namespace Notify.Articles.Push;

/// <summary>Asks hubs for subscriptions and renews them when two thirds of a lease are over (WebSub section 5.1). The hub then comes to our callback to make sure.</summary>
internal sealed partial class HubErrand(
    HubBook book, FeedBook feedBook, OutboundHttp http, IOptionsMonitor<FeedsOptions> feeds, PublicAddress address, ILogger<HubErrand> logger) : IErrand
{
    private const long MaxAnswer = 64 * 1024;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (feeds.CurrentValue.Feeds.Count == 0)
        {
            return;
        }

        foreach (var push in await book.TakeDueAsync(cancellationToken))
        {
            if (feeds.CurrentValue.Feeds.FirstOrDefault(feed => feed.Url == push.Feed && feed.Push) is { } feed && await AskAsync(push, feedBook.IsOurs(feed), cancellationToken) is { } problem)
            {
                LogRefused(feeds.CurrentValue.NameOf(push.Feed), problem);
                await book.TroubleAsync(push, problem, cancellationToken);
            }
        }
    }

    /// <returns>What went wrong; null: the hub will come back.</returns>
    private async Task<string?> AskAsync(FeedPush push, bool isOurs, CancellationToken cancellationToken)
    {
        var callback = address.Link($"/webhooks/articles/websub/{push.Callback}");
        if (!isOurs && !callback.StartsWith("https://", StringComparison.Ordinal))
        {
            return "the hub could not reach us: PublicUrl must be an address that begins with https://";
        }

        var form = new KeyValuePair<string, string>[]
        {
            new("hub.mode", "subscribe"), new("hub.topic", push.Topic), new("hub.callback", callback), new("hub.secret", book.SecretOf(push.Callback)),
            new("hub.lease_seconds", HubBook.Lease.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)),
        };
        try
        {
            var result = await http.FetchAsync(new FetchRequest(Secured(new Uri(push.Hub), isOurs), null, null, isOurs, MaxAnswer) { Form = form }, cancellationToken);
            return result.Status is >= 200 and < 300 ? null : $"the hub answered {result.Status}";
        }
        catch (Exception e) when (e is HttpRequestException or IOException && !cancellationToken.IsCancellationRequested)
        {
            return $"the hub could not be asked: {e.Message}";
        }
    }

    /// <summary>The secret goes over no open line: a hub that is named without encryption is asked with it.</summary>
    private static Uri Secured(Uri hub, bool isOurs) =>
        isOurs || hub.Scheme == Uri.UriSchemeHttps ? hub : new UriBuilder(hub) { Scheme = Uri.UriSchemeHttps, Port = hub.IsDefaultPort ? 443 : hub.Port }.Uri;

    [LoggerMessage(Level = LogLevel.Warning, Message = "The hub of {Feed} could not be subscribed at: {Problem}. The feed is looked at as before")]
    private partial void LogRefused(string feed, string problem);
}
