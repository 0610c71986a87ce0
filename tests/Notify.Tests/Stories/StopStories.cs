using System.Net;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>STOP is instant: what is queued, what is claimed and what comes later ends with the webhook's answer; mail goes on.</summary>
public sealed class StopStories(PostgresServer postgres)
{
    private const string Phone = "+12125550143";
    private const string Email = "reader@example.com";

    /// <summary>One request at a time, so that of three readers one is on the wire, one is claimed and one waits.</summary>
    private static readonly (string, string)[] OneByOne =
    [
        ("Twilio:Senders:0:Name", "slow"), ("Twilio:Senders:0:From", "+15005550006"), ("Twilio:Senders:0:SegmentsPerSecond", "50"),
        ("Twilio:Senders:0:Concurrency", "1"), ("Twilio:Senders:0:KeywordReplies", "App"),
    ];

    [Theory, ClassData<Databases>]
    public async Task A_stop_reaches_what_is_claimed_but_not_yet_handed_over(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres, OneByOne);
        var (phones, _) = await room.AddReadersAsync(byText: 3, byMail: 0);
        await room.FaultAsync(new { on = "create", to = phones[0], latencyMs = 2_000 });
        var alert = await room.PublishAsync("Kim offers support");
        await room.EventuallyAsync(async () => (await room.AlertAsync(alert)).Counts is { Sending: 2, Pending: 1 }, "one is on the wire, one claimed, one waits");

        var replies = await Task.WhenAll(phones.Select(phone => room.ReplyAsync(phone, "STOP")));
        var shown = await room.FinishedAsync(alert);

