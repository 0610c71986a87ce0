using Notify.Contacts;
using Notify.Deliveries;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Deliveries;

/// <summary>A provider that is too busy, away, or refuses the sender: it is spared, and nobody is told twice or forgotten.</summary>
public sealed class SenderTroubleTests(PostgresServer postgres)
{
    /// <summary>So fast that no send waits for its turn by a clock that stands still.</summary>
    private static readonly Sender Wide = new("texts", Channel.Text, PerSecond: 1_000_000, Concurrency: 8, Slots: 1);

    private static readonly DeliveryOptions Options = new();

    private static readonly SendOutcome Busy = new SendOutcome.TryLater("too many requests", Trouble: Trouble.TooFast);

    private static readonly SendOutcome Away = new SendOutcome.TryLater("could not be reached", Trouble: Trouble.Away);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task A_whole_window_of_too_many_requests_halves_the_rate_once_and_it_comes_back_step_by_step(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await OpenAsync(database, clock);
        var rows = bench.Get<LaneLedger>();
        var lease = (await rows.TakeAsync(Wide, 0, Token))!;
        var claimed = (await rows.TurnAsync(lease, [], room: 8, Options)).Claimed;

        foreach (var row in claimed)
        {
            await rows.TurnAsync(lease, [new RowResult(row, Busy)], room: 0, Options);
        }

        Assert.Equal(0.5, lease.Pace.Share);
        var shares = new List<double>();
        for (var step = 0; step < 6; step++)
        {
            clock.Advance(TimeSpan.FromSeconds(9));
            Assert.True(await KeptAsync(rows, lease));
            clock.Advance(TimeSpan.FromSeconds(1));
            shares.Add(await AcceptOneAsync(rows, lease));
        }

        Assert.Equal([0.6, 0.7, 0.8, 0.9, 1, 1], shares.Select(share => Math.Round(share, 6)));
        Assert.All((await bench.RowsAsync()).Take(8), row => Assert.Equal(1, row.Attempts));
    }

    [Theory, ClassData<Databases>]
    public async Task A_provider_that_is_away_is_tried_with_one_row_at_a_time_after_longer_and_longer_rests(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await OpenAsync(database, clock);
        bench.Answers(Away);

        var calls = new List<int>();
        var rests = new List<double>();
        for (var round = 0; round < 7; round++)
        {
            await bench.RunLaneAsync(Wide, stopping: Token);
            calls.Add(bench.Sent);
            var until = (await bench.QueryAsync("SELECT rests_until FROM senders", row => row.Instant(0)))[0];
            rests.Add((until - clock.GetUtcNow()).TotalSeconds);
            clock.AdvanceTo(until);
        }

        Assert.Equal([5d, 10, 20, 40, 60, 60, 60], rests);
        Assert.InRange(calls[0], 3, 2 * Wide.Window);
        Assert.Equal([1, 1, 1, 1, 1, 1], calls.Zip(calls.Skip(1), (one, next) => next - one));
        Assert.Equal(0, await bench.CountAsync("deliveries WHERE status <> 0"));
    }

    [Theory, ClassData<Databases>]
    public async Task The_alarm_of_a_sender_ends_with_its_trouble(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await OpenAsync(database, clock);
        bench.Answers(new SendOutcome.SenderBroken("the account is suspended"));
        await bench.RunLaneAsync(Wide, stopping: Token);
        var raised = await bench.CountAsync("alarms WHERE name = 'sender texts' AND cleared_at IS NULL");

        bench.Answers(new SendOutcome.Accepted("id"));
        clock.Advance(TimeSpan.FromMinutes(1));
        await bench.RunLaneAsync(Wide, stopping: Token);

        Assert.Equal(1, raised);
        Assert.Equal(0, await bench.CountAsync("alarms WHERE cleared_at IS NULL"));
        Assert.All(await bench.RowsAsync(), row => Assert.Equal((DeliveryStatus.Accepted, 1), (row.Status, row.Attempts)));
    }

    [Theory, ClassData<Databases>]
    public async Task A_recipient_that_is_refused_says_nothing_against_its_sender(DatabaseProvider database)
    {
        await using var bench = await OpenAsync(database, new ManualClock());
        var rows = bench.Get<LaneLedger>();
        var lease = (await rows.TakeAsync(Wide, 0, Token))!;
        var claimed = (await rows.TurnAsync(lease, [], room: 8, Options)).Claimed;

        await rows.TurnAsync(lease, [.. claimed.Select(row => new RowResult(row, new SendOutcome.Rejected("the body is empty")))], room: 0, Options);

        Assert.Equal(0, await bench.CountAsync("senders"));
        Assert.Equal((1, 0), (lease.Pace.Share, lease.FailuresInARow));
    }

    private async Task<Workbench> OpenAsync(DatabaseProvider database, ManualClock clock)
    {
        var bench = await Workbench.OpenAsync(database, postgres, [Wide], clock);
        await bench.AddReadersAsync(40);
        await bench.PublishAsync("Kim offers support");
        return bench;
    }

    private static async Task<bool> KeptAsync(LaneLedger rows, LaneLease lease) => (await rows.TurnAsync(lease, [], room: 0, Options)).Trouble is null;

    private static async Task<double> AcceptOneAsync(LaneLedger rows, LaneLease lease)
    {
        var row = Assert.Single((await rows.TurnAsync(lease, [], room: 1, Options)).Claimed);
        await rows.TurnAsync(lease, [new RowResult(row, new SendOutcome.Accepted("id"))], room: 0, Options);
        return lease.Pace.Share;
    }
}
