using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using Microsoft.Playwright;
using Notify.Contacts;
using Notify.Operators;
using Notify.Tests.Support;

namespace Notify.Tests.Operators;

/// <summary>The console as a person meets it, in a browser, in light and in dark, on a wide and on a narrow screen.</summary>
public sealed class ConsoleTests
{
    private static readonly string[] Pages = ["/ops", "/ops/alerts", "/ops/publish", "/ops/queue", "/ops/rules", "/ops/why", "/ops/operators", "/ops/keys", "/ops/audit", "/ops/replies", "/ops/returns", "/ops/feeds", "/ops/webhooks", "/ops/doctor", "/ops/templates"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>As an installation shows them that is new; with something on them <see cref="Stories.AccessibilityStories"/> looks at them.</summary>
    [Fact]
    public async Task Every_page_is_without_barriers_on_a_phone_and_without_a_word_in_the_browsers_console()
    {
        var chromium = Programs.Require("chromium");
        await using var notify = await OpsHost.StartAsync();
        var alert = await PublishAsync(notify);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium });
        var page = await browser.NewPageAsync(new() { ViewportSize = new() { Width = 400, Height = 900 } });
        var said = new List<string>();
        page.Console += (_, message) => said.Add($"{message.Type}: {message.Text}");
        page.PageError += (_, error) => said.Add(error);

