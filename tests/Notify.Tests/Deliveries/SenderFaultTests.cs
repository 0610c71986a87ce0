using Microsoft.Extensions.Options;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Jobs;
using Notify.Providers.Twilio;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Deliveries;

/// <summary>What a refusal says beyond its message: about the sender, about a country, about a block of numbers; and who is told of it where no alert is.</summary>
public sealed class SenderFaultTests(PostgresServer postgres)
{
    private static readonly Sender One = new("one", Channel.Text, 1_000, 4, 1);
    private static readonly Sender Two = new("two", Channel.Text, 1_000, 4, 1);

    private static readonly ErrorPolicy Policy = new(Options.Create(new TwilioOptions()));

    private static readonly ProviderFault Unregistered = new("30034", "not registered") { Sender = SenderFault.Broken };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Ten minutes before it is stale there is no half hour to wait for; the sender is refused all the same.</summary>
    [Theory, ClassData<Databases>]
    public async Task A_sender_that_carriers_refuse_rests_and_another_takes_over_however_old_the_news_is(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, [One, Two]);
        await bench.AddReadersAsync(1);
        await bench.ExecuteAsync("UPDATE contacts SET sender = 'one'");
        await bench.PublishAsync("Kim offers support");
        await bench.ExecuteAsync("UPDATE deliveries SET expires_at = @soon", ("soon", DateTimeOffset.UtcNow.AddMinutes(10)));
        await bench.RunLaneAsync(One, stopping: Token);

        await FailAsync(bench, Unregistered);
        var standing = await bench.QueryAsync("SELECT refused, rests_until FROM senders WHERE name = 'one'", row => (IsRefused: row.GetBoolean(0), Until: row.Instant(1)));
        await bench.Get<IEnumerable<IReconcile>>().OfType<FailOver>().Single().ReconcileAsync(Token);
        await bench.RunLaneAsync(Two, stopping: Token);

