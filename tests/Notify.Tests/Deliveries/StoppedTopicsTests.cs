using Notify.Consent;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Storage;
using Notify.Subscribers;
using Notify.Tests.Support;

namespace Notify.Tests.Deliveries;

/// <summary>An article of several topics goes to a reader as long as one of those it takes is not stopped, wherever its row is by then.</summary>
public sealed class StoppedTopicsTests(PostgresServer postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(DatabaseProvider.Sqlite, DeliveryStatus.Pending)]
    [InlineData(DatabaseProvider.Postgres, DeliveryStatus.Pending)]
    [InlineData(DatabaseProvider.Sqlite, DeliveryStatus.Held)]
    [InlineData(DatabaseProvider.Postgres, DeliveryStatus.Held)]
    public async Task Rows_that_wait_are_skipped_with_the_last_topic_they_are_wanted_for(DatabaseProvider database, DeliveryStatus waits)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        var (all, one, two) = await ReadersAsync(bench);
        var alert = await bench.PublishAsync("Kim offers support", topics: ["sport", "local", "world"]);
        if (waits == DeliveryStatus.Held)
        {
            await bench.ExecuteAsync("UPDATE deliveries SET status = 1");
            await bench.ExecuteAsync("UPDATE sources SET held = pending, pending = 0 WHERE id = @id", ("id", alert));
        }

        await StopAsync(bench, "sport", all, one, two);
        var afterOne = await WaitingAsync(bench, waits);
        await StopAsync(bench, "local", all, two);
        var afterTwo = await WaitingAsync(bench, waits);

        Assert.Equal([all, two], afterOne);
        Assert.Equal([all], afterTwo);
        Assert.All(await SkippedAsync(bench), reason => Assert.Equal("stopped this topic", reason));
        var figures = await bench.QueryAsync("SELECT pending + held, skipped FROM sources WHERE id = @id", row => (row.GetInt64(0), row.GetInt64(1)), ("id", alert));
        Assert.Equal([(1L, 2L)], figures);
    }

    [Theory, ClassData<Databases>]
    public async Task Who_stopped_all_it_takes_of_it_is_skipped_when_the_audience_is_written(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        var (all, one, two) = await ReadersAsync(bench);
        await StopAsync(bench, "sport", all, one, two);

        await bench.PublishAsync("Kim offers support", topics: ["sport", "local"]);

        Assert.Equal([all, two], await WaitingAsync(bench, DeliveryStatus.Pending));
        Assert.Equal(["stopped this topic"], await SkippedAsync(bench));
    }

    /// <summary>A stop that ran beside the fan-out saw no row: it is found when the audience stands, and by the claim before that.</summary>
    [Theory, ClassData<Databases>]
    public async Task A_stop_that_saw_no_row_holds_all_the_same(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        var (all, one, two) = await ReadersAsync(bench);
        var alert = await bench.PublishAsync("Kim offers support", topics: ["sport", "local"]);
        await bench.WriteAsync(write => Suppressions.AddAsync(write, two, "sport", "stopped this topic", Guid.CreateVersion7()));
        await bench.WriteAsync(write => Suppressions.AddAsync(write, two, "local", "stopped this topic", Guid.CreateVersion7()));

        var found = await bench.WriteAsync(write => PostOffice.SkipUnwantedSinceAsync(write, alert, DateTimeOffset.UnixEpoch));
        await bench.WriteAsync(write => Suppressions.AddAsync(write, one, "sport", "stopped this topic", Guid.CreateVersion7()));
        await UnwantedTests.RunAsync(bench);

        Assert.Equal(1, found);
        Assert.Equal(1, bench.Sent);
        Assert.Equal((DeliveryStatus.Accepted, all), (await bench.RowsAsync()).Where(row => row.Status != DeliveryStatus.Skipped).Select(row => (row.Status, row.Contact)).Single());
        Assert.All(await SkippedAsync(bench), reason => Assert.Equal("stopped this topic", reason));
    }

    [Theory, ClassData<Databases>]
    public async Task A_row_that_is_claimed_is_dropped_before_it_is_handed_over(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, [new Sender("texts", Channel.Text, PerSecond: 1_000, Concurrency: 1, Slots: 1)]);
        var (_, one, two) = await ReadersAsync(bench);
        await StopAsync(bench, "world", two);
        await bench.ExecuteAsync("UPDATE subscriptions SET state = 3 WHERE all_topics");
        await bench.PublishAsync("Kim offers support", topics: ["sport", "local"]);
        bench.Answers(async () =>
        {
            // The other one lies in the same window.
            await StopAsync(bench, "sport", one, two);
            await StopAsync(bench, "local", two);
            return new SendOutcome.Accepted("id");
        });

        await UnwantedTests.RunAsync(bench);

        Assert.Equal(1, bench.Sent);
        Assert.Equal([(DeliveryStatus.Accepted, null), (DeliveryStatus.Skipped, "stopped this topic")], (await bench.RowsAsync()).Select(row => (row.Status, row.Reason)));
    }

    /// <summary>Readers of everything, of sport alone, of sport and local news.</summary>
    private static async Task<(long All, long One, long Two)> ReadersAsync(Workbench bench)
    {
        var readers = await bench.AddReadersAsync(3);
        foreach (var (reader, topic) in ((long, string)[])[(readers[1], "sport"), (readers[2], "sport"), (readers[2], "local")])
        {
            await bench.ExecuteAsync("UPDATE subscriptions SET all_topics = @no WHERE contact_id = @id", ("no", false), ("id", reader));
            await bench.ExecuteAsync("INSERT INTO subscription_topics (contact_id, topic) VALUES (@id, @topic)", ("id", reader), ("topic", topic));
        }

        return (readers[0], readers[1], readers[2]);
    }

    private static async Task StopAsync(Workbench bench, string topic, params long[] readers)
    {
        foreach (var reader in readers)
        {
            await bench.WriteAsync(write => bench.Get<Preferences>().StopTopicAsync(write, reader, "hash", Channel.Text, topic, "reply", new ConsentEvidence()));
        }
    }

    private static async Task<IEnumerable<long>> WaitingAsync(Workbench bench, DeliveryStatus waits) => (await bench.RowsAsync()).Where(row => row.Status == waits).Select(row => row.Contact);

    private static async Task<IEnumerable<string?>> SkippedAsync(Workbench bench) => (await bench.RowsAsync()).Where(row => row.Status == DeliveryStatus.Skipped).Select(row => row.Reason);
}
