using Notify.Deliveries;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>Receipts as a provider really brings them: twice, out of order, before the answer, or never.</summary>
public sealed class ReceiptStories(PostgresServer postgres)
{
    [Theory, ClassData<Databases>]
    public async Task Receipts_that_come_twice_out_of_order_early_or_late_end_in_the_same_state(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        var (phones, _) = await room.AddReadersAsync(byText: 5, byMail: 0);
        await room.FaultAsync(
            new { on = "status", to = phones[0], @double = true },
            new { on = "status", to = phones[1], reorder = true },
            new { on = "status", to = phones[2], beforeAnswer = true },
            new { on = "status", to = phones[3], beforeAnswer = true, reorder = true, @double = true },
            new { on = "status", to = phones[4], delayMs = 1_500 });

        var alert = await room.PublishAsync("Kim offers support");
        await room.EventuallyAsync(async () => (await room.AlertAsync(alert)).Counts.Delivered == 5, "every text is delivered");

        var shown = await room.AlertAsync(alert);
        Assert.Equal(new Newsroom.AlertFigures(Decided: 5, 0, 0, 0, 0, Delivered: 5, 0, 0, 0, 0, 0), shown.Counts);
        Assert.All((await room.TextCountsAsync()).Values, count => Assert.Equal(1, count));
    }

    [Theory, ClassData<Databases>]
    public async Task A_text_whose_receipts_are_lost_stays_accepted_and_is_not_sent_again(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres, ("Delivery:SettleSeconds", "1"));
        var (phones, _) = await room.AddReadersAsync(byText: 1, byMail: 0);
        await room.FaultAsync(new { on = "status", lose = true });

        var shown = await room.FinishedAsync(await room.PublishAsync("Kim offers support"), hurry: true);
        await room.ReconcileAsync();

        Assert.Equal((1, 0), (shown.Counts.Accepted, shown.Counts.Delivered));
        Assert.Single(await room.TextsAsync(phones[0]));
    }

    [Theory, ClassData<Databases>]
    public async Task What_could_not_be_delivered_says_why(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        var (phones, _) = await room.AddReadersAsync(byText: 3, byMail: 0);
        await room.FaultAsync(
            new { on = "create", to = phones[0], finalStatus = "undelivered", errorCode = 30005 },
            new { on = "create", to = phones[1], finalStatus = "failed", errorCode = 30007 },
            new { on = "create", to = phones[2], finalStatus = "sent" });

        var alert = await room.PublishAsync("Kim offers support");
        await room.EventuallyAsync(async () => (await room.AlertAsync(alert)).Counts.Undelivered == 2, "two could not be delivered");

        var reasons = await room.QueryAsync("SELECT reason FROM deliveries WHERE status = 5 ORDER BY id", row => row.GetString(0));
        Assert.Equal(["unknown handset", "filtered by the carrier"], reasons);
        Assert.Equal(1, (await room.AlertAsync(alert)).Counts.Accepted);
    }

    [Theory, ClassData<Databases>]
    public async Task A_text_that_a_full_queue_dropped_is_sent_again_once_however_often_that_is_said(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        var (phones, _) = await room.AddReadersAsync(byText: 1, byMail: 0);
        await room.FaultAsync(new { on = "create", to = phones[0], finalStatus = "failed", errorCode = 30001, times = 1 });
        var alert = await room.PublishAsync("Kim offers support");
        await room.EventuallyAsync(async () => (await RowAsync(room)).Reason == "the sender's queue overflowed", "the text was dropped");
        var (id, sid, _, _) = await RowAsync(room);

        await room.TellAsync(id, sid, "failed", 30001);
        Assert.Equal((0, 0.5), ((await RowAsync(room)).Status, (await room.QueryAsync("SELECT share FROM senders", row => row.GetDouble(0)))[0]));
        await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE deliveries SET due_at = 0"), TestContext.Current.CancellationToken);
        await room.EventuallyAsync(async () => (await room.AlertAsync(alert)).Counts.Delivered == 1, "it is sent again", hurry: true);
        await room.TellAsync(id, sid, "failed", 30001);

        Assert.Equal(4, (await RowAsync(room)).Status);
        Assert.Equal(2, (await room.QueryAsync("SELECT attempts FROM deliveries", row => row.GetInt32(0)))[0]);
        Assert.NotEqual(sid, (await RowAsync(room)).Sid);
    }

    [Theory, ClassData<Databases>]
    public async Task A_late_delivered_follows_undelivered_and_never_the_reverse(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        var (phones, _) = await room.AddReadersAsync(byText: 1, byMail: 0);
        await room.FaultAsync(new { on = "create", to = phones[0], finalStatus = "undelivered", errorCode = 30005 });
        var alert = await room.PublishAsync("Kim offers support");
        await room.EventuallyAsync(async () => (await room.AlertAsync(alert)).Counts.Undelivered == 1, "it could not be delivered");
        var (id, sid) = (await room.QueryAsync("SELECT id, provider_id FROM deliveries", row => (row.GetInt64(0), row.GetString(1))))[0];

        await room.TellAsync(id, sid, "delivered");
        var delivered = (await room.AlertAsync(alert)).Counts;
        await room.TellAsync(id, sid, "undelivered", 30005);
        await room.TellAsync(id, sid, "sent");
        var after = (await room.AlertAsync(alert)).Counts;

        Assert.Equal((1, 0), (delivered.Delivered, delivered.Undelivered));
        Assert.Equal(delivered, after);
        var history = (await room.QueryAsync("SELECT history FROM deliveries", row => row.GetString(0)))[0];
        Assert.Equal(["sending", "accepted", "undelivered", "delivered"], history.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[1]));
    }

    [Theory, ClassData<Databases>]
    public async Task A_number_the_provider_blocks_is_not_tried_again(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        var (phones, _) = await room.AddReadersAsync(byText: 2, byMail: 0);
        await room.FaultAsync(new { on = "create", to = phones[0], status = 400, code = 21610 }, new { on = "create", to = phones[1], finalStatus = "failed", errorCode = 21610 });

        var first = await room.PublishAsync("Kim offers support");
        await room.EventuallyAsync(async () => (await room.AlertAsync(first)).Counts is { Rejected: 1, Undelivered: 1 }, "both are refused");
        var second = await room.FinishedAsync(await room.PublishAsync("Another"));

        Assert.Equal((2, 2), (second.Counts.Decided, second.Counts.Skipped));
        Assert.Empty(await room.TextsAsync(phones[0]));
        Assert.Empty(await room.TextsAsync(phones[1]));
        Assert.All(
            await room.QueryAsync("SELECT reason FROM deliveries WHERE status = " + (int)DeliveryStatus.Skipped, row => row.GetString(0)),
            reason => Assert.Contains("opted out at the provider", reason, StringComparison.Ordinal));
    }

    private static async Task<(long Id, string Sid, int Status, string? Reason)> RowAsync(Newsroom room) =>
        await room.QueryAsync("SELECT id, COALESCE(provider_id, ''), status, reason FROM deliveries", row => (row.GetInt64(0), row.GetString(1), row.GetInt32(2), row.Text(3))) is [var row]
            ? row : default;
}
