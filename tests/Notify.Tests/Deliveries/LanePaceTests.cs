using Notify.Contacts;
using Notify.Deliveries;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Deliveries;

/// <summary>What one run of a lane has used of its rate, the next one waits for: on another node, after a restart, after a crash.</summary>
public sealed class LanePaceTests(PostgresServer postgres)
{
    /// <summary>One segment in ten seconds.</summary>
    private static readonly Sender Slow = new("texts", Channel.Text, PerSecond: 0.1, Concurrency: 1, Slots: 1);

    private static readonly TimeSpan PerSegment = TimeSpan.FromSeconds(10);

    private static readonly DeliveryOptions Options = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task The_next_owner_of_a_lane_waits_for_what_the_last_one_used(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await Workbench.OpenAsync(database, postgres, [Slow], clock);
        var rows = bench.Get<LaneLedger>();

        var first = (await rows.TakeAsync(Slow, 0, Token))!;
        await first.Pace.WaitAsync(2, Token);
        clock.Advance(TimeSpan.FromSeconds(3));
        await rows.LeaveAsync(first);
        clock.Advance(TimeSpan.FromSeconds(4));
        var second = (await rows.TakeAsync(Slow, 0, Token))!;

        Assert.Equal(2 * PerSegment - TimeSpan.FromSeconds(7), second.Pace.Debt);
    }

    [Theory, ClassData<Databases>]
    public async Task An_owner_that_died_leaves_what_it_used_behind(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await Workbench.OpenAsync(database, postgres, [Slow], clock);
        var rows = bench.Get<LaneLedger>();

        var dead = (await rows.TakeAsync(Slow, 0, Token))!;
        await dead.Pace.WaitAsync(3, Token);
        await rows.TurnAsync(dead, [], room: 1, Options);
        clock.Advance(LaneLease.Length);
        var heir = (await rows.TakeAsync(Slow, 0, Token))!;

        Assert.Equal(3 * PerSegment - LaneLease.Length, heir.Pace.Debt);
    }

    [Theory, ClassData<Databases>]
    public async Task A_lane_holds_no_more_than_it_sends_in_a_second(DatabaseProvider database)
    {
        var wide = Slow with { PerSecond = 30, Concurrency = 100 };
        await using var bench = await Workbench.OpenAsync(database, postgres, [wide]);
        await bench.AddReadersAsync(100);
        await bench.PublishAsync("Long");
        var rows = bench.Get<LaneLedger>();

        var lease = (await rows.TakeAsync(wide, 0, Token))!;
        lease.Units = 3;
        var turn = await rows.TurnAsync(lease, [], outstanding: 2, open: true, Options);

        Assert.Equal(8, turn.Claimed.Count);
    }

    [Theory, ClassData<Databases>]
    public async Task A_second_run_sends_nothing_before_its_time(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await Workbench.OpenAsync(database, postgres, [Slow], clock);
        await bench.AddReadersAsync(1);
        await bench.PublishAsync("First");
        await bench.RunLaneAsync(Slow, stopping: Token);
        await bench.PublishAsync("Second");
        using var stop = new CancellationTokenSource();
        var timers = clock.ArmedTimers;

        // The wait for its turn, and the lane's own for something to write.
        var run = bench.RunLaneAsync(Slow, stopping: stop.Token);
        await Task.WhenAny(run, clock.ArmedAsync(timers + 2, Token));
        await stop.CancelAsync();
        await run;

        Assert.Equal(1, bench.Sent);
        Assert.Equal([(DeliveryStatus.Accepted, 1), (DeliveryStatus.Pending, 0)], (await bench.RowsAsync()).Select(row => (row.Status, row.Attempts)));
    }
}
