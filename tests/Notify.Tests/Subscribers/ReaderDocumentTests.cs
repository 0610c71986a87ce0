using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Notify.Tests.Subscribers;

/// <summary>What holds for every page a reader can come to.</summary>
public sealed class ReaderDocumentTests
{
    [Fact]
    public async Task Every_page_is_whole_labelled_and_free_of_scripts()
    {
        await using var notify = await PagesHost.StartAsync();

        foreach (var (path, answer) in await AllPagesAsync(notify))
        {
            Assert.Equal((path, "text/html"), (path, answer.Type));
            Assert.StartsWith("<!DOCTYPE html>", answer.Html, StringComparison.Ordinal);
            Assert.Equal(("en", "ltr"), (answer.Page.DocumentElement.GetAttribute("lang"), answer.Page.DocumentElement.GetAttribute("dir")));
            Assert.EndsWith(" - The Example", answer.Page.Title, StringComparison.Ordinal);
            Assert.Single(answer.Page.QuerySelectorAll("h1"));
            Assert.Single(answer.Page.QuerySelectorAll("main"));
            Assert.Empty(answer.Page.QuerySelectorAll("script, iframe, img, object, [style], [src]"));
            Assert.DoesNotContain(answer.Page.All.SelectMany(e => e.Attributes), a => a.Name.StartsWith("on", StringComparison.OrdinalIgnoreCase));
            Assert.All(answer.Page.QuerySelectorAll("input:not([type=hidden])"), input => Assert.Single(answer.Page.QuerySelectorAll($"label[for='{input.Id}']")));
            Assert.All(answer.Page.QuerySelectorAll("fieldset"), set => Assert.Equal("legend", set.FirstElementChild?.LocalName));
            var ids = answer.Page.QuerySelectorAll("[id]").Select(e => e.Id).ToList();
            Assert.Equal(ids.Distinct(), ids);
            Assert.All(answer.Page.QuerySelectorAll("[aria-describedby], [aria-labelledby]").SelectMany(e =>
                $"{e.GetAttribute("aria-describedby")} {e.GetAttribute("aria-labelledby")}".Split(' ', StringSplitOptions.RemoveEmptyEntries)), id => Assert.Contains(id, ids));
        }
    }

    [Fact]
    public async Task A_page_may_load_nothing_and_its_style_is_the_one_its_policy_names()
    {
        await using var notify = await PagesHost.StartAsync();

        foreach (var (path, answer) in await AllPagesAsync(notify))
        {
            var style = Assert.Single(answer.Page.QuerySelectorAll("style")).TextContent;
            var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)));
            Assert.Equal(
                (path, $"default-src 'none'; style-src 'sha256-{hash}'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"),
                (path, answer.Headers["Content-Security-Policy"]));
            Assert.Equal("no-store", answer.Headers["Cache-Control"]);
            Assert.Equal("no-referrer", answer.Headers["Referrer-Policy"]);
            Assert.DoesNotContain("Set-Cookie", answer.Headers.Keys);
            Assert.DoesNotContain("url(", style, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("@import", style, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Theory]
    [InlineData("he", "rtl")]
    [InlineData("yi", "rtl")]
    [InlineData("ar-EG", "rtl")]
    [InlineData("fa", "rtl")]
    [InlineData("ur", "rtl")]
    [InlineData("de", "ltr")]
    [InlineData("en-GB", "ltr")]
    public async Task Lines_begin_where_the_publications_language_begins_them(string locale, string direction)
    {
        await using var notify = await PagesHost.StartAsync($"--Publication:Locale={locale}");

        var page = (await notify.GetAsync("/subscribe")).Page;

        Assert.Equal((locale, direction), (page.DocumentElement.GetAttribute("lang"), page.DocumentElement.GetAttribute("dir")));
        Assert.Equal(locale.StartsWith("en", StringComparison.Ordinal) ? null : "en", page.QuerySelector("main")!.GetAttribute("lang"));
        Assert.Equal(locale, page.QuerySelector(".topics span")!.GetAttribute("lang"));
    }

    [Fact]
    public async Task A_name_with_markup_in_it_is_a_name()
    {
        await using var notify = await PagesHost.StartAsync("--Publication:Name=A<b>&\"'</style><script>", "--Publication:TermsUrl=javascript:alert(1)");

        foreach (var (path, answer) in await AllPagesAsync(notify))
        {
            Assert.DoesNotContain("<script", answer.Html, StringComparison.OrdinalIgnoreCase);
            Assert.Equal((path, "A<b>&\"'</style><script>"), (path, answer.TextOf(".masthead .name")));
            Assert.DoesNotContain(answer.Page.QuerySelectorAll("a"), a => a.GetAttribute("href")?.StartsWith("javascript", StringComparison.Ordinal) == true);
        }
    }

    [Theory]
    [InlineData("/nothing-here", null, "text/html")]
    [InlineData("/nothing-here", "text/html,*/*;q=0.8", "text/html")]
    [InlineData("/nothing-here", "application/json", "application/problem+json")]
    [InlineData("/api/nothing-here", "text/html", "application/problem+json")]
    [InlineData("/api/nothing-here", null, "application/problem+json")]
    [InlineData("/webhooks/nothing-here", null, "application/problem+json")]
    public async Task An_address_that_leads_nowhere_is_a_page_for_people_and_a_problem_for_programs(string path, string? accept, string type)
    {
        await using var notify = await PagesHost.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", accept);

        using var response = await notify.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.NotFound, type), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
    }

    [Fact]
    public async Task The_front_door_leads_to_the_form()
    {
        await using var notify = await PagesHost.StartAsync();

        var answer = await notify.GetAsync("/");

        Assert.Equal((HttpStatusCode.Redirect, "/subscribe"), (answer.Status, answer.Headers["Location"]));
    }

    private static async Task<List<(string Path, Answer Answer)>> AllPagesAsync(PagesHost notify)
    {
        var pages = new List<(string, Answer)>
        {
            ("form", await notify.GetAsync("/subscribe?topic=politics")),
            ("form with errors", await notify.SubmitAsync(("phone", "12"), ("email", "x"), ("topics", "none"))),
            ("nowhere", await notify.GetAsync("/nothing-here")),
            ("bad link", await notify.GetAsync("/u/bad")),
            ("signed up", await notify.SubmitAsync(("phone", PagesHost.Phone), ("email", "both@example.com"), ("consent", "true"))),
        };
        var confirm = await notify.SignUpByMailAsync();
        pages.Add(("ask to confirm", await notify.GetAsync(confirm)));
        pages.Add(("confirmed", await notify.PostAsync(confirm, null)));
        var leave = await notify.UnsubscribeLinkAsync();
        pages.Add(("ask to leave", await notify.GetAsync(leave)));
        pages.Add(("left", await notify.PostAsync(leave, null)));
        pages.Add(("expired", await notify.GetAsync(confirm)));
        return pages;
    }
}
