using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;

namespace Notify.Tests.Support;

/// <summary>
/// A publisher and its hub over real HTTP (WebSub, w3.org/TR/websub): a feed at <c>/feed.xml</c> that names the hub, and a hub that makes sure of what it is asked for, leases it, and
/// sends the feed, signed, when it is told to. It shares no code with the subscriber it judges.
/// </summary>
internal sealed class Hub : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, Subscription> _subscriptions = new(StringComparer.Ordinal);
    private readonly HttpClient _client = new(new HttpClientHandler { AllowAutoRedirect = false });
    private int _looks;
    private int _asked;

    private Hub(WebApplication app) => _app = app;

    public Uri Url => new(_app.Urls.First());

    public Uri Feed => new(Url, "/feed.xml");

    /// <summary>The items of the feed, newest first.</summary>
    public IReadOnlyList<string> Items { get; set; } = ["1"];

    public int LeaseSeconds { get; set; } = 600;

    /// <summary>What is done when somebody asks for a subscription.</summary>
    public Manner Manners { get; set; } = Manner.Verify;

    /// <summary>How often the feed was looked at.</summary>
    public int Looks => _looks;

    /// <summary>How often somebody asked for a subscription.</summary>
    public int Asked => _asked;

    public IReadOnlyCollection<Subscription> Subscriptions => [.. _subscriptions.Values];

    public static async Task<Hub> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var hub = new Hub(app);
        app.MapGet("/feed.xml", (HttpContext http) =>
        {
            Interlocked.Increment(ref hub._looks);
            http.Response.Headers.Link = $"<{hub.Url}hub>; rel=\"hub\", <{hub.Feed}>; rel=\"self\"";
            return Results.Text(hub.Document(), "application/rss+xml");
        });
        // As a delegate of the request alone its answer would be thrown away.
        app.MapPost("/hub", (Delegate)hub.AskedForAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return hub;
    }

    /// <summary>Sends the feed as it is to everybody who subscribed.</summary>
    /// <param name="method">How it is signed; null: not at all.</param>
    /// <param name="secret">Another than was agreed on.</param>
    /// <returns>The subscriber's answer.</returns>
    public async Task<int> DistributeAsync(string? method = "sha256", string? secret = null, string? body = null)
    {
        var subscription = Assert.Single(_subscriptions.Values);
        var bytes = Encoding.UTF8.GetBytes(body ?? Document());
        using var request = new HttpRequestMessage(HttpMethod.Post, subscription.Callback) { Content = new ByteArrayContent(bytes) };
        request.Content.Headers.ContentType = new("application/rss+xml");
        request.Headers.TryAddWithoutValidation("Link", $"<{Url}hub>; rel=\"hub\", <{subscription.Topic}>; rel=\"self\"");
        var key = Encoding.UTF8.GetBytes(secret ?? subscription.Secret);
        var hash = method switch
        {
            "sha1" => HMACSHA1.HashData(key, bytes),
            "sha256" => HMACSHA256.HashData(key, bytes),
            "sha384" => HMACSHA384.HashData(key, bytes),
            "sha512" => HMACSHA512.HashData(key, bytes),
            _ => [],
        };
        if (method is not null)
        {
            request.Headers.TryAddWithoutValidation("X-Hub-Signature", $"{method}={Convert.ToHexStringLower(hash)}");
        }

        using var response = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        return (int)response.StatusCode;
    }

    /// <summary>Comes to a callback as a hub does that makes sure, or as one that refuses.</summary>
    public async Task<(int Status, string Body)> ComeAsync(Subscription to, string mode, string? topic = null)
    {
        var query = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["hub.mode"] = mode,
            ["hub.topic"] = topic ?? to.Topic,
            ["hub.challenge"] = mode == "denied" ? null : "<script>challenge</script>",
            ["hub.lease_seconds"] = LeaseSeconds.ToString(CultureInfo.InvariantCulture),
            ["hub.reason"] = mode == "denied" ? "not \u202Eyou" : null,
        };
        using var response = await _client.GetAsync(QueryHelpers.AddQueryString(to.Callback, query), TestContext.Current.CancellationToken);
        Assert.NotEqual("text/html", response.Content.Headers.ContentType?.MediaType);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _client.Dispose();
    }

    public string Document() =>
        $"""<rss version="2.0"><channel><title>News</title>{string.Concat(Items.Select(item => $"<item><title>Item {item}</title><link>https://yid-info.example/{item}</link><guid isPermaLink=\"false\">{item}</guid></item>"))}</channel></rss>""";

    private async Task<IResult> AskedForAsync(HttpContext http)
    {
        Interlocked.Increment(ref _asked);
        var form = await http.Request.ReadFormAsync();
        var subscription = new Subscription(form["hub.callback"]!, form["hub.topic"]!, form["hub.secret"]!, form["hub.mode"]!);
        if (Manners == Manner.Fail) return Results.StatusCode(500);
        if (Manners == Manner.Forget) return Results.Accepted();

        http.Response.OnCompleted(async () =>
        {
            if (Manners == Manner.Deny)
            {
                await ComeAsync(subscription, "denied");
                return;
            }

            var (status, body) = await ComeAsync(subscription, subscription.Mode);
            if (status == 200 && body == "<script>challenge</script>") _subscriptions[subscription.Callback] = subscription;
        });
        return Results.Accepted();
    }

    internal enum Manner
    {
        Verify,
        Deny,

        /// <summary>Says yes and never comes.</summary>
        Forget,
        Fail,
    }

    internal sealed record Subscription(string Callback, string Topic, string Secret, string Mode);
}