        Assert.All(replies, reply => Assert.Contains("no more texts", reply.Reply, StringComparison.Ordinal));
        Assert.Equal((1, 2), (shown.Counts.Sent, shown.Counts.Skipped));
        Assert.Contains(await room.TextsAsync(phones[0]), IsAlert);
        Assert.DoesNotContain(await room.TextsAsync(phones[1]), IsAlert);
        Assert.DoesNotContain(await room.TextsAsync(phones[2]), IsAlert);
    }

    [Theory, ClassData<Databases>]
    public async Task Stops_in_the_middle_of_an_alert_leave_only_what_was_on_the_wire(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres, [.. OneByOne, ("Twilio:Senders:0:SegmentsPerSecond", "100"), ("Twilio:Senders:0:Concurrency", "4")]);
        var (phones, emails) = await room.AddReadersAsync(byText: 300, byMail: 300);
        var alert = await room.PublishAsync("Kim offers support");
        await room.EventuallyAsync(async () => (await room.AlertAsync(alert)).Counts.Sent > 20, "the alert is going out");

        var late = 0;
        foreach (var phone in phones.Reverse().Where((_, i) => i % 5 == 0).Take(40))
        {
            await room.ReplyAsync(phone, "STOP");
            var atAnswer = (await room.TextsAsync(phone)).Count(IsAlert);
            late += atAnswer == 0 ? 1 : 0;
        }

        var shown = await room.FinishedAsync(alert);
        var stopped = phones.Reverse().Where((_, i) => i % 5 == 0).Take(40).ToArray();
        var told = 0;
        foreach (var phone in stopped)
        {
            told += (await room.TextsAsync(phone)).Count(IsAlert);
        }

        // Whoever had no alert when the STOP was answered has none now, but for at most the four requests that can be on the wire.
        Assert.InRange(told - (stopped.Length - late), 0, 4);
        Assert.InRange(late, 5, 40);
        Assert.Equal(stopped.Length - told, shown.Counts.Skipped);
        Assert.Equal(600 - shown.Counts.Skipped, shown.Counts.Sent);
        var mails = await room.MailCountsAsync();
        Assert.All(emails, email => Assert.Equal(1, mails[email]));
    }

    [Theory, ClassData<Databases>]
    public async Task After_a_stop_texts_end_and_mail_goes_on(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.SignUpAndConfirmTextAsync(Phone);
        await room.SignUpAndConfirmMailAsync(Email);

        var reply = await room.ReplyAsync(Phone, "stop");
        await room.FinishedAsync(await room.PublishAsync("Kim offers support"));

        Assert.Contains("E-mail, if you signed up for it, goes on", reply.Reply, StringComparison.Ordinal);
        Assert.Equal(reply.Reply, (await room.TextsAsync(Phone))[^1]);
        Assert.Equal("Kim offers support", (await room.MailsAsync(Email))[^1].Subject);
    }

    [Theory, ClassData<Databases>]
    public async Task A_stop_from_a_number_nobody_knows_is_remembered(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);

        var reply = await room.ReplyAsync(Phone, "STOP");
        await room.SignUpAsync(Phone, Email);
        await room.EventuallyAsync(async () => (await room.MailsAsync(Email)).Count == 1, "the mail address is asked to confirm");

        Assert.Equal(200, reply.WebhookStatus);
        Assert.NotNull(reply.Reply);
        Assert.Equal([reply.Reply], await room.TextsAsync(Phone));
    }

    [Theory, ClassData<Databases>]
    public async Task The_same_stop_again_gets_the_same_answer_and_another_one_silence(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.SignUpAndConfirmTextAsync(Phone);

        var first = await room.ReplyAsync(Phone, "STOP");
        var repeated = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => room.ReplyAsync(Phone, "STOP", first.Id)));
        var second = await room.ReplyAsync(Phone, "STOP");

        Assert.NotNull(first.Reply);
        Assert.All(repeated, reply => Assert.Equal(first.Reply, reply.Reply));
        Assert.Equal((200, null), (second.WebhookStatus, second.Reply));
        Assert.Single(await room.TextsAsync(Phone), first.Reply);
    }

    [Theory, ClassData<Databases>]
    public async Task Start_brings_a_reader_back(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.SignUpAndConfirmTextAsync(Phone);
        await room.ReplyAsync(Phone, "STOP");
        await room.FinishedAsync(await room.PublishAsync("While away"));

        var reply = await room.ReplyAsync(Phone, "START");
        await room.FinishedAsync(await room.PublishAsync("Kim offers support"));

        Assert.Contains("Thanks for subscribing", reply.Reply, StringComparison.Ordinal);
        Assert.Contains("Kim offers support", (await room.TextsAsync(Phone))[^1], StringComparison.Ordinal);
        Assert.DoesNotContain(await room.TextsAsync(Phone), text => text.Contains("While away", StringComparison.Ordinal));
    }

    [Theory, ClassData<Databases>]
    public async Task One_click_unsubscribes_from_an_alert_that_is_queued(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.SignUpAndConfirmMailAsync(Email);
        await room.FinishedAsync(await room.PublishAsync("First"));
        var link = (await room.MailsAsync(Email))[^1].Headers["List-Unsubscribe"].Trim('<', '>');
        await room.PostAsync("/api/sending/pause");
        var alert = await room.PublishAsync("Second");
        await room.EventuallyAsync(async () => (await room.AlertAsync(alert)).Counts.Pending == 1, "the alert is queued");

        using var looked = await room.Public.GetAsync(new Uri(link), TestContext.Current.CancellationToken);
        Assert.Equal(1, (await room.AlertAsync(alert)).Counts.Pending);
        using var form = new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")]);
        using var clicked = await room.Public.PostAsync(new Uri(link), form, TestContext.Current.CancellationToken);
        await room.PostAsync("/api/sending/resume");
        var shown = await room.FinishedAsync(alert);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (looked.StatusCode, clicked.StatusCode));
        Assert.Equal(1, shown.Counts.Skipped);
        Assert.DoesNotContain(await room.MailsAsync(Email), mail => mail.Subject == "Second");
    }

    private static bool IsAlert(string text) => text.Contains("Kim offers support", StringComparison.Ordinal);
}
