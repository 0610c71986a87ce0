using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using SQLitePCL;

namespace Notify.Storage;

/// <summary>SQLite: readers side by side (WAL), writes through the one <see cref="SqliteWriter"/>, every commit on disk (synchronous=FULL).</summary>
internal sealed class SqliteDatabase : Database, IAsyncDisposable
{
    /// <summary>
    /// cache_size: 16 MB. A chunk of a fan-out changes more pages than the usual two hold; those that are pushed out go into the log, come back and go there again.
    /// temp_store: what a savepoint or a statement may have to take back is kept in memory; a file of its own, made and removed for each, costs as much as the write.
    /// </summary>
    private const string Pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=5000; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16384;";

    /// <summary>A reader needs no more: the journal's mode lies in the file, and how a commit is made durable is the writer's affair.</summary>
    private const string ReaderPragmas = "PRAGMA busy_timeout=5000;";

    private readonly DbContextOptions<NotifyDb> _options;
    private readonly SqliteWriter _writer;

    public SqliteDatabase(SqliteConnectionStringBuilder connection, NotifyModel model, TimeProvider clock) : base(model, clock)
    {
        ConnectionString = connection.ToString();
        _options = new DbContextOptionsBuilder<NotifyDb>().UseSqlite(ConnectionString).AddInterceptors(new PragmaInterceptor()).Options;
        _writer = new SqliteWriter(OpenWriter, Attach, clock);
    }

    public override bool IsPostgres => false;

    public override string ConnectionString { get; }

    private protected override DbContextOptions<NotifyDb> ReadOptions => _options;

    public override Task<T> WriteAsync<T>(Func<Write, Task<T>> work, CancellationToken cancellationToken) => _writer.RunAsync(work, isAlone: false, cancellationToken);

    public override Task<T> WriteAloneAsync<T>(Func<Write, Task<T>> work, CancellationToken cancellationToken) => _writer.RunAsync(work, isAlone: true, cancellationToken);

    public override async Task<DbConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(ConnectionString);
        await connection.OpenAsync(cancellationToken);
        Apply(connection, ReaderPragmas);
        return connection;
    }

    private SqliteConnection OpenWriter()
    {
        // Not from the pool and not back into it: temporary triggers stay with a file that is kept open, and the functions they call do not.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder(ConnectionString) { Pooling = false }.ToString());
        connection.Open();
        Apply(connection, Pragmas);
        // The writer keeps its statements. Without this one that has a parameter behind LIMIT is read and planned anew each time it runs, for the plan looks at the value.
        _ = raw.sqlite3_db_config(connection.Handle, raw.SQLITE_DBCONFIG_ENABLE_QPSG, 1, out _);
        return connection;
    }

    private NotifyDb Attach(DbConnection connection) => new(new DbContextOptionsBuilder<NotifyDb>().UseSqlite(connection).Options, Model);

    public ValueTask DisposeAsync() => _writer.DisposeAsync();

    private static void Apply(DbConnection connection, string pragmas)
    {
        using var command = connection.CreateCommand();
        command.CommandText = pragmas;
        command.ExecuteNonQuery();
    }

    private sealed class PragmaInterceptor : DbConnectionInterceptor
    {
        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) => Apply(connection, ReaderPragmas);

        public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            // The driver knows no other way than to do it at once.
            Apply(connection, ReaderPragmas);
            return Task.CompletedTask;
        }
    }
}
