using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Notify.Providers.Twilio;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>A text provider that is down, too busy, or takes a text and does not say so: everybody is told, nobody twice.</summary>
public sealed class ProviderTroubleStories(PostgresServer postgres)
{
    private static readonly (string, string) AskSoon = ("Delivery:SettleSeconds", "1");

    [Theory, ClassData<Databases>]
    public async Task A_provider_that_is_down_and_comes_back_gets_everything_once(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        var (phones, emails) = await room.AddReadersAsync(byText: 20, byMail: 20);
        await room.StopCarrierAsync();
        var alert = await room.PublishAsync("Kim offers support");
        await room.EventuallyAsync(async () => await RestingAsync(room) == 2, "both senders rest");

        await room.StartCarrierAsync();
        var shown = await room.FinishedAsync(alert, hurry: true, seconds: 60);

        Assert.Equal(40, shown.Counts.Sent);
        Assert.Equal(0, await RestingAsync(room));
        await ToldOnceAsync(room, phones);
        var mails = await room.MailCountsAsync();
        Assert.All(emails, email => Assert.Equal(1, mails[email]));
    }

    [Theory, ClassData<Databases>]
    public async Task A_provider_that_is_too_busy_is_asked_again_later(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        var (phones, _) = await room.AddReadersAsync(byText: 20, byMail: 0);
        await room.FaultAsync(new { on = "create", status = 429, times = 15 });

        var shown = await room.FinishedAsync(await room.PublishAsync("Kim offers support"), hurry: true);

        Assert.Equal(20, shown.Counts.Sent);
        await ToldOnceAsync(room, phones);
    }

    [Theory, ClassData<Databases>]
    public async Task Texts_whose_answer_was_lost_are_found_by_asking_and_never_sent_twice(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres, AskSoon);
        var (phones, _) = await room.AddReadersAsync(byText: 12, byMail: 0);
        await room.FaultAsync(
            new { on = "create", dropAfterAccept = true, times = 4 },
            new { on = "create", refuse = true, times = 4 },
            new { on = "create", status = 500, times = 4 });
        await room.FaultAsync(phones.Select(phone => (object)new { on = "status", to = phone, lose = true }).ToArray());

        var shown = await room.FinishedAsync(await room.PublishAsync("Kim offers support"), hurry: true);

        Assert.Equal(12, shown.Counts.Sent);
        await ToldOnceAsync(room, phones);
    }

    [Theory, ClassData<Databases>]
    public async Task Texts_that_were_taken_and_never_answered_for_are_found_by_asking(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres, ImpatientClient, AskSoon);
        var (phones, _) = await room.AddReadersAsync(byText: 3, byMail: 0);
        await room.FaultAsync(new { on = "create", timeoutAfterAccept = true, times = 3 });
        await room.FaultAsync(phones.Select(phone => (object)new { on = "status", to = phone, lose = true }).ToArray());

        var shown = await room.FinishedAsync(await room.PublishAsync("Kim offers support"), hurry: true);

        Assert.Equal(3, shown.Counts.Accepted);
        await ToldOnceAsync(room, phones);
    }

    [Theory, ClassData<Databases>]
    public async Task A_receipt_settles_a_doubt_by_itself(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        var (phones, _) = await room.AddReadersAsync(byText: 1, byMail: 0);
        await room.FaultAsync(new { on = "create", dropAfterAccept = true }, new { on = "status", delayMs = 500 });

        var alert = await room.PublishAsync("Kim offers support");
        await room.EventuallyAsync(async () => (await room.AlertAsync(alert)).Counts.InDoubt == 1, "the text is in doubt");
        await room.EventuallyAsync(async () => (await room.AlertAsync(alert)).Counts.Delivered == 1, "its receipt settles it");

        await ToldOnceAsync(room, phones);
    }

    [Theory, ClassData<Databases>]
    public async Task An_account_that_is_refused_rests_and_loses_nothing(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        var (phones, _) = await room.AddReadersAsync(byText: 10, byMail: 0);
        await room.FaultAsync(new { on = "create", status = 400, code = 21606, times = 0 });

        var alert = await room.PublishAsync("Kim offers support");
        await room.EventuallyAsync(async () => (await room.QueryAsync("SELECT name FROM senders", row => row.GetString(0))).Count == 1, "the sender rests");
        await room.EventuallyAsync(async () => (await room.AlertAsync(alert)).Counts is { Pending: 10, Sending: 0 }, "everything waits again");
        await room.ClearFaultsAsync();
        await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE senders SET rests_until = 0"), TestContext.Current.CancellationToken);
        var shown = await room.FinishedAsync(alert, hurry: true);

        Assert.Equal(10, shown.Counts.Sent);
        Assert.All(await room.QueryAsync("SELECT attempts FROM deliveries", row => row.GetInt32(0)), attempts => Assert.Equal(1, attempts));
        await ToldOnceAsync(room, phones);
    }

    [Theory, ClassData<Databases>]
    public async Task A_sender_that_carriers_refuse_rests_says_so_once_and_loses_nobody(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.AddReadersAsync(byText: 20, byMail: 0);
        await room.FaultAsync(new { on = "create", finalStatus = "undelivered", errorCode = 30034, times = 0 });

        var alert = await room.PublishAsync("Kim offers support");
        // Once it rests, nothing more leaves; what was on its way comes back as its receipts come in.
        await room.EventuallyAsync(async () => (await room.QueryAsync("SELECT count(*) FROM senders WHERE rests_until > 0", row => row.GetInt64(0)))[0] == 1
            && (await room.QueryAsync("SELECT count(*) FROM deliveries WHERE status <> 0", row => row.GetInt64(0)))[0] == 0, "the sender rests and everything waits again");
        IReadOnlyList<string> alarms = [];
        await room.EventuallyAsync(async () => (alarms = await room.QueryAsync("SELECT name FROM alarms WHERE cleared_at IS NULL", row => row.GetString(0))).Count > 0, "a person is told");
        var rests = await room.QueryAsync("SELECT rests_until FROM senders", row => row.GetInt64(0));
        await room.ClearFaultsAsync();
        await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE deliveries SET due_at = 0 WHERE status = 0"), TestContext.Current.CancellationToken);
        var shown = await room.FinishedAsync(alert, hurry: true);

        Assert.Single(alarms);
        Assert.EndsWith("refused by carriers", alarms[0], StringComparison.Ordinal);
        Assert.True(rests.Single() > DateTimeOffset.UtcNow.AddMinutes(25).ToUnixTimeMilliseconds(), "It rests for half an hour.");
        Assert.Equal((20, 0), (shown.Counts.Sent, shown.Counts.Undelivered));
        Assert.Contains(2, await room.QueryAsync("SELECT attempts FROM deliveries", row => row.GetInt32(0)));
    }

    /// <summary>Gives up after eight seconds instead of twenty; longer than the clocks may differ when a text is looked for.</summary>
    private static void ImpatientClient(WebApplicationBuilder builder) =>
        builder.Services.AddHttpClient(TwilioTexts.ClientName).ConfigureHttpClient(client => client.Timeout = TimeSpan.FromSeconds(8));

    private static async Task<long> RestingAsync(Newsroom room) => (await room.QueryAsync("SELECT count(*) FROM senders WHERE trips > 0", row => row.GetInt64(0)))[0];

    private static async Task ToldOnceAsync(Newsroom room, IReadOnlyList<string> phones)
    {
        var counts = await room.TextCountsAsync();
        Assert.All(phones, phone => Assert.Equal(1, counts.GetValueOrDefault(phone)));
    }
}
