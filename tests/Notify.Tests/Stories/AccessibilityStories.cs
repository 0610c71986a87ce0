using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Notify.Operators;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>Every page can be used by everybody: axe-core finds nothing, in light and in dark, and nothing has to be scrolled sideways.</summary>
public sealed class AccessibilityStories(PostgresServer postgres)
{
    private const string Phone = "+12125550143";
    private const string Email = "reader@example.com";

    [Fact]
    public async Task Pages_of_readers()
    {
        // With quiet hours the form asks for more.
        await using var room = await Newsroom.OpenAsync(DatabaseProvider.Sqlite, postgres, ("Publication:QuietHours:From", "03:00"), ("Publication:QuietHours:To", "03:01"));
        await using var browser = await Browser.OpenAsync();
        var page = await browser.SomebodyAsync();
        var submit = page.GetByRole(AriaRole.Button, new() { Name = "Sign me up" });

        await LookAsync(page, new Uri(room.Url, "/subscribe"), "The news, as soon as it is out");
        await page.GetByLabel("Mobile number").FillAsync("12");
        await page.GetByLabel("E-mail address").FillAsync("nobody");
        await SeeAsync(page, submit, "Almost there");
        await page.GetByLabel("Mobile number").FillAsync(Phone);
        await page.GetByLabel("E-mail address").FillAsync(Email);
        await page.GetByLabel("I agree").CheckAsync();
        await SeeAsync(page, submit, "One more step");

        await room.EventuallyAsync(async () => (await room.MailsAsync(Email)).Count == 1, "the reader is asked to confirm");
        await LookAsync(page, new Uri(Newsroom.LinkTo("/confirm/", (await room.MailsAsync(Email))[^1].Text)), "Shall we send you the news?");
        await SeeAsync(page, page.GetByRole(AriaRole.Button), "You are on the list");
        await room.FinishedAsync(await room.PublishAsync("Kim offers support"));
        await LookAsync(page, new Uri(Newsroom.LinkTo("/u/", (await room.MailsAsync(Email))[^1].Text)), "No more mail?");
        await SeeAsync(page, page.GetByRole(AriaRole.Button), "You are off the list");
        await LookAsync(page, new Uri(room.Url, "/confirm/half-a-link"), "This link does not work");
        await LookAsync(page, new Uri(room.Url, "/nowhere"), "");
        Assert.Empty(browser.Complaints);
    }

    [Fact]
    public async Task Pages_where_readers_choose_and_look_back()
    {
        await using var room = await Newsroom.OpenAsync(
            DatabaseProvider.Sqlite, postgres, ("Publication:Locale", "he"),
            ("Publication:Topics:0:Key", "sport"), ("Publication:Topics:0:Name", "\u05e1\u05e4\u05d5\u05e8\u05d8"), ("Publication:Topics:1:Key", "local"), ("Publication:Topics:1:Name", "Local"));
        await using var browser = await Browser.OpenAsync();
        await room.SignUpAndConfirmTextAsync(Phone);
        await room.FinishedAsync(await room.PublishAsync("Kim offers support, and " + new string('k', 200), topics: "sport"));
        await room.ReconcileAsync();
        var page = await browser.SomebodyAsync();

        await LookAsync(page, new Uri(room.Url, "/archive"), "What we have told our readers");
        await LookAsync(page, new Uri(room.Url, "/subscribe/find"), "Find your settings");
        await page.GetByLabel("Phone number or e-mail address").FillAsync("nobody");
        await SeeAsync(page, page.GetByRole(AriaRole.Button), "Please enter the phone number");
        await page.GetByLabel("Phone number or e-mail address").FillAsync(Phone);
        await SeeAsync(page, page.GetByRole(AriaRole.Button), "Look at your messages");
        await room.EventuallyAsync(async () => (await room.TextsAsync(Phone))[^1].Contains("/preferences/", StringComparison.Ordinal), "the link is there");
        await LookAsync(page, new Uri(Newsroom.LinkTo("/preferences/", (await room.TextsAsync(Phone))[^1])), "What you get");
        await page.GetByLabel("One digest a day").CheckAsync();
        await page.GetByLabel("From", new() { Exact = true }).SelectOptionAsync("22:00");
        await SeeAsync(page, page.GetByRole(AriaRole.Button, new() { Name = "Save" }), "both ends of your quiet hours");
        await page.GetByLabel("One digest a day").CheckAsync();
        await SeeAsync(page, page.GetByRole(AriaRole.Button, new() { Name = "Save" }), "Saved");
        await SeeAsync(page, page.GetByRole(AriaRole.Button, new() { Name = "Pause" }), "You have paused");
        await SeeAsync(page, page.GetByRole(AriaRole.Button, new() { Name = "End the pause" }), "The pause is over");
        await room.FinishedAsync(await room.PublishAsync("Of the digest", topics: "local"));
        await room.FinishedAsync(await room.PublishAsync("Also of the digest", topics: "local"));
        await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE subscriptions SET digest_at = 1"), TestContext.Current.CancellationToken);
        await room.EventuallyAsync(async () => (await room.TextsAsync(Phone))[^1].Contains("/d/", StringComparison.Ordinal), "the digest is there", hurry: true);
        await LookAsync(page, new Uri(Newsroom.LinkTo("/d/", (await room.TextsAsync(Phone))[^1])), "Also of the digest");
        await LookAsync(page, new Uri(Newsroom.LinkTo("/preferences/", (await room.TextsAsync(Phone)).First(text => text.Contains("/preferences/", StringComparison.Ordinal)))), "What you get");
        await SeeAsync(page, page.GetByRole(AriaRole.Button, new() { Name = "Erase my data" }), "This cannot be undone");
        await SeeAsync(page, page.GetByRole(AriaRole.Button, new() { Name = "Erase everything" }), "Everything is erased");
        Assert.Empty(browser.Complaints);
    }

