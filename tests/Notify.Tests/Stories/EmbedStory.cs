using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>The form on a page of the newsroom's own, which is another site to the browser.</summary>
public sealed class EmbedStory(PostgresServer postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task A_reader_signs_up_where_the_article_is(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres, ("Publication:Topics:0:Key", "sport"), ("Publication:Topics:0:Name", "Sport"));
        await using var news = await ServeAsync($"""
            <!DOCTYPE html><html lang="en"><head><title>Kim offers support</title></head><body><main><h1>Kim offers support</h1><p>In full.</p>
            <script src="{new Uri(room.Url, "/embed.js")}" data-topics="sport" async></script><noscript><a href="{new Uri(room.Url, "/subscribe")}">Get the news</a></noscript>
            <p>Below the form.</p></main></body></html>
            """);
        await using var browser = await Browser.OpenAsync();
        var page = await browser.SomebodyAsync();
        var url = $"{news.Urls.Single().Replace("127.0.0.1", "localhost", StringComparison.Ordinal)}/kim?page=1";

        await page.GotoAsync(url);
        var form = page.FrameLocator("iframe[title='Sign up for news']");
        await Assertions.Expect(form.GetByLabel("Sport")).ToBeCheckedAsync();
        await form.GetByLabel("Mobile number").FillAsync("(212) 555-0143");
        await form.GetByRole(AriaRole.Button, new() { Name = "Sign me up" }).ClickAsync();
        await Assertions.Expect(form.GetByRole(AriaRole.Alert)).ToContainTextAsync("Please check");
        await Assertions.Expect(form.Locator("#problems")).ToBeFocusedAsync();
        // The frame is as high as the form, so nothing has to be scrolled in it.
        await page.WaitForFunctionAsync("() => { const frame = document.querySelector('iframe'); return parseInt(frame.style.height) > 300 && parseInt(frame.style.height) !== 960; }");
        Assert.True(await form.Locator("html").EvaluateAsync<bool>("html => html.scrollHeight <= innerHeight + 1"));
        var high = await page.EvaluateAsync<int>("() => parseInt(document.querySelector('iframe').style.height)");
        await Browser.CanBeUsedByEverybodyAsync(page);
        await form.GetByLabel("I agree").CheckAsync();
        await form.GetByRole(AriaRole.Button, new() { Name = "Sign me up" }).ClickAsync();
        await Assertions.Expect(form.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("say yes");
        // And becomes lower with it: the answer is where the button was.
        await page.WaitForFunctionAsync("height => parseInt(document.querySelector('iframe').style.height) < height", high);
        await Assertions.Expect(form.GetByRole(AriaRole.Link, new() { Name = "Back to the form" })).ToHaveAttributeAsync("href", "/subscribe?embed=1");

        await room.EventuallyAsync(async () => (await room.TextsAsync("+12125550143")).Count == 1, "the reader is asked");
        var evidence = await room.QueryAsync("SELECT evidence FROM consent_entries WHERE evidence IS NOT NULL", row => row.GetString(0));
        Assert.Contains(evidence, text => text.Contains($"\"{url}\"", StringComparison.Ordinal));
        Assert.Empty(browser.Complaints);
    }

    [Theory]
    [InlineData("/subscribe?embed=1", false), InlineData("/subscribe", true), InlineData("/subscribe/find?embed=1", true), InlineData("/archive?embed=1", true), InlineData("/u?embed=1", true), InlineData("/ops?embed=1", true)]
    public async Task Nothing_else_may_stand_in_a_frame(string path, bool isRefused)
    {
        await using var room = await Newsroom.OpenAsync(DatabaseProvider.Sqlite, postgres);
        using var answer = await room.Public.GetAsync(path, Token);

        Assert.Equal(isRefused, answer.Headers.Contains("X-Frame-Options"));
        Assert.Equal(isRefused, Assert.Single(answer.Headers.GetValues("Content-Security-Policy")).Contains("frame-ancestors 'none'", StringComparison.Ordinal));
    }

    private static async Task<WebApplication> ServeAsync(string page)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapGet("/kim", () => Results.Content(page, "text/html; charset=utf-8"));
        await app.StartAsync(Token);
        return app;
    }
}
