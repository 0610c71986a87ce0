using Notify.Deliveries;
using Notify.Providers.Smtp;
using Notify.Tests.Support;

namespace Notify.Tests.Providers;

/// <summary>
/// What becomes of a mail at every point where a relay can refuse, fall silent or hang up, with commands in groups and one by one. What a relay
/// may have taken is in doubt; what it cannot have taken is tried again; what it said stands.
/// </summary>
public sealed class SmtpMailsTests
{
    private const string Gone = "550 5.1.1 No such user";

    public static TheoryData<string, string, string> Refusals => new()
    {
        { "CONNECT", "421 4.3.2 Busy", "TryLater" }, { "CONNECT", "450 Later", "TryLater" }, { "CONNECT", "554 5.7.1 Not you", "SenderBroken" },
        { "MAIL", "451 4.3.0 Not now", "TryLater" }, { "MAIL", "421 4.7.0 Bye", "TryLater" }, { "MAIL", "550 5.7.1 Not from you", "SenderBroken" }, { "MAIL", "552 5.3.4 Too big", "Rejected" },
        { "RCPT", "450 4.2.1 Greylisted", "TryLater" }, { "RCPT", "421 4.7.0 Bye", "TryLater" }, { "RCPT", Gone, "RecipientGone" }, { "RCPT", "550 5.7.1 Policy", "Rejected" },
        { "RCPT", "550-5.1.1 No such\r\n550 5.1.1 user", "RecipientGone" },
        { "DATA", "452 4.3.1 Full", "TryLater" }, { "DATA", "421 4.7.0 Bye", "TryLater" }, { "DATA", "554 5.5.1 No", "Rejected" },
        { ".", "451 4.3.0 Again", "TryLater" }, { ".", "421 4.7.0 Bye", "TryLater" }, { ".", "554 5.7.1 Spam", "Rejected" }, { ".", "250 2.0.0 Queued", "Accepted" },
    };

    [Theory, MemberData(nameof(Refusals))]
    public async Task What_the_relay_says_is_what_counts(string command, string reply, string outcome)
    {
        foreach (var offers in new string[][] { ["PIPELINING"], [] })
        {
            await using var relay = new ScriptedRelay(offers).At(command, reply);
            await using var mails = SmtpUnderTest.Mails(relay);

            var found = await mails.SendAsync(SmtpUnderTest.Mail(), TestContext.Current.CancellationToken);

            Assert.Equal(outcome, found.GetType().Name);
            Assert.Equal(outcome == "Accepted" ? 1 : 0, relay.Taken.Count);
            Assert.Equal(1, relay.Connections);
        }
    }

    [Theory]
    [InlineData("CONNECT", "TryLater"), InlineData("EHLO", "TryLater"), InlineData("MAIL", "TryLater"), InlineData("RCPT", "TryLater"), InlineData("DATA", "TryLater"), InlineData(".", "InDoubt")]
    public async Task A_relay_that_hangs_up_or_talks_nonsense_has_a_message_only_if_it_got_the_dot(string command, string outcome)
    {
        RelayAct[] troubles =
        [
            RelayAct.HangUp, new([], RelayThen.Reset), "what?", "199 neither", "2500 too long a code", "354-go\r\n250 on", new([new string('2', 9_000) + "\r\n"]), new(["25"], RelayThen.HangUp),
        ];
        foreach (var trouble in troubles)
        {
            foreach (var offers in new string[][] { ["PIPELINING"], [] })
            {
                // Without EHLO the library would say HELO.
                await using var relay = new ScriptedRelay(offers).At(command, trouble).At("HELO", RelayAct.HangUp);
                await using var mails = SmtpUnderTest.Mails(relay);

                var found = await mails.SendAsync(SmtpUnderTest.Mail(), TestContext.Current.CancellationToken);

                Assert.True(outcome == found.GetType().Name, $"{found} after {string.Concat(trouble.Packets)} {trouble.Then}");
                Assert.Equal(1, relay.Connections);
            }
        }
    }

    [Theory]
    [InlineData("CONNECT", "TryLater"), InlineData("EHLO", "TryLater"), InlineData("MAIL", "TryLater"), InlineData("RCPT", "TryLater"), InlineData("DATA", "TryLater"), InlineData(".", "InDoubt")]
    public async Task A_relay_that_falls_silent_is_waited_for_and_then_left(string command, string outcome)
    {
        foreach (var offers in new string[][] { ["PIPELINING"], [] })
        {
            var clock = new ManualClock();
            await using var relay = new ScriptedRelay(offers).At(command, RelayAct.Silence);
            await using var mails = SmtpUnderTest.Mails(relay, clock);

            var sending = mails.SendAsync(SmtpUnderTest.Mail(), TestContext.Current.CancellationToken);
            await relay.Reached(command);
            while (!sending.IsCompleted)
            {
                // The client may not have begun to wait yet: each turn is the longest wait there is.
                clock.Advance(SmtpConnection.LastPatience);
                await Task.Yield();
            }

            Assert.Equal(outcome, (await sending).GetType().Name);
            Assert.Equal(1, relay.Connections);
        }
    }

