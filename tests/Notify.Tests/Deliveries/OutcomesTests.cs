using Notify.Contacts;
using Notify.Deliveries;
using Notify.Tests.Support;

namespace Notify.Tests.Deliveries;

/// <summary>Between senders and turns nothing is lost, nothing comes twice, and one that comes alone does not wait for company.</summary>
public sealed class OutcomesTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Patient = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_many_senders_at_once_each_outcome_comes_once()
    {
        const int senders = 8, each = 5_000;
        var outcomes = new Outcomes(TimeProvider.System, TimeProvider.System);
        var sending = Task.WhenAll(Enumerable.Range(0, senders).Select(sender => Task.Run(
            async () =>
            {
                for (var i = 0; i < each; i++)
                {
                    outcomes.Add(Of((sender * each) + i));
                    if (i % 100 == sender)
                    {
                        await Task.Yield();
                    }
                }
            }, Token)));

        var come = new List<long>();
        while (come.Count < senders * each)
        {
            await outcomes.WaitAsync(Math.Min(24, (senders * each) - come.Count), Long).WaitAsync(Patient, Token);
            come.AddRange(outcomes.Take().Select(result => result.Row.Id));
        }

        await sending;
        Assert.Equal(Enumerable.Range(0, senders * each).Select(id => (long)id), come.Order());
        Assert.Empty(outcomes.Take());
    }

    [Fact]
    public async Task The_first_waits_for_others_until_there_are_enough()
    {
        var outcomes = new Outcomes(new ManualClock(), new ManualClock());
        var wait = outcomes.WaitAsync(3, Long);

        outcomes.Add(Of(1));
        outcomes.Add(Of(2));
        Assert.False(wait.IsCompleted);
        outcomes.Add(Of(3));
        await wait.WaitAsync(Patient, Token);

        Assert.Equal(3, outcomes.Take().Count);
    }

    [Fact]
    public async Task One_that_comes_alone_waits_a_moment_only()
    {
        var (clock, machine) = (new ManualClock(), new ManualClock());
        var outcomes = new Outcomes(clock, machine);
        outcomes.Add(Of(1));

        var wait = outcomes.WaitAsync(24, Long);
        await machine.ArmedAsync(1, Token);
        Assert.False(wait.IsCompleted);
        machine.Advance(Outcomes.Patience);
        await wait.WaitAsync(Patient, Token);

        Assert.Single(outcomes.Take());
    }

    [Fact]
    public async Task Where_none_comes_it_is_time_for_a_turn_all_the_same()
    {
        var clock = new ManualClock();
        var outcomes = new Outcomes(clock, TimeProvider.System);

        var wait = outcomes.WaitAsync(24, TimeSpan.FromMilliseconds(500));
        await clock.ArmedAsync(1, Token);
        Assert.False(wait.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(500));
        await wait.WaitAsync(Patient, Token);

        Assert.Empty(outcomes.Take());
    }

    /// <summary>Workers find rows that were claimed before while the turn is written.</summary>
    [Theory]
    [InlineData(16, 2, 1_000, 32, 8, 64, 24)]
    [InlineData(64, 1, 1_000, 128, 32, 128, 32)]
    [InlineData(16, 2, 30, 30, 7, 30, 7)]
    [InlineData(4, 1, 1, 1, 1, 1, 1)]
    public void Enough_for_a_turn_leaves_rows_for_the_workers(int concurrency, int depth, int perSecond, int window, int batch, int wide, int wideBatch)
    {
        var sender = new Sender("s", Channel.Mail, perSecond, concurrency, 1) { Depth = depth };

        Assert.Equal((window, batch, wide, wideBatch), (sender.Window, sender.Batch(sender.Window), sender.WindowAtSpeed, sender.Batch(sender.WindowAtSpeed)));
    }

    private static RowResult Of(long id) => new(new ClaimedRow(id, Guid.Empty, SourceKind.Alert, Guid.Empty, id, 1, 0, default, default, null, null), new SendOutcome.Accepted("250"));
}
