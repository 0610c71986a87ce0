using Notify.Deliveries;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Deliveries;

/// <summary>What a provider answered after the lane was lost is known all the same, as long as nobody knows better.</summary>
public sealed class LateOutcomeTests(PostgresServer postgres)
{
    private static readonly DeliveryOptions Options = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task A_lane_that_is_lost_during_a_send_still_writes_what_came_of_it(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        await bench.AddReadersAsync(1);
        var alert = await bench.PublishAsync("Kim offers support");
        bench.Answers(async () =>
        {
            await bench.ExecuteAsync("UPDATE lanes SET owner = 'another'");
            return new SendOutcome.Accepted("sid");
        });

        await Assert.ThrowsAsync<LaneLostException>(() => bench.RunLaneAsync(stopping: Token));

        Assert.Equal(DeliveryStatus.Accepted, (await bench.RowsAsync())[0].Status);
        Assert.Equal((1L, 0L, 0L), await FiguresAsync(bench, alert));
        Assert.Equal(1, await bench.CountAsync("lanes WHERE owner = 'another'"));
    }

    [Theory, ClassData<Databases>]
    public async Task A_row_found_orphaned_while_its_lane_was_renewed_is_written_by_the_lane(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        var (lease, row) = await ClaimAsync(bench);
        var until = await bench.QueryAsync("SELECT until FROM lanes WHERE owner IS NOT NULL", r => r.GetInt64(0));
        await bench.ExecuteAsync("UPDATE lanes SET until = 0 WHERE owner IS NOT NULL");
        await bench.ReconcileAsync();
        await bench.ExecuteAsync("UPDATE lanes SET until = @until WHERE owner IS NOT NULL", ("until", until.Single()));

        await bench.Get<LaneLedger>().TurnAsync(lease, [new RowResult(row, new SendOutcome.Accepted("sid"))], room: 0, Options);

        Assert.Equal(DeliveryStatus.Accepted, (await bench.RowsAsync())[0].Status);
        Assert.Equal((1L, 0L, 0L), await FiguresAsync(bench, row.SourceId));
    }

    [Theory, ClassData<Databases>]
    public async Task A_late_answer_ends_a_doubt_that_nobody_asked_about_yet(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        var (lease, row) = await OrphanAsync(bench);

        await bench.Get<LaneLedger>().MarkLateAsync(lease, [new RowResult(row, new SendOutcome.Accepted("sid"))], Options);

        Assert.Equal(DeliveryStatus.Accepted, (await bench.RowsAsync())[0].Status);
        Assert.Equal((1L, 0L, 0L), await FiguresAsync(bench, row.SourceId));
    }

    [Theory]
    [InlineData(DatabaseProvider.Sqlite, "UPDATE deliveries SET doubts = 1")]
    [InlineData(DatabaseProvider.Postgres, "UPDATE deliveries SET doubts = 1")]
    [InlineData(DatabaseProvider.Sqlite, "UPDATE deliveries SET attempts = 2, status = 2, lease_owner = 'another'")]
    [InlineData(DatabaseProvider.Postgres, "UPDATE deliveries SET attempts = 2, status = 2, lease_owner = 'another'")]
    [InlineData(DatabaseProvider.Sqlite, "UPDATE deliveries SET status = 4")]
    [InlineData(DatabaseProvider.Postgres, "UPDATE deliveries SET status = 4")]
    public async Task A_late_answer_moves_nothing_that_has_gone_on_without_it(DatabaseProvider database, string meanwhile)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        var (lease, row) = await OrphanAsync(bench);
        await bench.ExecuteAsync(meanwhile);
        var before = await bench.RowsAsync();

        await bench.Get<LaneLedger>().MarkLateAsync(lease, [new RowResult(row, new SendOutcome.TryLater("busy"))], Options);

        Assert.Equal(before, await bench.RowsAsync());
    }

    [Theory, ClassData<Databases>]
    public async Task A_late_answer_that_leaves_it_open_keeps_the_time_of_the_attempt(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await Workbench.OpenAsync(database, postgres, clock: clock);
        var (lease, row) = await ClaimAsync(bench);
        var claimedAt = clock.GetUtcNow();

        clock.Advance(TimeSpan.FromMinutes(1));
        await bench.Get<LaneLedger>().MarkLateAsync(lease, [new RowResult(row, new SendOutcome.InDoubt("no answer"))], Options);

        var changedAt = await bench.QueryAsync("SELECT changed_at FROM deliveries WHERE status = 8", r => r.Instant(0));
        Assert.Equal([claimedAt], changedAt);
    }

    [Theory, ClassData<Databases>]
    public async Task A_recipient_that_is_gone_is_suppressed_also_when_the_answer_is_late(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        var (lease, row) = await OrphanAsync(bench);

        await bench.Get<LaneLedger>().MarkLateAsync(lease, [new RowResult(row, new SendOutcome.RecipientGone("replied STOP"))], Options);

        Assert.Equal(1, await bench.CountAsync($"suppressions WHERE contact_id = {row.ContactId}"));
        Assert.Equal(1, await bench.CountAsync("consent_entries"));
    }

    private static async Task<(LaneLease Lease, ClaimedRow Row)> ClaimAsync(Workbench bench)
    {
        await bench.AddReadersAsync(1);
        await bench.PublishAsync("Kim offers support");
        var lease = (await bench.Get<LaneLedger>().TakeAsync(Workbench.Texts, 0, Token))!;
        return (lease, Assert.Single((await bench.Get<LaneLedger>().TurnAsync(lease, [], room: 1, Options)).Claimed));
    }

    /// <summary>Claimed by a worker that was given up for dead.</summary>
    private static async Task<(LaneLease Lease, ClaimedRow Row)> OrphanAsync(Workbench bench)
    {
        var (lease, row) = await ClaimAsync(bench);
        await bench.ExecuteAsync("UPDATE lanes SET owner = NULL");
        await bench.ReconcileAsync();
        Assert.Equal(DeliveryStatus.InDoubt, (await bench.RowsAsync())[0].Status);
        return (lease, row);
    }

    private static async Task<(long Accepted, long Sending, long InDoubt)> FiguresAsync(Workbench bench, Guid source) =>
        (await bench.QueryAsync("SELECT accepted, sending, in_doubt FROM sources WHERE id = @id", row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)), ("id", source)))[0];
}
