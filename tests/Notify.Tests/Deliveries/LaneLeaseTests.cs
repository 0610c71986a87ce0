using Notify.Deliveries;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Deliveries;

/// <summary>A lane whose lease is gone writes nothing and sends nothing; what it had is found and settled.</summary>
public sealed class LaneLeaseTests(PostgresServer postgres)
{
    private static readonly DeliveryOptions Options = new();

    [Theory, ClassData<Databases>]
    public async Task A_lane_that_lost_its_lease_writes_nothing(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        await bench.AddReadersAsync(4);
        await bench.PublishAsync("Kim offers support");
        var rows = bench.Get<LaneLedger>();
        var lease = (await rows.TakeAsync(Workbench.Texts, 0, TestContext.Current.CancellationToken))!;
        var claimed = (await rows.TurnAsync(lease, [], room: 2, Options)).Claimed;
        var before = await bench.RowsAsync();

        await bench.ExecuteAsync("UPDATE lanes SET owner = 'another'");
        var done = claimed.Select(row => new RowResult(row, new SendOutcome.RecipientGone("gone"))).ToArray();
        await Assert.ThrowsAsync<LaneLostException>(() => rows.TurnAsync(lease, done, room: 2, Options));
        await rows.LeaveAsync(lease);

        Assert.Equal(before, await bench.RowsAsync());
        Assert.Equal(0, await bench.CountAsync("suppressions"));
        Assert.Equal(1, await bench.CountAsync("lanes WHERE owner = 'another'"));
    }

    [Theory, ClassData<Databases>]
    public async Task A_lease_that_ran_out_is_lost_even_if_nobody_took_it(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await Workbench.OpenAsync(database, postgres, clock: clock);
        var rows = bench.Get<LaneLedger>();
        var lease = (await rows.TakeAsync(Workbench.Texts, 0, TestContext.Current.CancellationToken))!;

        clock.Advance(LaneLease.Length / 2);
        await rows.TurnAsync(lease, [], room: 1, Options);
        clock.Advance(LaneLease.Length - TimeSpan.FromMilliseconds(1));
        var heldAtTheEnd = lease.IsHeld(clock);
        clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.False(heldAtTheEnd, "This side gives up before the database does.");
        await Assert.ThrowsAsync<LaneLostException>(() => rows.TurnAsync(lease, [], room: 1, Options));
    }

    [Theory, ClassData<Databases>]
    public async Task Rows_of_a_dead_worker_are_in_doubt_and_those_of_a_living_one_are_not(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        await bench.AddReadersAsync(4);
        var alert = await bench.PublishAsync("Kim offers support");
        var rows = bench.Get<LaneLedger>();
        var dead = (await rows.TakeAsync(Workbench.Texts, 0, TestContext.Current.CancellationToken))!;
        var alive = (await rows.TakeAsync(Workbench.Texts, 1, TestContext.Current.CancellationToken))!;
        var lost = (await rows.TurnAsync(dead, [], room: 2, Options)).Claimed;
        var kept = (await rows.TurnAsync(alive, [], room: 2, Options)).Claimed;

        await bench.ExecuteAsync("UPDATE lanes SET until = 0 WHERE slot = 0");
        await bench.ReconcileAsync();

        var all = await bench.RowsAsync();
        Assert.All(all.Where(row => lost.Any(l => l.Id == row.Id)), row => Assert.Equal((DeliveryStatus.InDoubt, null), (row.Status, row.LeaseOwner)));
        Assert.All(all.Where(row => kept.Any(k => k.Id == row.Id)), row => Assert.Equal(DeliveryStatus.Sending, row.Status));
        var figures = (await bench.QueryAsync("SELECT sending, in_doubt FROM sources WHERE id = @id", row => (row.GetInt64(0), row.GetInt64(1)), ("id", alert)))[0];
        Assert.Equal((2, 2), figures);
    }
}
