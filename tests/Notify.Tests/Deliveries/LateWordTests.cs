using Notify.Alerts;
using Notify.Articles;
using Notify.Contacts;
using Notify.Deliveries;
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
}
