using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Storage;

public sealed class SchemaTests(PostgresServer postgres)
{
    /// <summary>Branches bring their scripts when they are done, not in the order of their numbers.</summary>
    [Theory, ClassData<Databases>]
    public async Task A_script_that_fills_a_gap_is_run_on_a_database_that_is_further(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        var schema = bench.Get<Schema>();
        foreach (var undone in (string[])["DROP TABLE mail_templates", "DROP TABLE sent_mails", "ALTER TABLE deliveries DROP COLUMN locale", "DELETE FROM schema_versions WHERE scriptname LIKE '%.0013_mail_templates.sql'"])
        {
            await bench.ExecuteAsync(undone);
        }

        Assert.Equal(1, await bench.CountAsync("schema_versions WHERE scriptname LIKE '%.0020_%'"));
        Assert.False(schema.IsCurrent());

        await schema.MigrateAsync(TestContext.Current.CancellationToken);

        Assert.True(schema.IsCurrent());
        Assert.Equal(0, await bench.CountAsync("mail_templates"));
        Assert.Equal(0, await bench.CountAsync("sent_mails"));
        Assert.Equal(0, await bench.CountAsync("deliveries WHERE locale IS NOT NULL"));
    }

    /// <summary>SQLite's table keeps what is in it and what later scripts gave it; one article may have several alerts, and one original.</summary>
    [Fact]
    public async Task The_alerts_of_an_older_file_keep_everything_but_their_uniqueness()
    {
        await using var bench = await Workbench.OpenAsync(DatabaseProvider.Sqlite, postgres);
        await bench.AddReadersAsync(1);
        var alert = await bench.PublishAsync("Before");

        Assert.Equal(["ok"], await bench.QueryAsync("PRAGMA integrity_check", row => row.GetString(0)));
        Assert.Empty(await bench.QueryAsync("PRAGMA foreign_key_check", row => row.GetString(0)));
        Assert.Equal(1, await bench.CountAsync("pragma_table_info('alerts') WHERE name = 'digest_at'"));
        var article = (await bench.QueryAsync("SELECT article_id FROM alerts", row => row.GetGuid(0)))[0];
        await bench.ExecuteAsync("INSERT INTO sources (id, kind, priority, paused, cancelled, created_at) SELECT 'AAAAAAAA-0000-0000-0000-000000000001', 1, 2, 0, 0, 0");
        await bench.ExecuteAsync("INSERT INTO sources (id, kind, priority, paused, cancelled, created_at) SELECT 'AAAAAAAA-0000-0000-0000-000000000002', 1, 2, 0, 0, 0");
        const string Again = "INSERT INTO alerts (id, article_id, hold, created_at, starts_at, expires_at, corrects) VALUES (@id, @article, 0, 0, 0, 0, @corrects)";
        await bench.ExecuteAsync(Again, ("id", new Guid("AAAAAAAA-0000-0000-0000-000000000001")), ("article", article), ("corrects", alert));
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => bench.ExecuteAsync(Again, ("id", new Guid("AAAAAAAA-0000-0000-0000-000000000002")), ("article", article), ("corrects", null)));
    }
}
