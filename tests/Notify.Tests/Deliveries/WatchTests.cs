using Notify.Alerts;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Jobs;
using Notify.Operators;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Deliveries;

/// <summary>What needs a person is said once, mailed once, and taken back when it is over.</summary>
public sealed class WatchTests(PostgresServer postgres)
{
    private const string Chief = "chief@example.com";
    private static readonly Sender One = new("texts", Channel.Text, PerSecond: 1e9, Concurrency: 4, Slots: 1);
    private static readonly Sender Mail = new("mails", Channel.Mail, PerSecond: 1e9, Concurrency: 4, Slots: 1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task Unknown_rows_are_one_alarm_and_one_mail_until_a_person_has_decided(DatabaseProvider database)
    {
        await using var bench = await OpenAsync(database, new ManualClock());
        var alert = await ResolutionTests.UnknownAsync(bench, 5);

        await LookAsync(bench, times: 3);
        await bench.Get<IAlarm>().RaiseAsync(Watch.Unknown, "again", Token);
        await LookAsync(bench, times: 2);
        await bench.RunLaneAsync(Mail, stopping: Token);

        Assert.Equal([Watch.Unknown], await AlarmsAsync(bench));
        Assert.Equal(1, bench.Sent);
        Assert.Equal(1, await bench.CountAsync("contacts WHERE address = 'chief@example.com'"));
        await bench.Get<AlertControl>().ResolveAllAsync(alert, Verdict.Sent, (_, _) => Task.CompletedTask, Token);
        await LookAsync(bench);
        Assert.Empty(await AlarmsAsync(bench));

        await ResolutionTests.UnknownAsync(bench, 1);
        await LookAsync(bench, times: 2);
        await bench.RunLaneAsync(Mail, stopping: Token);
        Assert.Equal(2, bench.Sent);
    }

    [Theory, ClassData<Databases>]
    public async Task An_alarm_is_mailed_again_after_a_day_but_not_when_somebody_has_seen_it(DatabaseProvider database)
    {
        await using var bench = await OpenAsync(database, new ManualClock());
        await bench.Get<IAlarm>().RaiseAsync("feed", "It is gone.", Token);

        await LookAsync(bench);
        await bench.ExecuteAsync("UPDATE alarms SET mailed_at = mailed_at - 86400001");
        await LookAsync(bench, times: 2);
        Assert.Equal(2, await bench.CountAsync("deliveries"));
        await bench.WriteAsync(async write =>
        {
            await AlarmMails.SeeAsync(write, "feed", "ada@example.com");
            return 0;
        });
        await bench.ExecuteAsync("UPDATE alarms SET mailed_at = mailed_at - 86400001");
        await LookAsync(bench);

        Assert.Equal(2, await bench.CountAsync("deliveries"));
        Assert.Equal(1, await bench.CountAsync("audit WHERE who = 'ada@example.com'"));
        await bench.ExecuteAsync("UPDATE alarms SET seen_at = seen_at - 86400001, last_at = last_at - 86400001");
        await LookAsync(bench);
        Assert.Empty(await AlarmsAsync(bench));
    }

    [Theory, ClassData<Databases>]
    public async Task A_senders_alarm_goes_when_it_has_worked_again_and_an_outage_when_one_has(DatabaseProvider database)
    {
        await using var bench = await OpenAsync(database, new ManualClock());
        await bench.AddReadersAsync(3);
        await bench.PublishAsync("Kim offers support");
        bench.Answers(new SendOutcome.SenderBroken("refused"));
        await bench.RunLaneAsync(One, stopping: Token);
        await LookAsync(bench);
        Assert.Equal(["sender texts"], await AlarmsAsync(bench));

        await bench.ExecuteAsync("UPDATE alarms SET raised_at = raised_at - 300000");
        await LookAsync(bench, times: 2);
        Assert.Equal(["outage of texts", "sender texts"], await AlarmsAsync(bench));

        await RestEndedAsync(bench, ago: 30_000);
        await LookAsync(bench);
        Assert.Equal(["outage of texts", "sender texts"], await AlarmsAsync(bench));
        bench.Answers(new SendOutcome.Accepted("id"));
        await bench.ExecuteAsync("UPDATE deliveries SET due_at = 0");
        await bench.RunLaneAsync(One, stopping: Token);
        await LookAsync(bench, times: 2);
        Assert.Empty(await AlarmsAsync(bench));
    }

    [Theory, ClassData<Databases>]
    public async Task An_alert_that_is_due_and_does_not_move_is_stuck_until_it_does(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await OpenAsync(database, clock);
        await bench.AddReadersAsync(3);
        var alert = await bench.PublishAsync("Kim offers support");

        await LookAsync(bench);
        clock.Advance(TimeSpan.FromMinutes(9));
        await LookAsync(bench);
        Assert.Empty(await AlarmsAsync(bench));
        await bench.Get<AlertControl>().PauseAsync(alert, Token);
        clock.Advance(TimeSpan.FromMinutes(9));
        await LookAsync(bench);
        Assert.Empty(await AlarmsAsync(bench));
        await bench.Get<AlertControl>().ResumeAsync(alert, Token);
        await LookAsync(bench);
        clock.Advance(TimeSpan.FromMinutes(10));
        await LookAsync(bench, times: 2);

        Assert.Equal([$"alert stuck {alert}"], await AlarmsAsync(bench));
        await bench.RunLaneAsync(One, stopping: Token);
        await LookAsync(bench);
        Assert.Empty(await AlarmsAsync(bench));
    }

    [Theory, ClassData<Databases>]
    public async Task An_alert_that_waits_for_a_resting_sender_is_not_stuck(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await OpenAsync(database, clock);
        await bench.AddReadersAsync(3);
        await bench.PublishAsync("Kim offers support");
        await LookAsync(bench);
        clock.Advance(TimeSpan.FromMinutes(11));
        await bench.ExecuteAsync("INSERT INTO senders (name, rests_until, reason, trips) VALUES ('texts', @until, 'refused', 1)", ("until", clock.GetUtcNow() + TimeSpan.FromMinutes(1)));

        await LookAsync(bench);

        Assert.Empty(await AlarmsAsync(bench));
    }

    [Theory, ClassData<Databases>]
    public async Task No_look_reads_through_the_deliveries(DatabaseProvider database)
    {
        await using var bench = await OpenAsync(database, new ManualClock());

        foreach (var sql in (string[])[Watch.Due, Resolution.ResolveOne, Resolution.ResolveAll, Watch.Waiting])
        {
            var plan = await bench.WriteAsync(async write =>
            {
                await (write.IsPostgres ? write.ExecuteAsync("SET LOCAL enable_seqscan = off") : Task.FromResult(0));
                return await write.QueryAsync((write.IsPostgres ? "EXPLAIN " : "EXPLAIN QUERY PLAN ") + sql, row => row.GetString(write.IsPostgres ? 0 : 3), Parameters(sql));
            });
            Assert.DoesNotContain(plan, line => line.Contains("SCAN deliveries", StringComparison.Ordinal) || line.Contains("SCAN d", StringComparison.Ordinal)
                || line.Contains("Seq Scan on deliveries", StringComparison.Ordinal));
        }
    }

    private static (string, object?)[] Parameters(string sql)
    {
        (string Name, object? Value)[] all =
        [
            ("source", Guid.Empty), ("sender", "texts"), ("now", 1L), ("status", 0), ("reason", "r"), ("expires", 2L), ("line", "l"),
            ("id", sql == Resolution.ResolveOne ? 1L : Guid.Empty),
        ];
        return [.. all.Where(p => sql.Contains("@" + p.Name, StringComparison.Ordinal))];
    }

    private Task<Workbench> OpenAsync(DatabaseProvider database, ManualClock clock) =>
        Workbench.OpenAsync(database, postgres, [One, Mail], clock, ("Operators:AlarmTo", Chief));

    private static async Task LookAsync(Workbench bench, int times = 1)
    {
        for (var i = 0; i < times; i++)
        {
            await bench.Get<IEnumerable<IReconcile>>().OfType<Watch>().Single().ReconcileAsync(Token);
            await bench.Get<AlarmMails>().ReconcileAsync(Token);
        }
    }

    private static Task<int> RestEndedAsync(Workbench bench, long ago) => bench.WriteAsync(async write =>
        await write.ExecuteAsync("UPDATE senders SET rests_until = @at", ("at", await write.NowAsync() - TimeSpan.FromMilliseconds(ago))));

    private static Task<List<string>> AlarmsAsync(Workbench bench) =>
        bench.QueryAsync("SELECT name FROM alarms WHERE cleared_at IS NULL ORDER BY name", row => row.GetString(0));
}
