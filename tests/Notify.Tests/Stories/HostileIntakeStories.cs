using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Notify.Operators;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>A title made to do harm, through every way in, and looked for at every way out: the row, the text, the mail, the console.</summary>
public sealed class HostileIntakeStories(PostgresServer postgres)
{
    private const string Secret = "a-secret-of-the-newsroom";

    private static readonly string Title = "<script>alert(1)</script> \u202Egnp.exe\u2066 \u200Bz\u00ADe\uFEFFro \u0000\u001B[31m\u3164 Z" + new string('\u0301', 60) + " {{ site }} \"><img src=x onerror=alert(1)> " + new string('x', 600);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task Nothing_of_a_hostile_title_does_anything_whichever_way_it_came(DatabaseProvider database)
    {
        await using var hub = await Hub.StartAsync();
        await using var room = await Newsroom.OpenAsync(
            database, postgres, ("Feeds:0:Url", hub.Feed.AbsoluteUri), ("Feeds:0:AllowPrivate", "true"), ("Feeds:0:Every", "00:00:05"), ("Feeds:0:Push", "false"),
            ("ArticleWebhooks:ghost:Secrets:0", Secret), ("ArticleWebhooks:press:Kind", "WordPress"), ("ArticleWebhooks:press:Secrets:0", Secret));
        await room.EventuallyAsync(async () => (await TitlesAsync(room)).Count == 1, "the feed is known", hurry: true);
        var (phones, emails) = await room.AddReadersAsync(byText: 1, byMail: 1);

        // What XML cannot hold at all a feed cannot say.
        hub.Items = [WebUtility.HtmlEncode(WebUtility.HtmlEncode(Title.Replace("\0", "", StringComparison.Ordinal).Replace("\u001B", "", StringComparison.Ordinal))), "1"];
        await room.EventuallyAsync(async () => (await TitlesAsync(room)).Count == 2, "the feed is read", hurry: true);
        Assert.Equal(HttpStatusCode.Created, (await room.PostArticleAsync(new { url = "https://yid-info.example/api", title = Title[..500], summary = Title })).Status);
        await PushAsync(room, "ghost", new { post = new { current = new { id = "1", status = "published", title = Title, url = "https://yid-info.example/ghost", custom_excerpt = Title }, previous = new { status = "draft" } } });
        await PushAsync(room, "press", new { id = 1, status = "publish", previous = "draft", guid = "https://yid-info.example/?p=1", link = "https://yid-info.example/press", title = Title, excerpt = Title });
        await room.EventuallyAsync(async () => (await room.TextsAsync(phones[0])).Count == 4 && (await room.MailsAsync(emails[0])).Count == 4, "everything has arrived");

        var rows = await room.QueryAsync("SELECT title || ' ' || COALESCE(summary, '') FROM articles", row => row.GetString(0));
        Assert.Equal(5, rows.Count);
        var mails = await room.MailsAsync(emails[0]);
        foreach (var shown in (string[])[.. rows, .. await room.TextsAsync(phones[0]), .. mails.Select(mail => mail.Subject)])
        {
            Assert.DoesNotContain(shown, c => IsHarmful(c));
            Assert.DoesNotContain(new string('\u0301', 6), shown, StringComparison.Ordinal);
        }

        Assert.All(await TitlesAsync(room), title => Assert.InRange(title.Length, 1, 500));
        Assert.All(mails, mail => Assert.DoesNotMatch("<script|<img[^>]*onerror", mail.Html));
    }

    [Fact]
    public async Task The_console_shows_a_hostile_title_and_how_the_feeds_are_and_can_be_used_by_everybody()
    {
        await using var hub = await Hub.StartAsync();
        await using var room = await Newsroom.OpenAsync(
            DatabaseProvider.Sqlite, postgres, ("Feeds:0:Url", hub.Feed.AbsoluteUri + "?token=hunter2"), ("Feeds:0:AllowPrivate", "true"), ("Feeds:0:Every", "01:00:00"), ("ArticleWebhooks:ghost:Secrets:0", Secret));
        await room.EventuallyAsync(() => Task.FromResult(hub.Subscriptions.Count == 1), "the hub has a subscriber", hurry: true);
        Assert.Equal(HttpStatusCode.Created, (await room.PostArticleAsync(new { url = "https://yid-info.example/api", title = Title[..500] })).Status);
        await using var browser = await Browser.OpenAsync();
        var page = await SignedInAsync(room, browser);
        page.Dialog += (_, _) => Assert.Fail("A title ran a script.");

        await page.GotoAsync(new Uri(room.Url, "/ops/alerts").ToString());
        await Assertions.Expect(page.GetByText("<script>alert(1)</script>").First).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Navigation, new() { Name = "Console" }).GetByRole(AriaRole.Link, new() { Name = "Feeds" }).ClickAsync();
        var feed = page.GetByRole(AriaRole.Region, new() { Name = "Feeds:0 (127.0.0.1)" });
        await Assertions.Expect(feed).ToContainTextAsync("and its hub tells what is new");
        await Assertions.Expect(feed).ToContainTextAsync("the server answered 200");
        Assert.DoesNotContain("hunter2", await page.ContentAsync(), StringComparison.Ordinal);
        await Browser.CanBeUsedByEverybodyAsync(page);
        var looks = hub.Looks;
        await feed.GetByRole(AriaRole.Button, new() { Name = "Look now" }).ClickAsync();
        await room.EventuallyAsync(() => Task.FromResult(hub.Looks > looks), "the feed is looked at", hurry: true);

        await page.GotoAsync(new Uri(room.Url, "/ops/webhooks").ToString());
        await Assertions.Expect(page.GetByText($"{room.Url}webhooks/articles/ghost")).ToBeVisibleAsync();
        Assert.Contains("operator@example.com had Feeds:0 (127.0.0.1) looked at", await room.QueryAsync("SELECT who || ' ' || did FROM audit", row => row.GetString(0)));
        Assert.Empty(browser.Complaints);
    }

    private static bool IsHarmful(char c) => char.IsControl(c) || c is '\u200B' or '\u00AD' or '\uFEFF' or '\u3164' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') or '\u200E' or '\u200F';

    private static async Task PushAsync(Newsroom room, string source, object call)
    {
        var body = JsonSerializer.Serialize(call);
        var time = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/webhooks/articles/{source}") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add("X-Ghost-Signature", $"sha256={Sign(body + time)}, t={time}");
        request.Headers.Add("X-Notify-Timestamp", time);
        request.Headers.Add("X-Notify-Signature", $"sha256={Sign($"{time}.{body}")}");
        using var response = await room.Public.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
    }

    private static string Sign(string text) => Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes(text)));

    private static Task<IReadOnlyList<string>> TitlesAsync(Newsroom room) => room.QueryAsync("SELECT title FROM articles", row => row.GetString(0));

    private static async Task<IPage> SignedInAsync(Newsroom room, Browser browser)
    {
        var page = await browser.SomebodyAsync();
        var link = await room.Services.GetRequiredService<SignIns>().CreateLinkAsync("operator@example.com", Role.Editor, "the story", Token);
        await page.GotoAsync(new Uri(room.Url, link).ToString());
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Assertions.Expect(page.Locator("main[data-interactive=true]")).ToBeVisibleAsync();
        return page;
    }
}
