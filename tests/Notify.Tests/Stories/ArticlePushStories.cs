using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>Ghost and WordPress tell of their articles: signed as they sign, twice and in any order, forged, in floods, and beside a feed that brings the same.</summary>
public sealed class ArticlePushStories(PostgresServer postgres)
{
    private const string Secret = "a-secret-of-the-newsroom", Older = "the-secret-before-that-one";

    private static readonly (string, string)[] Settings =
    [
        ("ArticleWebhooks:ghost:Kind", "Ghost"), ("ArticleWebhooks:ghost:Secrets:0", Secret), ("ArticleWebhooks:ghost:Secrets:1", Older), ("ArticleWebhooks:ghost:Topics:Foreign", "world-news"),
        ("ArticleWebhooks:press:Kind", "WordPress"), ("ArticleWebhooks:press:Secrets:0", Secret), ("ArticleWebhooks:idle:Kind", "Ghost"),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task What_Ghost_publishes_is_told_its_edits_are_edits_and_what_it_takes_down_stops(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres, [.. Settings, ("Delivery:UndoSeconds", "3600")]);
        await room.AddReadersAsync(byText: 2, byMail: 0);
        var now = DateTimeOffset.UtcNow;

        var published = await GhostAsync(room, "6501", now, Ghost("6501", "Kim offers support", "published", was: "draft", at: now, tag: "Foreign"));
        var edited = await GhostAsync(room, "6501", now.AddSeconds(1), Ghost("6501", "Kim offers more", "published", was: null, at: now), Older);
        var (title, topics) = (await room.QueryAsync("SELECT title, topics FROM articles", row => (row.GetString(0), row.GetString(1))))[0];
        var deleted = await GhostAsync(room, "6501", now.AddSeconds(2), Deleted("6501"));

        Assert.Equal([202, 202, 202], [published, edited, deleted]);
        Assert.Equal(("Kim offers more", ""), (title, topics));
        Assert.Equal((1, 1, 1), await CountsAsync(room));
        Assert.Equal([true], await room.QueryAsync("SELECT cancelled FROM sources WHERE kind = 1", row => row.GetBoolean(0)));
    }

    [Theory, ClassData<Databases>]
    public async Task Twice_late_and_in_any_order_the_latest_word_counts(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres, Settings);
        var now = DateTimeOffset.UtcNow;
        var publish = Ghost("1", "One", "published", was: "draft", at: now);

        // Taken down before it was heard of.
        await GhostAsync(room, "1", now.AddSeconds(2), Ghost("1", "One", "draft", was: "published", at: now));
        await GhostAsync(room, "1", now, publish);
        var never = await CountsAsync(room);
        // Changed before it was published, as it seems; and then everything once more.
        await GhostAsync(room, "2", now.AddSeconds(1), Ghost("2", "Two, corrected", "published", was: null, at: now));
        for (var again = 0; again < 2; again++)
        {
            await GhostAsync(room, "2", now, Ghost("2", "Two", "published", was: "draft", at: now));
            await GhostAsync(room, "1", now, publish);
        }

