using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Notify.Hosting;
using Notify.Storage;
using Npgsql;

namespace Notify.Tests.Support;

/// <summary>
/// An empty database with the newest schema, as an installation has that was started once: migrated once a run, by the migrator itself, and then
/// copied. What becomes of an older one is <see cref="Storage.SchemaTests"/>' to try.
/// </summary>
internal static class ReadyDatabase
{
    private static readonly Lazy<Task<byte[]>> SqliteFile = new(MakeSqliteAsync);

    /// <summary>A database nobody else uses. Skips the test where PostgreSQL is asked for and not installed.</summary>
    /// <param name="provider">Which database.</param>
    /// <param name="postgres">The assembly fixture.</param>
    /// <param name="folder">The data folder of the installation that is to have it.</param>
    /// <returns>Its connection string; empty where the data folder says enough.</returns>
    public static async Task<string> OpenAsync(DatabaseProvider provider, PostgresServer postgres, string folder)
    {
        if (provider == DatabaseProvider.Postgres)
        {
            return await postgres.CopyDatabaseAsync(MigratePostgresAsync);
        }

        await File.WriteAllBytesAsync(Path.Combine(folder, "notify.db"), await SqliteFile.Value, TestContext.Current.CancellationToken);
        return "";
    }

    private static async Task<byte[]> MakeSqliteAsync()
    {
        using var folder = new TemporaryFolder();
        await MigrateAsync(folder.Path, DatabaseProvider.Sqlite, "");
        // The last connection that closes writes the log into the file.
        SqliteConnection.ClearAllPools();
        Assert.False(File.Exists(Path.Combine(folder.Path, "notify.db-wal")));
        return await File.ReadAllBytesAsync(Path.Combine(folder.Path, "notify.db"));
    }

    private static async Task MigratePostgresAsync(string connectionString)
    {
        using var folder = new TemporaryFolder();
        await MigrateAsync(folder.Path, DatabaseProvider.Postgres, connectionString);
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        Hangfire.PostgreSql.PostgreSqlObjectsInstaller.Install(connection, JobSchema.Name);
    }

    private static async Task MigrateAsync(string folder, DatabaseProvider provider, string connectionString)
    {
        await using var app = NotifyApp.Build(
            [
                "--environment=Development", "--urls=http://127.0.0.1:0", "--PublicUrl=https://notify.example", "--Demo=false", "--Publication:Name=Ready", "--Publication:Url=https://ready.example",
                $"--Data:Folder={folder}", $"--Database:Provider={provider}", $"--Database:ConnectionString={connectionString}",
            ],
            configure: builder => builder.Logging.ClearProviders());
        await app.Services.GetRequiredService<Schema>().MigrateAsync(CancellationToken.None);
    }
}
