using System.Globalization;
using System.Net;
using System.Xml.Linq;
using Notify.Alerts;
using Notify.Publication;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>What was sent, for everybody, and how soon it was with its readers.</summary>
public sealed class ArchiveStories(PostgresServer postgres)
{
    private static readonly (string, string)[] Topics =
        [("Publication:Topics:0:Key", "sport"), ("Publication:Topics:0:Name", "Sport"), ("Publication:Topics:1:Key", "local"), ("Publication:Topics:1:Name", "Local news")];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task Only_what_was_sent_is_there_with_the_time_it_took(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres, Topics);
        await room.AddReadersAsync(3, 2);
        var (_, early) = await room.PostArticleAsync(new { url = "https://yid-info.example/early", title = "An <early> story & more", summary = "It was & is", topics = (string[])["sport"], publishedAt = DateTimeOffset.UtcNow.AddMinutes(-5) });
        await room.FinishedAsync(early.GetProperty("alertId").GetGuid());
        var cancelled = await room.PublishAsync("Cancelled afterwards", topics: "sport");
        await room.FinishedAsync(cancelled);
        await room.PostAsync($"/api/alerts/{cancelled}/cancel");
        await room.FinishedAsync(await room.PublishAsync("Taken back"));
        await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE articles SET unpublished_at = 1 WHERE title = 'Taken back'"), Token);
        await room.PostArticleAsync(new { url = "https://yid-info.example/held", title = "Held back", hold = true });
        await room.FinishedAsync(await room.PublishAsync("About the town", topics: "local"));
        await room.ReconcileAsync();

        var page = await GetAsync(room, "/archive");
        var sport = await GetAsync(room, "/archive?topic=sport");
        var feed = XDocument.Parse((await GetAsync(room, "/archive.xml")).Body);

        Assert.Equal((HttpStatusCode.OK, "public, max-age=60"), (page.Status, page.CacheControl));
        Assert.True(page.Body.IndexOf("About the town", StringComparison.Ordinal) is > 0 and var newest && page.Body.IndexOf("An &lt;early&gt; story &amp; more", StringComparison.Ordinal) > newest, page.Body);
        Assert.All((string[])["Cancelled afterwards", "Taken back", "Held back", "+1646", "reader0@"], hidden => Assert.DoesNotContain(hidden, page.Body, StringComparison.Ordinal));
        Assert.Contains("Handed over to the first reader 5 minutes, to half of them 5 minutes, to the last 5 minutes after it was published.", page.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("About the town", sport.Body, StringComparison.Ordinal);
        Assert.Contains("story", sport.Body, StringComparison.Ordinal);
        Valid(feed, room.Url);
        Assert.Equal(["About the town", "An <early> story & more"], feed.Descendants("item").Select(item => item.Element("title")!.Value));
        Assert.StartsWith("It was &amp; is Handed over", feed.Descendants("description").Last().Value, StringComparison.Ordinal);
        var times = Assert.Single(await room.QueryAsync("SELECT first_handed_at, half_handed_at, last_handed_at FROM alerts a JOIN articles r ON r.id = a.article_id WHERE r.url LIKE '%/early'", row => (row.Instant(0), row.Instant(1), row.Instant(2))));
        var handed = await room.QueryAsync("SELECT d.handed_at FROM deliveries d JOIN alerts a ON a.id = d.subject_id JOIN articles r ON r.id = a.article_id WHERE r.url LIKE '%/early' ORDER BY d.handed_at", row => row.Instant(0));
        Assert.Equal((handed[0], handed[2], handed[4]), times);
    }

