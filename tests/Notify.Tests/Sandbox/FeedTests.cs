using System.Net;
using System.Xml.Linq;

namespace Notify.Tests.Sandbox;

public sealed class FeedTests : IDisposable
{
    private const string Rss = """
        <?xml version="1.0"?>
        <rss version="2.0"><channel><title>Demo</title><lastBuildDate>Mon, 02 Nov 2026 12:00:00 GMT</lastBuildDate>
        <item><title>Old</title><pubDate>Mon, 02 Nov 2026 10:00:00 GMT</pubDate></item>
        <item><title>Newest</title><pubDate>Mon, 02 Nov 2026 12:00:00 GMT</pubDate></item>
        </channel></rss>
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("carrier-feed-").FullName;
    private readonly ManualClock _clock = new();

    public FeedTests() => File.WriteAllText(FeedFile, Rss);

    private string FeedFile => Path.Combine(_folder, "feed.xml");

    [Fact]
    public async Task The_newest_item_appears_a_while_after_the_first_look_dated_that_moment()
    {
        await using var carrier = await StartAsync();
        _clock.Now += TimeSpan.FromHours(1);

        var first = await ItemsAsync(carrier);
        _clock.Now += TimeSpan.FromSeconds(4);
        var early = await ItemsAsync(carrier);
        _clock.Now += TimeSpan.FromSeconds(1);
        var late = await ItemsAsync(carrier);

        Assert.Equal(["Old Mon, 23 Nov 2026 11:00:05 GMT"], first);
        Assert.Equal(first, early);
        Assert.Equal(["Old Mon, 23 Nov 2026 11:00:05 GMT", "Newest Mon, 23 Nov 2026 13:00:05 GMT"], late);
    }

    [Fact]
    public async Task A_restart_neither_takes_the_item_back_nor_moves_a_date()
    {
        IReadOnlyList<string> before;
        await using (var carrier = await StartAsync())
        {
            await ItemsAsync(carrier);
            _clock.Now += TimeSpan.FromSeconds(5);
            before = await ItemsAsync(carrier);
        }

        _clock.Now += TimeSpan.FromDays(2);
        await using var again = await StartAsync();
        using var emptied = await again.Http.DeleteAsync("/messages", TestContext.Current.CancellationToken);

        Assert.Equal(2, before.Count);
        Assert.Equal(before, await ItemsAsync(again));
    }

    [Fact]
    public async Task What_was_seen_is_not_sent_again()
    {
        await using var carrier = await StartAsync();
        using var first = await GetAsync(carrier);
        var tag = first.Headers.ETag!;

        using var same = await GetAsync(carrier, tag.Tag);
        _clock.Now += TimeSpan.FromSeconds(5);
        using var changed = await GetAsync(carrier, tag.Tag);

        Assert.False(tag.IsWeak);
        Assert.NotNull(first.Content.Headers.LastModified);
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.NotModified, HttpStatusCode.OK], new[] { first, same, changed }.Select(r => r.StatusCode));
        Assert.NotEqual(tag, changed.Headers.ETag);
        Assert.True(changed.Content.Headers.LastModified > first.Content.Headers.LastModified);
    }

    [Fact]
    public async Task An_item_written_into_the_file_shows_at_once_with_its_own_date()
    {
        await using var carrier = await StartAsync();
        await ItemsAsync(carrier);

        await File.WriteAllTextAsync(
            FeedFile, Rss.Replace("</channel>", "<item><title>Added</title><pubDate>Mon, 23 Nov 2026 12:00:00 GMT</pubDate></item></channel>", StringComparison.Ordinal), TestContext.Current.CancellationToken);

        Assert.Equal(["Old Mon, 23 Nov 2026 10:00:05 GMT", "Added Mon, 23 Nov 2026 12:00:00 GMT"], await ItemsAsync(carrier));
    }

    [Fact]
    public async Task Without_a_file_there_is_no_feed()
    {
        await using var none = await CarrierUnderTest.StartAsync();
        await using var gone = await CarrierUnderTest.StartAsync(o => o with { FeedFile = Path.Combine(_folder, "gone.xml") });

        using var first = await GetAsync(none);
        using var second = await GetAsync(gone);

        Assert.Equal([HttpStatusCode.NotFound, HttpStatusCode.NotFound], [first.StatusCode, second.StatusCode]);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task<HttpResponseMessage> GetAsync(CarrierUnderTest carrier, string? ifNoneMatch = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/feed.xml");
        if (ifNoneMatch is not null)
            request.Headers.TryAddWithoutValidation("If-None-Match", ifNoneMatch);
        return await carrier.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static async Task<IReadOnlyList<string>> ItemsAsync(CarrierUnderTest carrier)
    {
        var feed = XDocument.Parse(await carrier.Http.GetStringAsync("/feed.xml", TestContext.Current.CancellationToken));
        return [.. feed.Descendants("item").Select(i => $"{i.Element("title")!.Value} {i.Element("pubDate")!.Value}")];
    }

    private Task<CarrierUnderTest> StartAsync() =>
        CarrierUnderTest.StartAsync(o => o with { FeedFile = FeedFile, LogFile = Path.Combine(_folder, "carrier.jsonl"), Clock = _clock });

    /// <summary>Tells the time it is told; its timers are real.</summary>
    private sealed class ManualClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
