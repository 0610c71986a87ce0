using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using Notify.Messages.Templates;

namespace Notify.Tests.Messages.Templates;

/// <summary>What an article says is words, whatever it says.</summary>
public sealed class HostileArticleTests
{
    public static readonly TheoryData<string> Words =
    [
        "{{ site.postal_address }}", "{% for i in (1..1000) %}x{% endfor %}", "{{ links.unsubscribe }}", "{{", "%}", "{% comment %}",
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)", "</title></head><body onload=alert(1)>", "--><script>alert(1)</script>",
        "]]><![CDATA[", "<!--[if mso]><b>", "<style>*{display:none}</style>", "&lt;b&gt; &amp;", "javascript:alert(1)", "l0123456789abcdefv0x <!--l0123456789abcdeft0x-->",
        "\u202Eright to left", "a\u0000b", "שלום <b>עולם</b>", "😀 é ‑ \u00A0",
    ];

    [Theory, MemberData(nameof(Words))]
    public async Task It_is_shown_as_it_was_written_and_is_nothing_else(string words)
    {
        var mail = await Mails.RenderAsync(new ArticleValues(words, words, "https://news.example/1", "https://news.example/1.jpg", [words], IsBreaking: true));

        using var page = new HtmlParser().ParseDocument(mail.Html);
        // A browser shows a null as its sign for what it cannot show (HTML, 13.2.5).
        var seen = words.Replace('\0', '\uFFFD');
        Assert.Equal(seen, page.QuerySelector("h1")!.TextContent);
        Assert.Equal(seen, page.QuerySelector(".words")!.TextContent);
        Assert.Equal(seen, page.QuerySelector("img")!.GetAttribute("alt"));
        Assert.Contains(words, mail.Text, StringComparison.Ordinal);
        Same(page, mail.Html);
    }

    [Theory]
    [InlineData("javascript:alert(1)")]
    [InlineData("data:text/html,<script>alert(1)</script>")]
    [InlineData("https://user:password@news.example/")]
    [InlineData("//evil.example")]
    [InlineData("\" onclick=\"alert(1)")]
    [InlineData("")]
    public async Task An_address_that_is_none_of_the_web_leads_to_the_front_page_and_no_picture_is_shown(string address)
    {
        var mail = await Mails.RenderAsync(new ArticleValues("A title", "A summary", address, address, [], IsBreaking: false));

        using var page = new HtmlParser().ParseDocument(mail.Html);
        Assert.Equal("https://news.example", page.QuerySelector("h1 a")!.GetAttribute("href"));
        Assert.Empty(page.QuerySelectorAll("img"));
        Same(page, mail.Html);
    }

    [Fact]
    public async Task A_picture_that_would_be_sent_in_the_clear_is_left_out()
    {
        var mail = await Mails.RenderAsync(new ArticleValues("A title", null, "http://news.example/1", "http://news.example/1.jpg", [], IsBreaking: false));

        Assert.Contains("href=\"http://news.example/1\"", mail.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<img", mail.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_very_long_article_is_cut_between_two_characters()
    {
        var mail = await Mails.RenderAsync(new ArticleValues(string.Concat(Enumerable.Repeat("👨‍👩‍👧", 500)), string.Concat(Enumerable.Repeat("é", 9_000)), "https://news.example/1", null, [], IsBreaking: false));

        using var page = new HtmlParser().ParseDocument(mail.Html);
        var title = page.QuerySelector("h1")!.TextContent;
        Assert.True(title.Length <= 501 && title.EndsWith("👨‍👩‍👧…", StringComparison.Ordinal), title);
        Assert.Equal(5_000, page.QuerySelector(".words")!.TextContent.Length);
    }

    /// <summary>Nothing came in that is not in the template: no element, no attribute that runs or leads elsewhere.</summary>
    private static void Same(IDocument page, string html)
    {
        Assert.DoesNotContain(page.All, element => element.LocalName is "script" or "b" || element.Attributes.Any(a => a.Name.StartsWith("on", StringComparison.OrdinalIgnoreCase)));
        Assert.Single(page.QuerySelectorAll("style"));
        Assert.All(page.QuerySelectorAll("[href]"), link => Assert.Matches("^(https?://(news|notify)\\.example|mailto:help@news\\.example)", link.GetAttribute("href")!));
        Assert.All(page.QuerySelectorAll("[src]"), picture => Assert.StartsWith("https://news.example/", picture.GetAttribute("src"), StringComparison.Ordinal));
        // Twice the way out, and once the way to choose behind it.
        Assert.Equal((3, 1), (html.Split(Mails.Unsubscribe).Length - 1, html.Split(Mails.Unsubscribe + "/preferences").Length - 1));
    }
}
