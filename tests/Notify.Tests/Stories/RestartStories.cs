using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>Notify stops in the middle of an alert: cleanly, or killed where it stands. Nobody is forgotten, nobody is texted twice.</summary>
public sealed class RestartStories(PostgresServer postgres)
{
    private const int Connections = 4;

    /// <summary>Slow enough to be in the middle, for three hundred readers.</summary>
    private static (string, string)[] Slow(Newsroom? room) =>
    [
        ("Twilio:Senders:0:Name", "slow-texts"), ("Twilio:Senders:0:From", "+15005550006"), ("Twilio:Senders:0:SegmentsPerSecond", "60"),
        ("Twilio:Senders:0:Concurrency", "4"), ("Twilio:Senders:0:KeywordReplies", "App"),
        ("Smtp:Relays:0:Name", "slow-mail"), ("Smtp:Relays:0:Host", "127.0.0.1"), ("Smtp:Relays:0:Port", $"{room?.Carrier.SmtpPort ?? 1}"),
        ("Smtp:Relays:0:Security", "None"), ("Smtp:Relays:0:From", "News <news@mail.example.com>"), ("Smtp:Relays:0:PerSecond", "60"),
        ("Smtp:Relays:0:Connections", $"{Connections}"), ("Delivery:SettleSeconds", "1"),
    ];

    /// <summary>A window is twice the concurrency.</summary>
    private const int TextWindow = 2 * Connections;

    /// <summary>Two mails are under way in each connection, one on its way and one announced with it.</summary>
    private const int MailWindow = 2 * 2 * Connections;

    [Theory, ClassData<Databases>]
    public async Task A_restart_in_the_middle_of_an_alert_loses_and_doubles_nothing(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        var (phones, emails) = await room.AddReadersAsync(byText: 150, byMail: 150);
        await room.RestartAsync(Slow(room));

        var alert = await room.PublishAsync("Kim offers support");
        foreach (var half in new[] { 40, 120 })
        {
            await room.EventuallyAsync(async () => (await room.TextCountsAsync()).Count > half, "the alert is going out");
            await room.RestartAsync();
        }

        var shown = await room.FinishedAsync(alert);

        Assert.Equal(300, shown.Counts.Sent);
        var (texts, mails) = (await room.TextCountsAsync(), await room.MailCountsAsync());
        Assert.All(phones, phone => Assert.Equal(1, texts[phone]));
        Assert.All(emails, email => Assert.Equal(1, mails[email]));
        Assert.All(await room.QueryAsync("SELECT doubts FROM deliveries WHERE status = 8 OR history LIKE '%inDoubt%'", row => row.GetInt32(0)), _ => Assert.Fail("A clean stop leaves nothing in doubt."));
    }

    [Theory, ClassData<Databases>]
    public async Task A_kill_in_the_middle_of_an_alert_loses_nobody_and_texts_nobody_twice(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenProcessAsync(database, postgres);
        var (phones, emails) = await room.AddReadersAsync(byText: 150, byMail: 150);
        await room.RestartAsync(Slow(room));
        var alert = await room.PublishAsync("Kim offers support");
        await room.EventuallyAsync(async () => (await room.TextCountsAsync()).Count > 50 && (await room.MailCountsAsync()).Count > 50, "the alert is going out");

        await room.KillAsync();
        var inFlight = await room.QueryAsync("SELECT channel FROM deliveries WHERE status = 2", row => row.GetInt32(0));
        await room.StartAsync();
        var shown = await room.FinishedAsync(alert, seconds: 120);

        Assert.Equal(300, shown.Counts.Sent);
        var (texts, mails) = (await room.TextCountsAsync(), await room.MailCountsAsync());
        Assert.All(phones, phone => Assert.Equal(1, texts[phone]));
        Assert.All(emails, email => Assert.InRange(mails[email], 1, 2));
        var twice = emails.Where(email => mails[email] == 2).ToArray();
        // What was sent but not yet written when it died: a window of the mail lane at most.
        Assert.InRange(twice.Length, 0, MailWindow);
        foreach (var email in twice)
        {
            Assert.Single((await room.MailsAsync(email)).Select(mail => mail.Headers["Message-Id"]).Distinct(StringComparer.Ordinal));
        }

        // A window of each of the two lanes can be in doubt, and there must have been something.
        Assert.InRange(inFlight.Count, 1, TextWindow + MailWindow);
    }
}
