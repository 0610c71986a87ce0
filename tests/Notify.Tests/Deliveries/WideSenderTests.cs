using Notify.Contacts;
using Notify.Deliveries;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Deliveries;

/// <summary>How many sends are under way has nothing to do with how many connections the database has to give.</summary>
public sealed class WideSenderTests(PostgresServer postgres)
{
    private const int AtOnce = 40;

    [Fact(Timeout = 60_000)]
    public async Task Forty_sends_at_once_need_no_more_than_three_connections()
    {
        var wide = new Sender("texts", Channel.Text, PerSecond: 10_000, Concurrency: AtOnce, Slots: 1);
        var small = await ReadyDatabase.OpenAsync(DatabaseProvider.Postgres, postgres, folder: "") + ";Maximum Pool Size=3;Timeout=3";
        await using var bench = await Workbench.OpenAsync(DatabaseProvider.Postgres, postgres, [wide], clock: null, ("Database:ConnectionString", small));
        await bench.AddReadersAsync(100);
        await bench.PublishAsync("Kim offers support");
        var (onTheWire, allThere) = (0, new TaskCompletionSource());
        bench.Answers(async () =>
        {
            if (Interlocked.Increment(ref onTheWire) == AtOnce)
            {
                allThere.SetResult();
            }

            await allThere.Task;
            return new SendOutcome.Accepted("sid");
        });

        var run = bench.RunLaneAsync(wide, stopping: TestContext.Current.CancellationToken);
        await Task.WhenAny(run, allThere.Task);
        await run;

        Assert.Equal(100, await bench.CountAsync("deliveries WHERE status = 3 AND attempts = 1"));
    }
}
