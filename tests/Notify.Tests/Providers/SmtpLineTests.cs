using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Providers.Smtp;
using Notify.Tests.Support;

namespace Notify.Tests.Providers;

/// <summary>Mails one behind the other: each announced with the one before it, and none told of what became of another.</summary>
public sealed class SmtpLineTests
{
    private const string One = "one@example.com";
    private const string Two = "two@example.com";
    private const string Three = "three@example.com";

    [Fact]
    public async Task The_next_mail_is_announced_before_the_last_is_answered()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var relay = AnswerLateAsync(listener);
        await using var mails = SmtpUnderTest.Mails(((IPEndPoint)listener.LocalEndpoint).Port);
        var line = new MailLine(One, Two);

        await mails.SendAllAsync("relay", line);

        Assert.Equal(("Accepted", "Accepted"), (line[One], line[Two]));
        // Asked only when the relay waited for its content.
        Assert.Equal([One, Two], line.Asked);
        await mails.DisposeAsync();
        await relay;
    }

    [Fact]
    public async Task What_was_taken_or_refused_before_is_nothing_to_the_next()
    {
        await using var relay = new ScriptedRelay("PIPELINING").At(".", "554 5.7.1 Spam").At("RCPT", "250 Fine", "550 5.1.1 No such user");
        await using var mails = SmtpUnderTest.Mails(relay);
        var line = new MailLine(One, Two, Three);

        await mails.SendAllAsync("relay", line);

        Assert.Equal(("Rejected", "RecipientGone", "Accepted"), (line[One], line[Two], line[Three]));
        Assert.Contains("To: three@", Assert.Single(relay.Taken), StringComparison.Ordinal);
        Assert.Equal(1, relay.Connections);
    }

    /// <summary>RFC 6531: letters beyond ASCII before the @ need a relay that offers it. Those behind it are a domain, and every domain has a name in ASCII (RFC 5890).</summary>
    [Fact]
    public async Task An_address_beyond_ascii_is_not_announced_to_a_relay_that_takes_none_and_a_domain_beyond_it_is()
    {
        await using var relay = new ScriptedRelay("PIPELINING");
        await using var mails = SmtpUnderTest.Mails(relay);
        Assert.True(EmailAddress.TryParse("leser@Bücher.example", out var domain, out _));
        var line = new MailLine(One, "דוד@example.com", domain.Value, Two);

        await mails.SendAllAsync("relay", line);

        Assert.True(Assert.Single(line.Outcomes["דוד@example.com"]) is SendOutcome.Rejected { ByAnother: true, HeldFor: { } wait } && wait > TimeSpan.Zero);
        Assert.Equal(("Accepted", "Accepted", "Accepted"), (line[One], line[domain.Value], line[Two]));
        Assert.Equal([$"RCPT TO:<{One}>", "RCPT TO:<leser@xn--bcher-kva.example>", $"RCPT TO:<{Two}>"], relay.Commands.Select(command => command[2..]).Where(command => command.StartsWith("RCPT", StringComparison.Ordinal)));
        Assert.Equal(1, relay.Connections);
    }

    /// <summary>A mail service that signs by itself, and hands a header of ours back with what it reports.</summary>
    [Fact]
    public async Task A_header_to_be_handed_back_stands_in_every_mail_with_its_name_also_where_nothing_is_signed()
    {
        await using var relay = new ScriptedRelay("PIPELINING");
        await using var mails = SmtpUnderTest.Mails(relay, set: options => options.ReturnHeader = "X-PM-Metadata-notify");

        await mails.SendAllAsync("relay", new MailLine(One, Two));

        Assert.Equal(2, relay.Taken.Count);
        Assert.All(relay.Taken, mail => Assert.Equal(["X-PM-Metadata-notify: d1.2"], mail.Split("\r\n").Where(line => line.StartsWith("X-PM-", StringComparison.Ordinal))));
        Assert.DoesNotContain(relay.Taken, mail => mail.Contains("DKIM-Signature", StringComparison.OrdinalIgnoreCase));
    }

    [Theory, InlineData("421 4.7.0 Bye", RelayThen.GoOn, "TryLater"), InlineData("", RelayThen.HangUp, "InDoubt"), InlineData("", RelayThen.Reset, "InDoubt"), InlineData("199 neither", RelayThen.GoOn, "InDoubt")]
    public async Task A_connection_that_ends_with_one_mail_leaves_the_next_unbegun_and_it_goes_over_another(string reply, RelayThen then, string outcome)
    {
        await using var relay = new ScriptedRelay("PIPELINING").At(".", new RelayAct(reply.Length > 0 ? [reply + "\r\n"] : [], then));
        await using var mails = SmtpUnderTest.Mails(relay);
        var line = new MailLine(One, Two, Three);

        await mails.SendAllAsync("relay", line);

        Assert.Equal((outcome, "Accepted", "Accepted"), (line[One], line[Two], line[Three]));
        Assert.Equal((2, 2), (relay.Connections, relay.Taken.Count));
    }

    [Fact]
    public async Task A_relay_that_ends_each_connection_with_a_mail_is_told_each_mail_once()
    {
        await using var relay = new ScriptedRelay("PIPELINING").At(".", RelayAct.HangUp, RelayAct.HangUp, RelayAct.HangUp);
        await using var mails = SmtpUnderTest.Mails(relay);
        var line = new MailLine(One, Two, Three);

        await mails.SendAllAsync("relay", line);

        Assert.Equal(("InDoubt", "InDoubt", "InDoubt"), (line[One], line[Two], line[Three]));
        Assert.Equal(3, relay.Connections);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Of_a_mail_that_is_not_wanted_any_more_nothing_leaves_though_it_was_announced(bool inGroups)
    {
        await using var relay = new ScriptedRelay(inGroups ? ["PIPELINING"] : []);
        await using var mails = SmtpUnderTest.Mails(relay);
        var line = new MailLine(One, Two, Three) { Withdrawn = { Two } };

        await mails.SendAllAsync("relay", line);

        Assert.Equal(("Accepted", "Accepted"), (line[One], line[Three]));
        Assert.Empty(line.Outcomes[Two]);
        Assert.Equal([One, Two, Three], line.Asked);
        Assert.DoesNotContain(relay.Taken, message => message.Contains("To: two@", StringComparison.Ordinal));
        Assert.Equal(2, relay.Taken.Count);
    }

    /// <summary>Whatever a relay does at any command: each mail has one outcome, what it took is accepted or in doubt, and what it did not take is not accepted.</summary>
    [Fact]
    public async Task No_trouble_of_a_relay_loses_a_mail_or_tells_it_twice()
    {
        string[] commands = ["CONNECT", "MAIL", "RCPT", "DATA", "BODY", "."];
        RelayAct[] acts =
        [
            "250 2.0.0 Fine", "354 Go on", "421 4.7.0 Bye", "450 4.2.0 Later", "550 5.1.1 No such user", "554 5.7.1 No", "199 neither", "what?", new(["550-5.7.1 a\r\n550 5.7.1 b\r\n"]), new(["25"], RelayThen.HangUp),
            new(["250 a\r\n250 b\r\n"]),
            new(["554 5.7.1 Enough\r\n"], RelayThen.HangUp), new(["554 5.7.1 Enough\r\n"], RelayThen.Reset), RelayAct.HangUp, new([], RelayThen.Reset),
        ];
        // Who says no within a message and takes it after all has said both.
        var endings = acts[^4..];
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        for (var round = 0; round < 60; round++)
        {
            await using var relay = new ScriptedRelay(random.Next(4) > 0 ? ["PIPELINING"] : []);
            var script = Enumerable.Range(0, random.Next(1, 5)).Select(_ => commands[random.Next(commands.Length)])
                .Select(command => (Command: command, Act: command == "BODY" ? endings[random.Next(endings.Length)] : acts[random.Next(acts.Length)])).ToList();
            foreach (var (command, act) in script)
            {
                // What a healthy relay does comes before it, as often as the draw says.
                var healthy = command switch { "CONNECT" => "220 relay.example", "DATA" => "354 Go on", _ => "250 2.0.0 Fine" };
                relay.At(command, [.. Enumerable.Repeat<RelayAct>(command == "BODY" ? new([]) : healthy, random.Next(3)), act]);
            }

            await using var mails = SmtpUnderTest.Mails(relay);
            var line = new MailLine([.. Enumerable.Range(0, 8).Select(n => string.Create(CultureInfo.InvariantCulture, $"r{n}@example.com"))]) { Text = random.Next(3) == 0 ? new string('x', 300_000) : "Hello" };

            await mails.SendAllAsync("relay", line);

            foreach (var (address, outcomes) in line.Outcomes)
            {
                var why = string.Create(CultureInfo.InvariantCulture, $"seed {seed}, round {round}: {address} came to {string.Join(", ", outcomes)} after {string.Join(" | ", script.Select(s => $"{s.Command} {string.Concat(s.Act.Packets).Trim()} {s.Act.Then}"))}");
                var taken = relay.Taken.Count(message => message.Contains($"To: {address}", StringComparison.Ordinal));
                Assert.True(outcomes.Count == 1, why);
                Assert.True(taken <= 1, why);
                Assert.True(taken == 0 ? outcomes[0] is not SendOutcome.Accepted : outcomes[0] is SendOutcome.Accepted or SendOutcome.InDoubt, why);
            }
        }
    }

    [Fact]
    public async Task A_connection_takes_no_more_than_a_thousand_mails()
    {
        await using var relay = new ScriptedRelay("PIPELINING");
        await using var mails = SmtpUnderTest.Mails(relay);

        await mails.SendAllAsync("relay", new MailLine([.. Enumerable.Range(0, 1_001).Select(n => string.Create(CultureInfo.InvariantCulture, $"r{n}@example.com"))]));

        Assert.Equal((2, 1_001), (relay.Connections, relay.Taken.Count));
    }

    [Theory, InlineData(14, 1), InlineData(16, 2), InlineData(301, 2)]
    public async Task A_connection_is_given_up_when_it_has_idled_or_is_old(int seconds, int connections)
    {
        var clock = new ManualClock();
        await using var relay = new ScriptedRelay("PIPELINING");
        await using var mails = SmtpUnderTest.Mails(relay, clock);

        await mails.SendAsync(SmtpUnderTest.Mail(), TestContext.Current.CancellationToken);
        clock.Advance(TimeSpan.FromSeconds(seconds));
        await mails.SendAsync(SmtpUnderTest.Mail(), TestContext.Current.CancellationToken);

        Assert.Equal((connections, 2), (relay.Connections, relay.Taken.Count));
    }

    [Fact]
    public async Task A_relay_is_told_goodbye_when_nothing_came_for_a_while()
    {
        var clock = new ManualClock();
        await using var relay = new ScriptedRelay("PIPELINING");
        await using var mails = SmtpUnderTest.Mails(relay, clock);
        await mails.SendAsync(SmtpUnderTest.Mail(), TestContext.Current.CancellationToken);

        clock.Advance(SmtpPool.MaxIdle);

        await relay.Reached("QUIT").WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }

    /// <summary>Answers to a message only when the next was announced.</summary>
    private static async Task AnswerLateAsync(TcpListener listener)
    {
        using var client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await using var stream = client.GetStream();
        await SayAsync("220 relay.example\r\n");
        await UntilAsync("EHLO", "\r\n");
        await SayAsync("250-relay.example\r\n250 PIPELINING\r\n");
        await UntilAsync("MAIL", "DATA\r\n");
        await SayAsync("250 a\r\n250 b\r\n354 Go on\r\n");
        await UntilAsync("\r\n.\r\nMAIL FROM", "DATA\r\n");
        await SayAsync("250 2.0.0 Queued\r\n250 a\r\n250 b\r\n354 Go on\r\n");
        await UntilAsync("Subject", "\r\n.\r\n");
        await SayAsync("250 2.0.0 Queued\r\n");
        await UntilAsync("QUIT", "\r\n");
        await SayAsync("221 Bye\r\n");

        async Task SayAsync(string reply) => await stream.WriteAsync(Encoding.ASCII.GetBytes(reply), TestContext.Current.CancellationToken);

        async Task UntilAsync(string has, string end)
        {
            var (heard, buffer) = ("", new byte[64 * 1024]);
            while (!(heard.Contains(has, StringComparison.Ordinal) && heard.EndsWith(end, StringComparison.Ordinal)))
            {
                var read = await stream.ReadAsync(buffer, TestContext.Current.CancellationToken);
                Assert.True(read > 0, $"Waited for {has}, heard {heard}");
                heard += Encoding.Latin1.GetString(buffer, 0, read);
            }
        }
    }
}