    [Fact]
    public async Task A_relay_that_is_not_there_is_tried_later()
    {
        var port = FreePort.Next();
        await using var mails = SmtpUnderTest.Mails(port);

        var found = await mails.SendAsync(SmtpUnderTest.Mail(), TestContext.Current.CancellationToken);

        Assert.IsType<SendOutcome.TryLater>(found);
    }

    [Theory, InlineData("250 Fine"), InlineData("220 Fine")]
    public async Task A_command_announcing_the_message_that_is_answered_with_a_plain_yes_has_not_sent_it(string reply)
    {
        await using var relay = new ScriptedRelay("PIPELINING").At("DATA", reply);
        await using var mails = SmtpUnderTest.Mails(relay);

        var found = await mails.SendAsync(SmtpUnderTest.Mail(), TestContext.Current.CancellationToken);

        Assert.IsType<SendOutcome.TryLater>(found);
        Assert.Empty(relay.Taken);
    }

    [Fact]
    public async Task A_yes_that_came_before_the_message_is_not_taken_for_the_answer_to_it()
    {
        await using var relay = new ScriptedRelay("PIPELINING").At("DATA", "354 Go on\r\n250 2.0.0 Queued").At(".", "554 5.7.1 Spam");
        await using var mails = SmtpUnderTest.Mails(relay);

        var found = await mails.SendAsync(SmtpUnderTest.Mail(), TestContext.Current.CancellationToken);

        Assert.IsType<SendOutcome.TryLater>(found);
        Assert.Empty(relay.Taken);
    }

    [Fact]
    public async Task Replies_may_come_in_pieces_or_all_at_once()
    {
        await using var relay = new ScriptedRelay("PIPELINING")
            .At("MAIL", new RelayAct(["2", "50", "-2.1.0 a\r", "\n250 2.1.0 b\r\n"]), new RelayAct([]))
            .At("RCPT", new RelayAct(["250 a\r\n"]), new RelayAct([]))
            .At("DATA", new RelayAct(["354", " Go on\r\n"]), new RelayAct(["250 a\r\n250 b\r\n354 Go on\r\n"]));
        await using var mails = SmtpUnderTest.Mails(relay);

        var inPieces = await mails.SendAsync(SmtpUnderTest.Mail(), TestContext.Current.CancellationToken);
        var atOnce = await mails.SendAsync(SmtpUnderTest.Mail(), TestContext.Current.CancellationToken);

        Assert.All([inPieces, atOnce], outcome => Assert.IsType<SendOutcome.Accepted>(outcome));
        Assert.Equal((1, 2), (relay.Connections, relay.Taken.Count));
    }

    [Fact]
    public async Task A_relay_that_wants_a_message_for_nobody_gets_an_empty_one_and_the_next_mail_goes()
    {
        await using var relay = new ScriptedRelay("PIPELINING").At("RCPT", Gone).At("DATA", "354 Go on").At(".", "554 5.5.1 No valid recipients");
        await using var mails = SmtpUnderTest.Mails(relay);

        var first = await mails.SendAsync(SmtpUnderTest.Mail(), TestContext.Current.CancellationToken);
        var second = await mails.SendAsync(SmtpUnderTest.Mail(), TestContext.Current.CancellationToken);

        Assert.IsType<SendOutcome.RecipientGone>(first);
        Assert.IsType<SendOutcome.Accepted>(second);
        Assert.Contains("Hello", Assert.Single(relay.Taken), StringComparison.Ordinal);
        Assert.Equal(1, relay.Connections);
    }

