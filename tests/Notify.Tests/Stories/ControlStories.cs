using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>An operator pauses, resumes and cancels, one alert or everything.</summary>
public sealed class ControlStories(PostgresServer postgres)
{
    private static readonly (string, string)[] Slow =
    [
        ("Twilio:Senders:0:Name", "slow"), ("Twilio:Senders:0:From", "+15005550006"), ("Twilio:Senders:0:SegmentsPerSecond", "40"), ("Twilio:Senders:0:Concurrency", "4"),
    ];

    [Theory, ClassData<Databases>]
    public async Task A_paused_alert_stands_still_and_goes_on_where_it_stopped(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres, Slow);
        var (phones, _) = await room.AddReadersAsync(byText: 100, byMail: 0);
        var alert = await room.PublishAsync("Paused");
        await room.EventuallyAsync(async () => (await room.AlertAsync(alert)).Counts.Sent >= 10, "the alert is going out");

        await room.PostAsync($"/api/alerts/{alert}/pause");
        await room.EventuallyAsync(async () => (await room.AlertAsync(alert)).Counts.Sending == 0, "what was on the wire is through", seconds: 3);
        var still = await room.AlertAsync(alert);
        var other = await room.FinishedAsync(await room.PublishAsync("Other"));
        var later = await room.AlertAsync(alert);
        await room.PostAsync($"/api/alerts/{alert}/resume");
        var shown = await room.FinishedAsync(alert);

        Assert.Equal("paused", still.State);
        Assert.InRange(still.Counts.Pending, 1, 90);
        Assert.Equal(still.Counts.Pending, later.Counts.Pending);
        Assert.Equal((100, 100), (other.Counts.Sent, shown.Counts.Sent));
        var counts = await room.TextCountsAsync();
        Assert.All(phones, phone => Assert.Equal(2, counts[phone]));
    }

    [Theory, ClassData<Databases>]
    public async Task A_cancelled_alert_ends_and_says_of_everyone_else_that_it_was_cancelled(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres, Slow);
        await room.AddReadersAsync(byText: 100, byMail: 0);
        await room.FaultAsync(new { on = "create", latencyMs = 700, status = 429, times = 2 });
        var alert = await room.PublishAsync("Cancelled");
        await room.EventuallyAsync(async () => (await room.AlertAsync(alert)).Counts.Sent >= 4, "the alert is going out");

        await room.PostAsync($"/api/alerts/{alert}/cancel");
        var shown = await room.FinishedAsync(alert, hurry: true);

        Assert.Equal("cancelled", shown.State);
        Assert.Equal(100, shown.Counts.Sent + shown.Counts.Skipped);
        Assert.Equal(shown.Counts.Sent, (await room.TextCountsAsync()).Count);
        Assert.All(await room.QueryAsync("SELECT reason FROM deliveries WHERE status = 7", row => row.GetString(0)), reason => Assert.Equal("cancelled", reason));
    }

    [Theory, ClassData<Databases>]
    public async Task The_red_switch_stops_everything_and_nothing_is_lost_by_it(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        var (phones, emails) = await room.AddReadersAsync(byText: 10, byMail: 10);
        await room.PostAsync("/api/sending/pause");

        var alert = await room.PublishAsync("Stopped");
        await room.SignUpAsync("+12125550143");
        await room.EventuallyAsync(async () => (await room.AlertAsync(alert)).Counts.Pending == 20, "the audience stands");
        await room.ReconcileAsync();
        var silent = (Texts: await room.TextCountsAsync(), Mails: await room.MailCountsAsync());
        await room.PostAsync("/api/sending/resume");
        await room.FinishedAsync(alert);
        await room.EventuallyAsync(async () => (await room.TextsAsync("+12125550143")).Count == 1, "the confirmation goes out as well");

        Assert.Empty(silent.Texts);
        Assert.Empty(silent.Mails);
        var (texts, mails) = (await room.TextCountsAsync(), await room.MailCountsAsync());
        Assert.All(phones, phone => Assert.Equal(1, texts[phone]));
        Assert.All(emails, email => Assert.Equal(1, mails[email]));
    }

    [Theory, ClassData<Databases>]
    public async Task A_held_alert_waits_for_a_word_and_a_breaking_one_overtakes(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres, Slow);
        var (phones, _) = await room.AddReadersAsync(byText: 80, byMail: 0);
        var (_, held) = await room.PostArticleAsync(new { url = "https://yid-info.example/held", title = "Held", hold = true });
        var normal = await room.PublishAsync("Normal");
        await room.EventuallyAsync(async () => (await room.AlertAsync(normal)).Counts.Sent >= 4, "the normal one is going out");

        var (_, breaking) = await room.PostArticleAsync(new { url = "https://yid-info.example/breaking", title = "Breaking", priority = "breaking" });
        await room.FinishedAsync(breaking.GetProperty("alertId").GetGuid());
        var overtaken = await room.AlertAsync(normal);
        var waiting = await room.AlertAsync(held.GetProperty("alertId").GetGuid());
        await room.FinishedAsync(normal);
        await room.PostAsync($"/api/alerts/{waiting.Id}/resume");
        var released = await room.FinishedAsync(waiting.Id);

        Assert.Equal("sending", overtaken.State);
        Assert.InRange(overtaken.Counts.Pending, 20, 76);
        Assert.Equal(("held", 0L), (waiting.State, waiting.Counts.Decided));
        Assert.Equal(80, released.Counts.Sent);
        Assert.Equal(3, (await room.TextCountsAsync())[phones[^1]]);
    }
}
