using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Notify.Alerts;
using Notify.Articles;
using Notify.Articles.Push;
using Notify.Consent;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Jobs;
using Notify.Storage;
using Notify.Subscribers;
using Notify.Tests.Articles;
using Notify.Tests.Support;
using Notify.Tests.Web;
using Notify.Web;
using NSubstitute;
using NSubstitute.Extensions;

namespace Notify.Tests.Alerts;

/// <summary>A message as its reader got it.</summary>
internal sealed record Received(DateTimeOffset At, string Address, Channel Channel, string Words, long DeliveryId)
{
    /// <summary>The numbers of the stories it names, and of those on the page that a digest leads to.</summary>
    public HashSet<int> Stories { get; } = [.. Regex.Matches(Words, @"(?<=Story )\d{3}", RegexOptions.None, TimeSpan.FromSeconds(10)).Select(match => int.Parse(match.ValueSpan, CultureInfo.InvariantCulture))];
}

/// <summary>
/// The newsroom of the fortnight: two feeds on the web, of which one repeats the other, a CMS, readers in five zones, and providers that go away for hours. Every half hour each part of Notify does
/// what the reconciler would have it do; nothing else moves the clock.
/// </summary>
internal sealed class Fortnight : IAsyncDisposable
{
    public const int Stories = 120;

    public static readonly TimeSpan Step = TimeSpan.FromMinutes(30);

    private static readonly Sender Texts = new("texts", Channel.Text, PerSecond: 1_000_000, Concurrency: 4, Slots: 1);
    private static readonly Sender Mails = new("mails", Channel.Mail, PerSecond: 1_000_000, Concurrency: 4, Slots: 1);
    private static readonly string[] Topics = ["local", "world", "sport", "politics"];

    private readonly ManualClock _clock;
    private readonly RawServer _server;
    private readonly OutboundHttp _http;
    private readonly List<Received> _received = [];
    private readonly List<FeedEntry> _own = [];
    private readonly List<FeedEntry> _wire = [];
    private readonly PriorityQueue<Func<Task>, DateTimeOffset> _plans = new();
    private readonly Random _random;

    private Fortnight(Workbench bench, ManualClock clock, Random random)
    {
        (Bench, _clock, _random) = (bench, clock, random);
        _server = new RawServer(head => RawServer.Answer("200 OK", Encoding.UTF8.GetBytes(Rss(head.Contains("/wire", StringComparison.Ordinal) ? _wire : _own))));
        _http = new OutboundHttp(null, clock, new GuardedConnection(
            (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("93.184.215.14")]),
            async (_, _, cancellationToken) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(IPAddress.Loopback, _server.Port, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }));
        bench.Provider.Configure().SendAsync(null!, CancellationToken.None).ReturnsForAnyArgs(call => Answer(call.Arg<Outgoing>()));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public Workbench Bench { get; }

    public DateTimeOffset Now => _clock.GetUtcNow();

    /// <summary>Saturday before the night in which Europe and Israel put their clocks back; America follows a week later.</summary>
    public static DateTimeOffset Start { get; } = new(2026, 10, 24, 4, 0, 0, TimeSpan.Zero);

    public IReadOnlyList<Received> Received => _received;

    /// <summary>The channels of which the provider is away.</summary>
    public HashSet<Channel> Away { get; } = [];

    public List<Reader> Readers { get; } = [];

    /// <summary>The stories by their numbers, and what a person did about them.</summary>
    public Dictionary<int, Story> Told { get; } = [];

    public static async Task<Fortnight> OpenAsync(DatabaseProvider database, PostgresServer postgres, int seed)
    {
        var clock = new ManualClock(Start);
        var bench = await Workbench.OpenAsync(database, postgres, [Texts, Mails], clock,
        [
            ("Publication:TimeZone", "America/New_York"), ("Publication:QuietHours:From", "21:00"), ("Publication:QuietHours:To", "08:00"), ("Publication:MaxTextsPerDay", "3"),
            ("Publication:DigestAt", "18:00"), ("Delivery:UndoSeconds", "60"),
            ("Feeds:0:Url", "http://news.example/feed.xml"), ("Feeds:0:Slowest", "00:10:00"), ("Feeds:1:Url", "http://wire.example/wire.xml"), ("Feeds:1:Slowest", "00:10:00"),
            .. Topics.SelectMany((topic, i) => new[] { ($"Publication:Topics:{i}:Key", topic), ($"Publication:Topics:{i}:Name", topic) }),
        ]);
        return new Fortnight(bench, clock, new Random(seed));
    }

    /// <summary>Something happens at its time.</summary>
    public void At(DateTimeOffset at, Func<Task> what) => _plans.Enqueue(what, at);