    [Fact]
    public async Task Nobody_gets_an_empty_message_when_the_sender_was_refused_and_the_recipient_was_not()
    {
        await using var relay = new ScriptedRelay("PIPELINING").At("MAIL", "451 4.3.0 Not now");
        await using var mails = SmtpUnderTest.Mails(relay);

        var first = await mails.SendAsync(SmtpUnderTest.Mail(), TestContext.Current.CancellationToken);
        var second = await mails.SendAsync(SmtpUnderTest.Mail(), TestContext.Current.CancellationToken);

        Assert.IsType<SendOutcome.TryLater>(first);
        Assert.IsType<SendOutcome.Accepted>(second);
        Assert.Contains("Hello", Assert.Single(relay.Taken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_stands_though_the_relay_hangs_up_after_it()
    {
        await using var relay = new ScriptedRelay("PIPELINING").At("RCPT", new RelayAct([Gone + "\r\n"], RelayThen.HangUp));
        await using var mails = SmtpUnderTest.Mails(relay);

        var found = await mails.SendAsync(SmtpUnderTest.Mail(), TestContext.Current.CancellationToken);

        Assert.IsType<SendOutcome.RecipientGone>(found);
        Assert.Equal(1, relay.Connections);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task After_a_refusal_the_next_mail_goes_over_the_same_connection(bool inGroups)
    {
        await using var relay = new ScriptedRelay(inGroups ? ["PIPELINING"] : []).At("RCPT", "450 4.2.1 Greylisted");
        await using var mails = SmtpUnderTest.Mails(relay);

        var first = await mails.SendAsync(SmtpUnderTest.Mail("one@example.com"), TestContext.Current.CancellationToken);
        var second = await mails.SendAsync(SmtpUnderTest.Mail("two@example.com"), TestContext.Current.CancellationToken);

        Assert.IsType<SendOutcome.TryLater>(first);
        Assert.IsType<SendOutcome.Accepted>(second);
        Assert.Equal(1, relay.Connections);
        Assert.Contains("To: two@example.com", Assert.Single(relay.Taken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", RelayThen.HangUp), InlineData("421 4.4.2 You were idle\r\n", RelayThen.HangUp), InlineData("", RelayThen.Reset)]
    public async Task A_connection_the_relay_closed_meanwhile_is_replaced_once(string lastWords, RelayThen then)
    {
        await using var relay = new ScriptedRelay("PIPELINING").At(".", "250 2.0.0 Queued").At("MAIL", "250 Fine", new RelayAct(lastWords.Length > 0 ? [lastWords] : [], then));
        await using var mails = SmtpUnderTest.Mails(relay);

        var first = await mails.SendAsync(SmtpUnderTest.Mail(), TestContext.Current.CancellationToken);
        var second = await mails.SendAsync(SmtpUnderTest.Mail(), TestContext.Current.CancellationToken);

        Assert.All([first, second], outcome => Assert.IsType<SendOutcome.Accepted>(outcome));
        Assert.Equal((2, 2), (relay.Connections, relay.Taken.Count));
    }

    [Fact]
    public async Task A_second_connection_lost_is_not_followed_by_a_third()
    {
        await using var relay = new ScriptedRelay("PIPELINING").At("MAIL", "250 Fine", RelayAct.HangUp, RelayAct.HangUp);
        await using var mails = SmtpUnderTest.Mails(relay);

        await mails.SendAsync(SmtpUnderTest.Mail(), TestContext.Current.CancellationToken);
        var found = await mails.SendAsync(SmtpUnderTest.Mail(), TestContext.Current.CancellationToken);

        Assert.IsType<SendOutcome.TryLater>(found);
        Assert.Equal((2, 1), (relay.Connections, relay.Taken.Count));
    }

    [Fact]
    public async Task A_message_that_was_begun_is_not_begun_again_at_once()
    {
        await using var relay = new ScriptedRelay("PIPELINING").At("DATA", "354 Go on", new RelayAct(["354 Go on\r\n"], RelayThen.Reset));
        await using var mails = SmtpUnderTest.Mails(relay);

        await mails.SendAsync(SmtpUnderTest.Mail(), TestContext.Current.CancellationToken);
        // More than any buffer between the two holds, so that the write itself fails.
        var found = await mails.SendAsync(SmtpUnderTest.Mail(text: new string('x', 20_000_000)), TestContext.Current.CancellationToken);

        Assert.IsType<SendOutcome.TryLater>(found);
        Assert.Equal((1, 1), (relay.Connections, relay.Taken.Count));
    }

    [Fact]
    public async Task A_reply_lost_after_the_dot_is_not_tried_again()
    {
        await using var relay = new ScriptedRelay("PIPELINING").At(".", "250 2.0.0 Queued", RelayAct.HangUp);
        await using var mails = SmtpUnderTest.Mails(relay);

        await mails.SendAsync(SmtpUnderTest.Mail(), TestContext.Current.CancellationToken);
        var found = await mails.SendAsync(SmtpUnderTest.Mail(), TestContext.Current.CancellationToken);

        Assert.IsType<SendOutcome.InDoubt>(found);
        Assert.Equal(1, relay.Connections);
    }

    [Fact]
    public async Task A_relay_that_says_no_within_the_message_is_heard()
    {
        await using var relay = new ScriptedRelay("PIPELINING").At("BODY", new RelayAct(["554 5.7.1 Heard enough\r\n"], RelayThen.HangUp));
        await using var mails = SmtpUnderTest.Mails(relay);

        var found = await mails.SendAsync(SmtpUnderTest.Mail(text: new string('x', 2_000_000)), TestContext.Current.CancellationToken);

        Assert.IsType<SendOutcome.Rejected>(found);
        Assert.Empty(relay.Taken);
    }
}
