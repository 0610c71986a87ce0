using Notify.Consent;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Storage;
using Notify.Subscribers;
using Notify.Tests.Support;

namespace Notify.Tests.Deliveries;

/// <summary>A provider's word about what was sent before its reader came back: the reader knows better.</summary>
public sealed class ComeBackTests(PostgresServer postgres)
{
    private static readonly Sender Quick = new("texts", Channel.Text, PerSecond: 1_000_000, Concurrency: 4, Slots: 1);

    private static readonly ProviderFault Gone = new("21610", "it replied STOP") { IsGone = true };
    private static readonly ProviderFault Unreachable = new("30003", "not reached") { CountedTimes = 3, CountedDays = 30 };

    private readonly ManualClock _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task A_word_that_comes_a_day_late_does_not_undo_a_start(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, [Quick], _clock);
        var reader = (await bench.AddReadersAsync(1))[0];
        var before = await SendAsync(bench);
        await StopAsync(bench, reader);
        await StartAsync(bench, reader);
        _clock.Advance(TimeSpan.FromDays(1));

        Assert.True(await FailAsync(bench, before, Gone));
        Assert.Equal(0, await bench.CountAsync("suppressions"));

        // What is said of a message that left after the return counts.
        Assert.True(await FailAsync(bench, await SendAsync(bench), Gone));
        Assert.Equal(2, bench.Sent);
        Assert.Equal(1, await bench.CountAsync("suppressions"));
    }

    [Theory, ClassData<Databases>]
    public async Task Failures_before_a_return_do_not_count_after_it(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, [Quick], _clock);
        var reader = (await bench.AddReadersAsync(1))[0];
        for (var time = 0; time < 3; time++)
        {
            await FailAsync(bench, await SendAsync(bench), Unreachable);
        }

        Assert.Equal(1, await bench.CountAsync("suppressions"));
        await StartAsync(bench, reader);
        var suppressed = new List<long>();
        for (var time = 0; time < 3; time++)
        {
            await FailAsync(bench, await SendAsync(bench), Unreachable);
            suppressed.Add(await bench.CountAsync("suppressions"));
        }

        Assert.Equal([0, 0, 1], suppressed);
    }

    /// <summary>An answer that is written only after the lane was lost may be as late as a receipt.</summary>
    [Theory, ClassData<Databases>]
    public async Task A_late_answer_does_not_undo_a_start(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, [Quick], _clock);
        var reader = (await bench.AddReadersAsync(1))[0];
        await bench.PublishAsync("Kim offers support");
        var lease = (await bench.Get<LaneLedger>().TakeAsync(Quick, 0, Token))!;
        var row = Assert.Single((await bench.Get<LaneLedger>().TurnAsync(lease, [], room: 1, new DeliveryOptions())).Claimed);
        await StopAsync(bench, reader);
        await StartAsync(bench, reader);

        await bench.Get<LaneLedger>().MarkLateAsync(lease, [new RowResult(row, new SendOutcome.RecipientGone("it replied STOP"))], new DeliveryOptions());

        Assert.Equal(DeliveryStatus.Rejected, Assert.Single(await bench.RowsAsync()).Status);
        Assert.Equal(0, await bench.CountAsync("suppressions"));
    }

    /// <summary>Only PostgreSQL, for SQLite lets nobody write beside.</summary>
    [Fact]
    public async Task A_start_beside_the_word_stands()
    {
        await using var bench = await Workbench.OpenAsync(DatabaseProvider.Postgres, postgres, [Quick], _clock);
        var reader = (await bench.AddReadersAsync(1))[0];
        var before = await SendAsync(bench);
        await StopAsync(bench, reader);
        _clock.Advance(TimeSpan.FromMinutes(10));
        var address = (await bench.QueryAsync("SELECT address FROM contacts", row => row.GetString(0)))[0];
        var (started, seen) = (new TaskCompletionSource(), new TaskCompletionSource());
        var start = bench.WriteAsync(async write =>
        {
            await bench.Get<ContactBook>().FindOrAddAsync(write, new ContactPoint(Channel.Text, address));
            await ResumeAsync(bench, write, reader);
            started.SetResult();
            await seen.Task;
            return 0;
        });
        await started.Task;

        var word = FailAsync(bench, before, Gone);
        while ((await bench.QueryAsync("SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE NOT l.granted AND a.datname = current_database()", row => row.GetInt64(0)))[0] == 0)
        {
            Assert.False(word.IsCompleted, "Nobody waited for the START.");
        }

        seen.SetResult();
        await Task.WhenAll(start, word);

        Assert.Equal(DeliveryStatus.Undelivered, Assert.Single(await bench.RowsAsync()).Status);
        Assert.Equal(0, await bench.CountAsync("suppressions"));
    }

    /// <summary>One more article, taken by the provider.</summary>
    private async Task<Workbench.Row> SendAsync(Workbench bench)
    {
        _clock.Advance(TimeSpan.FromMinutes(1));
        await bench.PublishAsync("Kim offers support");
        await bench.RunLaneAsync(Quick, stopping: Token);
        _clock.Advance(TimeSpan.FromMinutes(1));
        return (await bench.RowsAsync())[^1];
    }

    private static Task<bool> FailAsync(Workbench bench, Workbench.Row row, ProviderFault fault) =>
        bench.WriteAsync(write => bench.Get<Receipts>().ApplyAsync(write, row.Id, new Receipt(ReceiptKind.Undelivered, $"id-{row.Id}", fault)));

    private Task StopAsync(Workbench bench, long reader)
    {
        _clock.Advance(TimeSpan.FromMinutes(1));
        return bench.WriteAsync(write => bench.Get<Subscriptions>().StopAsync(write, reader, "hash", Channel.Text, ConsentKind.Stopped, "reply", "stopped", new ConsentEvidence()));
    }

    private Task StartAsync(Workbench bench, long reader)
    {
        _clock.Advance(TimeSpan.FromMinutes(10));
        return bench.WriteAsync(async write =>
        {
            await ResumeAsync(bench, write, reader);
            return 0;
        });
    }

    private static Task ResumeAsync(Workbench bench, Write write, long reader) =>
        bench.Get<Subscriptions>().ResumeAsync(write, reader, "hash", Channel.Text, "reply", new ConsentEvidence());
}
