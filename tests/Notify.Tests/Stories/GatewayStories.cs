using Microsoft.Extensions.DependencyInjection;
using Notify.Jobs;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>The whole way of a reader through a gateway that nobody wrote a line for: settings alone, and the real adapter against the local carrier.</summary>
public sealed class GatewayStories(PostgresServer postgres)
{
    private const string Reader = "+12125550143";

    [Theory, ClassData<Databases>]
    public async Task A_reader_signs_up_is_told_and_stops_through_a_gateway(DatabaseProvider database)
    {
        await using var room = await OpenAsync(database);

        await room.SignUpAndConfirmTextAsync(Reader);
        await room.EventuallyAsync(async () => (await room.TextsAsync(Reader)).Count == 2, "the sign-up is confirmed by a text of its own");
        var told = await room.PublishAsync("""Kim says "I {text} you" \ costs 5 €""");
        await room.EventuallyAsync(async () => (await room.AlertAsync(told)).Counts.Delivered == 1, "the alert is delivered");
        var stopped = await room.ReplyAsync(Reader, "STOP");
        await room.ReplyAsync(Reader, "STOP", stopped.Id);
        await room.EventuallyAsync(async () => (await room.TextsAsync(Reader)).Count == 4, "the stop is confirmed");
        await room.ReplyAsync(Reader, "STOP");
        var silent = await room.FinishedAsync(await room.PublishAsync("Nobody gets this"));
        await room.ReconcileAsync();
        await IdleAsync(room);

        var texts = await room.TextsAsync(Reader);
        Assert.Equal(4, texts.Count);
        Assert.Contains("Reply Y", texts[0], StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Thanks for subscribing", texts[1], StringComparison.Ordinal);
        Assert.Contains("""Kim says "I {text} you" \ costs 5 """, texts[2], StringComparison.Ordinal);
        Assert.Contains("no more texts", texts[3], StringComparison.Ordinal);
        Assert.Equal(204, stopped.WebhookStatus);
        Assert.Equal(0, silent.Counts.Sent);
        Assert.Equal([GatewaySettings.Sender], await room.QueryAsync("SELECT DISTINCT sender FROM deliveries", row => row.GetString(0)));
    }

    [Theory, ClassData<Databases>]
    public async Task A_webhook_that_comes_twice_is_answered_once(DatabaseProvider database)
    {
        await using var room = await OpenAsync(database);
        await room.SignUpAndConfirmTextAsync(Reader);
        await room.EventuallyAsync(async () => (await room.TextsAsync(Reader)).Count == 2, "the sign-up is confirmed");
        await room.FaultAsync(new { on = "inbound", @double = true });

        await room.ReplyAsync(Reader, "HELP");
        await room.EventuallyAsync(async () => (await room.TextsAsync(Reader)).Count == 3, "help has come");
        await IdleAsync(room);

        Assert.Equal(3, (await room.TextsAsync(Reader)).Count);
        Assert.Equal((2, 3), ((await room.QueryAsync("SELECT count(*) FROM inbox", row => row.GetInt32(0)))[0], (await room.QueryAsync("SELECT count(*) FROM deliveries", row => row.GetInt32(0)))[0]));
    }

    [Theory, ClassData<Databases>]
    public async Task Nothing_is_lost_or_doubled_when_the_gateway_misbehaves(DatabaseProvider database)
    {
        await using var room = await OpenAsync(database, ("Delivery:SettleSeconds", "1"));
        var (phones, _) = await room.AddReadersAsync(byText: 7, byMail: 0);
        await room.FaultAsync(
            new { on = "create", to = phones[0], dropAfterAccept = true },
            new { on = "status", to = phones[0], lose = true },
            new { on = "create", to = phones[1], status = 429 },
            new { on = "create", to = phones[2], status = 500 },
            new { on = "status", to = phones[3], beforeAnswer = true, reorder = true, @double = true },
            new { on = "create", to = phones[4], status = 400 },
            new { on = "create", to = phones[5], finalStatus = "failed", errorCode = 30008 },
            new { on = "create", to = phones[6], refuse = true });

        var alert = await room.PublishAsync("Kim offers support");
        await room.FinishedAsync(alert, hurry: true, seconds: 60);
        await room.EventuallyAsync(async () => (await room.AlertAsync(alert)).Counts is { Delivered: 4, Accepted: 1, Undelivered: 1, Rejected: 1 }, "all have ended", hurry: true);

        var handsets = await room.TextCountsAsync();
        Assert.All(new[] { 0, 1, 2, 3, 6 }, i => Assert.Equal(1, handsets[phones[i]]));
    }

    [Theory, ClassData<Databases>]
    public async Task Without_a_search_a_text_in_doubt_waits_for_a_person_and_is_not_sent_again(DatabaseProvider database)
    {
        await using var room = await OpenAsync(database, ("Delivery:SettleSeconds", "1"), ("HttpTexts:0:Find:Url", ""));
        var (phones, _) = await room.AddReadersAsync(byText: 1, byMail: 0);
        await room.FaultAsync(new { on = "create", to = phones[0], dropAfterAccept = true }, new { on = "status", to = phones[0], lose = true });

        var alert = await room.PublishAsync("Kim offers support");
        await room.EventuallyAsync(async () => (await room.AlertAsync(alert)).Counts.Unknown == 1, "a person is to decide", hurry: true);
        await room.ReconcileAsync();

        Assert.Single(await room.TextsAsync(phones[0]));
        Assert.Contains("deliveries unknown", await AlarmsAsync(room));
    }

    [Theory, ClassData<Databases>]
    public async Task A_gateway_whose_credit_ran_out_loses_nobody(DatabaseProvider database)
    {
        await using var room = await OpenAsync(database);
        await room.AddReadersAsync(byText: 40, byMail: 0);
        await room.FaultAsync(new { on = "create", status = 402, times = 0 });

        var alert = await room.PublishAsync("Kim offers support");
        await room.EventuallyAsync(async () => (await AlarmsAsync(room)).Contains("sender " + GatewaySettings.Sender), "a person is told");
        await room.EventuallyAsync(async () => (await room.AlertAsync(alert)).Counts.Pending == 40, "all of them wait");
        Assert.Equal([1], await room.QueryAsync("SELECT CASE WHEN refused AND rests_until > 0 THEN 1 ELSE 0 END FROM senders", row => row.GetInt32(0)));
        await room.ClearFaultsAsync();

        Assert.Equal(40, (await room.FinishedAsync(alert, hurry: true, seconds: 60)).Counts.Sent);
    }

    /// <summary>With and without a place for the gateway's own codes: what nobody has described may mean anything.</summary>
    [Theory]
    [InlineData(DatabaseProvider.Sqlite, "", "HTTP 400")]
    [InlineData(DatabaseProvider.Postgres, "", "HTTP 400")]
    [InlineData(DatabaseProvider.Sqlite, "error.code", "scripted")]
    [InlineData(DatabaseProvider.Postgres, "error.code", "scripted")]
    public async Task Refusals_nobody_has_described_stop_an_alert_before_its_audience_is_lost(DatabaseProvider database, string place, string code)
    {
        await using var room = await OpenAsync(database, ("HttpTexts:0:Answer:ErrorCode", place));
        await room.AddReadersAsync(byText: 200, byMail: 0);
        await room.FaultAsync(new { on = "create", status = 400, times = 0 });

        var alert = await room.PublishAsync("Kim offers support");
        await room.EventuallyAsync(async () => (await AlarmsAsync(room)).Contains($"alert {alert} code {code}"), "a person is told of the alert");
        await room.EventuallyAsync(async () => (await room.AlertAsync(alert)).Counts.Sending == 0, "nothing is under way");
        var stopped = await room.AlertAsync(alert);

        Assert.Equal("paused", stopped.State);
        Assert.InRange(stopped.Counts.Pending, 100, 180);
        Assert.Contains($"provider code {code}", await AlarmsAsync(room));
    }

    [Fact]
    public async Task The_doctor_says_what_a_gateway_lacks()
    {
        await using var room = await OpenAsync(DatabaseProvider.Sqlite, ("HttpTexts:0:Webhooks:Secrets:0", ""), ("HttpTexts:0:Url", "http://gateway.example/send"));

        var lines = new List<CheckResult>();
        foreach (var check in room.Services.GetServices<ICheck>())
        {
            lines.AddRange(await check.CheckAsync(TestContext.Current.CancellationToken));
        }

        Assert.Contains("in the clear", Assert.Single(lines, line => line.What == "gateway gateway" && !line.IsGood).Says, StringComparison.Ordinal);
        Assert.Contains("no STOP by text is heard", Assert.Single(lines, line => line.What == "gateway gateway, webhooks" && !line.IsGood).Says, StringComparison.Ordinal);
    }

    /// <summary>Nothing waits to leave any more.</summary>
    private static Task IdleAsync(Newsroom room) => room.EventuallyAsync(
        async () => (await room.QueryAsync("SELECT count(*) FROM deliveries WHERE status IN (0, 2)", row => row.GetInt32(0)))[0] == 0, "nothing waits any more", hurry: true);

    private static Task<IReadOnlyList<string>> AlarmsAsync(Newsroom room) => room.QueryAsync("SELECT name FROM alarms WHERE cleared_at IS NULL", row => row.GetString(0));

    private Task<Newsroom> OpenAsync(DatabaseProvider database, params (string Key, string Value)[] settings) => Newsroom.OpenGatewayAsync(database, postgres, settings);
}