        Assert.Equal((0, 0, 0), never);
        Assert.Equal(["Two, corrected"], await room.QueryAsync("SELECT title FROM articles", row => row.GetString(0)));
        Assert.Equal((1, 1, 0), await CountsAsync(room));
    }

    [Theory, ClassData<Databases>]
    public async Task Forged_unsigned_old_and_unknown_calls_store_nothing(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres, Settings);
        var now = DateTimeOffset.UtcNow;
        var body = Ghost("1", "One", "published", was: "draft", at: now);
        var good = Sign(Secret, body + Milliseconds(now));

        var answers = new[]
        {
            await PostAsync(room, "ghost", body),
            await PostAsync(room, "ghost", body, ("X-Ghost-Signature", $"sha256={Sign("another-secret-of-theirs", body + Milliseconds(now))}, t={Milliseconds(now)}")),
            await PostAsync(room, "ghost", body + " ", ("X-Ghost-Signature", $"sha256={good}, t={Milliseconds(now)}")),
            await PostAsync(room, "ghost", body, ("X-Ghost-Signature", $"sha256={good}, t={Milliseconds(now.AddSeconds(1))}")),
            await PostAsync(room, "ghost", body, ("X-Ghost-Signature", $"sha256={good}")),
            await PostAsync(room, "ghost", body, ("X-Ghost-Signature", $"sha256={good[..^2]}, t={Milliseconds(now)}")),
            await PostAsync(room, "ghost", body, ("X-Ghost-Signature", $"sha256=, t={Milliseconds(now)}")),
            await GhostAsync(room, "1", now.AddMinutes(-6), body),
            await GhostAsync(room, "1", now.AddMinutes(6), body),
            // A signature of the one system is none of the other.
            await PostAsync(room, "press", body, ("X-Ghost-Signature", $"sha256={good}, t={Milliseconds(now)}")),
        };

        Assert.All(answers, answer => Assert.Equal(403, answer));
        Assert.Equal(404, await PostAsync(room, "idle", body));
        Assert.Equal(404, await PostAsync(room, "nobody", body));
        Assert.Equal(422, await GhostAsync(room, "1", now, "no JSON"));
        Assert.Equal(422, await GhostAsync(room, "1", now, """{"post":{"current":{"id":"1","status":"published","url":"https://yid-info.example/1","title":"\ud83d"}}}"""));
        Assert.Equal(202, await GhostAsync(room, "1", now, """{"page":{"current":{"id":"1","status":"published"}}}"""));
        Assert.Equal((0, 0, 0), await CountsAsync(room));
        Assert.True(room.Log.Says("A webhook of ghost was refused"), room.Log.ToString());
        Assert.False(room.Log.Says(Secret), "A log names no secret.");
    }

    [Theory, ClassData<Databases>]
    public async Task A_flood_that_proves_nothing_is_turned_away_and_the_newsroom_is_still_heard(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres, [.. Settings, ("Proxies:0", "127.0.0.1")]);
        var now = DateTimeOffset.UtcNow;

        var flood = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => PostAsync(room, i % 2 == 0 ? "ghost" : "nobody", "{}", ("X-Forwarded-For", "198.51.100.9"))));
        var articles = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => GhostAsync(room, $"{i}", now, Ghost($"{i}", $"Article {i}", "published", was: "draft", at: now))));

        Assert.InRange(flood.Count(status => status == 429), 140, 180);
        Assert.All(flood, status => Assert.Contains(status, (int[])[403, 404, 429, 503]));
        Assert.True(Array.TrueForAll(articles, status => status is 202 or 503), room.Log.ToString());
        Assert.Equal(articles.Count(status => status == 202), (await CountsAsync(room)).Articles);
        Assert.InRange(articles.Count(status => status == 202), 16, 100);
    }

    [Theory, ClassData<Databases>]
    public async Task What_WordPress_tells_through_the_plugin_and_what_its_feed_shows_is_one_article(DatabaseProvider database)
    {
        await using var hub = await Hub.StartAsync();
        hub.Items = ["9"];
        await using var room = await Newsroom.OpenAsync(
            database, postgres, [.. Settings, ("Feeds:0:Url", hub.Feed.AbsoluteUri), ("Feeds:0:AllowPrivate", "true"), ("Feeds:0:Push", "false"), ("Feeds:0:Every", "00:00:05")]);
        await room.EventuallyAsync(async () => (await CountsAsync(room)).Articles == 1, "the feed is known", hurry: true);
        var now = DateTimeOffset.UtcNow;

        await PressAsync(room, now, Press("7", "publish", "draft", "Kim &#8220;offers&#8221; support", now));
        hub.Items = ["7", "8", "9"];
        await room.EventuallyAsync(async () => (await CountsAsync(room)).Articles == 3, "the feed is read", hurry: true);
        await PressAsync(room, now.AddSeconds(1), Press("8", "publish", "draft", "Item 8, as pushed", now));
        await PressAsync(room, now.AddSeconds(2), Press("7", "trash", "publish", "Kim", now));
        // An old post that somebody touches, and one that was scheduled long ago.
        await PressAsync(room, now.AddSeconds(3), Press("5", "publish", "publish", "Of last year", now.AddDays(-400)));
        await PressAsync(room, now.AddSeconds(4), Press("6", "publish", "future", "Scheduled for now", now.AddSeconds(-5)));

        Assert.Equal((5, 3, 1), await CountsAsync(room));
        Assert.Equal(
            ["Item 8, as pushed", "Item 9", "Kim \"offers\" support", "Of last year", "Scheduled for now"],
            (await room.QueryAsync("SELECT title FROM articles", row => row.GetString(0))).Order(StringComparer.Ordinal));
    }

    /// <summary>An agency's report lies word for word on two sites.</summary>
    [Theory, ClassData<Databases>]
    public async Task The_same_words_on_another_site_are_that_sites_own(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres, [.. Settings, ("Delivery:UndoSeconds", "3600")]);
        using var answer = await room.Api.PostAsJsonAsync("/api/articles", new { url = "https://agency.example/report", title = "Kim offers support", summary = "In short […]" }, Token);
        answer.EnsureSuccessStatusCode();
        var now = DateTimeOffset.UtcNow;

        await PressAsync(room, now, Press("7", "publish", "draft", "Kim offers support", now));
        var both = await CountsAsync(room);
        await PressAsync(room, now.AddSeconds(1), Press("7", "publish", "publish", "Kim offers nothing", now));
        await PressAsync(room, now.AddSeconds(2), Press("7", "trash", "publish", "Kim offers nothing", now));

        Assert.Equal((1, 1, 0), both);
        Assert.Equal([("Kim offers support", "https://agency.example/report", false)], await room.QueryAsync(
            "SELECT title, url, unpublished_at IS NOT NULL FROM articles WHERE url LIKE 'https://agency.example/%'", row => (row.GetString(0), row.GetString(1), row.GetBoolean(2))));
    }

    /// <summary>A guid keeps the host under which the site was set up.</summary>
    [Theory, ClassData<Databases>]
    public async Task What_is_taken_down_is_known_by_its_address_when_its_guid_bears_an_old_one(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres, [.. Settings, ("Delivery:UndoSeconds", "3600")]);
        using var answer = await room.Api.PostAsJsonAsync("/api/articles", new { url = "https://yid-info.example/kim", title = "Kim offers support", guid = "https://old.example/?p=7" }, Token);
        answer.EnsureSuccessStatusCode();
        var now = DateTimeOffset.UtcNow;

        await PressAsync(room, now, Press("7", "trash", "publish", "Kim", now).Replace("https://yid-info.example/?p=7", "https://old.example/?p=7", StringComparison.Ordinal)
            .Replace("https://yid-info.example/7", "https://elsewhere.example/7", StringComparison.Ordinal));
        var ofAnother = await CountsAsync(room);
        await PressAsync(room, now.AddSeconds(1), Press("7", "trash", "publish", "Kim", now).Replace("https://yid-info.example/?p=7", "https://old.example/?p=7", StringComparison.Ordinal));

        Assert.Equal(((1, 1, 0), (1, 1, 1)), (ofAnother, await CountsAsync(room)));
    }

    [Theory, ClassData<Databases>]
    public async Task Killed_in_between_nothing_is_lost_and_nothing_is_told_twice(DatabaseProvider database)
    {
        await using var hub = await Hub.StartAsync();
        await using var room = await Newsroom.OpenProcessAsync(
            database, postgres, [.. Settings, ("Feeds:0:Url", hub.Feed.AbsoluteUri), ("Feeds:0:AllowPrivate", "true"), ("Feeds:0:Every", "00:00:05")]);
        await room.EventuallyAsync(async () => (await CountsAsync(room)).Articles == 1, "the feed is known");
        var now = DateTimeOffset.UtcNow;
        Assert.Equal(202, await PressAsync(room, now, Press("3", "publish", "draft", "Pushed", now)));

        await room.KillAsync();
        hub.Items = ["3", "2", "1"];
        await room.StartAsync();
        Assert.Equal(202, await PressAsync(room, now, Press("3", "publish", "draft", "Pushed", now)));
        // A turn of the node that died may have to end first.
        await room.EventuallyAsync(async () => (await CountsAsync(room)).Articles == 3, "the feed is read", seconds: 90);

        Assert.Equal((3, 2, 0), await CountsAsync(room));
    }

    [Fact]
    public async Task The_plugin_signs_and_says_what_is_read_here()
    {
        var plugin = await File.ReadAllTextAsync(RepositoryRoot.At("docs/wordpress/notify-push.php"), Token);

        Assert.Contains("'sha256=' . hash_hmac( 'sha256', $time . '.' . $body, NOTIFY_SECRET )", plugin, StringComparison.Ordinal);
        Assert.All((string[])["X-Notify-Timestamp", "X-Notify-Signature"], header => Assert.Contains($"'{header}'", plugin, StringComparison.Ordinal));
        var fields = JsonDocument.Parse(Press("1", "publish", "draft", "x", DateTimeOffset.UnixEpoch)).RootElement.EnumerateObject().Select(field => field.Name);
        Assert.All(fields, field => Assert.Matches($@"'{field}'\s+=>", plugin));
        Assert.Contains("transition_post_status", plugin, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_plugin_is_PHP()
    {
        var php = Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(folder => Path.Combine(folder, "php")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(php is null, "PHP is not installed here, so the plugin's syntax was not looked at (Debian package php-cli).");
        using var check = Process.Start(new ProcessStartInfo(php!, ["-l", RepositoryRoot.At("docs/wordpress/notify-push.php")]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        await check.WaitForExitAsync(Token);

        Assert.True(check.ExitCode == 0, await check.StandardOutput.ReadToEndAsync(Token) + await check.StandardError.ReadToEndAsync(Token));
    }

    /// <summary>As Ghost writes a post: all of it as it is now, and what of it was otherwise before.</summary>
    private static string Ghost(string id, string title, string status, string? was, DateTimeOffset at, string? tag = null) => JsonSerializer.Serialize(new
    {
        post = new
        {
            current = new
            {
                id,
                title,
                status,
                slug = $"post-{id}",
                url = $"https://yid-info.example/post-{id}/",
                custom_excerpt = (string?)null,
                excerpt = "In short",
                feature_image = "https://yid-info.example/i.png",
                published_at = at.ToString("O", CultureInfo.InvariantCulture),
                updated_at = at.ToString("O", CultureInfo.InvariantCulture),
                tags = tag is null ? [] : new[] { new { name = tag, slug = "t" } },
            },
            previous = was is null ? new Dictionary<string, string> { ["title"] = "before" } : new Dictionary<string, string> { ["status"] = was },
        },
    });

    private static string Deleted(string id) =>
        JsonSerializer.Serialize(new { post = new { current = new { }, previous = new { id, title = "Kim", status = "published", url = "https://yid-info.example/404/" } } });

    private static string Press(string id, string status, string previous, string title, DateTimeOffset at) => JsonSerializer.Serialize(new
    {
        id = int.Parse(id, CultureInfo.InvariantCulture),
        status,
        previous,
        guid = $"https://yid-info.example/?p={id}",
        link = $"https://yid-info.example/{id}",
        title,
        excerpt = "In short [&hellip;]",
        date_gmt = at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'+00:00'", CultureInfo.InvariantCulture),
        categories = new[] { "World &amp; News" },
        image = (string?)null,
    });

    private static Task<int> GhostAsync(Newsroom room, string id, DateTimeOffset at, string body, string secret = Secret) =>
        PostAsync(room, "ghost", body, ("X-Ghost-Signature", $"sha256={Sign(secret, body + Milliseconds(at))}, t={Milliseconds(at)}"), ("X-Forwarded-For", $"192.0.2.{id.Length}"));

    private static Task<int> PressAsync(Newsroom room, DateTimeOffset at, string body) =>
        PostAsync(room, "press", body, ("X-Notify-Timestamp", Milliseconds(at)), ("X-Notify-Signature", $"sha256={Sign(Secret, $"{Milliseconds(at)}.{body}")}"));

    private static async Task<int> PostAsync(Newsroom room, string source, string body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/webhooks/articles/{source}") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await room.Public.SendAsync(request, Token);
        Assert.NotEqual(HttpStatusCode.Gone, response.StatusCode);
        return (int)response.StatusCode;
    }

    private static string Sign(string secret, string text) => Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(text)));

    private static string Milliseconds(DateTimeOffset at) => at.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);

    private static async Task<(long Articles, long Alerts, long TakenDown)> CountsAsync(Newsroom room) => (await room.QueryAsync(
        "SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM alerts), (SELECT count(*) FROM articles WHERE unpublished_at IS NOT NULL)", row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2))))[0];
}
