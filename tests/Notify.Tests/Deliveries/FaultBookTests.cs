using Notify.Deliveries;
using Notify.Jobs;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Deliveries;

/// <summary>What a provider says against messages: tried again, counted, said to a person, and the number or the alert held back.</summary>
public sealed class FaultBookTests(PostgresServer postgres)
{
    private static readonly ProviderFault Filtered = new("30007", "filtered") { Alert = new AlertRule(2, 50, Pauses: true) };
    private static readonly ProviderFault Unreachable = new("30003", "not reached") { CountedTimes = 3, CountedDays = 30 };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task An_alert_that_carriers_filter_is_paused_and_a_person_told_once(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        await bench.AddReadersAsync(100);
        var alert = await bench.PublishAsync("Kim offers support");
        await bench.RunLaneAsync(stopping: Token);
        var rows = await bench.RowsAsync();

        // Two of a hundred are two per cent, and no more than that.
        await FailAsync(bench, rows[0], Filtered);
        await FailAsync(bench, rows[1], Filtered);
        Assert.False(await IsPausedAsync(bench, alert));
        await FailAsync(bench, rows[2], Filtered);

        Assert.True(await IsPausedAsync(bench, alert));
        var raised = Assert.Single(await AlarmsAsync(bench), a => a.Name.StartsWith("alert ", StringComparison.Ordinal));
        Assert.Equal((1, "3 of 100 messages of an alert that have an end: filtered (30007). It is paused. Find out why, then let it go on or cancel it."), (raised.Times, raised.Text));

        // Whoever has looked and lets it go on is not stopped again by the next one.
        await bench.ExecuteAsync("UPDATE sources SET paused = @no WHERE id = @id", ("no", false), ("id", alert));
        await FailAsync(bench, rows[3], Filtered);
        Assert.False(await IsPausedAsync(bench, alert));
    }

    [Theory, ClassData<Databases>]
    public async Task A_few_of_a_few_pause_nothing(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        await bench.AddReadersAsync(49);
        var alert = await bench.PublishAsync("Kim offers support");
        await bench.RunLaneAsync(stopping: Token);

        foreach (var row in (await bench.RowsAsync()).Take(20))
        {
            await FailAsync(bench, row, Filtered);
        }

        Assert.False(await IsPausedAsync(bench, alert));
    }

    [Theory, ClassData<Databases>]
    public async Task Receipts_that_come_twice_are_counted_once(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        await bench.AddReadersAsync(1);
        await bench.PublishAsync("Kim offers support");
        await bench.RunLaneAsync(stopping: Token);
        var row = (await bench.RowsAsync())[0];

        for (var i = 0; i < 3; i++)
        {
            await FailAsync(bench, row, Filtered);
        }

        Assert.Equal([1], await bench.QueryAsync("SELECT count FROM provider_faults", r => r.GetInt32(0)));
    }

    [Theory, ClassData<Databases>]
    public async Task A_number_that_is_never_reached_is_stopped_after_the_third_time(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        await bench.AddReadersAsync(1);
        for (var time = 1; time <= 3; time++)
        {
            Assert.Equal(0, await bench.CountAsync("suppressions"));
            await bench.PublishAsync("Kim offers support");
            await bench.RunLaneAsync(stopping: Token);
            await FailAsync(bench, (await bench.RowsAsync())[^1], Unreachable);
        }

        Assert.Equal(["provider: not reached"], await bench.QueryAsync("SELECT reason FROM suppressions", r => r.GetString(0)));
        Assert.Equal(1, await bench.CountAsync("consent_entries WHERE kind = 8"));
    }

    [Theory, ClassData<Databases>]
    public async Task What_lies_long_back_does_not_count(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        await bench.AddReadersAsync(1);
        for (var time = 1; time <= 4; time++)
        {
            await bench.PublishAsync("Kim offers support");
            await bench.RunLaneAsync(stopping: Token);
            await FailAsync(bench, (await bench.RowsAsync())[^1], Unreachable);
            await bench.ExecuteAsync("UPDATE deliveries SET changed_at = changed_at - 1300000000");
        }

        Assert.Equal(0, await bench.CountAsync("suppressions"));
    }

    [Theory, ClassData<Databases>]
    public async Task A_code_nobody_knows_is_said_to_a_person(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        await bench.AddReadersAsync(3);
        await bench.PublishAsync("Kim offers support");
        bench.Answers(new SendOutcome.Rejected("provider code 99999") { Fault = new ProviderFault("99999", "provider code 99999") { IsKnown = false } });
        await bench.RunLaneAsync(stopping: Token);

        var raised = Assert.Single(await AlarmsAsync(bench));
        Assert.Equal(("provider code 99999", 3), (raised.Name, raised.Times));
        Assert.Equal([3], await bench.QueryAsync("SELECT count FROM provider_faults", r => r.GetInt32(0)));
    }

    [Theory, ClassData<Databases>]
    public async Task What_may_be_tried_again_is_tried_as_often_as_the_table_says(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        await bench.AddReadersAsync(1);
        await bench.PublishAsync("Kim offers support");
        var fault = new ProviderFault("30008", "unknown") { Again = TimeSpan.FromMinutes(30), Times = 1 };
        bench.Answers(message => new SendOutcome.Accepted(Guid.NewGuid().ToString("N")));

        for (var time = 1; time <= 2; time++)
        {
            await bench.ExecuteAsync("UPDATE deliveries SET due_at = 0");
            await bench.RunLaneAsync(stopping: Token);
            await FailAsync(bench, (await bench.RowsAsync())[0], fault);
        }

        Assert.Equal(2, bench.Sent);
        var row = (await bench.RowsAsync())[0];
        Assert.Equal((DeliveryStatus.Undelivered, "unknown", 2), (row.Status, row.Reason, row.Attempts));
    }

    private static async Task FailAsync(Workbench bench, Workbench.Row row, ProviderFault fault)
    {
        var id = (await bench.QueryAsync("SELECT provider_id FROM deliveries WHERE id = @id", r => r.GetString(0), ("id", row.Id)))[0];
        await bench.WriteAsync(write => bench.Get<Receipts>().ApplyAsync(write, row.Id, new Receipt(ReceiptKind.Undelivered, id, fault)));
    }

    private static async Task<bool> IsPausedAsync(Workbench bench, Guid alert) => (await bench.QueryAsync("SELECT paused FROM sources WHERE id = @id", r => r.GetBoolean(0), ("id", alert)))[0];

    /// <summary>An alarm is raised after the transaction, so it may take a moment.</summary>
    private static async Task<List<(string Name, string Text, int Times)>> AlarmsAsync(Workbench bench)
    {
        List<(string, string, int)> found = [];
        for (var look = 0; look < 100 && found.Sum(f => f.Item3) < (found.Count > 0 && found[0].Item1.StartsWith("provider", StringComparison.Ordinal) ? 3 : 1); look++)
        {
            await bench.Get<IAlarm>().OpenAsync(Token);
            found = await bench.QueryAsync("SELECT name, text, times FROM alarms", r => (r.GetString(0), r.GetString(1), r.GetInt32(2)));
        }

        return found;
    }
}