    /// <inheritdoc cref="At(DateTimeOffset, Func{Task})" />
    public void At(double days, Func<Task> what) => At(Start.AddDays(days), what);

    /// <summary>Time passes.</summary>
    /// <param name="isDown">Notify does not run meanwhile; the world does.</param>
    public async Task LiveAsync(TimeSpan time, bool isDown = false, TimeSpan? step = null)
    {
        for (var end = Now + time; Now < end; _clock.Advance(step ?? Step))
        {
            while (_plans.TryPeek(out var what, out var at) && at <= Now)
            {
                _plans.Dequeue();
                await what();
            }

            if (!isDown)
            {
                await TurnAsync();
            }
        }
    }

    /// <summary>What every part does within ten seconds, as often as one gives another something to do.</summary>
    private async Task TurnAsync()
    {
        await Poller().RunAsync(Token);
        for (var again = true; again;)
        {
            var hints = new List<(string Job, string Id)>();
            Bench.Hints.OnWake = (job, id) => hints.Add((job, id));
            foreach (var part in Bench.Get<IEnumerable<IReconcile>>())
            {
                await part.ReconcileAsync(Token);
            }

            foreach (var (job, id) in hints.Distinct().ToList())
            {
                await (job switch
                {
                    JobNames.PlanAlert => Bench.Get<FanOut>().RunAsync(Guid.Parse(id), Token),
                    JobNames.WriteDigests => Bench.Get<Digests>().RunAsync(Token),
                    _ => Task.CompletedTask,
                });
            }

            again = false;
            foreach (var sender in new[] { Texts, Mails })
            {
                var before = _received.Count;
                await Bench.RunLaneAsync(sender, stopping: Token);
                again |= _received.Count > before;
            }
        }
    }

    private FeedPoller Poller() => new(
        Bench.Get<FeedBook>(), Bench.Get<FeedIntake>(), new WordPressPosts(_http), Bench.Get<HubBook>(), _http, Bench.Get<IOptionsMonitor<FeedsOptions>>(), Bench.Get<IAlarm>(),
        new FeedScheduleTests.Never(), NullLogger<FeedPoller>.Instance);

    private SendOutcome Answer(Outgoing message)
    {
        var channel = message is OutgoingText ? Channel.Text : Channel.Mail;
        if (Away.Contains(channel))
        {
            return new SendOutcome.TryLater("the provider could not be reached", Trouble: Trouble.Away);
        }

        lock (_received)
        {
            _received.Add(new Received(Now, message.Address, channel, message is OutgoingText text ? text.Body : ((OutgoingMail)message).Message.PlainText, message.DeliveryId));
            return new SendOutcome.Accepted(string.Create(CultureInfo.InvariantCulture, $"id-{_received.Count}"));
        }
    }

    // --- Readers -------------------------------------------------------------------------------------------------------------

    public async Task<Reader> AddAsync(string name, Channel channel, string zone, Cadence cadence, string quiet = "", bool atNight = false, params string[] topics)
    {
        var n = Readers.Count;
        var contact = new ContactPoint(channel, channel == Channel.Text ? string.Create(CultureInfo.InvariantCulture, $"+1646{5_550_000 + n}") : $"{name}@example.com");
        var reader = await Bench.WriteAsync(async write =>
        {
            var id = await Bench.Get<ContactBook>().FindOrAddAsync(write, contact);
            var hash = Bench.Get<ContactBook>().Hash(contact);
            await Bench.Get<Subscriptions>().ResumeAsync(write, id, hash, channel, "test", new ConsentEvidence { Address = contact.Value });
            await Subscriptions.TakeAsync(write, id, topics);
            await write.ExecuteAsync("UPDATE subscriptions SET all_topics = @all WHERE contact_id = @id", ("all", topics.Length == 0), ("id", id));
            await Bench.Get<Choices>().SetAsync(write, new Person(id, hash, channel), new Choice(null, cadence, quiet, atNight, zone), "test", new ConsentEvidence(), null);
            return new Reader(name, id, hash, contact, TimeZoneInfo.FindSystemTimeZoneById(zone), quiet, atNight, [.. topics]);
        });
        Readers.Add(reader);
        return reader;
    }

    public Task WriteAsync(Func<Write, Task> work) => Bench.WriteAsync(async write =>
    {
        await work(write);
        return 0;
    });

    // --- The newsroom ----------------------------------------------------------------------------------------------------------

