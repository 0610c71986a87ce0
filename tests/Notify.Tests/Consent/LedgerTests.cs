using System.Globalization;
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

        var (entries, head, fault) = await bench.Get<Ledger>().VerifyAsync(Token);
        Assert.Equal((5, null), (entries, fault));
        Assert.Equal(head, (await bench.QueryAsync("SELECT chain FROM consent_entries WHERE position = 5", row => row.GetString(0)))[0]);
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

        var (_, _, found) = await bench.Get<Ledger>().VerifyAsync(Token);

        Assert.Contains(fault, found ?? "nothing", StringComparison.Ordinal);
    }

    /// <summary>More than are sealed at once, so that links between two rounds of sealing are among them.</summary>
    [Theory, ClassData<Databases>]
    public async Task One_changed_entry_among_many_is_named_wherever_it_is(DatabaseProvider database)
    {
        const int Many = 2_500;
        await using var bench = await SealedAsync(database, Many);
        var ledger = bench.Get<Ledger>();
        await bench.ExecuteAsync(database == DatabaseProvider.Postgres ? "ALTER TABLE consent_entries DISABLE TRIGGER ALL" : "DROP TRIGGER consent_entries_hold");

        foreach (var position in (int[])[1, 777, 1_000, 1_001, 2_001, Many])
        {
            await bench.ExecuteAsync("UPDATE consent_entries SET how = 'from' WHERE position = @position", ("position", position));
            var (entries, _, fault) = await ledger.VerifyAsync(Token);
            Assert.Equal(position - 1, entries);
            Assert.StartsWith(string.Create(CultureInfo.InvariantCulture, $"entry {position} ("), fault, StringComparison.Ordinal);
            await bench.ExecuteAsync("UPDATE consent_entries SET how = 'form' WHERE position = @position", ("position", position));
        }

        var whole = await ledger.VerifyAsync(Token);
        Assert.Equal((Many, null), (whole.Entries, whole.Fault));
    }

    private async Task<Workbench> SealedAsync(DatabaseProvider database, int count = 5)
    {
        var bench = await Workbench.OpenAsync(database, postgres);
        var ledger = bench.Get<Ledger>();
        await bench.WriteAsync(async write =>
        {
            for (var i = 1; i <= count; i++)
            {
                await ledger.AppendAsync(write, ConsentKind.Requested, $"hash {i}", Channel.Text, "form", new ConsentEvidence { Address = $"+1646500000{i}" });
            }

            return true;
        });
        Assert.Equal(count, await ledger.SealAsync(Token));
        return bench;
    }
}
