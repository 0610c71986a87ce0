using Notify.Messages.Templates;

namespace Notify.Tests.Messages.Templates;

/// <summary>What an editor cannot save, and what is said about it.</summary>
public sealed class RefusedTemplateTests
{
    private const string Good = "<p><a href=\"{{ links.unsubscribe }}\">{{ words.unsubscribe }}</a></p>";

    [Theory]
    [InlineData("<p>\n{{ article.title }</p>", "HTML, line 2: Braces are opened here and not closed.")]
    [InlineData("<p>{{ article.title title }}</p>", "HTML, line 1: This is not Liquid: End of tag '}}' was expected.")]
    [InlineData("<p>\n\n{% if article.summary %}x</p>", "HTML, line 3: This is not Liquid:")]
    [InlineData("a\n\n{{ article.titel }}", "HTML, line 3: There is no article.titel. Is article.title meant?")]
    [InlineData("a\n{% if false %}{{\n subscriber.email }}{% endif %}", "HTML, line 3: There is no subscriber.email.")]
    [InlineData("{{ article['title'] }}", "Write variables with dots, such as article.title.")]
    [InlineData("{% for topic in article.topics %}{{ topic.secret }}{% endfor %}", "HTML, line 1: There is no topic.secret.")]
    [InlineData("{{ content }}", "There is no content.")]
    [InlineData("{{ article.title | raw }}", "HTML, line 1: There is no filter raw. The filters are: append,")]
    [InlineData("\n{% include 'secrets' %}", "HTML, line 2: Unknown tag 'include'. The tags are: if,")]
    [InlineData("{% render 'x' %}", "Unknown tag 'render'.")]
    [InlineData("{% capture x %}{% endcapture %}", "Unknown tag 'capture'.")]
    [InlineData("{% liquid\nassign a = 1 %}", "Unknown tag 'liquid'.")]
    [InlineData("{{ article.title | append: 'a\\b' }}", "A backslash cannot stand between braces.")]
    [InlineData("{{ article.title | append: 'a\\'b' }}", "HTML, line 1: Braces are opened here and not closed.")]
    [InlineData("{{ links.unsubscribe | upcase }}", "links.unsubscribe is a link and cannot go through a filter.")]
    [InlineData("{{ 'a' | append: links.unsubscribe }}", "links.unsubscribe is a link and cannot go into a filter.")]
    [InlineData("{% assign u = links.unsubscribe %}", "links.unsubscribe is a link and cannot be given another name.")]
    public async Task Liquid_that_is_none_or_speaks_of_what_is_not_there(string html, string expected) => Refused(await Mails.JudgeHtmlAsync(Good + html), expected);

    [Theory]
    [InlineData("\n<script>alert(1)</script>", "HTML, line 2: <script> has no place in a mail.")]
    [InlineData("<iframe src=\"https://evil.example\"></iframe>", "<iframe> has no place in a mail.")]
    [InlineData("<form action=\"https://evil.example\"></form>", "<form> has no place in a mail.")]
    [InlineData("<link rel=\"stylesheet\" href=\"https://fonts.example/x.css\">", "<link> has no place in a mail.")]
    [InlineData("<svg><a href=\"javascript:alert(1)\"></a></svg>", "<svg> has no place in a mail.")]
    [InlineData("<p onclick=\"alert(1)\">x</p>", "onclick runs a script; a mail has none.")]
    [InlineData("<meta http-equiv=\"refresh\" content=\"0\">", "<meta http-equiv> has no place in a mail.")]
    [InlineData("<a href=\"javascript:alert(1)\">x</a>", "A link goes to an address beginning with https://")]
    [InlineData("<a href=\"{{ article.title }}\">x</a>", "A link goes to an address beginning with https://")]
    [InlineData("<a href=\"https://{{ article.title }}\">x</a>", "A link goes to an address beginning with https://")]
    [InlineData("<a href=\"{{ article.url }}?x\">x</a>", "A link goes to an address beginning with https://")]
    [InlineData("<a href=\" {{ article.url | upcase }}\">x</a>", "A link goes to an address beginning with https://")]
    [InlineData("{% assign u = article.title %}<a href=\"{{ u }}\">x</a>", "A link goes to an address beginning with https://")]
    [InlineData("<img src=\"http://news.example/logo.png\" alt=\"\">", "An image comes from an address beginning with https://")]
    [InlineData("<img src=\"https://news.example/logo.png\">", "An image needs alt=")]
    [InlineData("<img src=\"https://watch.example/open.gif\" alt=\"\" width=\"1\" height=\"1\">", "An image that nobody can see watches who opens the mail.")]
    [InlineData("<p background=\"https://watch.example/x.png\">x</p>", "background has no place on <p> in a mail.")]
    [InlineData("<p style=\"background: URL (https://watch.example)\">x</p>", "A style loads nothing")]
    [InlineData("<p style=\"background: u\\72l(https://watch.example)\">x</p>", "A style loads nothing")]
    [InlineData("<style>@import 'https://fonts.example/x.css';</style>", "A style loads nothing: @import")]
    [InlineData("<style>@font-face { font-family: x }</style>", "A style loads nothing: @font-face")]
    [InlineData("<style>.a { color: {{ article.title }} }</style>", "Liquid cannot stand in a style or a script.")]
    [InlineData("<p style=\"color: {{ article.title }}\">x</p>", "Liquid cannot stand in a style: what an article says would be read as one.")]
    [InlineData("<p {% if article.summary %}class=\"a\"{% endif %}>x</p>", "Liquid can stand in the value of an attribute, not among the attributes.")]
    [InlineData("<p {{ article.title }}=\"a\">x</p>", "Liquid can stand in the value of an attribute, not among the attributes.")]
    [InlineData("\n{% if article.summary %}<b>{% endif %}x</b>", "HTML, line 2: {% if article.summary %} begins here and goes on or ends in line 2, in another element.")]
    [InlineData("<table>{% if article.summary %}<tr><td>x</td></tr>{% endif %}</table>", "write <tbody>")]
    [InlineData("<a href=\"https://news.example/{% if article.summary %}\" title=\"{% endif %}\">x</a>", "in another element")]
    [InlineData("<table><tbody><tr>{{ article.title }}</tr></tbody></table>", "{{ article.title }} stands in <tr>, where no words can stand.")]
    public async Task Html_that_runs_asks_loads_watches_or_falls_apart(string html, string expected) => Refused(await Mails.JudgeHtmlAsync(Good + html), expected);

