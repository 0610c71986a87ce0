using ChannelOf = System.Threading.Channels.Channel;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Jobs;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Deliveries;

/// <summary>Hours that never come, hours that pass while a text waits for its turn, and the day a text counts for.</summary>
public sealed class HourTests(PostgresServer postgres)
{
    /// <summary>One segment in ten seconds.</summary>
    private static readonly Sender Slow = new("texts", Channel.Text, PerSecond: 0.1, Concurrency: 1, Slots: 1);

    private static readonly Sender Quick = new("texts", Channel.Text, PerSecond: 1_000_000, Concurrency: 4, Slots: 1);

    private static readonly DeliveryOptions Options = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Open from noon to one: never at the same time in both places.</summary>
    private static (string, string)[] Noon => [("Publication:TimeZone", "UTC"), ("Publication:QuietHours:From", "13:00"), ("Publication:QuietHours:To", "12:00")];

    [Theory, ClassData<Databases>]
    public async Task Where_no_hour_ever_comes_a_text_is_held_until_it_is_no_news_any_more(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await Workbench.OpenAsync(database, postgres, [Quick], clock, Noon);
        await bench.AddReadersAsync(2);
        await MoveAsync(bench, "Pacific/Auckland America/New_York");
        var alert = await bench.PublishAsync("Kim offers support");
        Assert.All(await bench.RowsAsync(), row => Assert.Equal(DeliveryStatus.Held, row.Status));

        clock.Advance(TimeSpan.FromHours(24));
        await bench.Get<IEnumerable<IReconcile>>().OfType<HeldRows>().Single().ReconcileAsync(Token);

        Assert.All(await bench.RowsAsync(), row => Assert.Equal((DeliveryStatus.Skipped, "stale"), (row.Status, row.Reason)));
        Assert.Equal([0], await bench.QueryAsync("SELECT held FROM sources WHERE id = @id", row => row.GetInt32(0), ("id", alert)));
    }

    [Theory, ClassData<Databases>]
    public async Task A_row_that_waits_for_such_a_place_is_dropped_and_keeps_no_lane_from_its_work(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(
            database, postgres, [Quick], settings: [("Publication:TimeZone", "UTC"), ("Publication:QuietHours:From", Clock(30)), ("Publication:QuietHours:To", Clock(-30))]);
        await bench.AddReadersAsync(2);
        await bench.PublishAsync("Kim offers support");
        await bench.ExecuteAsync("INSERT INTO whereabouts (region, zones) VALUES ('', 'Pacific/Auckland America/New_York')");
        await bench.ExecuteAsync("UPDATE deliveries SET whereabouts_id = (SELECT max(id) FROM whereabouts) WHERE id = (SELECT min(id) FROM deliveries)");

        await bench.RunLaneAsync(Quick, stopping: Token);

        Assert.Equal([(DeliveryStatus.Skipped, "stale: quiet hours"), (DeliveryStatus.Accepted, null)], (await bench.RowsAsync()).Select(row => (row.Status, row.Reason)));
    }

    /// <summary>It is noon; quiet from a minute past, and the next turn of the lane comes later.</summary>
    [Theory, ClassData<Databases>]
    public async Task The_hour_is_looked_at_again_when_the_turn_has_come(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await Workbench.OpenAsync(
            database, postgres, [Slow], clock, ("Publication:TimeZone", "UTC"), ("Publication:QuietHours:From", "12:01"), ("Publication:QuietHours:To", "18:00"));
        await bench.AddReadersAsync(1);
        await bench.PublishAsync("Kim offers support");
        var rows = bench.Get<LaneLedger>();
        var lease = (await rows.TakeAsync(Slow, 0, Token))!;
        var row = Assert.Single((await rows.TurnAsync(lease, [], room: 1, Options)).Claimed);
        await lease.Pace.WaitAsync(7, Token);
        var (claimed, outcomes) = (ChannelOf.CreateUnbounded<ClaimedRow>(), new Outcomes(clock, TimeProvider.System));
        await claimed.Writer.WriteAsync(row, Token);
        claimed.Writer.Complete();
        await using var lastLook = new LastLook(bench.Database);
        var timers = clock.ArmedTimers;

        var sending = bench.Get<HandOver>().SendAllAsync(claimed.Reader, outcomes, bench.Provider, lease, lastLook, Token);
        await clock.ArmedAsync(timers + 1, Token);
        clock.Advance(TimeSpan.FromSeconds(70));
        await sending;

        var result = Assert.Single(outcomes.Take());
        Assert.Equal((DropReason.Quiet, 0), (result.Dropped, bench.Sent));
        Assert.InRange(result.Wait, TimeSpan.FromHours(5.9), TimeSpan.FromHours(6));
    }

    /// <summary>Phones that were off at night: their receipts come on the next day.</summary>
    [Theory, ClassData<Databases>]
    public async Task A_text_counts_for_the_day_it_was_handed_over(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await Workbench.OpenAsync(database, postgres, [Quick], clock, ("Publication:MaxTextsPerDay", "2"), ("Publication:TimeZone", "UTC"));
        await bench.AddReadersAsync(3);
        await PublishAsync("One");
        await PublishAsync("Two");
        clock.Advance(TimeSpan.FromDays(1));
        foreach (var row in await bench.RowsAsync())
        {
            await bench.WriteAsync(write => bench.Get<Receipts>().ApplyAsync(write, row.Id, new Receipt(ReceiptKind.Delivered, $"id-{row.Id}")));
        }

        await PublishAsync("Three");
        await PublishAsync("Four");
        await PublishAsync("Five");

        Assert.Equal(3 * 4, bench.Sent);
        Assert.Equal(3, await bench.CountAsync("deliveries WHERE status = 1"));

        async Task PublishAsync(string title)
        {
            await bench.PublishAsync(title);
            await bench.RunLaneAsync(Quick, stopping: Token);
        }
    }

    private static string Clock(int minutes) => DateTimeOffset.UtcNow.AddMinutes(minutes).ToString("HH:mm", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Everybody is somewhere else now.</summary>
    private static async Task MoveAsync(Workbench bench, string zones)
    {
        await bench.ExecuteAsync("INSERT INTO whereabouts (region, zones) VALUES ('', @zones)", ("zones", zones));
        await bench.ExecuteAsync("UPDATE subscriptions SET whereabouts_id = (SELECT id FROM whereabouts WHERE zones = @zones)", ("zones", zones));
    }
}
