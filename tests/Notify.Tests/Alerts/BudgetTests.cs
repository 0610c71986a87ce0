using Notify.Alerts;
using Notify.Articles;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Jobs;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Alerts;

/// <summary>What texts cost, and that no more is spent than was allowed.</summary>
public sealed class BudgetTests(PostgresServer postgres)
{
    /// <summary>A slow sender: its window is small, so little goes beyond the stop.</summary>
    private static readonly Sender Slow = new("texts", Channel.Text, 20, 1, 1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task What_left_is_written_down_by_country(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        var readers = await bench.AddReadersAsync(5);
        await bench.AddReadersAsync(5, Channel.Mail);
        await bench.ExecuteAsync("UPDATE contacts SET address = '+447911123456', region = 'GB' WHERE id = @id", ("id", readers[0]));
        await bench.PublishAsync("Kim offers support");
        await bench.RunLaneAsync(stopping: Token);
        await bench.RunLaneAsync(Workbench.Mails, stopping: Token);

        var lines = await bench.QueryAsync("SELECT region, texts, segments, micros FROM spending ORDER BY region", row => (row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3)));
        Assert.Equal(2, lines.Count);
        Assert.Contains(("US", 4L, 4L, 47_200L), lines);
        Assert.Contains(lines, line => line is { Item2: 1, Item4: 100_000 });
        Assert.Equal(0.1472m, (await bench.Get<Spending>().SpentAsync(Token)).Today);
    }

    [Theory, ClassData<Databases>]
    public async Task The_hard_stop_holds_alerts_and_nothing_else_until_the_day_is_over(DatabaseProvider database)
    {
        // Ten texts at 0.0118.
        await using var bench = await Workbench.OpenAsync(database, postgres, [Slow, Workbench.Mails], settings: [("Budget:PerDay", "0.118"), ("Budget:Soft", "1")]);
        var readers = await bench.AddReadersAsync(10);
        await bench.PublishAsync("One");
        await bench.ExecuteAsync("UPDATE alerts SET hold = @no", ("no", false));
        await bench.RunLaneAsync(Slow, stopping: Token);
        Assert.Equal(10, bench.Sent);

        await bench.PublishAsync("Dam breaks", ArticlePriority.Breaking);
        await bench.WriteAsync(write => bench.Get<PostOffice>().QueueReplyAsync(write, Guid.CreateVersion7(), readers[0], "texts", "You are unsubscribed.", TimeSpan.FromHours(1)).ContinueWith(_ => 0, TaskScheduler.Default));
        await bench.RunLaneAsync(Slow, stopping: Token);

        // The reply left, the alert did not; and the lane has nothing to do, so it does not spin.
        Assert.Equal(11, bench.Sent);
        Assert.Equal(10, await bench.CountAsync("deliveries WHERE status = 0"));
        Assert.False(await bench.RunLaneAsync(Slow, stopping: Token));
        Assert.Contains(await OpenAsync(bench, Spending.AlarmName), name => name == Spending.AlarmName);

        // The next day.
        await bench.ExecuteAsync("UPDATE spending SET day = '2000-01-01'");
        await bench.Get<Spending>().ReconcileAsync(Token);
        await bench.RunLaneAsync(Slow, stopping: Token);

        Assert.Equal(21, bench.Sent);
    }

    [Theory, ClassData<Databases>]
    public async Task What_goes_beyond_the_hard_stop_is_no_more_than_what_the_lanes_hold(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, [Slow with { PerSecond = 1_000, Concurrency = 4 }], settings: [("Budget:PerDay", "0.59"), ("Budget:Soft", "1"), ("Budget:Hard", "1")]);
        await bench.AddReadersAsync(200);
        await bench.PublishAsync("Dam breaks", ArticlePriority.Breaking);
        await bench.RunLaneAsync(Slow with { PerSecond = 1_000, Concurrency = 4 }, stopping: Token);

