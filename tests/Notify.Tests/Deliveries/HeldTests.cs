using System.Globalization;
using Notify.Alerts;
using Notify.Articles;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Jobs;
using Notify.Storage;
using Notify.Tests.Support;
using NSubstitute;

namespace Notify.Tests.Deliveries;

/// <summary>What is held back for the night or because it would be too much: nothing of it is lost, nothing of it comes early, and it comes as one.</summary>
public sealed class HeldTests(PostgresServer postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Quiet hours around the present moment, where the publication is.</summary>
    private static (string, string)[] QuietNow(params (string, string)[] more) =>
        [("Publication:TimeZone", "UTC"), ("Publication:QuietHours:From", Clock(-3)), ("Publication:QuietHours:To", Clock(3)), .. more];

    [Theory, ClassData<Databases>]
    public async Task At_night_texts_are_held_and_mails_are_not(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, settings: QuietNow());
        var phones = await bench.AddReadersAsync(5);
        await bench.AddReadersAsync(3, Channel.Mail);

        var alert = await bench.PublishAsync("Kim offers support");
        await bench.RunLaneAsync(stopping: Token);
        await bench.RunLaneAsync(Workbench.Mails, stopping: Token);

        Assert.Equal(3, bench.Sent);
        var rows = await bench.RowsAsync();
        Assert.All(rows.Where(row => phones.Contains(row.Contact)), row => Assert.Equal((DeliveryStatus.Held, "quiet hours", 0), (row.Status, row.Reason, row.Attempts)));
        var wait = await DueAsync(bench) - DateTimeOffset.UtcNow;
        Assert.InRange(wait, TimeSpan.FromMinutes(170), TimeSpan.FromMinutes(181));
        Assert.Equal((8, 0, 5), await FiguresAsync(bench, alert));
    }

    [Theory, ClassData<Databases>]
    public async Task Breaking_news_wakes_only_who_agreed_to_it(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, settings: QuietNow());
        var readers = await bench.AddReadersAsync(4);
        await bench.ExecuteAsync("UPDATE subscriptions SET breaking_at_night = @yes WHERE contact_id = @id", ("yes", true), ("id", readers[1]));

        await bench.PublishAsync("Dam breaks", ArticlePriority.Breaking);
        await bench.PublishAsync("Kim offers support");
        await bench.RunLaneAsync(stopping: Token);

        Assert.Equal([readers[1]], (await bench.RowsAsync()).Where(row => row.Status == DeliveryStatus.Accepted).Select(row => row.Contact));
    }

    [Theory, ClassData<Databases>]
    public async Task What_was_decided_by_day_and_comes_up_at_night_is_held(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, settings: QuietNow());
        await bench.AddReadersAsync(6);
        await MoveAsync(bench, "Etc/GMT-12");
        var alert = await bench.PublishAsync("Kim offers support");
        Assert.All(await bench.RowsAsync(), row => Assert.Equal(DeliveryStatus.Pending, row.Status));

        // Night falls where they are before the lane comes to them.
        await bench.ExecuteAsync("UPDATE deliveries SET whereabouts_id = 0");
        await bench.RunLaneAsync(stopping: Token);

        Assert.Equal(0, bench.Sent);
        Assert.All(await bench.RowsAsync(), row => Assert.Equal((DeliveryStatus.Held, 0), (row.Status, row.Attempts)));
        Assert.Equal((6, 0, 6), await FiguresAsync(bench, alert));
    }

    [Theory, ClassData<Databases>]
    public async Task In_the_morning_several_come_as_one_and_the_most_urgent_speaks_for_them(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, settings: QuietNow());
        await bench.AddReadersAsync(2);
        var first = await bench.PublishAsync("One");
        var breaking = await bench.PublishAsync("Two", ArticlePriority.Breaking);
        var last = await bench.PublishAsync("Three");

        await MorningAsync(bench);
        await bench.RunLaneAsync(stopping: Token);

        Assert.Equal(2, bench.Sent);
        var bodies = bench.Provider.ReceivedCalls().Where(c => c.GetMethodInfo().Name == nameof(ITakeMessages.SendAsync)).Select(c => ((OutgoingText)c.GetArguments()[0]!).Body).ToList();
        Assert.All(bodies, body => Assert.Contains(": Two ", body, StringComparison.Ordinal));
        Assert.All(bodies, body => Assert.EndsWith("(+2: https://yid-info.example) STOP to end", body, StringComparison.Ordinal));
        var rows = await bench.RowsAsync();
        Assert.All(rows.Where(r => r.Source == breaking), row => Assert.Equal(DeliveryStatus.Accepted, row.Status));
        Assert.All(rows.Where(r => r.Source != breaking), row => Assert.StartsWith("collapsed into delivery ", row.Reason, StringComparison.Ordinal));
        foreach (var source in (Guid[])[first, breaking, last])
        {
            Assert.Equal((2, 0, 0), await FiguresAsync(bench, source));
        }
    }

    [Theory, ClassData<Databases>]
    public async Task What_is_no_news_any_more_in_the_morning_is_dropped(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, settings: QuietNow());
        await bench.AddReadersAsync(2);
        var alert = await bench.PublishAsync("Kim offers support");
        await bench.ExecuteAsync("UPDATE deliveries SET expires_at = 1");

        await MorningAsync(bench);
        await bench.RunLaneAsync(stopping: Token);

        Assert.Equal(0, bench.Sent);
        Assert.All(await bench.RowsAsync(), row => Assert.Equal((DeliveryStatus.Skipped, "stale"), (row.Status, row.Reason)));
        Assert.Equal((2, 0, 0), await FiguresAsync(bench, alert));
    }

    [Theory, ClassData<Databases>]
    public async Task A_stop_and_a_cancel_reach_what_is_held(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, settings: QuietNow());
        var readers = await bench.AddReadersAsync(3);
        var alert = await bench.PublishAsync("Kim offers support");

        await bench.WriteAsync(write => PostOffice.SkipContactAsync(write, readers[0], "stopped"));
        Assert.Equal((3, 0, 2), await FiguresAsync(bench, alert));
        await bench.Get<AlertControl>().CancelAsync(alert, Token);

        Assert.Equal((3, 0, 0), await FiguresAsync(bench, alert));
        Assert.Equal(["stopped", "cancelled", "cancelled"], (await bench.RowsAsync()).OrderBy(row => row.Contact).Select(row => row.Reason));
    }

    [Theory, ClassData<Databases>]
    public async Task Nobody_gets_more_texts_a_day_than_was_agreed(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, settings: [("Publication:MaxTextsPerDay", "2"), ("Publication:TimeZone", "UTC")]);
        await bench.AddReadersAsync(3);
        await bench.AddReadersAsync(2, Channel.Mail);
        foreach (var title in (string[])["One", "Two", "Three", "Four"])
        {
            await bench.PublishAsync(title);
            await bench.RunLaneAsync(stopping: Token);
            await bench.RunLaneAsync(Workbench.Mails, stopping: Token);
        }

        Assert.Equal((3 * 2) + (2 * 4), bench.Sent);
        var held = (await bench.RowsAsync()).Where(row => row.Status == DeliveryStatus.Held).ToList();
        Assert.Equal(6, held.Count);
        Assert.Equal(DateTimeOffset.UtcNow.Date.AddDays(1), (await DueAsync(bench)).UtcDateTime, TimeSpan.FromSeconds(1));

        // A day later what was too much comes as one text.
        await bench.ExecuteAsync("UPDATE deliveries SET handed_at = handed_at - 86400000, changed_at = changed_at - 86400000, due_at = due_at - 86400000, expires_at = expires_at + 86400000");
        await MorningAsync(bench);
        await bench.RunLaneAsync(stopping: Token);

        Assert.Equal((3 * 3) + (2 * 4), bench.Sent);
        Assert.Equal(0, await bench.CountAsync("deliveries WHERE status = 1"));
    }

    /// <summary>Four lanes at once, ten alerts at once: whatever order they come in, the cap holds and nothing is lost.</summary>
    [Theory, ClassData<Databases>]
    public async Task Lanes_beside_each_other_keep_to_the_cap(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, settings: [("Publication:MaxTextsPerDay", "3")]);
        await bench.AddReadersAsync(20);
        for (var i = 0; i < 10; i++)
        {
            await bench.PublishAsync($"Article {i.ToString(CultureInfo.InvariantCulture)}");
        }

        for (var round = 0; round < 30 && await bench.CountAsync("deliveries WHERE status = 0") > 0; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, Workbench.Texts.Slots).Select(slot => bench.RunLaneAsync(slot: slot, stopping: Token)));
            await bench.ExecuteAsync("UPDATE deliveries SET due_at = 0 WHERE status = 0");
        }

        var rows = await bench.RowsAsync();
        Assert.All(rows.GroupBy(row => row.Contact), reader => Assert.Equal((3, 7), (reader.Count(r => r.Status == DeliveryStatus.Accepted), reader.Count(r => r.Status == DeliveryStatus.Held))));
        Assert.Equal(60, bench.Sent);
    }

    private static string Clock(int hours) => DateTimeOffset.UtcNow.AddHours(hours).ToString("HH:mm", CultureInfo.InvariantCulture);

    /// <summary>Everybody is somewhere else now.</summary>
    private static async Task MoveAsync(Workbench bench, string zone)
    {
        await bench.ExecuteAsync("INSERT INTO whereabouts (region, zones) VALUES ('', @zone)", ("zone", zone));
        await bench.ExecuteAsync("UPDATE subscriptions SET whereabouts_id = (SELECT id FROM whereabouts WHERE zones = @zone)", ("zone", zone));
    }

    /// <summary>The hour has come at which what is held may leave.</summary>
    private static async Task MorningAsync(Workbench bench)
    {
        await bench.ExecuteAsync("UPDATE deliveries SET due_at = 1, whereabouts_id = NULL WHERE status = 1");
        await bench.Get<IEnumerable<IReconcile>>().OfType<HeldRows>().Single().ReconcileAsync(Token);
    }

    private static async Task<DateTimeOffset> DueAsync(Workbench bench) =>
        (await bench.QueryAsync("SELECT min(due_at) FROM deliveries WHERE status = 1", row => DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(0))))[0];

    private static async Task<(int Decided, int Pending, int Held)> FiguresAsync(Workbench bench, Guid source) =>
        (await bench.QueryAsync("SELECT decided, pending, held FROM sources WHERE id = @id", row => (row.GetInt32(0), row.GetInt32(1), row.GetInt32(2)), ("id", source)))[0];
}