    [Theory, ClassData<Databases>]
    public async Task Older_ones_are_on_the_next_page_and_none_is_on_two(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.Database.WriteAsync(async write =>
        {
            for (var i = 0; i < 45; i++)
            {
                var (article, alert) = (Guid.CreateVersion7(), Guid.CreateVersion7());
                await write.ExecuteAsync("INSERT INTO articles (id, url, title, topics, priority, created_at, came_from) VALUES (@id, @url, @title, '', 0, 1, 'test')", ("id", article), ("url", $"https://yid-info.example/{i}"), ("title", $"Story {i}."));
                await write.ExecuteAsync("INSERT INTO sources (id, kind, priority, paused, cancelled, created_at, accepted) VALUES (@id, 1, 2, @no, @no, 1, 1)", ("id", alert), ("no", false));
                // Several of one moment.
                await write.ExecuteAsync("INSERT INTO alerts (id, article_id, hold, created_at, starts_at, expires_at) VALUES (@id, @article, @no, @at, 1, 1)", ("id", alert), ("article", article), ("no", false), ("at", 1_000L + (i / 9)));
            }

            return 0;
        }, Token);

        var seen = new List<string>();
        for (var path = "/archive"; path is not null;)
        {
            var page = new AngleSharp.Html.Parser.HtmlParser().ParseDocument((await GetAsync(room, path)).Body);
            seen.AddRange(page.QuerySelectorAll("h2 a").Select(link => link.TextContent));
            path = page.QuerySelector("a.button")?.GetAttribute("href");
        }

        Assert.Equal(45, seen.Count);
        Assert.Equal(45, seen.Distinct().Count());
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(room, "/archive?before=nonsense&topic=nothing")).Status);
    }

    [Fact]
    public async Task Who_asks_without_end_is_asked_to_wait()
    {
        await using var room = await Newsroom.OpenAsync(DatabaseProvider.Sqlite, postgres);

        var answers = new List<HttpStatusCode>();
        for (var i = 0; i < 130; i++)
        {
            answers.Add((await GetAsync(room, "/archive.xml")).Status);
        }

        Assert.Equal(HttpStatusCode.OK, answers[0]);
        Assert.Equal(HttpStatusCode.TooManyRequests, answers[^1]);
    }

    /// <summary>Alerts from before their times were kept have none, and are not on their way for ever.</summary>
    [Theory, InlineData(true, "Handed over to its readers."), InlineData(false, "On its way to its readers.")]
    public void What_has_ended_is_not_on_its_way(bool hasEnded, string said)
    {
        var entry = new ArchiveEntry(Guid.Empty, "x", null, "https://x.example/", [], DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, null, null, null, null, hasEnded);

        Assert.Equal(said, Took.Say(entry));
    }

    [Fact]
    public void A_feed_of_anything_is_well_formed()
    {
        var entry = new ArchiveEntry(Guid.Empty, "\u0000a\uFFFEb\uD83D]]>&<", "<b>\u000B</b>", "https://x.example/?a=1&b=2", ["<c>"], DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, null, null, null, null, HasEnded: false);

        var feed = XDocument.Parse(ArchiveEndpoints.Write([entry], new PublicationOptions { Name = "A & B", Locale = "he" }, "https://n.example/archive", "https://n.example/archive.xml"));

        Assert.Equal("ab]]>&<", feed.Descendants("item").Single().Element("title")!.Value);
        Assert.Contains("&lt;b&gt;&lt;/b&gt;", feed.Descendants("item").Single().Element("description")!.Value, StringComparison.Ordinal);
    }

    /// <summary>What a validator of RSS 2.0 asks for (validator.w3.org/feed/docs/rss2.html).</summary>
    private static void Valid(XDocument feed, Uri home)
    {
        XNamespace atom = "http://www.w3.org/2005/Atom";
        var channel = feed.Root!.Element("channel")!;
        Assert.Equal(("rss", "2.0"), (feed.Root.Name.LocalName, feed.Root.Attribute("version")!.Value));
        Assert.All((string[])["title", "link", "description"], name => Assert.NotEmpty(channel.Element(name)!.Value));
        Assert.Equal(new Uri(home, "/archive.xml").ToString(), channel.Element(atom + "link")!.Attribute("href")!.Value);
        Assert.Equal("self", channel.Element(atom + "link")!.Attribute("rel")!.Value);
        Assert.All(channel.Elements("item"), item =>
        {
            Assert.True(DateTimeOffset.TryParseExact(item.Element("pubDate")!.Value, "r", CultureInfo.InvariantCulture, DateTimeStyles.None, out _));
            Assert.Equal("false", item.Element("guid")!.Attribute("isPermaLink")!.Value);
            Assert.StartsWith("https://", item.Element("link")!.Value, StringComparison.Ordinal);
        });
        Assert.Equal(channel.Elements("item").Count(), channel.Elements("item").Select(item => item.Element("guid")!.Value).Distinct().Count());
    }

    private static async Task<(HttpStatusCode Status, string Body, string? CacheControl)> GetAsync(Newsroom room, string path)
    {
        using var response = await room.Public.GetAsync(path, Token);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Token), response.Headers.CacheControl?.ToString());
    }
}
