using System.Reflection;
using DbUp;
using DbUp.Builder;
using DbUp.Engine;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Notify.Storage;

/// <summary>Brings a database to the newest schema: one ordered SQL script per step and database, each in its own transaction, never two migrators at once.</summary>
internal sealed class Schema(Database database, TimeProvider clock, ILoggerFactory loggers)
{
    /// <summary>An arbitrary number that all Notify migrators of a PostgreSQL server agree on.</summary>
    private const long MigratorLock = 7_305_431_926_114_001;

    private static readonly TimeSpan RetryLock = TimeSpan.FromMilliseconds(50);

    /// <summary>Whether every script has run.</summary>
    public bool IsCurrent() => !NeedsFile() && !Engine().IsUpgradeRequired();

    /// <exception cref="InvalidOperationException">A script failed; its transaction was rolled back.</exception>
    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        await using var alone = await LockAsync(cancellationToken);
        var engine = Engine();
        if (!engine.IsUpgradeRequired())
        {
            return;
        }

        var result = await Task.Run(engine.PerformUpgrade, cancellationToken);
        if (!result.Successful)
        {
            throw new InvalidOperationException($"The database could not be brought up to date; script {result.ErrorScript?.Name} failed. {result.Error.Message}", result.Error);
        }
    }

    private bool NeedsFile() => !database.IsPostgres && !File.Exists(new SqliteConnectionStringBuilder(database.ConnectionString).DataSource);

    private UpgradeEngine Engine()
    {
        UpgradeEngineBuilder builder = database.IsPostgres
            ? DeployChanges.To.PostgresqlDatabase(database.ConnectionString).JournalToPostgresqlTable("public", "schema_versions")
            : DeployChanges.To.SqliteDatabase(database.ConnectionString).JournalToSqliteTable("schema_versions");
        var folder = database.IsPostgres ? ".Migrations.postgres." : ".Migrations.sqlite.";
        return builder
            .WithScriptsEmbeddedInAssembly(Assembly.GetExecutingAssembly(), name => name.Contains(folder, StringComparison.Ordinal))
            .WithTransactionPerScript()
            .WithVariablesDisabled()
            .LogTo(loggers)
            .Build();
    }

    private async Task<IAsyncDisposable> LockAsync(CancellationToken cancellationToken) =>
        database.IsPostgres ? await LockServerAsync(cancellationToken) : await LockFileAsync(cancellationToken);

    private async Task<IAsyncDisposable> LockServerAsync(CancellationToken cancellationToken)
    {
        // A pooled connection would keep the lock after Dispose; this one really closes.
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database.ConnectionString) { Pooling = false }.ToString());
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand("SELECT pg_advisory_lock(@key)", connection) { CommandTimeout = 300 };
        command.Parameters.AddWithValue("key", MigratorLock);
        await command.ExecuteNonQueryAsync(cancellationToken);
        return connection;
    }

    private async Task<IAsyncDisposable> LockFileAsync(CancellationToken cancellationToken)
    {
        var file = new SqliteConnectionStringBuilder(database.ConnectionString).DataSource;
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        while (true)
        {
            try
            {
                return new FileStream(file + ".migrating", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
            }
            catch (IOException)
            {
                await Task.Delay(RetryLock, clock, cancellationToken);
            }
        }
    }
}
