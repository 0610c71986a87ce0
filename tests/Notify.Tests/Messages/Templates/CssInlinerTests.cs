using AngleSharp.Html.Parser;
using Notify.Messages.Templates;

namespace Notify.Tests.Messages.Templates;

/// <summary>Styles get into the elements as a browser would have applied them; what cannot get there stays.</summary>
public sealed class CssInlinerTests
{
    [Theory]
    [InlineData("p { color: red }", "<p>x</p>", "color: red")]
    [InlineData("p { color: red } .a { color: green } p { color: blue }", "<p class=a>x</p>", "color: green")]
    [InlineData("#i { color: green } .a.b { color: red }", "<p id=i class='a b'>x</p>", "color: green")]
    [InlineData("p { color: red } p { color: green }", "<p>x</p>", "color: green")]
    [InlineData("p { color: red }", "<p style='color: green'>x</p>", "color: green")]
    [InlineData("p { color: green !important }", "<p style='color: red'>x</p>", "color: green")]
    [InlineData("p { color: red !important }", "<p style='color: green !important'>x</p>", "color: green")]
    [InlineData("p { margin-top: 1px } .a { margin: 0 }", "<p class=a>x</p>", "margin-top: 1px; margin: 0")]
    [InlineData(".a, .b { color: red; color: rgba(0, 0, 0, .5) }", "<p class=b>x</p>", "color: rgba(0, 0, 0, .5)")]
    [InlineData("div > p { mso-hide: all; COLOR: #1d4ed8 }", "<div><p>x</p></div>", "mso-hide: all; color: #1d4ed8")]
    [InlineData("/* p { color: red } */ p { font: 12px 'Segoe; UI', \"a}b\" }", "<p>x</p>", "font: 12px 'Segoe; UI', \"a}b\"")]
    [InlineData("p { color: red; ; : ; broken } p { x: y", "<p>x</p>", "color: red; x: y")]
    public void As_the_cascade_says(string css, string html, string expected)
    {
        using var document = new HtmlParser().ParseDocument($"<style>{css}</style>{html}");

        var unreadable = CssInliner.Inline(document);

        Assert.Empty(unreadable);
        Assert.Equal(expected, document.QuerySelector("p")!.GetAttribute("style"));
        Assert.Empty(document.QuerySelectorAll("style"));
    }

    [Fact]
    public void Dark_mode_states_and_what_mail_programs_mark_stay_where_they_were_written()
    {
        using var document = new HtmlParser().ParseDocument("""
            <head><style>:root { color-scheme: light dark } p { color: red } a:hover, p { margin: 0 }
            @media (prefers-color-scheme: dark) { p { color: white !important } @supports (x: y) { p { x: y } } }</style></head>
            <body><style>[data-ogsc] p { color: white }</style><p>x</p></body>
            """);

        CssInliner.Inline(document);

        Assert.Equal("color: red; margin: 0", document.QuerySelector("p")!.GetAttribute("style"));
        Assert.Equal("""
            :root { color-scheme: light dark }
            a:hover { margin: 0 }
            @media (prefers-color-scheme: dark) { p { color: white !important } @supports (x: y) { p { x: y } } }
            [data-ogsc] p { color: white }
            """.ReplaceLineEndings("\n"), Assert.Single(document.QuerySelectorAll("style")).TextContent.Trim());
    }

    [Fact]
    public void A_selector_nobody_can_read_is_said()
    {
        using var document = new HtmlParser().ParseDocument("<style>p { color: red } ..a { color: blue }</style><p>x</p>");

        Assert.Equal(["..a"], CssInliner.Inline(document));
    }

    [Fact]
    public async Task Liquid_in_elements_that_get_a_style_is_still_there()
    {
        var layout = new PartSource(
            "<html lang=\"{{ mail.language }}\"><head><title>{{ mail.subject }}</title><style>.a { color: red } td { padding: 0 }</style></head><body>{% if links.view %}<p class=\"a {{ mail.direction }}\" title='{{ site.name }}'>{{ site.name }}</p>{% endif %}<table><tbody>{% for t in article.topics %}<tr><td>{{ t }}</td></tr>{% endfor %}</tbody></table>{{ content }}</body></html>",
            "{{ content }}");

        var mail = await Mails.RenderAsync(Mails.Sample(MailPart.Alert, "en") with { Subject = "1 < 2" }, layout: layout, content: new PartSource("-", "-"));

        Assert.Equal(
            "<html lang=\"en\"><head><title>1 &lt; 2</title></head><body><p class=\"a ltr\" title=\"Daily &amp; Sons\" style=\"color: red\">Daily &amp; Sons</p>"
            + "<table><tbody><tr><td style=\"padding: 0\">Local</td></tr><tr><td style=\"padding: 0\">Sport</td></tr></tbody></table>-</body></html>", mail.Html);
    }
}
