using Notify.Alerts;
using Notify.Consent;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Deliveries;

/// <summary>What nobody can tell is settled by a person: once, with the figures, and never past a STOP.</summary>
public sealed class ResolutionTests(PostgresServer postgres)
{
    private static readonly Sender One = new("texts", Channel.Text, PerSecond: 1e9, Concurrency: 4, Slots: 1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task It_went_counts_as_accepted_and_is_said_once(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, [One], new ManualClock());
        var alert = await UnknownAsync(bench, 1);
        var control = bench.Get<AlertControl>();
        var (notes, row) = (0, (await bench.RowsAsync())[0]);

        var first = await control.ResolveAsync(row.Id, Verdict.Sent, Note, Token);
        var second = await control.ResolveAsync(row.Id, Verdict.Again, Note, Token);
        var nobody = await control.ResolveAsync(row.Id + 99, Verdict.Sent, Note, Token);

        Assert.Equal((Resolved.Done, Resolved.NotUnknown, Resolved.NoSuchDelivery, 1), (first, second, nobody, notes));
        Assert.Equal(DeliveryStatus.Accepted, (await bench.RowsAsync())[0].Status);
        Assert.Equal((1L, 0L, 0L), await FiguresAsync(bench, alert));
        Assert.Contains("an operator decided that it went", await HistoryAsync(bench), StringComparison.Ordinal);

        Task Note(Write write)
        {
            notes++;
            return Task.CompletedTask;
        }
    }

    [Theory, ClassData<Databases>]
    public async Task Send_again_really_goes_however_old_it_is_and_a_stopped_reader_gets_nothing(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, [One], new ManualClock());
        var alert = await UnknownAsync(bench, 3);
        await bench.ExecuteAsync("UPDATE deliveries SET expires_at = 1");
        var stopped = (await bench.RowsAsync())[0].Contact;
        await bench.WriteAsync(write => Suppressions.AddAsync(write, stopped, Suppressions.Everything, "stop", Guid.Empty));

        var (result, count) = await bench.Get<AlertControl>().ResolveAllAsync(alert, Verdict.Again, (_, _) => Task.CompletedTask, Token);
        Assert.Equal((Resolved.Done, 3), (result, count));
        Assert.Equal((0L, 0L, 3L), await FiguresAsync(bench, alert));
        await bench.ReconcileAsync();
        await bench.RunLaneAsync(One, stopping: Token);

        Assert.Equal(2, bench.Sent);
        Assert.Equal([DeliveryStatus.Skipped, DeliveryStatus.Accepted, DeliveryStatus.Accepted], (await bench.RowsAsync()).Select(r => r.Status));
        Assert.Equal((2L, 0L, 0L), await FiguresAsync(bench, alert));
        Assert.Equal([3, 4, 4], (await bench.RowsAsync()).Select(r => r.Attempts));
    }

    [Theory, ClassData<Databases>]
    public async Task A_doubt_after_the_persons_word_may_be_settled_by_a_resend_once_more(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, [One], new ManualClock());
        await UnknownAsync(bench, 1);
        var row = (await bench.RowsAsync())[0];

        await bench.Get<AlertControl>().ResolveAsync(row.Id, Verdict.Again, _ => Task.CompletedTask, Token);

        Assert.Equal((0, 0, 3), (await bench.QueryAsync("SELECT resends, doubts, attempts FROM deliveries", r => (r.GetInt32(0), r.GetInt32(1), r.GetInt32(2))))[0]);
    }

    [Theory, ClassData<Databases>]
    public async Task What_was_cancelled_is_never_sent_again_but_can_be_settled_as_sent(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, [One], new ManualClock());
        var alert = await UnknownAsync(bench, 2);
        var control = bench.Get<AlertControl>();
        await control.CancelAsync(alert, Token);
        var row = (await bench.RowsAsync())[0];

        Assert.Equal(Resolved.Cancelled, await control.ResolveAsync(row.Id, Verdict.Again, _ => Task.CompletedTask, Token));
        Assert.Equal((Resolved.Cancelled, 0), await control.ResolveAllAsync(alert, Verdict.Again, (_, _) => Task.CompletedTask, Token));
        Assert.Equal((Resolved.NoSuchDelivery, 0), await control.ResolveAllAsync(Guid.CreateVersion7(), Verdict.Sent, (_, _) => Task.CompletedTask, Token));
        Assert.Equal((Resolved.Done, 2), await control.ResolveAllAsync(alert, Verdict.Sent, (_, _) => Task.CompletedTask, Token));
        Assert.Equal((Resolved.NotUnknown, 0), await control.ResolveAllAsync(alert, Verdict.Sent, (_, _) => Task.CompletedTask, Token));
    }

    [Theory, ClassData<Databases>]
    public async Task An_alert_ends_when_its_last_row_settles_and_begins_anew_when_one_is_sent_again(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await Workbench.OpenAsync(database, postgres, [One], clock);
        await bench.AddReadersAsync(2);
        var alert = await bench.PublishAsync("Kim offers support");
        Assert.Null(await SettledAsync(bench, alert));

        await bench.RunLaneAsync(One, stopping: Token);
        var ended = await SettledAsync(bench, alert);
        clock.Advance(TimeSpan.FromMinutes(1));
        var row = (await bench.RowsAsync())[0];
        await bench.WriteAsync(write => bench.Get<Receipts>().ApplyAsync(write, row.Id, new Receipt(ReceiptKind.Delivered, "sid")));

        Assert.NotNull(ended);
        Assert.Equal(ended, await SettledAsync(bench, alert));
        await MakeUnknownAsync(bench);
        await bench.Get<AlertControl>().ResolveAllAsync(alert, Verdict.Again, (_, _) => Task.CompletedTask, Token);
        Assert.Null(await SettledAsync(bench, alert));
    }

    /// <summary>An alert of which every row was tried, and sent again after a doubt, and is unknown.</summary>
    internal static async Task<Guid> UnknownAsync(Workbench bench, int readers)
    {
        await bench.AddReadersAsync(readers);
        var alert = await bench.PublishAsync("Kim offers support");
        await bench.ExecuteAsync("UPDATE deliveries SET status = 9, resends = 1, doubts = 2, attempts = 3");
        await bench.ExecuteAsync("UPDATE sources SET unknown = pending, pending = 0 WHERE id = @id", ("id", alert));
        return alert;
    }

    private static async Task MakeUnknownAsync(Workbench bench)
    {
        await bench.ExecuteAsync("UPDATE deliveries SET status = 9");
        await bench.ExecuteAsync("UPDATE sources SET unknown = accepted + delivered, accepted = 0, delivered = 0 WHERE kind = 1");
    }

    private static async Task<(long Accepted, long Unknown, long Pending)> FiguresAsync(Workbench bench, Guid source) =>
        (await bench.QueryAsync("SELECT accepted, unknown, pending FROM sources WHERE id = @id", r => (r.GetInt64(0), r.GetInt64(1), r.GetInt64(2)), ("id", source)))[0];

    private static async Task<long?> SettledAsync(Workbench bench, Guid source) =>
        (await bench.QueryAsync("SELECT settled_at FROM sources WHERE id = @id", r => r.IsDBNull(0) ? (long?)null : r.GetInt64(0), ("id", source)))[0];

    private static async Task<string> HistoryAsync(Workbench bench) => (await bench.QueryAsync("SELECT history FROM deliveries", r => r.GetString(0)))[0];
}
