using Notify.Alerts;
using Notify.Articles;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Jobs;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Deliveries;

/// <summary>What comes late: a provider's word on a text that waits to be sent again, and an editor's on an article that was held.</summary>
public sealed class LateWordTests(PostgresServer postgres)
{
    private static readonly Sender Quick = new("texts", Channel.Text, PerSecond: 1_000_000, Concurrency: 4, Slots: 1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task A_text_that_was_thought_lost_is_not_sent_again_once_the_provider_says_that_it_has_it(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await Workbench.OpenAsync(database, postgres, [Quick], clock);
        await bench.AddReadersAsync(1);
        await bench.PublishAsync("Kim offers support");
        bench.Answers(new SendOutcome.InDoubt("no answer"));
        await bench.RunLaneAsync(Quick, stopping: Token);
        await DoubtTests.SettleAsync(bench, clock, times: 2);
        var row = Assert.Single(await bench.RowsAsync());
        Assert.Equal(DeliveryStatus.Pending, row.Status);

        var isNews = await bench.WriteAsync(write => bench.Get<Receipts>().ApplyAsync(write, row.Id, new Receipt(ReceiptKind.Accepted, "SM1")));
        await bench.RunLaneAsync(Quick, stopping: Token);

        Assert.True(isNews);
        Assert.Equal(1, bench.Sent);
        Assert.Equal(DeliveryStatus.Accepted, (await bench.RowsAsync())[0].Status);
        Assert.Equal([(0L, 1L)], await bench.QueryAsync("SELECT pending, accepted FROM sources WHERE id = @id", r => (r.GetInt64(0), r.GetInt64(1)), ("id", row.Source)));
    }

    [Theory, ClassData<Databases>]
    public async Task A_receipt_repeated_for_a_text_that_a_full_queue_dropped_does_not_keep_it_from_going_again(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, [Quick]);
        await bench.AddReadersAsync(1);
        await bench.PublishAsync("Kim offers support");
        await bench.RunLaneAsync(Quick, stopping: Token);
        var row = Assert.Single(await bench.RowsAsync());
        var id = $"id-{row.Id}";
        await bench.WriteAsync(write => bench.Get<Receipts>().ApplyAsync(write, row.Id, new Receipt(ReceiptKind.Undelivered, id, new ProviderFault("30001", "its queue overflowed") { Again = TimeSpan.FromMinutes(5), Times = 3, Sender = SenderFault.TooFast })));

        var isNews = await bench.WriteAsync(write => bench.Get<Receipts>().ApplyAsync(write, row.Id, new Receipt(ReceiptKind.Accepted, id)));

        Assert.False(isNews);
        Assert.Equal(DeliveryStatus.Pending, (await bench.RowsAsync())[0].Status);
    }

    /// <summary>Providers repeat receipts, and a "sent" of the first attempt may come when the second is on its way: that one's answer still has to be written.</summary>
    [Theory, ClassData<Databases>]
    public async Task A_repeated_receipt_of_the_first_attempt_says_nothing_of_the_second(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, [Quick]);
        var (lease, row) = await SecondAttemptAsync(bench);

        var isNews = await ApplyAsync(bench, row.Id, new Receipt(ReceiptKind.Accepted, "SM1"));
        await bench.Get<LaneLedger>().TurnAsync(lease, [new RowResult(row, new SendOutcome.TryLater("too many requests"))], room: 0, new DeliveryOptions());

