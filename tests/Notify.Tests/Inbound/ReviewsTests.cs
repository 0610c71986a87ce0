using Notify.Consent;
using Notify.Contacts;
using Notify.Inbound;
using Notify.Storage;
using Notify.Subscribers;
using Notify.Tests.Support;

namespace Notify.Tests.Inbound;

public sealed class ReviewsTests(PostgresServer postgres)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The decision on the first text comes while the second is taken in and not yet committed.</summary>
    [Theory, ClassData<Databases>]
    public async Task A_second_text_beside_the_decision_on_the_first_keeps_its_hold(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        await bench.AddReadersAsync(1);
        var phone = (await bench.QueryAsync("SELECT address FROM contacts", row => row.GetString(0)))[0];
        var reviews = bench.Get<Reviews>();
        await bench.Get<Inbox>().ReceiveAsync(new InboundMessage("test", "SM1", PhoneNumber.FromE164(phone), "texts", "who is this?", ProviderAnswers: false), Token);
        var first = Assert.Single(await reviews.WaitingAsync(Token));

        Task<bool>? deciding = null;
        await bench.WriteAsync(async write =>
        {
            // As the inbox does it.
            var contact = await bench.Get<ContactBook>().FindOrAddAsync(write, new ContactPoint(Channel.Text, phone));
            await bench.Get<Preferences>().QuestionAsync(write, contact, "hash", Channel.Text, "reply", new ConsentEvidence());
            deciding ??= reviews.DecideAsync(first.Id, isStop: false, "ada@example.com", (_, _) => Task.CompletedTask, Token);
            await WaitsAsync(bench, deciding);
            return await write.ExecuteAsync("""
                INSERT INTO inbox (id, provider, provider_id, contact_id, recipient, body, read_as, at) VALUES (@id, 'test', 'SM2', @contact, 'texts', 'why this?', 7, @now)
                """, ("id", Guid.CreateVersion7()), ("contact", contact), ("now", await write.NowAsync()));
        });

        Assert.True(await deciding!);
        Assert.Equal(["why this?"], (await reviews.WaitingAsync(Token)).Select(text => text.Body));
        Assert.Equal(1, await bench.CountAsync("suppressions WHERE until IS NOT NULL"));
    }

    /// <summary>Until the decision waits for this transaction; on SQLite it cannot have begun.</summary>
    private static async Task WaitsAsync(Workbench bench, Task deciding)
    {
        if (!bench.Database.IsPostgres)
        {
            return;
        }

        await using var connection = await bench.Database.ConnectAsync(Token);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while (!deciding.IsCompleted && await command.ExecuteScalarAsync(Token) is 0L)
        {
            await Task.Delay(Look, TimeProvider.System, Token);
        }
    }
}
