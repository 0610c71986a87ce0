using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Notify.Operators;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>The whole story as people see it: a reader, a handset and an editor, each in a browser.</summary>
public sealed class BrowserStory(PostgresServer postgres)
{
    private const string Phone = "+12125550143";
    private const string Wanted = "Kim offers Russia his full support";
    private const string Unwanted = "What nobody hears who said STOP";

    [Theory, ClassData<Databases>]
    public async Task A_reader_signs_up_without_a_script_is_told_says_STOP_and_the_console_says_why_nothing_came(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await using var browser = await Browser.OpenAsync();

        await SignUpAsync(room, await browser.SomebodyAsync(script: false));
        var handset = await OpenHandsetAsync(room, await browser.SomebodyAsync());
        await SayAsync(handset, "Y", "Thanks for subscribing");
        var console = await SignInAsync(room, await browser.SomebodyAsync());
        await room.FinishedAsync(await PublishAsync(console, Wanted, "Tell 1 reader"));
        await Assertions.Expect(Received(handset).Last).ToContainTextAsync($"{Newsroom.Name}: {Wanted} https://yid-info.example/");

        await SayAsync(handset, "STOP", "no more texts");
        var heard = await Received(handset).CountAsync();
        var shown = await room.FinishedAsync(await PublishAsync(console, Unwanted, "Tell 0 readers"));
        await handset.ReloadAsync();
        await Assertions.Expect(Received(handset)).ToHaveCountAsync(heard);
        await Assertions.Expect(handset.Locator("#log").GetByText(Unwanted)).ToHaveCountAsync(0);
        await Assertions.Expect(await WhyAsync(console, Phone, Unwanted)).ToContainTextAsync("STOP");
        await Assertions.Expect(await WhyAsync(console, Phone, Wanted)).ToContainTextAsync("It arrived");

        Assert.Equal(0, shown.Counts.Decided);
        Assert.DoesNotContain(await room.TextsAsync(Phone), text => text.Contains(Unwanted, StringComparison.Ordinal));
        Assert.Empty(browser.Complaints);
    }

    private static async Task SignUpAsync(Newsroom room, IPage page)
    {
        await page.GotoAsync(new Uri(room.Url, "/subscribe").ToString());
        await page.GetByLabel("Mobile number").FillAsync("(212) 555-0143");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign me up" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Please check");

        await Assertions.Expect(page.GetByLabel("Mobile number")).ToHaveValueAsync("(212) 555-0143");
        await page.GetByLabel("I agree").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign me up" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("say yes");
    }

    /// <summary>Nobody has to know the address: the text that asks to confirm is there, on its handset.</summary>
    private static async Task<IPage> OpenHandsetAsync(Newsroom room, IPage page)
    {
        await page.GotoAsync(room.Carrier.Url.ToString());
        await page.GetByRole(AriaRole.Link, new() { Name = "+1 (212) 555-0143" }).ClickAsync();
        await Assertions.Expect(Received(page).Last).ToContainTextAsync("Reply Y");
        return page;
    }

    private static async Task SayAsync(IPage handset, string word, string answer)
    {
        await handset.GetByRole(AriaRole.Button, new() { Name = word, Exact = true }).ClickAsync();
        await Assertions.Expect(Received(handset).Last).ToContainTextAsync(answer);
    }

    /// <summary>An operator's link is handed over by another; its page has one button.</summary>
    private static async Task<IPage> SignInAsync(Newsroom room, IPage page)
    {
        var link = await room.Services.GetRequiredService<SignIns>().CreateLinkAsync("editor@example.com", Role.Editor, "the story", TestContext.Current.CancellationToken);
        await page.GotoAsync(new Uri(room.Url, link).ToString());
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new Uri(room.Url, "/ops").ToString());
        return page;
    }

    /// <summary>Publishes by hand and watches until the console says that the alert is finished.</summary>
    /// <returns>The alert.</returns>
    private static async Task<Guid> PublishAsync(IPage console, string title, string button)
    {
        await FollowAsync(console, "Publish");
        await console.GetByLabel("Address", new() { Exact = true }).FillAsync($"https://yid-info.example/{Guid.CreateVersion7():N}");
        await console.GetByLabel("Title", new() { Exact = true }).FillAsync(title);
        await Assertions.Expect(console.Locator(".bubble")).ToContainTextAsync(title);
        await console.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();
        await console.GetByRole(AriaRole.Link, new() { Name = "Watch the alert" }).ClickAsync();
        await Assertions.Expect(console.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync(title);
        await Assertions.Expect(console.Locator("main .state").First).ToHaveTextAsync("finished");
        return Guid.Parse(console.Url.Split('/')[^1]);
    }

    /// <summary>Asks why somebody got or did not get an article; the sentence that answers.</summary>
    private static async Task<ILocator> WhyAsync(IPage console, string phone, string title)
    {
        await FollowAsync(console, "Who got what");
        await console.GetByLabel("Phone number or e-mail address").FillAsync(phone);
        await console.GetByLabel("Article", new() { Exact = true }).SelectOptionAsync(new SelectOptionValue { Label = title });
        await console.GetByRole(AriaRole.Button, new() { Name = "Look up" }).ClickAsync();
        await Assertions.Expect(console.GetByRole(AriaRole.Heading, new() { Level = 2 }).First).ToContainTextAsync(title);
        return console.Locator(".explanation");
    }

    /// <summary>By the navigation; a click before the page listens would be lost.</summary>
    private static async Task FollowAsync(IPage console, string page)
    {
        await Assertions.Expect(console.Locator("main[data-interactive=true]")).ToBeVisibleAsync();
        await console.GetByRole(AriaRole.Navigation, new() { Name = "Console" }).GetByRole(AriaRole.Link, new() { Name = page, Exact = true }).ClickAsync();
        await Assertions.Expect(console.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync(page);
    }

    private static ILocator Received(IPage handset) => handset.Locator("#log .said.toReader");
}
