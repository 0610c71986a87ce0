using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Notify.Deliveries;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>Receipts that were lost: the provider is asked once, a day later.</summary>
public sealed class FinalWordStories(PostgresServer postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task Lost_receipts_are_asked_for_a_day_later_and_only_once(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        var (phones, _) = await room.AddReadersAsync(byText: 4, byMail: 1);
        await room.FaultAsync(
            new { on = "status", lose = true, times = 0 },
            new { on = "create", to = phones[0], finalStatus = "undelivered", errorCode = 30006, times = 0 },
            new { on = "create", to = phones[1], finalStatus = "sent", times = 0 });
        var alert = await room.PublishAsync("Kim offers support");
        Assert.Equal(5, (await room.FinishedAsync(alert)).Counts.Accepted);

        await AskAsync(room);
        Assert.Equal(5, (await room.AlertAsync(alert)).Counts.Accepted);
        await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE deliveries SET created_at = created_at - 90000000"), Token);
        await room.EventuallyAsync(async () =>
        {
            // The carrier may still be at it.
            await room.Database.WriteAsync(write => write.ExecuteAsync("DELETE FROM installation WHERE name = 'asked for final words up to'"), Token);
            await AskAsync(room);
            return (await room.AlertAsync(alert)).Counts is { Delivered: 2, Undelivered: 1, Accepted: 2 };
        }, "the provider has said what became of them");

        var silent = await room.QueryAsync("SELECT reason FROM deliveries WHERE status = 3 AND channel = 1", row => row.Text(0));
        Assert.Equal([FinalWords.NoWord], silent);
        // The number is a landline: it is stopped, as if the receipt had come in time.
        Assert.Equal(["provider: a landline or an unreachable carrier"], await room.QueryAsync("SELECT reason FROM suppressions", row => row.GetString(0)));
        var history = await room.QueryAsync("SELECT history FROM deliveries WHERE status = 3 AND channel = 1", row => row.GetString(0));
        await AskAsync(room);
        Assert.Equal(history, await room.QueryAsync("SELECT history FROM deliveries WHERE status = 3 AND channel = 1", row => row.GetString(0)));
    }

    [Theory, ClassData<Databases>]
    public async Task A_provider_that_is_away_is_asked_again(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.AddReadersAsync(byText: 2, byMail: 0);
        await room.FaultAsync(new { on = "status", lose = true, times = 0 });
        var alert = await room.PublishAsync("Kim offers support");
        await room.FinishedAsync(alert);
        await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE deliveries SET created_at = created_at - 90000000"), Token);

        await room.StopCarrierAsync();
        await AskAsync(room);
        Assert.Empty(await room.QueryAsync("SELECT value FROM installation WHERE name = 'asked for final words up to'", row => row.GetString(0)));
        await room.StartCarrierAsync();

        await room.EventuallyAsync(async () =>
        {
            await AskAsync(room);
            return (await room.QueryAsync("SELECT count(*) FROM deliveries WHERE status = 4 OR reason IS NOT NULL", row => row.GetInt64(0)))[0] == 2;
        }, "it is asked when it is back");
    }

    private static Task AskAsync(Newsroom room)
    {
        var services = room.Services;
        return new FinalWords(services.GetRequiredService<Database>(), services.GetRequiredService<Senders>(), services.GetRequiredService<Receipts>(), TimeProvider.System, NullLogger<FinalWords>.Instance)
            .RunAsync(Token);
    }
}