    [Fact]
    public async Task Pages_around_signing_in()
    {
        await using var room = await Newsroom.OpenAsync(DatabaseProvider.Sqlite, postgres);
        await using var browser = await Browser.OpenAsync();
        var page = await browser.SomebodyAsync();
        var link = await LinkAsync(room);

        await LookAsync(page, new Uri(room.Url, "/ops"), "Sign in");
        await page.GetByLabel("Your e-mail address").FillAsync("somebody@example.com");
        await SeeAsync(page, page.GetByRole(AriaRole.Button, new() { Name = "Mail me a link" }), "Look into your mailbox");
        await LookAsync(page, link, "Press the button");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await LookAsync(page, link, "This link cannot be used");
        await LookAsync(page, new Uri(room.Url, "/ops/nowhere"), "There is no such page");
        Assert.Empty(browser.Complaints);
    }

    [Fact]
    public async Task Pages_of_the_console()
    {
        await using var room = await Newsroom.OpenAsync(DatabaseProvider.Sqlite, postgres);
        await using var browser = await Browser.OpenAsync();
        await room.SignUpAndConfirmTextAsync(Phone);
        await room.SignUpAndConfirmTextAsync("+12125550188");
        await room.SignUpAndConfirmMailAsync(Email);
        var alert = await room.PublishAsync("Kim offers support");
        await room.FinishedAsync(alert);
        await room.ReplyAsync(Phone, "STOP");
        await room.ReplyAsync("+12125550188", "Who is this?");
        var page = await SignedInAsync(room, browser);

        await ShowAsync(page, room, "/ops/replies", "Who is this?");
        await SeeAsync(page, page.GetByRole(AriaRole.Button, new() { Name = "It is none: Who is this?" }), "Nothing waits to be read");
        await ShowAsync(page, room, "/ops", "Sending is on");
        await SeeAsync(page, page.GetByRole(AriaRole.Button, new() { Name = "Pause everything" }), "Everything is paused");
        var waiting = await room.PublishAsync("Waits for the switch");
        await ShowAsync(page, room, "/ops/alerts", "Waits for the switch");
        await ShowAsync(page, room, Inv($"/ops/alerts/{alert}"), "delivered");
        await ShowAsync(page, room, Inv($"/ops/alerts/{waiting}"), "Cancel it");
        await SeeAsync(page, page.GetByRole(AriaRole.Button, new() { Name = "Cancel it" }), "Only what nobody was told of yet");
        await ShowAsync(page, room, Inv($"/ops/alerts/{Guid.CreateVersion7()}"), "There is no such alert");
        await ShowAsync(page, room, "/ops/audit", "paused");
        Assert.Empty(browser.Complaints);
    }

