using Notify.Consent;
using Notify.Contacts;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Consent;

/// <summary>Whoever edits the record of consent, or cuts it short, is found out; an erasure is not an edit.</summary>
public sealed class LedgerTests(PostgresServer postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task A_chain_that_nobody_touched_holds_also_after_an_erasure(DatabaseProvider database)
    {
        await using var bench = await SealedAsync(database);

        await bench.WriteAsync(write => Ledger.EraseAsync(write, "hash 2"));

        Assert.Equal((5, null), await bench.Get<Ledger>().VerifyAsync(Token));
    }

    [Theory]
    [InlineData(DatabaseProvider.Sqlite, "DELETE FROM consent_entries WHERE position = 5", "missing")]
    [InlineData(DatabaseProvider.Postgres, "DELETE FROM consent_entries WHERE position = 5", "missing")]
    [InlineData(DatabaseProvider.Sqlite, "DELETE FROM consent_entries", "missing")]
    [InlineData(DatabaseProvider.Postgres, "DELETE FROM consent_entries", "missing")]
    [InlineData(DatabaseProvider.Sqlite, "DELETE FROM consent_entries WHERE position = 3", "entry 3 is missing")]
    [InlineData(DatabaseProvider.Postgres, "DELETE FROM consent_entries WHERE position = 3", "entry 3")]
    [InlineData(DatabaseProvider.Sqlite, "DELETE FROM installation WHERE name = 'ledger head'", "missing")]
    [InlineData(DatabaseProvider.Postgres, "DELETE FROM installation WHERE name = 'ledger head'", "missing")]
    [InlineData(DatabaseProvider.Sqlite, "UPDATE consent_entries SET how = 'by word of mouth' WHERE position = 4", "entry 4")]
    [InlineData(DatabaseProvider.Postgres, "UPDATE consent_entries SET how = 'by word of mouth' WHERE position = 4", "entry 4")]
    [InlineData(DatabaseProvider.Sqlite, "UPDATE consent_entries SET evidence = '{}' WHERE position = 4", "the evidence of entry 4")]
    [InlineData(DatabaseProvider.Postgres, "UPDATE consent_entries SET evidence = '{}' WHERE position = 4", "the evidence of entry 4")]
    [InlineData(DatabaseProvider.Sqlite, "UPDATE consent_entries SET salt = NULL, evidence = '{}' WHERE position = 4", "the evidence of entry 4")]
    [InlineData(DatabaseProvider.Postgres, "UPDATE consent_entries SET salt = NULL, evidence = '{}' WHERE position = 4", "the evidence of entry 4")]
    public async Task Whatever_was_changed_behind_its_back_is_named(DatabaseProvider database, string change, string fault)
    {
        await using var bench = await SealedAsync(database);
        await bench.WriteAsync(async write =>
        {
            // Whoever can write to the file can also take its guards away.
            foreach (var guard in write.IsPostgres
                ? (string[])["ALTER TABLE consent_entries DISABLE TRIGGER ALL"]
                : ["DROP TRIGGER consent_entries_hold", "DROP TRIGGER consent_entries_stay"])
            {
                await write.ExecuteAsync(guard);
            }

            return await write.ExecuteAsync(change);
        });

        var (_, found) = await bench.Get<Ledger>().VerifyAsync(Token);

        Assert.Contains(fault, found ?? "nothing", StringComparison.Ordinal);
    }

    private async Task<Workbench> SealedAsync(DatabaseProvider database)
    {
        var bench = await Workbench.OpenAsync(database, postgres);
        var ledger = bench.Get<Ledger>();
        await bench.WriteAsync(async write =>
        {
            for (var i = 1; i <= 5; i++)
            {
                await ledger.AppendAsync(write, ConsentKind.Requested, $"hash {i}", Channel.Text, "form", new ConsentEvidence { Address = $"+1646500000{i}" });
            }

            return true;
        });
        Assert.Equal(5, await ledger.SealAsync(Token));
        return bench;
    }
}