        Assert.True(Assert.Single(standing) is { IsRefused: true } one && one.Until > DateTimeOffset.UtcNow.AddMinutes(25));
        Assert.Contains("sender one refused by carriers", await AlarmsAsync(bench, "sender one refused by carriers"));
        Assert.Equal(DeliveryStatus.Accepted, Assert.Single(await bench.RowsAsync()).Status);
    }

    /// <summary>The provider takes each message, and the carriers refuse it a moment later: that one is taken says nothing until its receipt could have come.</summary>
    [Theory, ClassData<Databases>]
    public async Task A_sender_that_carriers_refused_waits_for_the_receipt_of_the_first_one_after_its_rest(DatabaseProvider database)
    {
        var clock = new ManualClock();
        var sender = One with { PerSecond = 1_000_000 };
        await using var bench = await Workbench.OpenAsync(database, postgres, [sender], clock);
        await bench.AddReadersAsync(1);
        await bench.PublishAsync("Kim offers support");
        await bench.RunLaneAsync(sender, stopping: Token);
        await FailAsync(bench, Unregistered);
        await bench.AddReadersAsync(20);
        await bench.PublishAsync("Dam breaks");
        var sent = new List<int>();
        async Task SendAfterAsync(TimeSpan rest)
        {
            clock.Advance(rest);
            await bench.RunLaneAsync(sender, stopping: Token);
            sent.Add(bench.Sent);
        }

        await SendAfterAsync(TimeSpan.Zero);
        await SendAfterAsync(TimeSpan.FromMinutes(30));
        await SendAfterAsync(TimeSpan.FromMinutes(1));
        await FailAsync(bench, Unregistered);
        await SendAfterAsync(TimeSpan.FromMinutes(2));
        await SendAfterAsync(TimeSpan.FromMinutes(28));
        Assert.Equal([1, 2, 2, 2, 3], sent);
        Assert.Equal([(true, 1)], await bench.QueryAsync("SELECT refused, trips FROM senders", row => (row.GetBoolean(0), row.GetInt32(1))));

        // It is registered by now: no refusal comes.
        await SendAfterAsync(TimeSpan.FromMinutes(2));
        await SendAfterAsync(TimeSpan.FromMinutes(30));

        Assert.Equal(0, await bench.CountAsync("deliveries WHERE status = 0"));
        Assert.Equal([(false, 0)], await bench.QueryAsync("SELECT refused, trips FROM senders", row => (row.GetBoolean(0), row.GetInt32(1))));
    }

    /// <summary>A lane has read how the sender stands when a receipt says that it is refused. Only PostgreSQL, for SQLite lets nobody write beside.</summary>
    [Fact]
    public async Task A_step_of_a_lane_does_not_overwrite_a_rest_that_began_beside_it()
    {
        await using var bench = await Workbench.OpenAsync(DatabaseProvider.Postgres, postgres, [One]);
        await bench.AddReadersAsync(1);
        await bench.PublishAsync("Kim offers support");
        var rows = bench.Get<LaneLedger>();
        var lease = (await rows.TakeAsync(One, 0, Token))!;
        var row = Assert.Single((await rows.TurnAsync(lease, [], room: 1, new DeliveryOptions())).Claimed);
        var (written, seen) = (new TaskCompletionSource(), new TaskCompletionSource());
        var rest = bench.WriteAsync(async write =>
        {
            var until = await write.NowAsync() + TimeSpan.FromMinutes(30);
            await Standing.ChangeAsync(write, One.Name, before => (before with { RestsUntil = until, Trips = 1, IsRefused = true }, "refused"));
            written.SetResult();
            await seen.Task;
            return until;
        });
        await written.Task;

        var turn = rows.TurnAsync(lease, [new RowResult(row, new SendOutcome.TryLater("too many requests", Trouble: Trouble.TooFast))], room: 0, new DeliveryOptions());
        while ((await bench.QueryAsync("SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE NOT l.granted AND a.datname = current_database()", r => r.GetInt64(0)))[0] == 0)
        {
            Assert.False(turn.IsCompleted, "The lane did not wait.");
        }

        seen.SetResult();
        await Task.WhenAll(rest, turn);

        Assert.Equal([(await rest, 1, true)], await bench.QueryAsync("SELECT rests_until, trips, refused FROM senders", r => (r.Instant(0), r.GetInt32(1), r.GetBoolean(2))));
    }

    [Theory, ClassData<Databases>]
    public async Task A_message_that_does_not_come_back_slows_its_sender_down_once(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await Workbench.OpenAsync(database, postgres, [One with { PerSecond = 1_000_000 }], clock);
        await bench.AddReadersAsync(1);
        await bench.PublishAsync("Kim offers support");
        await bench.RunLaneAsync(One with { PerSecond = 1_000_000 }, stopping: Token);

        for (var time = 0; time < 3; time++)
        {
            await FailAsync(bench, Policy.ReadFailure(30036));
            clock.Advance(TimeSpan.FromSeconds(5));
        }

        Assert.Equal([0.5], await bench.QueryAsync("SELECT share FROM senders", row => row.GetDouble(0)));
        Assert.Equal(DeliveryStatus.Undelivered, Assert.Single(await bench.RowsAsync()).Status);
    }

    [Theory, ClassData<Databases>]
    public async Task A_refusal_at_once_slows_its_sender_down_too(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, [One]);
        await bench.AddReadersAsync(1);
        await bench.PublishAsync("Kim offers support");
        bench.Answers(new SendOutcome.Rejected("too many for this number") { Fault = new ProviderFault("1", "too many for this number") { Sender = SenderFault.TooFast } });

        await bench.RunLaneAsync(One, stopping: Token);

        Assert.Equal([0.5], await bench.QueryAsync("SELECT share FROM senders", row => row.GetDouble(0)));
    }

    [Theory, ClassData<Databases>]
    public async Task A_code_that_one_time_is_too_many_of_is_told_without_an_alert_too_and_pauses_nothing(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, [One]);
        var readers = await bench.AddReadersAsync(3);
        // A share of all answers there ever were says nothing.
        await AnswerAsync(bench, readers[0], Policy.Read(400, 30008, null));
        await AnswerAsync(bench, readers[1], Policy.Read(400, 20001, null));
        await AnswerAsync(bench, readers[2], Policy.Read(400, 30450, null));

        await AlarmsAsync(bench, "provider code 20001");
        var told = await AlarmsAsync(bench, "provider code 30450");

        Assert.Equal(["provider code 20001", "provider code 30450"], told.Order());
        Assert.Equal([false], await bench.QueryAsync("SELECT paused FROM sources WHERE id = @id", row => row.GetBoolean(0), ("id", Source.Replies)));
    }

    [Theory, ClassData<Databases>]
    public async Task A_fault_of_ours_stops_the_alert_before_the_whole_audience_is_burnt(DatabaseProvider database)
    {
        var slow = One with { PerSecond = 4, Concurrency = 1 };
        await using var bench = await Workbench.OpenAsync(database, postgres, [slow]);
        await bench.AddReadersAsync(30);
        await bench.PublishAsync("Kim offers support");
        bench.Answers(Policy.Read(400, 21617, null));

        await bench.RunLaneAsync(slow, stopping: Token);

        Assert.InRange(bench.Sent, 1, 8);
        Assert.Equal([true], await bench.QueryAsync("SELECT paused FROM sources WHERE kind = 1", row => row.GetBoolean(0)));
    }

    [Theory, ClassData<Databases>]
    public async Task A_country_the_account_may_not_text_waits_and_the_others_go(DatabaseProvider database)
    {
        var clock = new ManualClock();
        var sender = One with { PerSecond = 1_000_000, Concurrency = 1 };
        await using var bench = await Workbench.OpenAsync(database, postgres, [sender], clock);
        var readers = await bench.AddReadersAsync(20);
        await bench.ExecuteAsync("UPDATE contacts SET address = '+4477009' || (10000 + id) WHERE id <= @id", ("id", readers[9]));
        await bench.PublishAsync("Kim offers support");
        bench.Answers(message => message.Address.StartsWith("+44", StringComparison.Ordinal) ? Policy.Read(400, 21408, null) : new SendOutcome.Accepted($"id-{message.DeliveryId}"));

        await bench.RunLaneAsync(sender, stopping: Token);
        var rows = await bench.RowsAsync();
        var refused = rows.Count(row => row.Status == DeliveryStatus.Rejected);
        bench.Answers(message => new SendOutcome.Accepted($"id-{message.DeliveryId}"));
        clock.Advance(TimeSpan.FromMinutes(61));
        await bench.RunLaneAsync(sender, stopping: Token);

        // What the lane held at that moment went the same way; what came after waits for the permission.
        Assert.InRange(refused, 1, 4);
        Assert.Equal(10 - refused, rows.Count(row => row.Status == DeliveryStatus.Pending));
        Assert.Equal(10, rows.Count(row => row.Status == DeliveryStatus.Accepted));
        Assert.All(rows.Where(row => row.Status == DeliveryStatus.Pending), row => Assert.Equal(0, row.Attempts));
        Assert.Equal(20 - refused, (await bench.RowsAsync()).Count(row => row.Status == DeliveryStatus.Accepted));
    }

    [Theory, ClassData<Databases>]
    public async Task A_block_of_numbers_that_is_suspected_of_pumping_waits_and_its_neighbours_go(DatabaseProvider database)
    {
        var clock = new ManualClock();
        var sender = One with { PerSecond = 1_000_000 };
        await using var bench = await Workbench.OpenAsync(database, postgres, [sender], clock);
        var readers = await bench.AddReadersAsync(3);
        await bench.ExecuteAsync("UPDATE contacts SET address = '+16465559' || (100 + id) WHERE id >= @id", ("id", readers[1]));
        await AnswerAsync(bench, readers[1], new SendOutcome.Accepted("SM1"), sender);
        await FailAsync(bench, Policy.ReadFailure(30453));

        bench.Answers(message => new SendOutcome.Accepted($"id-{message.DeliveryId}"));
        foreach (var reader in readers.Except([readers[1]]))
        {
            await QueueAsync(bench, reader);
        }

        await bench.RunLaneAsync(sender, stopping: Token);
        var before = (await bench.RowsAsync()).ToDictionary(row => row.Contact, row => row.Status);
        clock.Advance(TimeSpan.FromMinutes(61));
        await bench.RunLaneAsync(sender, stopping: Token);

        Assert.Equal((DeliveryStatus.Accepted, DeliveryStatus.Undelivered, DeliveryStatus.Pending), (before[readers[0]], before[readers[1]], before[readers[2]]));
        Assert.Equal(DeliveryStatus.Accepted, (await bench.RowsAsync()).Single(row => row.Contact == readers[2]).Status);
    }

    /// <summary>An answer to a reader: a text that belongs to no alert.</summary>
    private static Task<int> QueueAsync(Workbench bench, long contact) => bench.WriteAsync(async write =>
    {
        await bench.Get<PostOffice>().QueueReplyAsync(write, Guid.CreateVersion7(), contact, "one", "You are unsubscribed.", TimeSpan.FromDays(1));
        return 0;
    });

    private static async Task AnswerAsync(Workbench bench, long contact, SendOutcome outcome, Sender? sender = null)
    {
        await QueueAsync(bench, contact);
        bench.Answers(outcome);
        await bench.RunLaneAsync(sender ?? One, stopping: Token);
    }

    /// <summary>A receipt about the first message that the provider has, or else the first there was.</summary>
    private static async Task FailAsync(Workbench bench, ProviderFault fault)
    {
        var (row, id) = (await bench.QueryAsync("SELECT id, provider_id FROM deliveries WHERE provider_id IS NOT NULL ORDER BY CASE WHEN status = 3 THEN 0 ELSE 1 END, id", r => (r.GetInt64(0), r.GetString(1))))[0];
        await bench.WriteAsync(write => bench.Get<Receipts>().ApplyAsync(write, row, new Receipt(ReceiptKind.Undelivered, id, fault)));
    }

    /// <summary>An alarm is raised after the transaction, so it may take a moment.</summary>
    private static async Task<IReadOnlyList<string>> AlarmsAsync(Workbench bench, string last)
    {
        for (var look = 0; ; look++)
        {
            string[] open = [.. (await bench.Get<IAlarm>().OpenAsync(Token)).Select(alarm => alarm.Name)];
            if (look == 200 || open.Contains(last))
            {
                return open;
            }
        }
    }
}
