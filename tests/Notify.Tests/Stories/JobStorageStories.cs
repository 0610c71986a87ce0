using Hangfire;
using Hangfire.States;
using Microsoft.Extensions.DependencyInjection;
using Notify.Storage;
using Notify.Tests.Support;
using Npgsql;

namespace Notify.Tests.Stories;

/// <summary>Jobs are hints: the whole job storage goes away in the middle of an alert, and everyone still gets it once.</summary>
public sealed class JobStorageStories(PostgresServer postgres)
{
    private static readonly (string, string)[] Slow =
    [
        ("Twilio:Senders:0:Name", "slow"), ("Twilio:Senders:0:From", "+15005550006"), ("Twilio:Senders:0:SegmentsPerSecond", "25"), ("Twilio:Senders:0:Concurrency", "4"),
    ];

    [Theory, ClassData<Databases>]
    public async Task Every_job_is_deleted_again_and_again_while_an_alert_goes_out(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres, Slow);
        var (phones, _) = await room.AddReadersAsync(byText: 150, byMail: 0);

        var alert = await room.PublishAsync("Kim offers support");
        for (var round = 0; round < 3; round++)
        {
            DeleteJobs(room.Services.GetRequiredService<JobStorage>());
            var sent = (await room.AlertAsync(alert)).Counts.Sent;
            await room.EventuallyAsync(async () => (await room.AlertAsync(alert)).Counts.Sent > sent + 10, "it goes on");
        }

        await EveryoneOnceAsync(room, alert, phones);
    }

    [Fact]
    public async Task All_tables_of_the_job_storage_are_emptied_in_the_middle()
    {
        await using var room = await Newsroom.OpenAsync(DatabaseProvider.Postgres, postgres, Slow);
        var (phones, _) = await room.AddReadersAsync(byText: 150, byMail: 0);

        var alert = await room.PublishAsync("Kim offers support");
        for (var round = 0; round < 2; round++)
        {
            await room.EventuallyAsync(async () => (await room.AlertAsync(alert)).Counts.Sent > (20 * round) + 5, "the alert is going out");
            await ExecuteAsync(room, """
                DO $$ DECLARE names text; BEGIN
                  SELECT string_agg(format('hangfire.%I', tablename), ', ') INTO names FROM pg_tables WHERE schemaname = 'hangfire' AND tablename <> 'schema';
                  EXECUTE 'TRUNCATE ' || names || ' CASCADE';
                END $$
                """);
        }

        await EveryoneOnceAsync(room, alert, phones);
    }

    [Fact]
    public async Task The_schema_of_the_job_storage_is_dropped_in_the_middle()
    {
        await using var room = await Newsroom.OpenAsync(DatabaseProvider.Postgres, postgres, Slow);
        var (phones, _) = await room.AddReadersAsync(byText: 150, byMail: 0);

        var alert = await room.PublishAsync("Kim offers support");
        await room.EventuallyAsync(async () => (await room.AlertAsync(alert)).Counts.Sent > 5, "the alert is going out");
        await ExecuteAsync(room, "DROP SCHEMA hangfire CASCADE");
        var second = await room.PublishAsync("Another");

        await EveryoneOnceAsync(room, alert, phones, texts: 2);
        Assert.Equal(150, (await room.FinishedAsync(second, seconds: 60)).Counts.Sent);
    }

    private static async Task EveryoneOnceAsync(Newsroom room, Guid alert, IReadOnlyList<string> phones, int texts = 1)
    {
        var shown = await room.FinishedAsync(alert, seconds: 60);
        Assert.Equal(phones.Count, shown.Counts.Sent);
        await room.EventuallyAsync(async () => (await room.TextCountsAsync()).Values.Sum() >= phones.Count * texts, "everything has arrived", seconds: 60);
        var counts = await room.TextCountsAsync();
        Assert.All(phones, phone => Assert.Equal(texts, counts[phone]));
    }

    private static void DeleteJobs(JobStorage storage)
    {
        var (jobs, client) = (storage.GetMonitoringApi(), new BackgroundJobClient(storage));
        foreach (var id in jobs.Queues().SelectMany(queue => jobs.EnqueuedJobs(queue.Name, 0, 1_000)).Select(job => job.Key)
            .Concat(jobs.ProcessingJobs(0, 1_000).Select(job => job.Key)).Concat(jobs.ScheduledJobs(0, 1_000).Select(job => job.Key)))
        {
            client.ChangeState(id, new DeletedState());
        }
    }

    private static async Task ExecuteAsync(Newsroom room, string sql)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var connection = new NpgsqlConnection(room.Database.ConnectionString);
                await connection.OpenAsync(TestContext.Current.CancellationToken);
                await using var command = new NpgsqlCommand(sql, connection);
                await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
                return;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.DeadlockDetected && attempt < 10)
            {
                // The storage was using the tables in another order.
            }
        }
    }
}
