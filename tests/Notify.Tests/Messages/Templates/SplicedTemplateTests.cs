using System.Buffers;
using CsCheck;
using MimeKit;
using Notify.Deliveries;
using Notify.Messages.Templates;
using Notify.Providers.Smtp;

namespace Notify.Tests.Messages.Templates;

/// <summary>Whatever template an editor may save, each reader's own link gets to its three places and to no other, and no mark is left.</summary>
public sealed class SplicedTemplateTests
{
    private const string Link = "https://notify.example/u/AQIAAAAAAAAAKg_-x";

    private static readonly SmtpRelayOptions Relay = new() { Name = "relay", From = "The News <news@news.example>" };

    private static readonly string[] Variables = [.. MailParts.VariablesOf(MailPart.Alert).Where(v => !v.StartsWith("links.", StringComparison.Ordinal) && v != "article.topics" && v != "article.is_breaking")];

    private static readonly Gen<string> Words = Gen.OneOf(
        Gen.OneOf(Variables).Select(v => "{{ " + v + " }}"), Gen.OneOf(Variables).Select(v => "{{- " + v + " | truncate: 12, '' -}}"), Gen.OneOf("=", "=3D", ".", "\n.\n", "שלום", "é", "&amp;", "&nbsp;", "😀", "a < b", " "),
        Gen.String[Gen.Char['a', 'z'], 0, 120]);

    private static readonly Gen<string> Pieces = Gen.OneOf(
        Words, Words, Gen.Select(Gen.OneOf("p", "div", "h2", "span"), Words).Select((element, words) => $"<{element} class=\"c\" title=\"{{{{ site.name }}}}\">{words}</{element}>"),
        Gen.Select(Gen.OneOf(Variables), Words, Words).Select((v, yes, no) => $"{{% if {v} %}}{yes}{{% else %}}{no}{{% endif %}}"),
        Words.Select(words => $"{{% for topic in article.topics %}}<p>{{{{ topic }}}}{words}</p>{{% endfor %}}"),
        Gen.Const("<a href=\"{{ links.unsubscribe }}\">{{ words.unsubscribe }}</a>"), Gen.Const("<a href={{ links.view }}>{{ words.view }}</a>"),
        Gen.Const("<style>.c { color: red } p > a { font-size: 10px }</style>"), Gen.Const("{% comment %}{{ links.unsubscribe }}{% endcomment %}"), Gen.Const("<!--[if mso]>{{ site.name }}<![endif]-->"));

    private static readonly Gen<string> Texts = Gen.OneOf(Words, Gen.Const("{{ links.unsubscribe }}"), Gen.Const("\n{{ links.view }}\n")).Array[0, 8].Select(string.Concat);

    [Fact]
    public async Task Every_readers_link_is_in_the_header_the_text_and_the_html()
    {
        var refused = 0;
        const int Tries = 150;
        await Gen.Select(Pieces.Array[0, 8].Select(string.Concat), Texts).SampleAsync(async (html, text) =>
        {
            var source = new PartSource(html, text);
            if ((await Mails.JudgeAsync(MailPart.Alert, source)).Count > 0)
            {
                Interlocked.Increment(ref refused);
                return;
            }

            var mark = CompiledMessage.Mail.NewMark();
            var rendered = await Mails.RenderAsync(Mails.Sample(MailPart.Alert, "he") with { Unsubscribe = mark }, source);
            var mail = new CompiledMessage.Mail(rendered.Subject, rendered.Text, rendered.Html, "news", mark);
            var wire = new ArrayBufferWriter<byte>();
            MailTemplate.Of(mail, Relay).Write(wire, new OutgoingMail(1, "relay", "reader@example.com", mail, "d1.2", Link));

            using var received = new MemoryStream(wire.WrittenSpan.ToArray());
            var message = await MimeMessage.LoadAsync(received);
            Assert.Equal($"<{Link}>", message.Headers[HeaderId.ListUnsubscribe]);
            Assert.Equal(rendered.Text.Replace(mark, Link, StringComparison.Ordinal), message.TextBody!.ReplaceLineEndings("\n"));
            Assert.Equal(rendered.Html.Replace(mark, Link, StringComparison.Ordinal), message.HtmlBody!.ReplaceLineEndings("\n"));
            Assert.Contains(Link, message.TextBody, StringComparison.Ordinal);
            Assert.Contains($"href=\"{Link}\"", message.HtmlBody, StringComparison.Ordinal);
            Assert.DoesNotContain(mark[..8], message.ToString(), StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("{{", message.HtmlBody, StringComparison.Ordinal);
        }, iter: Tries, threads: 1);

        Assert.InRange(refused, 0, Tries / 4);
    }
}
