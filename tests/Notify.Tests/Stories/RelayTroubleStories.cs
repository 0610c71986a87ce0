using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>A mail relay in trouble: what was refused is read for what it means, what is in doubt is sent once more as the same mail or held.</summary>
public sealed class RelayTroubleStories(PostgresServer postgres)
{
    private static readonly (string, string) AskSoon = ("Delivery:SettleSeconds", "1");

    [Theory, ClassData<Databases>]
    public async Task A_mail_in_doubt_is_sent_once_more_under_the_same_identity(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres, AskSoon);
        var (_, emails) = await room.AddReadersAsync(byText: 0, byMail: 2);
        await room.FaultAsync(
            new { on = "smtp", command = ".", to = emails[0], disconnect = true },
            new { on = "smtp", command = ".", to = emails[1], disconnect = true, beforeStore = true });

        var shown = await room.FinishedAsync(await room.PublishAsync("Kim offers support"), hurry: true);

        Assert.Equal(2, shown.Counts.Accepted);
        var twice = await room.MailsAsync(emails[0]);
        Assert.Equal(2, twice.Count);
        Assert.Equal(twice[0].Headers["Message-Id"], twice[1].Headers["Message-Id"]);
        Assert.Single(await room.MailsAsync(emails[1]));
    }

    [Theory, ClassData<Databases>]
    public async Task A_relay_set_to_hold_leaves_a_mail_in_doubt_to_a_person(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres, AskSoon);
        await room.RestartAsync(
            ("Smtp:Relays:0:Name", "holding"), ("Smtp:Relays:0:Host", "127.0.0.1"), ("Smtp:Relays:0:Port", $"{room.Carrier.SmtpPort}"),
            ("Smtp:Relays:0:Security", "None"), ("Smtp:Relays:0:From", "News <news@mail.example.com>"), ("Smtp:Relays:0:InDoubt", "Hold"));
        var (_, emails) = await room.AddReadersAsync(byText: 0, byMail: 1);
        await room.FaultAsync(new { on = "smtp", command = ".", disconnect = true });

        var shown = await room.FinishedAsync(await room.PublishAsync("Kim offers support"), hurry: true);
        await room.ReconcileAsync();

        Assert.Equal(1, shown.Counts.Unknown);
        Assert.Single(await room.MailsAsync(emails[0]));
        Assert.Single(await room.QueryAsync("SELECT name FROM alarms WHERE cleared_at IS NULL", row => row.GetString(0)), "deliveries unknown");
    }

    [Theory, ClassData<Databases>]
    public async Task A_mailbox_that_does_not_exist_is_not_written_to_again(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        var (_, emails) = await room.AddReadersAsync(byText: 0, byMail: 2);
        await room.FaultAsync(new { on = "smtp", command = "RCPT", to = emails[0], reply = "550 5.1.1 No such user" });

        var first = await room.FinishedAsync(await room.PublishAsync("First"));
        var second = await room.FinishedAsync(await room.PublishAsync("Second"));

        Assert.Equal((1, 1), (first.Counts.Rejected, first.Counts.Sent));
        Assert.Equal((1, 1), (second.Counts.Skipped, second.Counts.Sent));
        Assert.Empty(await room.MailsAsync(emails[0]));
        Assert.Equal(2, (await room.MailsAsync(emails[1])).Count);
    }

    [Theory, ClassData<Databases>]
    public async Task A_refusal_that_says_nothing_about_the_reader_suppresses_nobody(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        var (_, emails) = await room.AddReadersAsync(byText: 0, byMail: 1);
        await room.FaultAsync(new { on = "smtp", command = ".", reply = "554 5.7.1 We do not like it" });

        var first = await room.FinishedAsync(await room.PublishAsync("First"));
        var second = await room.FinishedAsync(await room.PublishAsync("Second"));

        Assert.Equal((1, 1), (first.Counts.Rejected, second.Counts.Sent));
        Assert.Equal(["Second"], (await room.MailsAsync(emails[0])).Select(mail => mail.Subject));
    }

    [Theory, ClassData<Databases>]
    public async Task A_relay_that_is_busy_or_hangs_up_before_the_end_gets_every_mail_once(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        var (_, emails) = await room.AddReadersAsync(byText: 0, byMail: 30);
        await room.FaultAsync(
            new { on = "smtp", command = "CONNECT", reply = "421 4.3.2 Come back later" },
            new { on = "smtp", command = "MAIL", reply = "451 4.3.0 Not now" },
            new { on = "smtp", command = "MAIL", disconnect = true },
            new { on = "smtp", command = "RCPT", reply = "450 4.2.1 Greylisted", times = 3 },
            new { on = "smtp", command = "DATA", disconnect = true },
            new { on = "smtp", command = "DATA", reply = "452 4.3.1 Full" },
            new { on = "smtp", command = ".", reply = "451 4.3.0 Try again" });

        var shown = await room.FinishedAsync(await room.PublishAsync("Kim offers support"), hurry: true, seconds: 60);

        Assert.Equal(30, shown.Counts.Accepted);
        var mails = await room.MailCountsAsync();
        Assert.All(emails, email => Assert.Equal(1, mails[email]));
    }
}
