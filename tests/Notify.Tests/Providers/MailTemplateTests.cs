using System.Buffers;
using System.Text;
using CsCheck;
using MimeKit;
using Notify.Deliveries;
using Notify.Providers.Smtp;

namespace Notify.Tests.Providers;

/// <summary>A mail rendered once and filled in for each reader says to each what it would say if it had been rendered for them alone.</summary>
public sealed class MailTemplateTests
{
    private const string Link = "https://notify.example/u/AbC-_12=34?a=b&c=d";

    private static readonly SmtpRelayOptions Relay = new() { Name = "relay", From = "The News <news@news.example>" };

    /// <summary>What trips encoders: dots that begin a line, equals signs, blanks at the end of lines, long lines, and words beyond ASCII.</summary>
    private static readonly Gen<string> Words = Gen.OneOf(
        Gen.Const("."), Gen.Const(".."), Gen.Const("\n"), Gen.Const("\r\n"), Gen.Const("\n.\n"), Gen.Const(" "), Gen.Const("\t"), Gen.Const("="), Gen.Const("=3D"), Gen.Const("=\n"),
        Gen.Const("שלום"), Gen.Const("📰"), Gen.Const("é"), Gen.Const("From "), Gen.Const("--"), Gen.Const("<a href=\"x\">"), Gen.String[Gen.Char[' ', '~'], 0, 200])
        .Array[0, 30].Select(parts => string.Concat(parts));

    [Fact]
    public void Whatever_an_article_says_every_reader_reads_it_as_it_was_written() => Gen.Select(Words, Words, Words, Words).Sample(
        (before, after, html, subject) =>
        {
            var mark = CompiledMessage.Mail.NewMark();
            var title = subject.ReplaceLineEndings(" ").Replace("=?", "= ?", StringComparison.Ordinal).Trim();
            var mail = new CompiledMessage.Mail(title, $"{before}{mark}{after}", $"{html}<a href=\"{mark}\">{after}", "news", mark);

            var (message, wire) = Fill(mail, "reader@example.com", "d1.2", Link);

            Assert.Equal($"{before}{Link}{after}".ReplaceLineEndings("\n"), Text(message, "plain"));
            Assert.Equal($"{html}<a href=\"{Link}\">{after}".ReplaceLineEndings("\n"), Text(message, "html"));
            Assert.Equal(title.Split(' ', StringSplitOptions.RemoveEmptyEntries), message.Subject!.Split(' ', StringSplitOptions.RemoveEmptyEntries));
            CanTravel(wire);
        }, iter: 500);

    /// <summary>What grows most when it is quoted: nothing of it may be written beside the room there is.</summary>
    [Theory]
    [InlineData("=")]
    [InlineData("é")]
    [InlineData("📰")]
    [InlineData("\t\n")]
    [InlineData(" \n=")]
    [InlineData("\n.")]
    public void Text_that_is_all_escapes_has_room(string pattern)
    {
        for (var times = 1; times < 200; times++)
        {
            var text = string.Concat(Enumerable.Repeat(pattern, times));
            var mark = CompiledMessage.Mail.NewMark();

            var (message, _) = Fill(new CompiledMessage.Mail("News", $"{text}{mark}{text}", $"{text}<a href=\"{mark}\">", "news", mark), "reader@example.com", "d1.2", Link);

            Assert.Equal($"{text}{Link}{text}", Text(message, "plain"));
        }
    }

    [Fact]
    public void A_link_arrives_whole_wherever_its_dots_fall()
    {
        for (var length = 1; length < 160; length++)
        {
            var mark = CompiledMessage.Mail.NewMark();
            var link = $"https://{new string('a', length)}.example/u/{new string('.', 80)}";

            var (message, _) = Fill(new CompiledMessage.Mail("News", $"Unsubscribe: {mark}", $"<a href=\"{mark}\">", "news", mark), "reader@example.com", "d1.2", link);

            Assert.Equal($"Unsubscribe: {link}", Text(message, "plain"));
        }
    }

