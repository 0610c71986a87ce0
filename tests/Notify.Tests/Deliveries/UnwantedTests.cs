using Notify.Consent;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Storage;
using Notify.Subscribers;
using Notify.Tests.Support;

namespace Notify.Tests.Deliveries;

/// <summary>Rows that nobody wants any more: they never leave, and they stand in nobody's way.</summary>
public sealed class UnwantedTests(PostgresServer postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task A_stop_during_a_send_that_fails_is_the_end_of_it(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        var reader = (await bench.AddReadersAsync(1))[0];
        await bench.PublishAsync("Kim offers support");
        bench.Answers(async () =>
        {
            await StopAsync(bench, reader);
            return new SendOutcome.TryLater("busy", TimeSpan.Zero);
        });

        await RunAsync(bench);

        Assert.Equal(1, bench.Sent);
        Assert.Equal((DeliveryStatus.Skipped, "stopped"), (await bench.RowsAsync()).Select(row => (row.Status, row.Reason)).Single());
    }

    [Theory, ClassData<Databases>]
    public async Task A_stop_while_a_row_is_in_doubt_ends_it_when_it_comes_back_to_wait(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await Workbench.OpenAsync(database, postgres, clock: clock);
        var reader = (await bench.AddReadersAsync(1))[0];
        var alert = await bench.PublishAsync("Kim offers support");
        bench.Answers(new SendOutcome.InDoubt("no answer"));
        await RunAsync(bench);

        await StopAsync(bench, reader);
        await DoubtTests.SettleAsync(bench, clock, times: 2);
        var afterDoubt = (await bench.RowsAsync())[0].Status;
        await RunAsync(bench);

        Assert.Equal(DeliveryStatus.Pending, afterDoubt);
        Assert.Equal(1, bench.Sent);
        Assert.Equal((DeliveryStatus.Skipped, "stopped"), (await bench.RowsAsync()).Select(row => (row.Status, row.Reason)).Single());
        var figures = await bench.QueryAsync("SELECT pending, sending, in_doubt, skipped FROM sources WHERE id = @id",
            row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3)), ("id", alert));
        Assert.Equal([(0L, 0L, 0L, 1L)], figures);
    }

    [Theory]
    [InlineData(DatabaseProvider.Sqlite, "suppressed")]
    [InlineData(DatabaseProvider.Postgres, "suppressed")]
    [InlineData(DatabaseProvider.Sqlite, "expired")]
    [InlineData(DatabaseProvider.Postgres, "expired")]
    public async Task Sources_full_of_rows_that_may_not_leave_do_not_silence_the_others(DatabaseProvider database, string why)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        var stuck = (await bench.AddReadersAsync(1))[0];
        for (var i = 0; i < 20; i++)
        {
            await bench.PublishAsync("Unwanted", Notify.Articles.ArticlePriority.Breaking);
        }

        await bench.WriteAsync(async write =>
        {
            await write.ExecuteAsync("UPDATE subscriptions SET state = 3");
            return why == "expired"
                ? await write.ExecuteAsync("UPDATE deliveries SET expires_at = 0")
                : await Suppressions.AddAsync(write, stuck, Suppressions.Everything, "stopped", Guid.CreateVersion7()) ? 1 : 0;
        });
        var reader = (await bench.AddReadersAsync(1))[0];
        await bench.PublishAsync("Wanted");

        await RunAsync(bench);

        var rows = await bench.RowsAsync();
        Assert.Equal(DeliveryStatus.Accepted, Assert.Single(rows, row => row.Contact == reader).Status);
        Assert.Equal(20, rows.Count(row => row.Contact == stuck && row.Attempts == 0));
        Assert.Equal(1, bench.Sent);
    }

    [Theory]
    [InlineData(DatabaseProvider.Sqlite, "UPDATE sending SET paused = @yes")]
    [InlineData(DatabaseProvider.Postgres, "UPDATE sending SET paused = @yes")]
    [InlineData(DatabaseProvider.Sqlite, "INSERT INTO senders (name, rests_until, reason) SELECT 'texts', 99999999999999, 'x' WHERE @yes")]
    [InlineData(DatabaseProvider.Postgres, "INSERT INTO senders (name, rests_until, reason) SELECT 'texts', 99999999999999, 'x' WHERE @yes")]
    [InlineData(DatabaseProvider.Sqlite, "UPDATE deliveries SET expires_at = 0 WHERE @yes")]
    [InlineData(DatabaseProvider.Postgres, "UPDATE deliveries SET expires_at = 0 WHERE @yes")]
    public async Task What_may_not_leave_now_does_not_keep_a_lane_running(DatabaseProvider database, string holdBack)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        await bench.AddReadersAsync(1);
        await bench.PublishAsync("Kim offers support");
        await bench.ExecuteAsync(holdBack, ("yes", true));

        var isMore = await bench.RunLaneAsync(stopping: Token);

        Assert.False(isMore, "A lane that finds nothing to claim and wakes itself never rests.");
    }

    /// <summary>As the jobs do it: again as long as there may be more, but not for ever.</summary>
    internal static async Task RunAsync(Workbench bench)
    {
        for (var runs = 0; await bench.RunLaneAsync(stopping: Token); runs++)
        {
            Assert.InRange(runs, 0, 20);
        }
    }

    private static Task StopAsync(Workbench bench, long contact) => bench.WriteAsync(async write =>
    {
        var hash = await write.ScalarAsync<string>("SELECT hash FROM contacts WHERE id = @id", ("id", contact));
        return await bench.Get<Subscriptions>().StopAsync(write, contact, hash!, Channel.Text, ConsentKind.Stopped, "reply", "stopped", new ConsentEvidence());
    });
}