    [Fact]
    public async Task A_mail_one_cannot_unsubscribe_from()
    {
        var layout = MailParts.BuiltInOf(MailPart.Layout);
        var withoutHtml = layout with { Html = layout.Html.Replace("{{ links.unsubscribe }}", "{{ site.url }}", StringComparison.Ordinal) };
        var withoutText = layout with { Text = layout.Text.Replace("{{ links.unsubscribe }}", "", StringComparison.Ordinal) };
        var inACommentOnly = layout with { Html = withoutHtml.Html.Replace("{{ content }}", "<!-- {{ links.unsubscribe }} -->{{ content }}", StringComparison.Ordinal) };
        var whenThereIsASummary = layout with { Html = layout.Html.Replace("{% if links.unsubscribe %}", "{% if false %}", StringComparison.Ordinal).Replace("{% if links.view or links.unsubscribe %}", "{% if false %}", StringComparison.Ordinal) };

        Refused(await Mails.JudgeAsync(MailPart.Layout, withoutHtml), "HTML: The unsubscribe link is missing in an alert. Put <a href=\"{{ links.unsubscribe }}\"> in.");
        Refused(await Mails.JudgeAsync(MailPart.Layout, withoutText), "Text: The unsubscribe link is missing in an alert. Put {{ links.unsubscribe }} in.");
        Refused(await Mails.JudgeAsync(MailPart.Layout, inACommentOnly), "HTML: The unsubscribe link is missing in an alert.");
        Refused(await Mails.JudgeAsync(MailPart.Layout, whenThereIsASummary), "HTML: The unsubscribe link is missing in an alert.");
    }

    [Fact]
    public async Task A_mail_without_a_postal_address_a_link_to_confirm_or_a_place_for_what_it_is_about()
    {
        var (layout, confirmation) = (MailParts.BuiltInOf(MailPart.Layout), MailParts.BuiltInOf(MailPart.Confirmation));

        Refused(await Mails.JudgeAsync(MailPart.Layout, layout with { Html = layout.Html.Replace("{{ site.postal_address }}", "", StringComparison.Ordinal) }), "HTML: The postal address is missing in an alert;");
        Refused(await Mails.JudgeAsync(MailPart.Layout, layout with { Text = layout.Text.Replace("{{ site.postal_address }}", "", StringComparison.Ordinal) }), "Text: The postal address is missing in a confirmation;");
        Refused(await Mails.JudgeAsync(MailPart.Layout, layout with { Html = layout.Html.Replace("{{ content }}", "", StringComparison.Ordinal) }), "HTML: A layout has {{ content }} in it, once");
        Refused(await Mails.JudgeAsync(MailPart.Layout, layout with { Text = layout.Text + "{{ content }}" }), "Text: A layout has {{ content }} in it, once");
        Refused(await Mails.JudgeAsync(MailPart.Confirmation, confirmation with { Text = "Hello" }), "Text: The link to confirm is missing in a confirmation.");
    }

    [Fact]
    public async Task A_picture_of_an_article_that_has_none() =>
        Refused(await Mails.JudgeHtmlAsync("<img src=\"{{ article.image_url }}\" alt=\"\">"), "A link or an image goes nowhere in an alert about an article without summary and picture.");

    [Fact]
    public async Task What_was_good_is_taken()
    {
        Assert.Empty(await Mails.JudgeHtmlAsync(Good));
        Assert.Empty(await Mails.JudgeHtmlAsync("""
            {% comment %} don't {{ look {% endcomment %}{%# nor "here %}<style>.own { color: #333 } @media (max-width: 400px) { .own { color: #000 } }</style>
            {% if article.summary and article.topics %}<ul>{% for topic in article.topics limit: 3 %}<li class="own {% if forloop.first %}first{% endif %}">{{ topic | upcase }}</li>{% endfor %}</ul>{% elsif article.is_breaking %}!{% else %}<p>-</p>{% endif %}
            {% case mail.language %}{% when 'he', 'yi' %}א{% else %}A{% endcase %}{% assign short = article.title | truncate: 20 %}{{ short | append: '…' }}
            <a href={{ article.url }}>x</a> <a href="https://news.example/?from={{ mail.language }}">y</a> <a href="mailto:{{ site.support }}">z</a> {{ "}}" }} < {{ article.title }}
            """));
    }

    private static void Refused(IReadOnlyList<TemplateFault> faults, string expected) =>
        Assert.Contains(faults, fault => fault.ToString().Contains(expected, StringComparison.Ordinal));
}
