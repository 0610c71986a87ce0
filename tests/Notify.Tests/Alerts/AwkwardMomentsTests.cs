using Notify.Alerts;
using Notify.Articles;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Alerts;

/// <summary>What happens between two looks of one fan-out: the night begins, or the alert's own time comes.</summary>
public sealed class AwkwardMomentsTests(PostgresServer postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Another chunk writes down that it is night by now, after this one has looked who is to be held. Only PostgreSQL, for SQLite lets nobody write beside.</summary>
    [Fact]
    public async Task A_night_that_begins_between_those_who_are_held_and_those_who_are_not_loses_nobody()
    {
        await using var bench = await Workbench.OpenAsync(DatabaseProvider.Postgres, postgres,
            settings: [("Publication:TimeZone", "UTC"), ("Publication:QuietHours:From", Clock(-3)), ("Publication:QuietHours:To", Clock(3))]);
        var readers = await bench.AddReadersAsync(5);
        await bench.ExecuteAsync("INSERT INTO whereabouts (region, zones) VALUES ('', 'Etc/GMT-12')");
        await bench.ExecuteAsync("UPDATE subscriptions SET whereabouts_id = (SELECT id FROM whereabouts WHERE zones = 'Etc/GMT-12') WHERE contact_id > @first", ("first", readers[0]));
        var alert = await DecideAsync(bench);
        var (written, seen) = (new TaskCompletionSource(), new TaskCompletionSource());
        var night = bench.WriteAsync(async write =>
        {
            // The first insert of the fan-out stops at this row.
            await write.ExecuteAsync("""
                INSERT INTO deliveries (source_id, subject_id, contact_id, channel, sender, status, due_at, expires_at, created_at, changed_at) VALUES (@id, @id, @contact, 1, 'texts', 1, 1, 1, 1, 1)
                """, ("id", alert), ("contact", readers[0]));
            await write.ExecuteAsync("UPDATE whereabouts SET opens_at = @tomorrow WHERE zones = 'Etc/GMT-12'", ("tomorrow", await write.NowAsync() + TimeSpan.FromDays(1)));
            written.SetResult();
            await seen.Task;
            return 0;
        });
        await written.Task;

        var fanOut = bench.Get<FanOut>().RunAsync(alert, Token);
        while ((await bench.QueryAsync("SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE NOT l.granted AND a.datname = current_database()", row => row.GetInt64(0)))[0] == 0)
        {
            Assert.False(fanOut.IsCompleted, "The fan-out did not wait.");
        }

        seen.SetResult();
        await Task.WhenAll(night, fanOut);

        Assert.Equal(readers.Order(), (await bench.RowsAsync()).Select(row => row.Contact).Order());
        Assert.Equal(4, await bench.CountAsync("deliveries WHERE status = 0 AND whereabouts_id IS NOT NULL"));
    }

    /// <summary>The alert's time comes after it was looked at and before its audience is written down.</summary>
    [Theory, ClassData<Databases>]
    public async Task An_alert_whose_time_comes_between_the_question_and_the_plan_does_not_pass_the_soft_stop(DatabaseProvider database)
    {
        var clock = new TickingClock();
        await using var bench = await Workbench.OpenAsync(database, postgres, clock: clock, settings: [("Budget:PerDay", "0.01")]);
        await bench.AddReadersAsync(3);
        var alert = await DecideAsync(bench);
        await bench.ExecuteAsync("UPDATE alerts SET starts_at = @soon", ("soon", clock.GetUtcNow().AddMilliseconds(1_500)));

        clock.IsTicking = true;
        await bench.Get<FanOut>().RunAsync(alert, Token);

        Assert.Equal([true], await bench.QueryAsync("SELECT hold FROM alerts", row => row.GetBoolean(0)));
        Assert.Equal(0, await bench.CountAsync("deliveries"));
    }

    private static async Task<Guid> DecideAsync(Workbench bench)
    {
        var draft = new ArticleDraft(new Uri("https://yid-info.example/1"), "Kim offers support", null, [], null, null, ArticlePriority.Normal, "test", []);
        var (_, alert, _) = await bench.WriteAsync(write => bench.Get<INewsdesk>().PublishAsync(write, draft, hold: false));
        return alert!.Value;
    }

    private static string Clock(int hours) => DateTimeOffset.UtcNow.AddHours(hours).ToString("HH:mm", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>A second later at each look.</summary>
    private sealed class TickingClock : TimeProvider
    {
        private readonly DateTimeOffset _start = new(2023, 9, 13, 12, 0, 0, TimeSpan.Zero);
        private int _looks;

        public bool IsTicking { get; set; }

        public override DateTimeOffset GetUtcNow() => _start + TimeSpan.FromSeconds(IsTicking ? Interlocked.Increment(ref _looks) : 0);
    }
}
