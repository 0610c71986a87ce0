using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Notify.Messages.Templates;
using Notify.Operators;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>An editor changes how mails look, sees it before anybody else does, and cannot save what would harm readers.</summary>
public sealed class TemplateStories(PostgresServer postgres)
{
    private const string Reader = "reader@example.com";

    private static readonly string? Pictures = Environment.GetEnvironmentVariable("NOTIFY_PICTURES");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task An_editor_previews_tests_and_saves_and_is_refused_what_harms(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.SignUpAndConfirmMailAsync(Reader);
        await using var browser = await Browser.OpenAsync();
        var page = await SignedInAsync(room, browser);
        await page.GotoAsync(new Uri(room.Url, "/ops/templates").ToString());
        await Assertions.Expect(page.Locator("main[data-interactive=true]")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("#in-use")).ToHaveTextAsync("In use: what comes with Notify.");
        await Assertions.Expect(page.Locator("#size")).ToContainTextAsync("of 100 KB");
        var shown = page.FrameLocator("iframe.mailframe").Locator("body");
        await Assertions.Expect(shown).ToContainTextAsync("The bridge over the river reopens");
        await Browser.CanBeUsedByEverybodyAsync(page);

        // While somebody types, what is wrong is said with its line, and saving does nothing.
        var (html, text) = (page.GetByLabel("HTML", new() { Exact = true }), page.GetByLabel("Text", new() { Exact = true }));
        await html.FillAsync("<h1>{{ article.title }}</h1>\n<p>{{ reader.email }}</p>");
        await Assertions.Expect(page.Locator("#faults")).ToContainTextAsync("HTML, line 2: There is no reader.email.");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save and use" }).ClickAsync();
        await Assertions.Expect(page.Locator("#refused")).ToContainTextAsync("HTML, line 2: There is no reader.email.");
        await Browser.CanBeUsedByEverybodyAsync(page);
        await html.FillAsync("{% for i in (1..1000) %}{% for j in (1..1000) %}{{ i }}{% endfor %}{% endfor %}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save and use" }).ClickAsync();
        await Assertions.Expect(page.Locator("#refused")).ToContainTextAsync("This runs away.");
        Assert.Empty(await room.QueryAsync("SELECT part FROM mail_templates", row => row.GetString(0)));

