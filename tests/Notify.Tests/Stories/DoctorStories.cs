using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Notify.Operators;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>An operator sets mail up and asks the doctor, at the command line and in the console, until it is content.</summary>
public sealed class DoctorStories(PostgresServer postgres)
{
    [Fact]
    public async Task The_command_line_says_the_record_to_publish_fails_until_it_is_there_and_warns_without_failing()
    {
        using var folder = new TemporaryFolder();
        await using var dns = PublishedButTheKey();
        await using var relay = new ScriptedRelay();
        await using var room = await Newsroom.OpenAsync(DatabaseProvider.Sqlite, postgres, Settings(dns, relay, folder));
        await room.StopAsync();

        var before = await ChildProcess.NotifyAsync(["check", .. room.Arguments]);
        var record = Assert.Single(before.Output.Split('\n'), line => line.TrimStart().StartsWith("notify._domainkey.news.example TXT ", StringComparison.Ordinal));
        dns.LongTxt("notify._domainkey.news.example", record.Split(" TXT ")[1].TrimEnd());
        var after = await ChildProcess.NotifyAsync(["check", .. room.Arguments]);

        Assert.Equal(1, before.ExitCode);
        Assert.StartsWith("BAD   DKIM of news.example (notify): its key is not published", Assert.Single(before.Output.Split('\n'), line => line.StartsWith("BAD", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.True(after.ExitCode == 0, after.Output);
        Assert.Contains("good  DKIM of news.example (notify): ", after.Output, StringComparison.Ordinal);
        Assert.Contains("warn  DMARC of news.example: p=none only watches", after.Output, StringComparison.Ordinal);
        Assert.Contains("      h=From:From:", after.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_the_local_carrier_is_the_relay_it_is_left_out_and_said_so()
    {
        await using var room = await Newsroom.OpenAsync(DatabaseProvider.Sqlite, postgres);
        await room.StopAsync();

        var end = await ChildProcess.NotifyAsync(["check", .. room.Arguments]);

        Assert.Equal(0, end.ExitCode);
        Assert.Contains("skip  mail of local-mail: it is the local carrier", end.Output, StringComparison.Ordinal);
    }

    [Theory, ClassData<Databases>]
    public async Task The_console_says_what_the_command_line_says_and_shows_how_far_it_is(DatabaseProvider database)
    {
        using var folder = new TemporaryFolder();
        await using var dns = PublishedButTheKey();
        await using var relay = new ScriptedRelay();
        // One silent name makes the look last long enough to be watched.
        dns.Without("bounce.news.example").Silent("bounce.news.example");
        await using var room = await Newsroom.OpenAsync(database, postgres, Settings(dns, relay, folder));
        await using var browser = await Browser.OpenAsync();
        var said = await ChildProcess.NotifyAsync(["check", .. room.Arguments]);
        var page = await SignedInAsync(room, browser, Role.Editor);

        await page.GetByRole(AriaRole.Navigation, new() { Name = "Console" }).GetByRole(AriaRole.Link, new() { Name = "Doctor" }).ClickAsync();
        var button = page.GetByRole(AriaRole.Button, new() { Name = "Look now" });
        await button.ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Looking: ");
        await Assertions.Expect(page.GetByRole(AriaRole.Progressbar)).ToBeVisibleAsync();
        await Assertions.Expect(button).ToBeDisabledAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Looked at");

        var shown = new List<string>();
        foreach (var row in await page.Locator("tbody tr").AllAsync())
        {
            var cells = await row.Locator("td, th").AllTextContentsAsync();
            var record = await row.Locator("code").AllTextContentsAsync();
            var says = cells[2].Trim();
            shown.Add($"{cells[0],-4}  {cells[1]}: {(record.Count > 0 ? says[..^record[0].Length].TrimEnd() + "\n      " + record[0] : says)}");
        }

        Assert.Contains(shown, line => line.StartsWith("away  SPF of relay", StringComparison.Ordinal));
        Assert.Equal(said.Output.ReplaceLineEndings("\n").TrimEnd(), string.Join('\n', shown));
        await Browser.CanBeUsedByEverybodyAsync(page);
        Assert.Empty(browser.Complaints);
    }

    [Fact]
    public async Task A_viewer_is_not_offered_the_doctor_and_does_not_get_to_it()
    {
        await using var room = await Newsroom.OpenAsync(DatabaseProvider.Sqlite, postgres);
        await using var browser = await Browser.OpenAsync();
        var page = await SignedInAsync(room, browser, Role.Viewer);

        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "Webhooks" })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "Doctor" })).ToHaveCountAsync(0);
        await page.GotoAsync(new Uri(room.Url, "/ops/doctor").ToString());
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Look now" })).ToHaveCountAsync(0);
    }

    private static LocalDns PublishedButTheKey() => new LocalDns().Txt("bounce.news.example", "v=spf1 ip4:192.0.2.25 ~all").Txt("_dmarc.news.example", "v=DMARC1; p=none")
        .Mx("bounce.news.example", 10, "mx.news.example").A("mx.news.example", "192.0.2.26").Ptr("25.2.0.192.in-addr.arpa", "relay.news.example").A("relay.news.example", "192.0.2.25");

    private static (string Key, string Value)[] Settings(LocalDns dns, ScriptedRelay relay, TemporaryFolder folder)
    {
        var file = Path.Combine(folder.Path, "notify.pem");
        using var key = RsaKeys.Of("other");
        File.WriteAllText(file, key.ExportPkcs8PrivateKeyPem());
        return
        [
            ("Smtp:Resolver", dns.Address), ("Smtp:Relays:0:Name", "relay"), ("Smtp:Relays:0:Host", "localhost"), ("Smtp:Relays:0:Port", relay.Port.ToString(CultureInfo.InvariantCulture)),
            ("Smtp:Relays:0:Security", "None"), ("Smtp:Relays:0:From", "The News <news@news.example>"), ("Smtp:Relays:0:BounceDomain", "bounce.news.example"),
            ("Smtp:Relays:0:SendingAddresses:0", "192.0.2.25"), ("Smtp:Relays:0:Dkim:Domain", "news.example"), ("Smtp:Relays:0:Dkim:Selector", "notify"), ("Smtp:Relays:0:Dkim:KeyFile", file),
        ];
    }

    private static async Task<IPage> SignedInAsync(Newsroom room, Browser browser, Role role)
    {
        var page = await browser.SomebodyAsync();
        var link = await room.Services.GetRequiredService<SignIns>().CreateLinkAsync("operator@example.com", role, "the story", TestContext.Current.CancellationToken);
        await page.GotoAsync(new Uri(room.Url, link).ToString());
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Assertions.Expect(page.Locator("main[data-interactive=true]")).ToBeVisibleAsync();
        return page;
    }
}
