using Notify.Deliveries;
using Notify.Jobs;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Deliveries;

/// <summary>What ended long ago goes; the figures stay, and so does whatever is not settled.</summary>
public sealed class RetentionTests(PostgresServer postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task What_ended_long_ago_is_removed_and_the_figures_stay(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await Workbench.OpenAsync(database, postgres, [Workbench.Texts], clock, ("Delivery:Retention", "30.00:00:00"));
        var readers = await bench.AddReadersAsync(10);
        var old = await bench.PublishAsync("Old");
        await bench.ExecuteAsync("UPDATE deliveries SET status = 3 WHERE contact_id <> @open", ("open", readers[4]));
        await bench.ExecuteAsync("UPDATE deliveries SET status = 9 WHERE contact_id = @open", ("open", readers[4]));
        await bench.ExecuteAsync("UPDATE sources SET pending = 0, accepted = 9, unknown = 1 WHERE id = @id", ("id", old));
        clock.Advance(TimeSpan.FromDays(29));
        var young = await bench.PublishAsync("Young");
        var retention = bench.Get<IEnumerable<IReconcile>>().OfType<Retention>().Single();

        await retention.ReconcileAsync(Token);
        var before = await bench.CountAsync("deliveries");
        clock.Advance(TimeSpan.FromDays(1) + TimeSpan.FromSeconds(1));
        await retention.ReconcileAsync(Token);

        var left = await bench.RowsAsync();
        Assert.Equal(20, before);
        Assert.Equal([readers[4]], left.Where(row => row.Source == old).Select(row => row.Contact));
        Assert.Equal(10, left.Count(row => row.Source == young));
        Assert.Equal([(10L, 9L, 1L)], await bench.QueryAsync(
            "SELECT decided, accepted, unknown FROM sources WHERE id = @id", row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)), ("id", old)));
    }

    [Theory, ClassData<Databases>]
    public async Task More_than_a_chunk_goes_in_one_round(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await Workbench.OpenAsync(database, postgres, [Workbench.Texts], clock);
        await bench.AddReadersAsync(50);
        for (var article = 0; article < 50; article++)
        {
            await bench.PublishAsync($"Article {article}");
        }

        await bench.ExecuteAsync("UPDATE deliveries SET status = 4");
        clock.Advance(TimeSpan.FromDays(91));
        await bench.Get<IEnumerable<IReconcile>>().OfType<Retention>().Single().ReconcileAsync(Token);

        Assert.Equal(0, await bench.CountAsync("deliveries"));
    }
}
