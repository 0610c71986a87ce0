using Notify.Consent;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Deliveries;

/// <summary>What is written between the claim and the last look is seen by the last look, whichever statement wrote it.</summary>
public sealed class LastLookTests(PostgresServer postgres)
{
    private static readonly Sender One = new("mails", Channel.Mail, PerSecond: 1_000, Concurrency: 1, Slots: 1);

    public static TheoryData<DatabaseProvider, string, string> Changes
    {
        get
        {
            var all = new TheoryData<DatabaseProvider, string, string>();
            foreach (var database in Enum.GetValues<DatabaseProvider>())
            {
                all.Add(database, "", "None");
                all.Add(database, "UPDATE sources SET sending = sending", "None");
                all.Add(database, "UPDATE sources SET paused = @yes", "Paused");
                all.Add(database, "UPDATE sending SET paused = @yes", "Paused");
                all.Add(database, "UPDATE sources SET cancelled = @yes", "Cancelled");
                all.Add(database, "suppress", "Stopped");
            }

            return all;
        }
    }

    [Theory, MemberData(nameof(Changes))]
    public async Task A_row_is_not_wanted_from_the_moment_that_is_written(DatabaseProvider database, string change, string expected)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, [One]);
        var contacts = await bench.AddReadersAsync(2, Channel.Mail);
        await bench.PublishAsync("Kim offers support");
        var rows = bench.Get<LaneLedger>();
        var lease = (await rows.TakeAsync(One, 0, TestContext.Current.CancellationToken))!;
        // The first claim of a process has nothing to compare with; the second has.
        var first = Assert.Single((await rows.TurnAsync(lease, [], outstanding: One.Window - 1, open: true, new DeliveryOptions())).Claimed);
        var second = Assert.Single((await rows.TurnAsync(lease, [new RowResult(first, new SendOutcome.Accepted("id"))], outstanding: One.Window - 1, open: true, new DeliveryOptions())).Claimed);
        Assert.Equal(database == DatabaseProvider.Sqlite, second.Withdrawals != Withdrawals.Unknown);
        await using var look = new LastLook(bench.Database, bench.Get<Withdrawals>());

        await bench.WriteAsync(async write =>
        {
            if (change == "suppress")
            {
                var entry = await bench.Get<Ledger>().AppendAsync(write, ConsentKind.ProviderBlocked, (await write.ScalarAsync<string>("SELECT hash FROM contacts WHERE id = @id", ("id", second.ContactId)))!, Channel.Mail, "test", new ConsentEvidence());
                await Suppressions.AddAsync(write, second.ContactId, Suppressions.Everything, "test", entry);
            }
            else if (change.Length > 0)
            {
                await write.ExecuteAsync(change, change.Contains("@yes", StringComparison.Ordinal) ? [("yes", true)] : []);
            }

            return true;
        });

        Assert.Equal(2, contacts.Count);
        Assert.Equal(expected, (await look.AskAsync(second)).ToString());
    }
}