        // Fifty texts are allowed; the window is eight.
        Assert.InRange(bench.Sent, 50, 66);
    }

    /// <summary>Every lane writes the same rows, so it collects for a second; but what it knows when it ends, or when its sender rests, is written by then.</summary>
    [Theory, ClassData<Databases>]
    public async Task Without_a_budget_a_lane_writes_once_a_second_and_whenever_it_may_not_come_back(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await Workbench.OpenAsync(database, postgres, clock: clock);
        await bench.AddReadersAsync(8);
        await bench.PublishAsync("Kim offers support");
        var rows = bench.Get<LaneLedger>();
        var lease = (await rows.TakeAsync(Workbench.Texts, 0, Token))!;
        var claimed = (await rows.TurnAsync(lease, [], room: 8, new DeliveryOptions())).Claimed;
        Task TurnAsync(int row, int outstanding, bool open = true, SendOutcome? outcome = null) =>
            rows.TurnAsync(lease, row < 0 ? [] : [Sent(claimed[row], outcome)], outstanding, open, new DeliveryOptions());

        await TurnAsync(0, outstanding: 8);
        await TurnAsync(1, outstanding: 8, outcome: new SendOutcome.InDoubt("no answer"));
        Assert.Equal(0, await TextsAsync(bench));
        clock.Advance(TimeSpan.FromSeconds(1));
        await TurnAsync(-1, outstanding: 8);
        Assert.Equal(2, await TextsAsync(bench));

        await TurnAsync(2, outstanding: 8);
        Assert.Equal(2, await TextsAsync(bench));
        await TurnAsync(3, outstanding: 8, outcome: new SendOutcome.SenderBroken("refused"));
        Assert.Equal(3, await TextsAsync(bench));

        await TurnAsync(4, outstanding: 2, open: false);
        Assert.Equal(4, await TextsAsync(bench));
        await TurnAsync(5, outstanding: 1);
        Assert.Equal(4, await TextsAsync(bench));
        await TurnAsync(6, outstanding: 0);
        Assert.Equal(6, await TextsAsync(bench));
    }

    [Theory, ClassData<Databases>]
    public async Task With_a_budget_every_turn_is_written_so_that_the_stop_is_seen_by_the_next(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, clock: new ManualClock(), settings: [("Budget:PerMonth", "0.0236"), ("Budget:Soft", "1")]);
        await bench.AddReadersAsync(8);
        await bench.PublishAsync("Dam breaks", ArticlePriority.Breaking);
        var rows = bench.Get<LaneLedger>();
        var lease = (await rows.TakeAsync(Workbench.Texts, 0, Token))!;
        var claimed = (await rows.TurnAsync(lease, [], room: 2, new DeliveryOptions())).Claimed;

        var first = await rows.TurnAsync(lease, [Sent(claimed[0])], room: 1, new DeliveryOptions());
        var beside = await rows.TurnAsync(lease, [Sent(claimed[1])], room: 1, new DeliveryOptions());
        var after = await rows.TurnAsync(lease, [], room: 1, new DeliveryOptions());

        Assert.Equal((1, 1, 0), (first.Claimed.Count, beside.Claimed.Count, after.Claimed.Count));
        Assert.Equal(2, await TextsAsync(bench));
    }

    [Theory, ClassData<Databases>]
    public async Task What_a_lane_had_collected_when_it_was_lost_is_written_down_once(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, clock: new ManualClock());
        await bench.AddReadersAsync(2);
        await bench.PublishAsync("Kim offers support");
        var rows = bench.Get<LaneLedger>();
        var lease = (await rows.TakeAsync(Workbench.Texts, 0, Token))!;
        var claimed = (await rows.TurnAsync(lease, [], room: 2, new DeliveryOptions())).Claimed;
        await rows.TurnAsync(lease, [Sent(claimed[0])], outstanding: 1, open: true, new DeliveryOptions());

        await bench.ExecuteAsync("UPDATE lanes SET owner = 'another'");
        await Assert.ThrowsAsync<LaneLostException>(() => rows.TurnAsync(lease, [Sent(claimed[1])], outstanding: 0, open: true, new DeliveryOptions()));
        Assert.Equal(0, await TextsAsync(bench));
        await rows.MarkLateAsync(lease, [Sent(claimed[1])], new DeliveryOptions());
        await rows.MarkLateAsync(lease, [], new DeliveryOptions());

        Assert.Equal(2, await TextsAsync(bench));
    }

    [Theory, ClassData<Databases>]
    public async Task An_alert_beyond_the_soft_stop_waits_for_a_word_and_is_asked_about_once(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, settings: [("Budget:PerMonth", "1"), ("Budget:Soft", "0.5")]);
        await bench.AddReadersAsync(100);
        var alert = await bench.PublishAsync("Kim offers support");
        Assert.Equal(0, await bench.CountAsync("deliveries"));
        Assert.Equal([true], await bench.QueryAsync("SELECT hold FROM alerts", row => row.GetBoolean(0)));
        Assert.Contains($"alert {alert} cost", await OpenAsync(bench, $"alert {alert} cost"));

        await bench.Get<AlertControl>().ResumeAsync(alert, Token);
        await bench.Get<FanOut>().RunAsync(alert, Token);

        Assert.Equal(100, await bench.CountAsync("deliveries"));
    }

    /// <summary>Sent, cancelled while it is held, cancelled before it was asked about: nobody is asked any more.</summary>
    [Theory, ClassData<Databases>]
    public async Task Whoever_has_decided_is_not_asked_what_it_may_cost(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, settings: [("Budget:PerDay", "0.01"), ("Delivery:UndoSeconds", "60")]);
        await bench.AddReadersAsync(3);
        var (sent, cancelled) = (await bench.PublishAsync("One"), await bench.PublishAsync("Two"));
        Assert.Equal(2, (await bench.Get<IAlarm>().OpenAsync(Token)).Count);

        await bench.Get<AlertControl>().ResumeAsync(sent, Token);
        Assert.Equal([$"alert {cancelled} cost"], (await bench.Get<IAlarm>().OpenAsync(Token)).Select(alarm => alarm.Name));
        await bench.Get<AlertControl>().CancelAsync(cancelled, Token);
        Assert.Empty(await bench.Get<IAlarm>().OpenAsync(Token));
        await bench.ExecuteAsync("UPDATE alerts SET hold = @no, cost_asked_at = NULL WHERE id = @id", ("no", false), ("id", cancelled));
        await bench.Get<FanOut>().RunAsync(cancelled, Token);

        Assert.Empty(await bench.Get<IAlarm>().OpenAsync(Token));
        Assert.Empty(await HeldAsync(bench));
    }

    [Theory, ClassData<Databases>]
    public async Task Breaking_news_goes_and_a_person_is_told(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, settings: [("Budget:PerDay", "1"), ("Budget:Soft", "0.5")]);
        await bench.AddReadersAsync(100);
        var alert = await bench.PublishAsync("Dam breaks", ArticlePriority.Breaking);

        Assert.Equal(100, await bench.CountAsync("deliveries"));
        Assert.Contains($"alert {alert} cost", await OpenAsync(bench, $"alert {alert} cost"));
    }

    /// <summary>A slow sender has sent nothing of the first when the second is looked at, and the third.</summary>
    [Theory, ClassData<Databases>]
    public async Task Alerts_that_are_still_going_out_count_before_they_are_paid_for(DatabaseProvider database)
    {
        // A hundred texts at 0.0118 are 1.18; 80 per cent of 3 are 2.40.
        await using var bench = await Workbench.OpenAsync(database, postgres, settings: [("Budget:PerDay", "3")]);
        var readers = await bench.AddReadersAsync(100);
        await bench.AddReadersAsync(50, Channel.Mail);
        await bench.PublishAsync("One");
        await bench.PublishAsync("Two");
        var third = await bench.PublishAsync("Three");
        Assert.Equal([third], await HeldAsync(bench));

        // What has left is counted once: two are paid, 0.04 is left of what is allowed.
        await bench.ExecuteAsync("UPDATE alerts SET hold = @no WHERE id = @id", ("no", false), ("id", third));
        await bench.Get<AlertControl>().CancelAsync(third, Token);
        await bench.RunLaneAsync(Workbench.Mails, stopping: Token);
        await bench.RunLaneAsync(stopping: Token);
        Assert.Equal(2.36m, (await bench.Get<Spending>().SpentAsync(Token)).Today);
        await bench.ExecuteAsync("UPDATE subscriptions SET state = 3 WHERE contact_id > @id", ("id", readers[2]));
        await bench.PublishAsync("To three readers, for 0.0354");

        Assert.Empty(await HeldAsync(bench));
    }

    /// <summary>A crash between holding an alert and saying so would leave it waiting for somebody who does not know.</summary>
    [Theory, ClassData<Databases>]
    public async Task An_alert_is_not_held_without_a_person_being_told(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, settings: [("Budget:PerDay", "0.01")]);
        await bench.AddReadersAsync(3);
        await bench.ExecuteAsync("ALTER TABLE alarms RENAME TO away");
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => bench.PublishAsync("Kim offers support"));
        Assert.Empty(await HeldAsync(bench));

        await bench.ExecuteAsync("ALTER TABLE away RENAME TO alarms");
        var alert = (await bench.QueryAsync("SELECT id FROM alerts", row => row.GetGuid(0)))[0];
        await bench.Get<FanOut>().RunAsync(alert, Token);

        Assert.Equal([alert], await HeldAsync(bench));
        Assert.Equal([$"alert {alert} cost"], await bench.QueryAsync("SELECT name FROM alarms", row => row.GetString(0)));
    }

    private static Task<List<Guid>> HeldAsync(Workbench bench) => bench.QueryAsync("SELECT id FROM alerts WHERE hold", row => row.GetGuid(0));

    [Theory, ClassData<Databases>]
    public async Task The_estimate_is_the_bill(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        await bench.AddReadersAsync(7);
        var title = string.Join(' ', Enumerable.Repeat("Łódź", 12));
        await bench.PublishAsync(title);
        await bench.RunLaneAsync(stopping: Token);
        var segments = (await bench.QueryAsync("SELECT segments FROM spending", row => row.GetInt64(0)))[0] / 7;

        var lines = await bench.Get<CostGate>().EstimateAsync([], (int)segments, Token);

        Assert.Equal(2, segments);
        Assert.Equal((await bench.Get<Spending>().SpentAsync(Token)).Today, lines.Sum(line => line.Amount));
    }

    [Theory]
    [InlineData("US\t-1\n*\t1", "Line 1: write a country")]
    [InlineData("USA\t1\n*\t1", "Line 1: write a country")]
    [InlineData("US\t1\nus\t2\n*\t1", "Line 2: us stands there twice")]
    [InlineData("US\t1", "There is no row for *")]
    public void A_price_table_that_cannot_be_read_says_where(string table, string says) =>
        Assert.StartsWith(says, Assert.Throws<FormatException>(() => Prices.Read(new StringReader(table))).Message, StringComparison.Ordinal);

    private static RowResult Sent(ClaimedRow row, SendOutcome? outcome = null) => new(row, outcome ?? new SendOutcome.Accepted("id")) { Segments = 1 };

    private static async Task<long> TextsAsync(Workbench bench) => (await bench.QueryAsync("SELECT CAST(COALESCE(SUM(texts), 0) AS bigint) FROM spending", row => row.GetInt64(0)))[0];

    private static async Task<IReadOnlyList<string>> OpenAsync(Workbench bench, string name)
    {
        for (var look = 0; ; look++)
        {
            string[] open = [.. (await bench.Get<IAlarm>().OpenAsync(Token)).Select(a => a.Name)];
            if (look == 200 || open.Contains(name))
            {
                return open;
            }
        }
    }
}
