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
}
