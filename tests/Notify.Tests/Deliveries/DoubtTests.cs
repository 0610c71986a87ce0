using Microsoft.Extensions.Hosting;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Hosting;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Deliveries;

/// <summary>Rows of which nobody knows whether they went: few at a time, asked about beside everything else, and never moved by an answer that is out of date.</summary>
public sealed class DoubtTests(PostgresServer postgres)
{
    private static readonly Sender One = new("texts", Channel.Text, PerSecond: 1_000, Concurrency: 1, Slots: 1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task A_sender_whose_answers_leave_everything_open_rests_and_then_tries_one_row(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await Workbench.OpenAsync(database, postgres, [One], clock);
        await bench.AddReadersAsync(50);
        await bench.PublishAsync("Kim offers support");

        var rows = bench.Get<LaneLedger>();
        var lease = (await rows.TakeAsync(One, 0, Token))!;
        var claimed = (await rows.TurnAsync(lease, [], room: 3, new DeliveryOptions())).Claimed;
        RowResult[] outcomes = [.. claimed.Select(row => new RowResult(row, new SendOutcome.InDoubt("no answer")))];
        await rows.TurnAsync(lease, outcomes, room: 0, new DeliveryOptions());
        await rows.LeaveAsync(lease);
        var isMore = await bench.RunLaneAsync(One, stopping: Token);

        Assert.Equal(0, bench.Sent);
        Assert.False(isMore);
        Assert.Equal(47, await bench.CountAsync("deliveries WHERE status = 0"));
        clock.Advance(TimeSpan.FromSeconds(5));
        var again = (await rows.TakeAsync(One, 0, Token))!;
        var tried = Assert.Single((await rows.TurnAsync(again, [], outstanding: 0, open: true, new DeliveryOptions())).Claimed);
        Assert.Empty((await rows.TurnAsync(again, [], outstanding: 1, open: true, new DeliveryOptions())).Claimed);
        var turn = await rows.TurnAsync(again, [new RowResult(tried, new SendOutcome.Accepted("id"))], outstanding: 0, open: true, new DeliveryOptions());
        Assert.True(turn.HasRecovered);
        Assert.Equal(One.Window, turn.Claimed.Count);
    }

    [Theory, ClassData<Databases>]
    public async Task Doubts_that_come_one_by_one_are_counted_together(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, [One], new ManualClock());
        await bench.AddReadersAsync(50);
        await bench.PublishAsync("Kim offers support");
        var rows = bench.Get<LaneLedger>();
        var lease = (await rows.TakeAsync(One, 0, Token))!;
        var claimed = (await rows.TurnAsync(lease, [], room: 6, new DeliveryOptions())).Claimed;

        var rested = new List<long>();
        foreach (var (row, isAccepted) in claimed.Zip([false, false, true, false, false, false]))
        {
            await rows.TurnAsync(lease, [new RowResult(row, isAccepted ? new SendOutcome.Accepted("id") : new SendOutcome.InDoubt("no answer"))], room: 0, new DeliveryOptions());
            rested.Add(await bench.CountAsync("senders"));
        }

        Assert.Equal([0, 0, 0, 0, 0, 1], rested);
    }

    [Theory, ClassData<Databases>]
    public async Task A_receipt_between_question_and_answer_wins(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await InDoubtAsync(database, clock);
        var row = (await bench.RowsAsync())[0];
        bench.Finds(async () =>
        {
            await bench.WriteAsync(write => bench.Get<Receipts>().ApplyAsync(write, row.Id, new Receipt(ReceiptKind.Delivered, "sid")));
            return new Finding.NotFound();
        });

        await SettleAsync(bench, clock, times: 1);

        Assert.Equal(DeliveryStatus.Delivered, (await bench.RowsAsync())[0].Status);
        Assert.Equal((0L, 1L), await FiguresAsync(bench, row.Source));
    }

    [Theory, ClassData<Databases>]
    public async Task A_doubt_that_two_ask_about_at_once_is_settled_once(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await InDoubtAsync(database, clock);
        var both = new Barrier();
        bench.Finds(async () =>
        {
            await both.PassAsync();
            return new Finding.NotFound();
        });

        clock.Advance(TimeSpan.FromSeconds(120));
        await Task.WhenAll(bench.SettleAsync(), bench.SettleAsync());

        var asked = await bench.QueryAsync("SELECT status, doubts FROM deliveries", row => ((DeliveryStatus)row.GetInt32(0), row.GetInt32(1)));
        Assert.Equal([(DeliveryStatus.InDoubt, 1)], asked);
    }

    [Theory, ClassData<Databases>]
    public async Task An_answer_about_an_earlier_attempt_does_not_move_the_next_one(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await InDoubtAsync(database, clock);
        bench.Finds(async () =>
        {
            // Somebody else settled it, it was sent again a moment later, and that is in doubt as well.
            await bench.ExecuteAsync("UPDATE deliveries SET attempts = 2, changed_at = changed_at + 5");
            return new Finding.Found("sid of the first");
        });

        await SettleAsync(bench, clock, times: 1);

        Assert.Equal((DeliveryStatus.InDoubt, 2), (await bench.RowsAsync()).Select(row => (row.Status, row.Attempts)).Single());
    }

    [Theory(Timeout = 60_000), ClassData<Databases>]
    public async Task Doubts_are_settled_while_nothing_else_runs_and_keep_nothing_else_waiting(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await InDoubtAsync(database, clock);
        var (asked, answer) = (new TaskCompletionSource(), new TaskCompletionSource<Finding>());
        bench.Finds(() =>
        {
            asked.TrySetResult();
            return answer.Task;
        });
        var settler = bench.Get<IEnumerable<IHostedService>>().OfType<Errands>().Single();

        clock.Advance(TimeSpan.FromSeconds(120));
        await settler.StartAsync(Token);
        await asked.Task.WaitAsync(Token);
        await bench.ReconcileAsync();
        var whileAsking = (await bench.RowsAsync())[0].Status;
        answer.SetResult(new Finding.Found("sid"));
        while ((await bench.RowsAsync())[0].Status != DeliveryStatus.Accepted)
        {
            await Task.Yield();
        }

        await settler.StopAsync(Token);
        Assert.Equal(DeliveryStatus.InDoubt, whileAsking);
    }

    /// <summary>Asks about every doubt as often, each time when its time has come.</summary>
    internal static async Task SettleAsync(Workbench bench, ManualClock clock, int times)
    {
        for (var i = 0; i < times; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(120));
            await bench.SettleAsync();
        }
    }

    /// <summary>One text, and nobody knows whether it went.</summary>
    private async Task<Workbench> InDoubtAsync(DatabaseProvider database, ManualClock clock)
    {
        var bench = await Workbench.OpenAsync(database, postgres, clock: clock);
        await bench.AddReadersAsync(1);
        await bench.PublishAsync("Kim offers support");
        bench.Answers(new SendOutcome.InDoubt("no answer"));
        await bench.RunLaneAsync(stopping: Token);
        return bench;
    }

    private static async Task<(long InDoubt, long Delivered)> FiguresAsync(Workbench bench, Guid source) =>
        (await bench.QueryAsync("SELECT in_doubt, delivered FROM sources WHERE id = @id", row => (row.GetInt64(0), row.GetInt64(1)), ("id", source)))[0];

    /// <summary>Lets two through, once both are there.</summary>
    private sealed class Barrier
    {
        private readonly TaskCompletionSource _both = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _there;

        public Task PassAsync()
        {
            if (Interlocked.Increment(ref _there) == 2)
            {
                _both.SetResult();
            }

            return _both.Task.WaitAsync(Token);
        }
    }
}