        Assert.False(isNews);
        Assert.Equal((DeliveryStatus.Pending, "too many requests"), Assert.Single(await bench.RowsAsync()) is var now ? (now.Status, now.Reason) : default);
    }

    [Theory, ClassData<Databases>]
    public async Task A_doubt_about_the_second_attempt_is_ended_by_its_own_receipt_only(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, [Quick]);
        var (lease, row) = await SecondAttemptAsync(bench);
        await bench.Get<LaneLedger>().TurnAsync(lease, [new RowResult(row, new SendOutcome.InDoubt("no answer"))], room: 0, new DeliveryOptions());

        Assert.False(await ApplyAsync(bench, row.Id, new Receipt(ReceiptKind.Accepted, "SM1")));
        Assert.Equal(DeliveryStatus.InDoubt, Assert.Single(await bench.RowsAsync()).Status);
        Assert.True(await ApplyAsync(bench, row.Id, new Receipt(ReceiptKind.Accepted, "SM2")));

        Assert.Equal([(3, "SM2")], await bench.QueryAsync("SELECT status, provider_id FROM deliveries", r => (r.GetInt32(0), r.GetString(1))));
    }

    /// <summary>Sent in the evening, thought lost, and the night came before it went again.</summary>
    [Theory, ClassData<Databases>]
    public async Task What_is_held_to_be_sent_again_is_not_once_it_has_arrived(DatabaseProvider database)
    {
        var clock = new ManualClock(new DateTimeOffset(2023, 9, 13, 20, 30, 0, TimeSpan.Zero));
        await using var bench = await Workbench.OpenAsync(database, postgres, [Quick], clock,
            ("Publication:TimeZone", "UTC"), ("Publication:QuietHours:From", "21:00"), ("Publication:QuietHours:To", "08:00"));
        var alert = await SentAndLostAsync(bench);
        clock.Advance(TimeSpan.FromHours(2));
        await bench.RunLaneAsync(Quick, stopping: Token);
        var row = Assert.Single(await bench.RowsAsync());
        Assert.Equal((DeliveryStatus.Held, 1), (row.Status, row.Attempts));

        var isNews = await ApplyAsync(bench, row.Id, new Receipt(ReceiptKind.Delivered, "SM1"));
        clock.AdvanceTo(new DateTimeOffset(2023, 9, 14, 8, 30, 0, TimeSpan.Zero));
        await bench.Get<IEnumerable<IReconcile>>().OfType<HeldRows>().Single().ReconcileAsync(Token);
        await bench.RunLaneAsync(Quick, stopping: Token);

        Assert.True(isNews);
        Assert.Equal(1, bench.Sent);
        Assert.Equal(DeliveryStatus.Delivered, Assert.Single(await bench.RowsAsync()).Status);
        Assert.Equal([(0L, 1L)], await bench.QueryAsync("SELECT held, delivered FROM sources WHERE id = @id", r => (r.GetInt64(0), r.GetInt64(1)), ("id", alert)));
    }

    [Theory, ClassData<Databases>]
    public async Task What_was_stopped_before_it_went_again_may_have_arrived_the_first_time(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, [Quick]);
        var alert = await SentAndLostAsync(bench);
        var row = Assert.Single(await bench.RowsAsync());
        await bench.WriteAsync(write => PostOffice.SkipContactAsync(write, row.Contact, "stopped"));

        Assert.True(await ApplyAsync(bench, row.Id, new Receipt(ReceiptKind.Delivered, "SM1")));

        Assert.Equal(DeliveryStatus.Delivered, Assert.Single(await bench.RowsAsync()).Status);
        Assert.Equal([(0L, 1L)], await bench.QueryAsync("SELECT skipped, delivered FROM sources WHERE id = @id", r => (r.GetInt64(0), r.GetInt64(1)), ("id", alert)));
    }

    [Theory, ClassData<Databases>]
    public async Task An_article_held_over_the_weekend_goes_to_everybody_on_monday(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await Workbench.OpenAsync(database, postgres, [Quick], clock);
        await bench.AddReadersAsync(3);
        var draft = new ArticleDraft(new Uri("https://yid-info.example/held"), "Held", null, [], null, null, ArticlePriority.Normal, "test", []);
        var (_, alert, _) = await bench.WriteAsync(write => bench.Get<INewsdesk>().PublishAsync(write, draft, hold: true));

        clock.Advance(TimeSpan.FromDays(3));
        await bench.Get<AlertControl>().ResumeAsync(alert!.Value, Token);
        await bench.Get<FanOut>().RunAsync(alert.Value, Token);
        await bench.RunLaneAsync(Quick, stopping: Token);

        Assert.Equal(3, bench.Sent);
        Assert.All(await bench.RowsAsync(), row => Assert.Equal(DeliveryStatus.Accepted, row.Status));
    }

    /// <summary>One text, sent as SM1; a receipt has put it back to be sent again.</summary>
    private static async Task<Guid> SentAndLostAsync(Workbench bench)
    {
        await bench.AddReadersAsync(1);
        var alert = await bench.PublishAsync("Kim offers support");
        bench.Answers(new SendOutcome.Accepted("SM1"));
        await bench.RunLaneAsync(Quick, stopping: Token);
        var fault = new ProviderFault("30003", "not reached") { Again = TimeSpan.FromHours(1), Times = 3 };
        Assert.True(await ApplyAsync(bench, (await bench.RowsAsync())[0].Id, new Receipt(ReceiptKind.Undelivered, "SM1", fault)));
        return alert;
    }

    private static async Task<(LaneLease Lease, ClaimedRow Row)> SecondAttemptAsync(Workbench bench)
    {
        await SentAndLostAsync(bench);
        await bench.ExecuteAsync("UPDATE deliveries SET due_at = 0");
        var lease = (await bench.Get<LaneLedger>().TakeAsync(Quick, 0, Token))!;
        return (lease, Assert.Single((await bench.Get<LaneLedger>().TurnAsync(lease, [], room: 1, new DeliveryOptions())).Claimed));
    }

    private static Task<bool> ApplyAsync(Workbench bench, long delivery, Receipt receipt) => bench.WriteAsync(write => bench.Get<Receipts>().ApplyAsync(write, delivery, receipt));
}