    /// <summary>A story in the newsroom's own feed; sometimes the wire has it too, later and under another name.</summary>
    public void Print(int number, DateTimeOffset at) => At(at, () =>
    {
        var story = Add(number, at, isByFeed: true);
        var entry = new FeedEntry(Title(number), $"https://news.example/{number}", $"tag:news.example,2026:{number}", story.Topic, at, $"What is known of {number} so far.");
        _own.Insert(0, entry);
        if (number % 4 == 0)
        {
            At(at.AddMinutes(40), () =>
            {
                _wire.Insert(0, entry with { Link = $"http://www.news.example/{number}/?utm_source=wire", Guid = $"wire-{number}" });
                return Task.CompletedTask;
            });
        }

        if (number % 6 == 0)
        {
            // Seen by the next looks: long after it went out.
            At(at.AddHours(3), () =>
            {
                var i = _own.FindIndex(e => e.Title == entry.Title);
                _own[i] = _own[i] with { Title = $"{entry.Title}, as it was learned later" };
                return Task.CompletedTask;
            });
        }

        return Task.CompletedTask;
    });

    /// <summary>A story the CMS hands in.</summary>
    public void Post(int number, DateTimeOffset at, ArticlePriority priority = ArticlePriority.Normal, Func<Guid, Guid, Task>? then = null, Func<DateTimeOffset, Handling>? handling = null) => At(at, async () =>
    {
        var story = Add(number, at, isByFeed: false);
        story.IsBreaking = priority == ArticlePriority.Breaking;
        var (article, alert, _) = await Bench.WriteAsync(write => Bench.Get<INewsdesk>().PublishAsync(write, Draft(number, Title(number), priority), handling?.Invoke(at) ?? new Handling()));
        if (then is not null)
        {
            await then(article, alert!.Value);
        }
    });

    private Story Add(int number, DateTimeOffset at, bool isByFeed) => Told[number] = new Story(number, at, Topics[_random.Next(Topics.Length)], isByFeed);

    private static string Title(int number) => string.Create(CultureInfo.InvariantCulture, $"Story {number:000} of the fortnight");

    public ArticleDraft Draft(int number, string title, ArticlePriority priority = ArticlePriority.Normal) =>
        new(new Uri($"https://news.example/{number}"), title, $"What the CMS knows of {number}.", [Told[number].Topic], Now, null, priority, "cms", []);

    /// <summary>Each item is called otherwise from now on, and lies elsewhere: the site has moved.</summary>
    public void Migrate()
    {
        for (var i = 0; i < _own.Count; i++)
        {
            _own[i] = _own[i] with { Guid = $"urn:moved:{_own[i].Guid}", Link = _own[i].Link.Replace("https://news.example/", "http://www.news.example/", StringComparison.Ordinal) + "?utm_medium=rss" };
        }
    }

    /// <summary>Two hundred things nobody has seen, all at once; and gone again.</summary>
    public void GoWild(bool isWild)
    {
        _own.RemoveAll(entry => entry.Title.StartsWith("Archive", StringComparison.Ordinal));
        if (isWild)
        {
            _own.InsertRange(0, Enumerable.Range(0, 200).Select(i => new FeedEntry($"Archive {i}", $"https://news.example/archive/{i}", $"archive-{i}", "world", Now.AddMinutes(-i), $"Long ago, {i}.")));
        }
    }

    /// <summary>As newspapers have them: the newest, and all of a flood.</summary>
    private static string Rss(IReadOnlyList<FeedEntry> entries) => $"""
        <rss version="2.0"><channel><title>News</title>{string.Concat(entries.Take(entries.Count > 200 ? 260 : 30).Select(e =>
            $"<item><title>{e.Title}</title><link>{WebUtility.HtmlEncode(e.Link)}</link><guid isPermaLink=\"false\">{e.Guid}</guid><category>{e.Topic}</category><description>{e.Summary}</description><pubDate>{e.At:R}</pubDate></item>"))}</channel></rss>
        """;

    public async ValueTask DisposeAsync()
    {
        await Bench.DisposeAsync();
        await _server.DisposeAsync();
        _http.Dispose();
    }

    private sealed record FeedEntry(string Title, string Link, string Guid, string Topic, DateTimeOffset At, string Summary);

    public sealed record Story(int Number, DateTimeOffset At, string Topic, bool IsByFeed)
    {
        public bool IsBreaking { get; set; }

        /// <summary>A person took it back, or dropped it: whoever has not got it by then does not get it.</summary>
        public bool IsTakenBack { get; set; }

        public DateTimeOffset? CorrectedAt { get; set; }
    }

    public sealed record Reader(string Name, long Id, string Hash, ContactPoint Contact, TimeZoneInfo Zone, string Quiet, bool AtNight, IReadOnlyList<string> Topics)
    {
        public Person Person => new(Id, Hash, Contact.Channel);

        /// <summary>Has left or paused for a time: what it did not get is explained, not promised.</summary>
        public bool WasAway { get; set; }
    }
}
