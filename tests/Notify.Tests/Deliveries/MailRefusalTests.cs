using Notify.Contacts;
using Notify.Deliveries;
using Notify.Inbound.Returns;
using Notify.Jobs;
using Notify.Providers.Smtp;
using Notify.Storage;
using Notify.Subscribers;
using Notify.Tests.Support;

namespace Notify.Tests.Deliveries;

/// <summary>What relays refuse at once, and what follows for the reader, the alert and the others.</summary>
public sealed class MailRefusalTests(PostgresServer postgres)
{
    private static readonly Sender Quick = new("mails", Channel.Mail, PerSecond: 1_000_000, Concurrency: 4, Slots: 1);

    private static readonly SendOutcome Disabled = Said(SmtpStage.Recipient, 550, "5.2.1 The account is disabled");
    private static readonly SendOutcome Full = Said(SmtpStage.Recipient, 552, "5.2.2 Mailbox full");

    private readonly ManualClock _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A relay says so at once, a report says so later: both are the mailbox's word.</summary>
    [Theory, ClassData<Databases>]
    public async Task A_disabled_mailbox_is_given_up_when_it_is_said_again_a_day_later(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, [Quick], _clock);
        await bench.AddReadersAsync(1, Channel.Mail);
        var suppressed = new List<long>();
        async Task SendAsync(SendOutcome outcome, bool comesBack = false)
        {
            await this.SendAsync(bench, outcome);
            if (comesBack)
            {
                var (id, at) = (await bench.QueryAsync("SELECT id, created_at FROM deliveries ORDER BY id DESC LIMIT 1", row => (row.GetInt64(0), row.Instant(1))))[0];
                await bench.Get<ReportBook>().TakeAsync(new Report("mailbox", $"r{id}", ReportKind.Failed) { Tag = bench.Get<MailTags>().Make(id, at), Reason = ReturnReason.Suspend }, Token);
            }

            suppressed.Add(await bench.CountAsync("suppressions"));
        }

        await SendAsync(Disabled);
        _clock.Advance(TimeSpan.FromHours(1));
        await SendAsync(new SendOutcome.Accepted("id"), comesBack: true);
        _clock.Advance(TimeSpan.FromHours(1));
        await SendAsync(Disabled);
        _clock.Advance(TimeSpan.FromHours(22));
        await SendAsync(Disabled);