        if (Pictures is not null)
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(Pictures, "console.png"), FullPage = true });
        }

        // A layout without the way out is refused, too.
        await page.GetByLabel("Which part?").SelectOptionAsync("Layout");
        await Assertions.Expect(html).ToHaveValueAsync(MailParts.BuiltInOf(MailPart.Layout).Html);
        await text.FillAsync("{{ content }}\n{{ site.postal_address }}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save and use" }).ClickAsync();
        await Assertions.Expect(page.Locator("#refused")).ToContainTextAsync("Text: The unsubscribe link is missing in an alert.");

        // What is good is seen, tried in a real mailbox, and saved.
        await page.GetByLabel("Which part?").SelectOptionAsync("Alert");
        await Assertions.Expect(html).ToHaveValueAsync(MailParts.BuiltInOf(MailPart.Alert).Html);
        await html.FillAsync("<h1>Our own: {{ article.title }}</h1>");
        await text.FillAsync("Our own: {{ article.title }} {{ article.url }}");
        await Assertions.Expect(shown).ToContainTextAsync("Our own: The bridge over the river reopens");
        await page.GetByLabel("Send what stands here to").FillAsync("desk@example.com");
        await page.GetByRole(AriaRole.Button, new() { Name = "Send a test" }).ClickAsync();
        await Assertions.Expect(page.Locator(".done")).ToHaveTextAsync("The test is on its way.");
        await room.EventuallyAsync(async () => (await room.MailsAsync("desk@example.com")).Count == 1, "the test arrives");
        var test = (await room.MailsAsync("desk@example.com"))[0];
        Assert.Equal("[Test] The bridge over the river reopens after a year of repairs", test.Subject);
        Assert.StartsWith("Our own: The bridge", test.Text, StringComparison.Ordinal);
        Assert.Equal($"<{Newsroom.LinkTo("/u/", test.Html)}>", test.Headers["List-Unsubscribe"]);
        await room.FinishedAsync(await room.PublishAsync("Before it was saved"));
        Assert.DoesNotContain("Our own", (await room.MailsAsync(Reader))[^1].Html, StringComparison.Ordinal);

        await page.GetByRole(AriaRole.Button, new() { Name = "Save and use" }).ClickAsync();
        await Assertions.Expect(page.Locator(".done")).ToHaveTextAsync("Saved. The next mail is written with it.");
        await Assertions.Expect(page.Locator("#in-use")).ToContainTextAsync("In use: revision 1, saved by editor@example.com");
        await Browser.CanBeUsedByEverybodyAsync(page);
        await room.FinishedAsync(await room.PublishAsync("After it was saved"));
        var mail = (await room.MailsAsync(Reader))[^1];
        Assert.Contains("Our own: After it was saved", mail.Html, StringComparison.Ordinal);
        Assert.StartsWith("Our own: After it was saved", mail.Text, StringComparison.Ordinal);

        // And back.
        await page.GetByRole(AriaRole.Button, new() { Name = "Go back to without it" }).PressAsync("Enter");
        await page.GetByRole(AriaRole.Button, new() { Name = "Go back", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator("#in-use")).ToHaveTextAsync("In use: what comes with Notify.");
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Load it: revision 1" })).ToBeVisibleAsync();
        var audit = await room.QueryAsync("SELECT did FROM audit ORDER BY at", row => row.GetString(0));
        Assert.Equal(["sent a test of the template alert in en", "changed the template alert, revision 1", "took back the template alert, revision 2"], audit.Where(did => did.Contains("template", StringComparison.Ordinal)));
        Assert.DoesNotContain(audit, did => did.Contains("desk@", StringComparison.Ordinal));
        Assert.Empty(browser.Complaints);
    }

    [Fact]
    public async Task The_preview_runs_nothing_and_asks_nobody()
    {
        await using var room = await Newsroom.OpenAsync(DatabaseProvider.Sqlite, postgres);
        await using var browser = await Browser.OpenAsync();
        var page = await SignedInAsync(room, browser);
        var asked = new System.Collections.Concurrent.ConcurrentBag<string>();
        // What a policy stops in the browser never gets as far as here.
        await page.Context.RouteAsync("https://watch.example/**", route =>
        {
            asked.Add(route.Request.Url);
            return route.FulfillAsync(new() { Status = 200 });
        });
        await page.GotoAsync(new Uri(room.Url, "/ops/templates").ToString());
        await Assertions.Expect(page.Locator("main[data-interactive=true]")).ToBeVisibleAsync();

        await page.GetByLabel("HTML", new() { Exact = true }).FillAsync("<p>Seen</p><img src=\"https://watch.example/logo.png\" alt=\"\">");
        await Assertions.Expect(page.FrameLocator("iframe.mailframe").Locator("body")).ToContainTextAsync("Seen");

        Assert.Equal("", await page.Locator("iframe.mailframe").GetAttributeAsync("sandbox"));
        Assert.Empty(asked);
        await page.GetByLabel("Language of the preview").SelectOptionAsync("he");
        await Assertions.Expect(page.FrameLocator("iframe.mailframe").Locator("html")).ToHaveAttributeAsync("dir", "rtl");
    }

    private static async Task<IPage> SignedInAsync(Newsroom room, Browser browser)
    {
        var page = await browser.SomebodyAsync();
        var link = await room.Services.GetRequiredService<SignIns>().CreateLinkAsync("editor@example.com", Role.Editor, "the story", Token);
        await page.GotoAsync(new Uri(room.Url, link).ToString());
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new Uri(room.Url, "/ops").ToString());
        return page;
    }
}
