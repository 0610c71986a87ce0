using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Notify.Articles;
using Notify.Articles.Push;
using Notify.Jobs;
using Notify.Storage;
using Notify.Tests.Support;
using Notify.Tests.Web;
using Notify.Web;

namespace Notify.Tests.Articles;

/// <summary>
/// A workbench whose feeds lie in the public internet, as far as they know: every name leads to one server on loopback, which answers what a test says. Time moves only
/// when a test moves it, and chance adds nothing.
/// </summary>
internal sealed class FeedWorld : IAsyncDisposable
{
    public const string Url = "http://news.example/feed.xml?token=hunter2";

    private readonly OutboundHttp _http;
    private readonly KeptLog _log = new();
    private readonly ILoggerFactory _logs;

    private FeedWorld(Workbench bench, ManualClock clock, RawServer server)
    {
        (Bench, Clock, Server) = (bench, clock, server);
        _logs = LoggerFactory.Create(logs => logs.AddProvider(_log));
        _http = new OutboundHttp(null, clock, new GuardedConnection(
            (host, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse(host.StartsWith("inside", StringComparison.Ordinal) ? "10.0.0.1" : "93.184.215.14")]),
            async (_, _, cancellationToken) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(IPAddress.Loopback, server.Port, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }));
    }

    public Workbench Bench { get; }

    public ManualClock Clock { get; }

    public RawServer Server { get; }

    /// <summary>What was logged.</summary>
    public KeptLog Log => _log;

    /// <param name="answer">From a request's head, with the path first, to the whole answer; null never answers.</param>
    /// <param name="settings">Beside the one feed at <see cref="Url"/>.</param>
    public static async Task<FeedWorld> OpenAsync(DatabaseProvider database, PostgresServer postgres, Func<string, byte[]?> answer, params (string Key, string Value)[] settings)
    {
        var clock = new ManualClock();
        return new FeedWorld(await Workbench.OpenAsync(database, postgres, null, clock, [("Feeds:0:Url", Url), .. settings]), clock, new RawServer(answer));
    }

    /// <summary>A node's poller; all of them share the database.</summary>
    public FeedPoller Node() => new(
        Bench.Get<FeedBook>(), Bench.Get<FeedIntake>(), new WordPressPosts(_http), Bench.Get<HubBook>(), _http, Bench.Get<IOptionsMonitor<FeedsOptions>>(), Bench.Get<IAlarm>(),
        new FeedScheduleTests.Never(), _logs.CreateLogger<FeedPoller>());

    public Task RunAsync(CancellationToken? cancellationToken = null) => Node().RunAsync(cancellationToken ?? TestContext.Current.CancellationToken);

    /// <summary>Lets the time pass until the next look, and looks.</summary>
    /// <returns>How long it took.</returns>
    public async Task<TimeSpan> NextAsync()
    {
        var next = (await Bench.QueryAsync("SELECT min(next_at) FROM feeds WHERE gone_at IS NULL", row => row.Instant(0)))[0];
        var wait = next - Clock.GetUtcNow();
        if (wait > TimeSpan.Zero)
        {
            Clock.AdvanceTo(next);
        }

        await RunAsync();
        return wait;
    }

    /// <summary>What would happen within ten seconds by itself.</summary>
    public Task WatchAsync() => Bench.Get<IEnumerable<IReconcile>>().OfType<FeedWatch>().Single().ReconcileAsync(TestContext.Current.CancellationToken);

    public async Task<FeedState> StateAsync(string url = Url)
    {
        await using var db = Bench.Database.Read();
        return db.Set<FeedState>().Single(feed => feed.Url == url);
    }

    public Task<List<string>> AlarmsAsync() => Bench.QueryAsync("SELECT text FROM alarms WHERE cleared_at IS NULL ORDER BY name", row => row.GetString(0));

    /// <summary>How many articles there are, and how many alerts.</summary>
    public async Task<(long Articles, long Alerts)> CountsAsync() => (await Bench.CountAsync("articles"), await Bench.CountAsync("alerts"));

    public string[] Paths => [.. Server.Requests.Select(head => head.Split(' ')[1])];

    /// <summary>An answer with a feed, the newest item first; an item is its number and its address.</summary>
    public static byte[] Feed(string[] items, string headers = "", string channel = "") => RawServer.Answer("200 OK" + headers, Encoding.UTF8.GetBytes(Rss(items, channel)));

    public static string Rss(string[] items, string channel = "") =>
        $"""<rss version="2.0"><channel><title>News</title>{channel}{string.Concat(items.Select(item => $"<item><title>Item {item}</title><link>https://news.example/{item}</link><guid isPermaLink=\"false\">{item}</guid></item>"))}</channel></rss>""";

    public async ValueTask DisposeAsync()
    {
        await Bench.DisposeAsync();
        await Server.DisposeAsync();
        _http.Dispose();
        _logs.Dispose();
        _log.Dispose();
    }
}