        Assert.Equal([0, 0, 0, 1], suppressed);
        Assert.Equal("the relay said 550 5.2.1 at Recipient: the account is locked, disabled or unused", (await bench.RowsAsync())[0].Reason);
        Assert.Equal([("provider: it was refused: the account is locked, disabled or unused", true)], await bench.QueryAsync("SELECT reason, until IS NULL FROM suppressions", row => (row.GetString(0), Convert.ToBoolean(row[1], System.Globalization.CultureInfo.InvariantCulture))));
    }

    [Theory, ClassData<Databases>]
    public async Task Whom_a_person_has_unblocked_begins_anew(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, [Quick], _clock);
        var contact = (await bench.AddReadersAsync(1, Channel.Mail))[0];
        var suppressed = new List<long>();
        async Task SendAsync()
        {
            _clock.Advance(TimeSpan.FromDays(1));
            await this.SendAsync(bench, Disabled);
            suppressed.Add(await bench.CountAsync("suppressions"));
        }

        await SendAsync();
        await SendAsync();
        Assert.True(await bench.Get<Blocks>().LiftAsync(contact, "The account is open again", "editor@news.example", _ => Task.CompletedTask, Token));
        await SendAsync();
        await SendAsync();

        Assert.Equal([0, 1, 0, 1], suppressed);
    }

    [Theory, ClassData<Databases>]
    public async Task A_full_mailbox_gets_a_rest_after_the_third_time_also_when_a_relay_says_so(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, [Quick], _clock);
        await bench.AddReadersAsync(1, Channel.Mail);
        await SendAsync(bench, Full);
        await SendAsync(bench, Full);
        // Refused for now, until it is no news any more.
        await SendAsync(bench, Said(SmtpStage.Recipient, 452, "4.2.2 Over quota"));
        Assert.Equal((DeliveryStatus.Pending, 0L), ((await bench.RowsAsync())[^1].Status, await bench.CountAsync("suppressions")));
        await bench.ExecuteAsync("UPDATE deliveries SET due_at = 0, expires_at = @soon WHERE status = 0", ("soon", _clock.GetUtcNow().AddSeconds(10)));
        await bench.RunLaneAsync(Quick, stopping: Token);

        Assert.StartsWith("gave up: the relay said 452 4.2.2", (await bench.RowsAsync())[^1].Reason, StringComparison.Ordinal);
        Assert.Equal([TimeSpan.FromDays(14)], await bench.QueryAsync("SELECT until - at FROM suppressions", row => TimeSpan.FromMilliseconds(row.GetInt64(0))));
        // One of each alert, and none for what was refused only for now.
        Assert.Equal([1, 1], await bench.QueryAsync("SELECT count FROM provider_faults", row => row.GetInt32(0)));
    }

    /// <summary>A rule of the receiving house: it would meet the whole alert, and it says nothing of any reader.</summary>
    [Theory, ClassData<Databases>]
    public async Task A_refusal_for_policy_stops_the_alert_and_no_other_and_no_reader(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, [Quick], _clock);
        await bench.AddReadersAsync(40, Channel.Mail);
        var (refused, other) = (await bench.PublishAsync("Refused"), await bench.PublishAsync("Taken"));
        var policy = Said(SmtpStage.Message, 550, "5.7.1 Message rejected due to content restrictions");
        bench.Answers(message => ((OutgoingMail)message).Message.Subject.Contains("Refused", StringComparison.Ordinal) ? policy : new SendOutcome.Accepted("id"));

        await bench.RunLaneAsync(Quick, stopping: Token);

        var rows = (await bench.RowsAsync()).ToLookup(row => row.Source);
        Assert.InRange(rows[refused].Count(row => row.Status == DeliveryStatus.Rejected), 20, 20 + Quick.Window);
        Assert.All(rows[refused].Where(row => row.Status != DeliveryStatus.Rejected), row => Assert.Equal(DeliveryStatus.Pending, row.Status));
        Assert.All(rows[other], row => Assert.Equal(DeliveryStatus.Accepted, row.Status));
        Assert.Equal([refused], await bench.QueryAsync("SELECT id FROM sources WHERE paused", row => row.GetGuid(0)));
        Assert.Equal(0, await bench.CountAsync("suppressions"));
        Assert.StartsWith($"alert {refused} code ", await AlarmAsync(bench), StringComparison.Ordinal);
    }

    [Theory, ClassData<Databases>]
    public async Task Mails_to_a_domain_that_is_slowed_down_are_held_back_at_no_cost(DatabaseProvider database)
    {
        var one = Quick with { Concurrency = 1 };
        await using var bench = await Workbench.OpenAsync(database, postgres, [one], _clock);
        await bench.AddReadersAsync(10, Channel.Mail);
        await bench.PublishAsync("Kim offers support");
        bench.Answers(Said(SmtpStage.Recipient, 451, "4.7.0 Temporary rate limit"));

        await bench.RunLaneAsync(one, stopping: Token);

        var rows = await bench.RowsAsync();
        Assert.Equal(1, bench.Sent);
        Assert.All(rows, row => Assert.Equal(DeliveryStatus.Pending, row.Status));
        Assert.All(rows.Skip(1), row => Assert.Equal((0, "its mail domain takes mail slowly"), (row.Attempts, row.Reason)));
        // And a lane that looks at them again in vain leaves them as they are.
        await bench.ExecuteAsync("UPDATE deliveries SET due_at = 0");
        bench.Answers(new SendOutcome.Accepted("id"));
        for (var round = 0; round < 20 && await bench.CountAsync("deliveries WHERE status = 0") > 0; round++)
        {
            _clock.Advance(TimeSpan.FromMinutes(2));
            await bench.RunLaneAsync(one, stopping: Token);
        }

        Assert.All((await bench.RowsAsync()).Skip(1), row => Assert.Equal((DeliveryStatus.Accepted, 1), (row.Status, row.Attempts)));
    }

    private static SendOutcome Said(SmtpStage stage, int code, string text) => ReplyTable.Read(stage, new SmtpReply(code, text));

    /// <summary>One more article, and what a relay says to it.</summary>
    private async Task SendAsync(Workbench bench, SendOutcome outcome)
    {
        _clock.Advance(TimeSpan.FromMinutes(1));
        bench.Answers(outcome);
        await bench.PublishAsync("Kim offers support");
        await bench.RunLaneAsync(Quick, stopping: Token);
    }

    /// <summary>It is raised after the transaction, so it may take a moment.</summary>
    private static async Task<string> AlarmAsync(Workbench bench)
    {
        for (var look = 0; ; look++)
        {
            var open = await bench.Get<IAlarm>().OpenAsync(Token);
            if (look == 200 || open.Count > 0)
            {
                return Assert.Single(open).Name;
            }
        }
    }
}
