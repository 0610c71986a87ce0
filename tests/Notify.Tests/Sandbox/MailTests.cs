using System.Text.Json;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Notify.Tests.Sandbox;

public sealed class MailTests
{
    private const string Mail = "From: News <news@example.org>\r\nTo: reader@example.com\r\nSubject: =?utf-8?Q?H=C3=A4fen?=\r\n\r\nHello";

    [Fact]
    public async Task The_greeting_offers_what_the_carrier_can_do()
    {
        await using var carrier = await CarrierUnderTest.StartAsync();
        using var smtp = await SmtpConnection.OpenAsync(carrier);

        var greeting = await smtp.ReplyAsync();
        var offered = await smtp.SayAsync("EHLO test");

        Assert.StartsWith("220 ", greeting, StringComparison.Ordinal);
        foreach (var offer in (string[])["PIPELINING", "SIZE 10240000", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "AUTH PLAIN LOGIN"])
            Assert.Contains(offer, offered, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipelined_group_is_answered_in_order_and_the_mail_arrives_for_each_recipient()
    {
        await using var carrier = await CarrierUnderTest.StartAsync();
        using var smtp = await SmtpConnection.GreetedAsync(carrier);

        await smtp.WriteAsync("MAIL FROM:<b+1@bounce.example.org> SIZE=100 BODY=8BITMIME\r\nRCPT TO:<reader@example.com>\r\nRCPT TO:<Second@Example.com>\r\nDATA\r\n");
        string?[] replies = [await smtp.ReplyAsync(), await smtp.ReplyAsync(), await smtp.ReplyAsync(), await smtp.ReplyAsync()];
        await smtp.WriteAsync(Mail + "\r\n.\r\nMAIL FROM:<>\r\nRSET\r\nNOOP\r\nVRFY reader\r\nQUIT\r\n");
        string?[] more = [await smtp.ReplyAsync(), await smtp.ReplyAsync(), await smtp.ReplyAsync(), await smtp.ReplyAsync(), await smtp.ReplyAsync(), await smtp.ReplyAsync(), await smtp.ReplyAsync()];

        Assert.Equal(["250", "250", "250", "354"], replies.Select(r => r?[..3]));
        Assert.Equal(["250", "250", "250", "250", "252", "221", null], more.Select(r => r?[..3]));
        Assert.Single(await BoxAsync(carrier, "READER@example.com"));
        Assert.Single(await BoxAsync(carrier, "second@example.com"));
    }

    [Fact]
    public async Task A_mail_is_shown_with_its_parts_decoded()
    {
        await using var carrier = await CarrierUnderTest.StartAsync();
        using var smtp = await SmtpConnection.GreetedAsync(carrier);
        const string Alternative = "From: News <news@example.org>\r\nTo: reader@example.com\r\nSubject: =?utf-8?Q?H=C3=A4fen?=\r\nList-Unsubscribe: <https://example.org/u/1>,\r\n <mailto:unsub@example.org>\r\n"
            + "Received: one\r\nReceived: two\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
            + "--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BC=C3=9Fe\r\n"
            + "--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nPHA+R3LDvMOfZTwvcD4=\r\n--b--\r\n";

        Assert.StartsWith("250 2.0.0 ", await smtp.MailAsync("reader@example.com", Alternative), StringComparison.Ordinal);
        var mail = Assert.Single(await BoxAsync(carrier, "reader@example.com"));

        Assert.Equal(["id", "at", "from", "to", "subject", "headers", "text", "html", "raw"], mail.EnumerateObject().Select(p => p.Name));
        Assert.Equal(("news@example.org", "reader@example.com", "Häfen"), (Of(mail, "from"), Of(mail, "to"), Of(mail, "subject")));
        Assert.Equal(("Grüße", "<p>Grüße</p>"), (Of(mail, "text")?.Trim(), Of(mail, "html")?.Trim()));
        Assert.Equal("<https://example.org/u/1>, <mailto:unsub@example.org>", Of(mail.GetProperty("headers"), "List-Unsubscribe")?.Replace("  ", " ", StringComparison.Ordinal));
        Assert.Equal("one\ntwo", Of(mail.GetProperty("headers"), "Received"));
        Assert.Equal("<news@example.org>", Of(mail.GetProperty("headers"), "Return-Path"));
        Assert.Equal(Alternative + "\r\n", Of(mail, "raw"));
    }

    [Fact]
    public async Task Dots_at_the_start_of_a_line_come_back_as_they_were()
    {
        await using var carrier = await CarrierUnderTest.StartAsync();
        using var smtp = await SmtpConnection.GreetedAsync(carrier);

        await smtp.MailAsync("reader@example.com", "Subject: Dots\r\n\r\n..\r\n...and so on\r\nno .dot\r\n..");
        var mail = Assert.Single(await BoxAsync(carrier, "reader@example.com"));

        Assert.Equal("Subject: Dots\r\n\r\n.\r\n..and so on\r\nno .dot\r\n.\r\n", Of(mail, "raw"));
    }

    [Fact]
    public async Task A_mail_that_trickles_in_is_the_same_mail()
    {
        await using var carrier = await CarrierUnderTest.StartAsync();
        using var smtp = await SmtpConnection.GreetedAsync(carrier);
        await smtp.SayAsync("MAIL FROM:<news@example.org>");
        await smtp.SayAsync("RCPT TO:<reader@example.com>");
        await smtp.SayAsync("DATA");

        foreach (var octet in "Subject: Slow\r\n\r\n..a\r\n\r.\r\n.\r\n")
            await smtp.WriteAsync(octet.ToString());
        var reply = await smtp.ReplyAsync();

        Assert.StartsWith("250 ", reply, StringComparison.Ordinal);
        Assert.Equal("Subject: Slow\r\n\r\n.a\r\n\r.\r\n", Of(Assert.Single(await BoxAsync(carrier, "reader@example.com")), "raw"));
    }

    [Theory]
    [InlineData("AUTH PLAIN AGEAYg==", "235")]
    [InlineData("AUTH XOAUTH2 abc", "504")]
    [InlineData("MAIL FROM:<a@b.example> SIZE=99999999", "552")]
    [InlineData("MAIL FROM:<a@b.example> RET=HDRS", "555")]
    [InlineData("MAIL FROM:a@b.example", "501")]
    [InlineData("MAIL FROM:<ä@b.example>", "553")]
    [InlineData("MAIL FROM:<ä@b.example> SMTPUTF8", "250")]
    [InlineData("RCPT TO:<a@b.example>", "503")]
    [InlineData("DATA", "503")]
    [InlineData("STARTTLS", "500")]
    [InlineData("EHLO", "501")]
    [InlineData("HELO there", "250")]
    public async Task A_command_is_answered_as_the_standard_says(string command, string code)
    {
        await using var carrier = await CarrierUnderTest.StartAsync();
        using var smtp = await SmtpConnection.GreetedAsync(carrier);

        Assert.StartsWith(code, await smtp.SayAsync(command), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signing_in_by_login_asks_twice()
    {
        await using var carrier = await CarrierUnderTest.StartAsync();
        using var smtp = await SmtpConnection.GreetedAsync(carrier);

        Assert.Equal(["334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "235 2.7.0 Anyone is welcome"], [await smtp.SayAsync("AUTH LOGIN"), await smtp.SayAsync("YQ=="), await smtp.SayAsync("Yg==")]);
    }

    [Fact]
    public async Task What_is_too_long_or_too_big_is_refused_and_the_conversation_goes_on()
    {
        await using var carrier = await CarrierUnderTest.StartAsync();
        using var smtp = await SmtpConnection.GreetedAsync(carrier);

        var command = await smtp.SayAsync("NOOP " + new string('x', 100_000));
        var line = await smtp.MailAsync("reader@example.com", "Subject: Long\r\n\r\n" + new string('x', 5_000));
        var size = await smtp.MailAsync("reader@example.com", "Subject: Big\r\n\r\n" + string.Concat(Enumerable.Repeat(new string('x', 998) + "\r\n", 10_300)));
        var good = await smtp.MailAsync("reader@example.com", Mail + "\r\n" + new string('x', 998));

        Assert.Equal(["500", "550", "552", "250"], new[] { command, line, size, good }.Select(r => r?[..3]));
        Assert.Single(await BoxAsync(carrier, "reader@example.com"));
    }

    [Fact]
    public async Task What_is_no_mail_is_still_kept()
    {
        await using var carrier = await CarrierUnderTest.StartAsync();
        using var smtp = await SmtpConnection.GreetedAsync(carrier);

        var reply = await smtp.MailAsync("reader@example.com", "no header here");

        Assert.StartsWith("250", reply, StringComparison.Ordinal);
        Assert.Equal("no header here\r\n", Of(Assert.Single(await BoxAsync(carrier, "reader@example.com")), "raw"));
    }

    [Theory]
    [InlineData("RCPT", "550 5.1.1 No such user")]
    [InlineData("DATA", "451 4.3.0 Later")]
    [InlineData(".", "554 5.7.1 Spam")]
    public async Task A_scripted_reply_comes_once_for_the_recipient_it_is_meant_for(string command, string reply)
    {
        await using var carrier = await CarrierUnderTest.StartAsync();
        await carrier.ArmAsync(JsonSerializer.Serialize(new { on = "smtp", to = "gone@*", command, reply }));
        using var smtp = await SmtpConnection.GreetedAsync(carrier);

        var other = await smtp.MailAsync("reader@example.com", Mail);
        await smtp.WriteAsync("MAIL FROM:<news@example.org>\r\nRCPT TO:<gone@example.com>\r\nDATA\r\n");
        string?[] replies = [await smtp.ReplyAsync(), await smtp.ReplyAsync(), await smtp.ReplyAsync(), command == "." ? await smtp.SayAsync(Mail + "\r\n.") : null];
        await smtp.SayAsync("RSET");
        var again = await smtp.MailAsync("gone@example.com", Mail);

        Assert.StartsWith("250", other, StringComparison.Ordinal);
        Assert.Contains(reply, replies);
        Assert.StartsWith("250", again, StringComparison.Ordinal);
        Assert.Single(await BoxAsync(carrier, "gone@example.com"));
    }

    [Theory]
    [InlineData("CONNECT", "554 5.3.2 Closed today", "554")]
    [InlineData("CONNECT", null, null)]
    [InlineData("MAIL", "421 4.7.0 Too fast", "421")]
    [InlineData("MAIL", null, null)]
    public async Task A_scripted_end_comes_at_its_command(string command, string? reply, string? code)
    {
        await using var carrier = await CarrierUnderTest.StartAsync();
        await carrier.ArmAsync(JsonSerializer.Serialize(reply is null ? new { on = "smtp", command, disconnect = true } : new { on = "smtp", command, reply } as object));
        using var smtp = command == "CONNECT" ? await SmtpConnection.OpenAsync(carrier) : await SmtpConnection.GreetedAsync(carrier);

        var said = command == "CONNECT" ? await smtp.ReplyAsync() : await smtp.SayAsync("MAIL FROM:<news@example.org>");

        Assert.Equal(code, said?[..3]);
        Assert.Null(await smtp.ReplyAsync());
    }

    [Theory]
    [InlineData("""{ "on": "smtp", "command": ".", "disconnect": true }""", 1)]
    [InlineData("""{ "on": "smtp", "command": ".", "disconnect": true, "beforeStore": true }""", 0)]
    public async Task A_connection_lost_after_the_final_dot_leaves_the_sender_in_doubt(string rule, int kept)
    {
        await using var carrier = await CarrierUnderTest.StartAsync();
        await carrier.ArmAsync(rule);
        using var smtp = await SmtpConnection.GreetedAsync(carrier);

        Assert.Null(await smtp.MailAsync("reader@example.com", Mail));

        Assert.Equal(kept, (await BoxAsync(carrier, "reader@example.com")).Count);
    }

    [Fact]
    public async Task A_mail_program_of_the_world_is_understood()
    {
        await using var carrier = await CarrierUnderTest.StartAsync();
        using var client = new SmtpClient();
        await client.ConnectAsync("127.0.0.1", carrier.Carrier.SmtpPort, SecureSocketOptions.None, TestContext.Current.CancellationToken);
        await client.AuthenticateAsync("anyone", "anything", TestContext.Current.CancellationToken);
        using var message = new MimeMessage(
            [new MailboxAddress("News", "news@example.org")],
            [new MailboxAddress("Jörg", "jörg/sales@example.com")],
            "Grüße",
            new BodyBuilder { TextBody = ".one\n..two", HtmlBody = "<p>Grüße</p>" }.ToMessageBody());

        await client.SendAsync(new FormatOptions { International = true }, message, TestContext.Current.CancellationToken);
        await client.SendAsync(new FormatOptions { International = true }, message, TestContext.Current.CancellationToken);
        await client.DisconnectAsync(quit: true, TestContext.Current.CancellationToken);
        var mails = await BoxAsync(carrier, Uri.EscapeDataString("jörg/sales@example.com"));

        Assert.Equal(2, mails.Count);
        Assert.Equal(("Grüße", ".one\n..two", "<p>Grüße</p>"), (Of(mails[1], "subject"), Of(mails[1], "text")?.ReplaceLineEndings("\n"), Of(mails[1], "html")));
    }

    private static async Task<IReadOnlyList<JsonElement>> BoxAsync(CarrierUnderTest carrier, string address) =>
        [.. (await carrier.GetAsync($"/mailboxes/{address}/messages")).EnumerateArray()];

    private static string? Of(JsonElement element, string name) => element.GetProperty(name).GetString();
}
