using Microsoft.Playwright;
using Notify.Tests.Support;

namespace Notify.Tests.Sandbox;

public sealed class PageTests
{
    private const string Chromium = "/usr/bin/chromium";
    private const string Hostile = "<script>window.hacked = 1</script><img src=x onerror=\"window.hacked = 2\">";

    private const string HostileMail = "From: News <news@example.org>\r\nSubject: " + Hostile + "\r\nX-Odd: <svg onload=window.hacked=3>\r\nMIME-Version: 1.0\r\n"
        + "Content-Type: text/html; charset=utf-8\r\n\r\n<html><head><meta http-equiv=\"refresh\" content=\"0; url=/help\"></head><body><p>Hello reader</p>" + Hostile
        + "<script>parent.document.title = 'hacked'; document.body.textContent = 'hacked'</script><form action=\"/messages\" method=\"post\"><button>Go</button></form>"
        + "<iframe src=\"javascript:parent.parent.hacked=4\"></iframe></body></html>";

    [Fact]
    public async Task The_page_and_a_mails_page_allow_no_script_but_the_carriers_own()
    {
        await using var carrier = await CarrierUnderTest.StartAsync();
        using var smtp = await SmtpConnection.GreetedAsync(carrier);
        await smtp.MailAsync("reader@example.com", HostileMail);
        var id = (await carrier.GetAsync("/mailboxes/reader@example.com/messages"))[0].GetProperty("id").GetString();

        using var page = await carrier.Http.GetAsync("/", TestContext.Current.CancellationToken);
        using var mail = await carrier.Http.GetAsync($"/mailboxes/reader@example.com/messages/{id}/html", TestContext.Current.CancellationToken);

        Assert.StartsWith("default-src 'none'; script-src 'self';", Policy(page), StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", Policy(page), StringComparison.Ordinal);
        Assert.StartsWith("default-src 'none';", Policy(mail), StringComparison.Ordinal);
        Assert.DoesNotContain("script-src", Policy(mail), StringComparison.Ordinal);
        Assert.EndsWith("sandbox allow-popups allow-popups-to-escape-sandbox", Policy(mail), StringComparison.Ordinal);
        Assert.Equal("nosniff", mail.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Fact]
    public async Task A_person_reads_and_texts_stop_and_what_is_hostile_is_only_read()
    {
        Assert.SkipUnless(File.Exists(Chromium), $"There is no browser at {Chromium}.");
        await using var app = await Receiver.StartAsync();
        app.Answer = _ => (200, "<Response><Message>You are out.</Message></Response>");
        await using var carrier = await CarrierUnderTest.StartAsync(o => o with { InboundWebhook = () => new Uri(app.Url) });
        await carrier.SendAsync(Hostile + " https://example.org/a?b=\"onmouseover=hacked");
        using var smtp = await SmtpConnection.GreetedAsync(carrier);
        await smtp.MailAsync("reader@example.com", HostileMail);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium });
        var page = await browser.NewPageAsync();

        await page.GotoAsync($"{carrier.Carrier.Url}#{CarrierUnderTest.Reader}");
        var log = page.GetByRole(AriaRole.Log);
        await Assertions.Expect(log).ToContainTextAsync("<script>window.hacked = 1</script>");
        await Assertions.Expect(log.GetByRole(AriaRole.Link)).ToHaveAttributeAsync("href", "https://example.org/a?b=");
        Assert.Empty(await Browser.BarriersAsync(page));

        await page.GetByRole(AriaRole.Button, new() { Name = "STOP" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(log).ToContainTextAsync("You are out.");
        await carrier.SendAsync("By itself");
        await Assertions.Expect(log).ToContainTextAsync("By itself");

        await page.GetByRole(AriaRole.Link, new() { Name = "reader@example.com" }).ClickAsync();
        await Assertions.Expect(page.FrameLocator("#frame").GetByText("Hello reader")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("#subject")).ToContainTextAsync("<script>window.hacked = 1</script>");
        await page.GetByRole(AriaRole.Tab, new() { Name = "Headers" }).ClickAsync();
        await Assertions.Expect(page.Locator("#mail-headers")).ToContainTextAsync("<svg onload=window.hacked=3>");
        Assert.Empty(await Browser.BarriersAsync(page));
        Assert.True(await page.EvaluateAsync<bool>("window.hacked === undefined && !document.title.includes('hacked')"));

        await page.GetByRole(AriaRole.Link, new() { Name = "Help" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "How to cause trouble" })).ToBeVisibleAsync();
        Assert.Empty(await Browser.BarriersAsync(page));
    }

    private static string Policy(HttpResponseMessage response) => response.Headers.GetValues("Content-Security-Policy").Single();
}