    [Fact]
    public void What_is_a_readers_own_stands_in_the_headers()
    {
        var mark = CompiledMessage.Mail.NewMark();
        var mail = new CompiledMessage.Mail("News", $"Unsubscribe: {mark}", $"<a href=\"{mark}\">Unsubscribe</a>", "news", mark);

        var (one, _) = Fill(mail, "one@example.com", "d1.2", "https://notify.example/u/one");
        var (two, _) = Fill(mail, "zwei@xn--bcher-kva.example", "d2.3", "https://notify.example/u/two");

        Assert.Equal(
            [("one@example.com", "d1.2@news.example", "<https://notify.example/u/one>"), ("zwei@xn--bcher-kva.example", "d2.3@news.example", "<https://notify.example/u/two>")],
            new[] { one, two }.Select(m => (m.Headers[HeaderId.To]!.Trim('<', '>'), m.MessageId, m.Headers[HeaderId.ListUnsubscribe]!)));
        Assert.All([one, two], m => Assert.Equal(("List-Unsubscribe=One-Click", "<news.news.example>"), (m.Headers[HeaderId.ListUnsubscribePost], m.Headers[HeaderId.ListId])));
        // Whoever counts complaints by these must not learn who complained.
        Assert.All([one, two], m => Assert.Equal("news:newsexample", m.Headers["Feedback-ID"]));
        Assert.DoesNotContain("one", two.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(mark, one.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("news@a.example", "aexample")]
    [InlineData("news@newsletter.a-very-long-name.example", "newsletteravery")]
    [InlineData("news@bücher.example", "xnbcherkvaexamp")]
    [InlineData("news@x.eu", "xeu00")]
    public void Who_sends_is_five_to_fifteen_letters_and_digits_of_the_domain(string from, string sender)
    {
        var mark = CompiledMessage.Mail.NewMark();

        using var message = MailComposer.Compose(new CompiledMessage.Mail("News", mark, mark, "sports", mark), new SmtpRelayOptions { From = from }, "reader@example.com", "d1.2");

        Assert.Equal($"sports:{sender}", message.Headers["Feedback-ID"]);
    }

    /// <summary>Where no relay offers SMTPUTF8 a header beyond ASCII is no header (RFC 5322, 2.2).</summary>
    [Fact]
    public void A_domain_beyond_ascii_is_written_so_that_every_server_takes_it()
    {
        var mark = CompiledMessage.Mail.NewMark();
        var relay = new SmtpRelayOptions { Name = "relay", From = "The News <news@bücher.example>" };
        var wire = new ArrayBufferWriter<byte>();

        MailTemplate.Of(new CompiledMessage.Mail("News", mark, $"<a href=\"{mark}\">", "sports", mark), relay).Write(wire, new OutgoingMail(1, "relay", "reader@example.com", null!, "d1.2", Link));

        using var received = new MemoryStream(wire.WrittenSpan.ToArray());
        var message = MimeMessage.Load(received, TestContext.Current.CancellationToken);
        Assert.DoesNotContain(wire.WrittenSpan.ToArray(), octet => octet > 127);
        Assert.Equal(("<sports.xn--bcher-kva.example>", "d1.2@xn--bcher-kva.example"), (message.Headers[HeaderId.ListId], message.MessageId));
    }

    [Fact]
    public void A_mail_that_is_no_subscription_offers_nothing_to_unsubscribe_from()
    {
        var (message, _) = Fill(new CompiledMessage.Mail("Please confirm", "Press the link", "<p>Press the link</p>", null, null), "reader@example.com", "d1.2", null);

        Assert.DoesNotContain(new[] { HeaderId.ListUnsubscribe, HeaderId.ListUnsubscribePost, HeaderId.ListId, HeaderId.Precedence }, message.Headers.Contains);
        Assert.False(message.Headers.Contains("Feedback-ID"));
        Assert.Equal("Press the link", Text(message, "plain"));
    }

    [Fact]
    public void A_reader_whose_name_is_not_ascii_is_written_to_as_the_reader_writes_it()
    {
        var (message, wire) = Fill(new CompiledMessage.Mail("News", "Hello", "<p>Hello</p>", null, null), "דוד@example.com", "d1.2", null);

        Assert.Equal("דוד@example.com", message.Headers[HeaderId.To]!.Trim('<', '>'));
        Assert.Contains("To: דוד@example.com\r\n", Encoding.UTF8.GetString(wire), StringComparison.Ordinal);
    }

    private static (MimeMessage Message, byte[] Wire) Fill(CompiledMessage.Mail mail, string address, string id, string? link)
    {
        var wire = new ArrayBufferWriter<byte>();
        MailTemplate.Of(mail, Relay).Write(wire, new OutgoingMail(1, "relay", address, mail, id, link));
        var bytes = wire.WrittenSpan.ToArray();
        // A line that begins with a dot would be read without it (RFC 5321, 4.5.2).
        Assert.DoesNotContain(Encoding.Latin1.GetString(bytes).Split("\r\n"), line => line.StartsWith('.'));
        using var received = new MemoryStream(bytes);
        return (MimeMessage.Load(received), bytes);
    }

    private static string Text(MimeMessage message, string kind)
    {
        var part = message.BodyParts.OfType<TextPart>().Single(p => p.ContentType.MediaSubtype == kind);
        return part.Text.ReplaceLineEndings("\n");
    }

    /// <summary>Seven bits, every line ended as SMTP wants it and none too long (RFC 5321, 4.5.3.1.6; RFC 2045, 6.7).</summary>
    private static void CanTravel(byte[] wire)
    {
        var text = Encoding.Latin1.GetString(wire);
        Assert.EndsWith("\r\n", text, StringComparison.Ordinal);
        Assert.True(Ascii.IsValid(wire));
        var lines = text.Split("\r\n");
        Assert.All(lines, line => Assert.True(line.Length <= 998 && !line.Contains('\r', StringComparison.Ordinal) && !line.Contains('\n', StringComparison.Ordinal), line));
        Assert.All(lines.SkipWhile(line => line.Length > 0), line => Assert.True(line.Length <= 78, line));
    }
}