        await page.GotoAsync(notify.Address + "ops");
        Assert.Empty(await Browser.BarriersAsync(page));
        await SignInAsync(notify, page, Role.Admin);
        foreach (var address in Pages.Append($"/ops/alerts/{alert}"))
        {
            await OpenAsync(notify, page, address);
            Assert.Empty(await Browser.BarriersAsync(page));
            Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), $"{address} is wider than the screen");
        }

        Assert.DoesNotContain(said, text => !text.StartsWith("log:", StringComparison.Ordinal) && !text.StartsWith("info:", StringComparison.Ordinal));
        Assert.False(notify.Log.Says("Error:"), notify.Log.ToString());
    }

    [Theory, InlineData("ops/jobs", ".navbar"), InlineData("docs/api", "text=Articles in, figures out")]
    public async Task A_page_of_a_library_works_under_our_policy_and_asks_nobody_else(string path, string shows)
    {
        var chromium = Programs.Require("chromium");
        await using var notify = await OpsHost.StartAsync();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium });
        var page = await browser.NewPageAsync();
        await SignInAsync(notify, page, Role.Viewer);
        var (said, asked) = (new List<string>(), new List<string>());
        page.Console += (_, message) => said.Add($"{message.Type}: {message.Text}");
        page.Request += (_, request) => asked.Add(request.Url);

        await page.GotoAsync(notify.Address + path);
        await Assertions.Expect(page.Locator(shows).First).ToBeVisibleAsync(new() { Timeout = 30_000 });

        Assert.DoesNotContain(said, text => text.StartsWith("error:", StringComparison.Ordinal));
        Assert.All(asked, url => Assert.True(url.StartsWith(notify.Address.ToString(), StringComparison.Ordinal) || url.StartsWith("data:", StringComparison.Ordinal) || url.StartsWith("blob:", StringComparison.Ordinal), url));
    }

    [Fact]
    public async Task An_editor_publishes_by_hand_pauses_everything_and_sees_why_somebody_was_not_told()
    {
        var chromium = Programs.Require("chromium");
        await using var notify = await OpsHost.StartAsync();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium });
        var page = await browser.NewPageAsync();
        await SignInAsync(notify, page, Role.Editor);

        await page.GetByRole(AriaRole.Link, new() { Name = "Publish" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Tell 0 readers" }).ClickAsync();
        await Assertions.Expect(page.Locator("#title-problem")).ToBeVisibleAsync();
        await page.GetByLabel("Address").FillAsync("https://yid-info.example/by-hand");
        await page.GetByLabel("Title").FillAsync("Published “by hand”");
        await Assertions.Expect(page.Locator(".bubble")).ToHaveTextAsync("Yid-Info: Published \"by hand\" https://yid-info.example/by-hand STOP to end");
        await Assertions.Expect(page.Locator("#segments")).ToContainTextAsync("1 segment of 2");
        await page.GetByRole(AriaRole.Button, new() { Name = "Tell 0 readers" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Watch the alert" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Published \"by hand\"");

        await page.GetByRole(AriaRole.Link, new() { Name = "Overview" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Pause everything" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Everything is paused" })).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Link, new() { Name = "Who got what" }).ClickAsync();
        await page.GetByLabel("Phone number or e-mail address").FillAsync("late@example.net");
        await page.GetByLabel("Article").SelectOptionAsync(new SelectOptionValue { Label = "Published \"by hand\"" });
        await page.GetByRole(AriaRole.Button, new() { Name = "Look up" }).ClickAsync();
        await Assertions.Expect(page.Locator(".explanation")).ToHaveTextAsync("It never signed up.");
        await page.GetByRole(AriaRole.Button, new() { Name = "Record the stop" }).ClickAsync();
        await Assertions.Expect(page.Locator(".explanation")).ToContainTextAsync("Its stop was recorded at");
        await Assertions.Expect(page.Locator(".stopped")).ToBeVisibleAsync();
        Assert.DoesNotContain("late@", page.Url, StringComparison.Ordinal);

        Assert.Contains("editor@example.com paused everything", await notify.AuditAsync());
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(notify.Address + "ops/sign-in");
    }

    [Fact]
    public async Task A_page_changes_by_itself_when_somebody_else_acts()
    {
        var chromium = Programs.Require("chromium");
        await using var notify = await OpsHost.StartAsync();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium });
        var page = await browser.NewPageAsync();
        await SignInAsync(notify, page, Role.Viewer);
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Sending is on" })).ToBeVisibleAsync();
        Assert.Equal(0, await page.GetByRole(AriaRole.Button, new() { Name = "Pause everything" }).CountAsync());
        Assert.Equal(0, await page.GetByRole(AriaRole.Link, new() { Name = "Publish" }).CountAsync());

        using var program = notify.Program();
        await program.PostAsync("/api/sending/pause", null, Token);
        await PublishAsync(notify);

        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Everything is paused" })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "One" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Pages_are_for_their_role_and_an_unknown_one_says_so()
    {
        await using var notify = await OpsHost.StartAsync();
        using var nobody = notify.Browser();
        using var viewer = await notify.SignedInAsync(Role.Viewer);
        using var editor = await notify.SignedInAsync(Role.Editor);
        using var admin = await notify.SignedInAsync(Role.Admin);

        foreach (var address in Pages.Append("/ops/jobs").Append("/ops/nothing/here"))
        {
            Assert.Equal("/ops/sign-in", (await nobody.GetAsync(address, Token)).Headers.Location?.ToString());
        }

        Assert.Contains("There is no such alert", await viewer.GetStringAsync($"/ops/alerts/{Guid.Empty}", Token), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, (await viewer.GetAsync("/ops/publish", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await editor.GetAsync("/ops/publish", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await editor.GetAsync("/ops/keys", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await editor.GetAsync("/ops/operators", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await admin.GetAsync("/ops/keys", Token)).StatusCode);
        using var nowhere = await viewer.GetAsync("/ops/nothing/here", Token);
        Assert.Equal(HttpStatusCode.NotFound, nowhere.StatusCode);
        Assert.Contains("There is no such page", await nowhere.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.PostAsync("/_blazor/negotiate?negotiateVersion=1", null, Token)).StatusCode);
    }

    [Fact]
    public async Task The_jobs_are_shown_to_viewers_and_changed_by_editors_only()
    {
        await using var notify = await OpsHost.StartAsync();
        using var viewer = await notify.SignedInAsync(Role.Viewer);
        using var editor = await notify.SignedInAsync(Role.Editor);

        var (seen, changed) = (await viewer.GetStringAsync("/ops/jobs/jobs/enqueued", Token), await editor.GetStringAsync("/ops/jobs/recurring", Token));
        using var form = new FormUrlEncodedContent([new("jobs[]", "1")]);
        using var refused = await viewer.PostAsync("/ops/jobs/jobs/failed/delete", form, Token);

        Assert.Contains("<title>", seen, StringComparison.Ordinal);
        Assert.Contains("Notify", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("notify.db", changed, StringComparison.Ordinal);
        Assert.False(refused.IsSuccessStatusCode, string.Create(CultureInfo.InvariantCulture, $"A viewer deleted jobs: {refused.StatusCode}"));
    }

    [Fact]
    public async Task The_readers_pages_bring_nothing_of_the_console()
    {
        await using var notify = await OpsHost.StartAsync();
        using var reader = notify.Browser();

        var page = await reader.GetStringAsync("/subscribe", Token);

        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("MudBlazor", page, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task What_is_unknown_is_settled_by_whoever_may_and_by_nobody_twice()
    {
        var chromium = Programs.Require("chromium");
        await using var notify = await OpsHost.StartAsync();
        var alert = await PublishAsync(notify);
        await notify.Database.WriteAsync(async write =>
        {
            for (var i = 1; i <= 2; i++)
            {
                var contact = await notify.Get<ContactBook>().FindOrAddAsync(write, new ContactPoint(Channel.Mail, $"reader{i}@example.net"));
                await write.ExecuteAsync("""
                    INSERT INTO deliveries (source_id, subject_id, contact_id, channel, sender, scope, status, due_at, expires_at, created_at, changed_at)
                    VALUES (@id, @id, @contact, 2, 'mail', '', 9, 1, 1, 1, 1)
                    """, ("id", alert), ("contact", contact));
            }

            await write.ExecuteAsync("UPDATE sources SET decided = 2, unknown = 2 WHERE id = @id", ("id", alert));
        }, Token);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium });
        var (viewer, editor) = (await browser.NewPageAsync(), await (await browser.NewContextAsync()).NewPageAsync());
        await SignInAsync(notify, viewer, Role.Viewer);
        await OpenAsync(notify, viewer, $"/ops/alerts/{alert}");
        await Assertions.Expect(viewer.GetByRole(AriaRole.Heading, new() { Name = "2 unknown" })).ToBeVisibleAsync();
        Assert.Equal(0, await viewer.GetByRole(AriaRole.Button, new() { Name = "It went" }).CountAsync());

        await SignInAsync(notify, editor, Role.Editor);
        await OpenAsync(notify, editor, $"/ops/alerts/{alert}");
        Assert.Empty(await Browser.BarriersAsync(editor));
        await editor.GetByRole(AriaRole.Button, new() { Name = "It went" }).First.ClickAsync();
        await Assertions.Expect(editor.GetByRole(AriaRole.Heading, new() { Name = "1 unknown" })).ToBeVisibleAsync();
        await editor.GetByRole(AriaRole.Button, new() { Name = "Send again" }).First.ClickAsync();
        await Assertions.Expect(editor.Locator("#unknown")).ToHaveCountAsync(0);

        using var program = notify.Program();
        Assert.Equal(HttpStatusCode.Conflict, (await program.PostAsJsonAsync($"/api/alerts/{alert}/resolve", new { @as = "sent" }, Token)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await program.PostAsJsonAsync("/api/deliveries/999/resolve", new { @as = "again" }, Token)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await program.PostAsJsonAsync("/api/deliveries/1/resolve", new { @as = "maybe" }, Token)).StatusCode);
        Assert.Equal(2, (await notify.AuditAsync()).Count(line => line.StartsWith("editor@example.com decided that unknown delivery", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_editor_makes_a_rule_tries_it_and_decides_on_what_it_holds_without_a_mouse()
    {
        var chromium = Programs.Require("chromium");
        await using var notify = await OpsHost.StartAsync();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium });
        var page = await browser.NewPageAsync();
        await SignInAsync(notify, page, Role.Editor);
        await OpenAsync(notify, page, "/ops/rules");
        await page.GetByLabel("Says one of").FillAsync("storm");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add the rule" }).ClickAsync();
        await Assertions.Expect(page.Locator("ol.rules li")).ToContainTextAsync("An article says \"storm\" waits for an editor.");
        using var program = notify.Program();
        foreach (var title in (string[])["A storm \u2014 the first", "A storm, the second", "Calm"])
        {
            (await program.PostAsJsonAsync("/api/articles", new { url = $"https://yid-info.example/{Uri.EscapeDataString(title)}", title }, Token)).EnsureSuccessStatusCode();
        }

        await page.GetByRole(AriaRole.Button, new() { Name = "Try these rules on last week" }).ClickAsync();
        await Assertions.Expect(page.Locator("#totals")).ToContainTextAsync("3 articles: 0 texts");
        await Assertions.Expect(page.Locator("#totals")).ToContainTextAsync("2 would have waited for you");
        Assert.Empty(await Browser.BarriersAsync(page));

        await OpenAsync(notify, page, "/ops/queue");
        await Assertions.Expect(page.Locator("section.queued")).ToHaveCountAsync(2);
        Assert.Empty(await Browser.BarriersAsync(page));
        var first = page.Locator("section.queued").First;
        await first.GetByRole(AriaRole.Button, new() { Name = "Edit" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await first.GetByLabel("Title").FillAsync("A storm is coming");
        Assert.Empty(await Browser.BarriersAsync(page));
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(first.Locator(".bubble")).ToContainTextAsync("Yid-Info: A storm is coming https://");
        await first.GetByRole(AriaRole.Button, new() { Name = "At a time" }).ClickAsync();
        await first.GetByLabel("Day and time").FillAsync("2020-01-01T07:00");
        await first.GetByRole(AriaRole.Button, new() { Name = "Send it then" }).ClickAsync();
        await Assertions.Expect(first.GetByRole(AriaRole.Alert)).ToHaveTextAsync("This time has passed. Leave it out to send at once.");
        Assert.Empty(await Browser.BarriersAsync(page));
        await first.GetByRole(AriaRole.Button, new() { Name = "Leave it" }).ClickAsync();
        await first.GetByRole(AriaRole.Button, new() { Name = "Send now" }).ClickAsync();
        await Assertions.Expect(page.Locator("section.queued")).ToHaveCountAsync(1);
        await page.GetByRole(AriaRole.Button, new() { Name = "Drop", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Drop it" }).ClickAsync();
        await Assertions.Expect(page.Locator("#empty")).ToBeVisibleAsync();

        var audit = await notify.AuditAsync();
        Assert.Contains("editor@example.com added rule 1: an article says \"storm\" waits for an editor", audit);
        Assert.Contains(audit, line => line.StartsWith("editor@example.com edited article ", StringComparison.Ordinal));
        Assert.Contains(audit, line => line.StartsWith("editor@example.com decided on alert ", StringComparison.Ordinal) && line.EndsWith(": sends now", StringComparison.Ordinal));
        Assert.Contains(audit, line => line.StartsWith("editor@example.com cancelled alert ", StringComparison.Ordinal));
    }

    private static async Task<Guid> PublishAsync(OpsHost notify)
    {
        using var program = notify.Program();
        using var answer = await program.PostAsJsonAsync("/api/articles", new { url = "https://yid-info.example/one", title = "One", priority = "breaking" }, Token);
        return (await answer.Content.ReadFromJsonAsync<System.Text.Json.JsonElement>(Token)).GetProperty("alertId").GetGuid();
    }

    private static async Task SignInAsync(OpsHost notify, IPage page, Role role)
    {
        var link = await notify.SignIns.CreateLinkAsync($"{role}@example.com", role, "test", Token);
        await page.GotoAsync(new Uri(notify.Address, link).ToString());
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.Locator("main[data-interactive=true]").WaitForAsync();
    }

    private static async Task OpenAsync(OpsHost notify, IPage page, string address)
    {
        await page.GotoAsync(new Uri(notify.Address, address).ToString());
        await page.Locator("main[data-interactive=true]").WaitForAsync();
    }
}