    [Fact]
    public async Task Forms_of_the_console()
    {
        await using var room = await Newsroom.OpenAsync(DatabaseProvider.Sqlite, postgres);
        await using var browser = await Browser.OpenAsync();
        await room.SignUpAndConfirmTextAsync(Phone);
        await room.FinishedAsync(await room.PublishAsync("Kim offers support"));
        await room.ReplyAsync(Phone, "STOP");
        var page = await SignedInAsync(room, browser);

        await ShowAsync(page, room, "/ops/publish", "Enter a title and an address");
        await SeeAsync(page, page.GetByRole(AriaRole.Button, new() { Name = "Tell 0 readers" }), "An article needs a title");
        await page.GetByLabel("Address", new() { Exact = true }).FillAsync("https://yid-info.example/today");
        await page.GetByLabel("Title", new() { Exact = true }).FillAsync("Today");
        await SeeAsync(page, page.GetByRole(AriaRole.Button, new() { Name = "Tell 0 readers" }), "Watch the alert");
        await ShowAsync(page, room, "/ops/why", "Look up");
        await SeeAsync(page, page.GetByRole(AriaRole.Button, new() { Name = "Look up" }), "Enter a phone number");
        await page.GetByLabel("Phone number or e-mail address").FillAsync(Phone);
        await SeeAsync(page, page.GetByRole(AriaRole.Button, new() { Name = "Look up" }), "They asked to stop?");
        await ShowAsync(page, room, "/ops/operators", "Let somebody in");
        await page.GetByLabel("E-mail address").FillAsync("colleague@example.com");
        await SeeAsync(page, page.GetByRole(AriaRole.Button, new() { Name = "Make a sign-in link" }), "Hand this link over");
        await ShowAsync(page, room, "/ops/keys", "A new key");
        await SeeAsync(page, page.GetByRole(AriaRole.Button, new() { Name = "Make the key" }), "Say what it is for");
        await page.GetByLabel("What is it for?").FillAsync("the CMS");
        await SeeAsync(page, page.GetByRole(AriaRole.Button, new() { Name = "Make the key" }), "Copy it now");
        Assert.Empty(browser.Complaints);
    }

    /// <summary>At its hardest: a reader whom the provider blocks, words without a place to break, words from right to left, and a ledger that was changed.</summary>
    [Fact]
    public async Task The_evidence_document_on_screen_and_on_paper()
    {
        await using var room = await Newsroom.OpenAsync(DatabaseProvider.Sqlite, postgres);
        await using var browser = await Browser.OpenAsync();
        await room.SignUpAndConfirmTextAsync(Phone);
        await room.FinishedAsync(await room.PublishAsync("Kim offers support", url: "https://yid-info.example/" + new string('k', 300)));
        await room.FaultAsync(new { on = "create", to = Phone, status = 400, code = 21610 });
        await room.FinishedAsync(await room.PublishAsync("Nobody hears this"));
        await room.ReplyAsync(Phone, "\u05de\u05d9 \u05d6\u05d4? " + new string('w', 200));
        var page = await SignedInAsync(room, browser);

        await ShowAsync(page, room, "/ops/why", "Look up");
        await page.GetByLabel("Phone number or e-mail address").FillAsync(Phone);
        await SeeAsync(page, page.GetByRole(AriaRole.Button, new() { Name = "Look up" }), "Nothing is sent.");
        await Assertions.Expect(page.Locator("section[aria-labelledby=subscription] .state").First).ToHaveTextAsync("suppressed");
        var document = new Uri(room.Url, (await page.GetByRole(AriaRole.Link, new() { Name = "Make the document" }).GetAttributeAsync("href"))!);
        await LookAsync(page, document, "suppressed, nothing is sent");
        await Assertions.Expect(page.Locator("article", new() { HasText = "Nobody hears this" })).ToContainTextAsync("It was not sent.");
        Assert.InRange(await Browser.CanBePrintedAsync(page), 2, 6);
        await room.Database.WriteAsync(async write =>
        {
            await write.ExecuteAsync("DROP TRIGGER consent_entries_hold");
            return await write.ExecuteAsync("UPDATE consent_entries SET how = 'by word of mouth' WHERE position = 2");
        }, TestContext.Current.CancellationToken);
        await LookAsync(page, document, "The ledger is broken");
        Assert.InRange(await Browser.CanBePrintedAsync(page), 2, 6);
        Assert.Empty(browser.Complaints);
    }

    private static string Inv(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static async Task<Uri> LinkAsync(Newsroom room) => new(room.Url,
        await room.Services.GetRequiredService<SignIns>().CreateLinkAsync("admin@example.com", Role.Admin, "the story", TestContext.Current.CancellationToken));

    private static async Task<IPage> SignedInAsync(Newsroom room, Browser browser)
    {
        var page = await browser.SomebodyAsync();
        await page.GotoAsync((await LinkAsync(room)).ToString());
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new Uri(room.Url, "/ops").ToString());
        return page;
    }

    /// <summary>A page of the console; it is looked at once it listens.</summary>
    private static async Task ShowAsync(IPage page, Newsroom room, string path, string says)
    {
        await page.GotoAsync(new Uri(room.Url, path).ToString());
        await Assertions.Expect(page.Locator("main[data-interactive=true]")).ToBeVisibleAsync();
        await JudgeAsync(page, says);
    }

    private static async Task LookAsync(IPage page, Uri url, string says)
    {
        await page.GotoAsync(url.ToString());
        await JudgeAsync(page, says);
    }

    private static async Task SeeAsync(IPage page, ILocator button, string says)
    {
        await button.ClickAsync();
        await JudgeAsync(page, says);
    }

    private static async Task JudgeAsync(IPage page, string says)
    {
        await Assertions.Expect(page.Locator("body")).ToContainTextAsync(says);
        await Browser.CanBeUsedByEverybodyAsync(page);
    }
}
