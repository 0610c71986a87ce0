using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Notify.Storage;

/// <summary>
/// The database behind everything: reads through <see cref="Read"/>, writes through <see cref="WriteAsync{T}"/>, one transaction each.
/// On SQLite all writes of the process pass one writer that commits them in groups; on PostgreSQL each write has its own connection.
/// </summary>
public abstract class Database(NotifyModel model, TimeProvider clock)
{
    /// <summary>Which of the two this is; statements differ in a few words only.</summary>
    public abstract bool IsPostgres { get; }

    /// <summary>How this process reaches the database.</summary>
    public abstract string ConnectionString { get; }

    /// <summary>A context for reading. The caller disposes it and never saves through it.</summary>
    public NotifyDb Read() => new(ReadOptions, model);

    /// <summary>
    /// Runs <paramref name="work"/> in one transaction and answers when it is durable. The work may run again after a conflict, so it
    /// does nothing but read and write through its <see cref="Write"/>; it never waits for anything but the database.
    /// </summary>
    /// <exception cref="DatabaseBusyException">The writer has more waiting than it can promise to finish.</exception>
    public abstract Task<T> WriteAsync<T>(Func<Write, Task<T>> work, CancellationToken cancellationToken);

    /// <inheritdoc cref="WriteAsync{T}" />
    public Task WriteAsync(Func<Write, Task> work, CancellationToken cancellationToken) =>
        WriteAsync(async write =>
        {
            await work(write);
            return true;
        }, cancellationToken);

    /// <summary>
    /// As <see cref="WriteAsync{T}"/>, for work that is cut into pieces of tens of milliseconds: no small write that was there before shares its commit and waits for its end.
    /// </summary>
    public virtual Task<T> WriteAloneAsync<T>(Func<Write, Task<T>> work, CancellationToken cancellationToken) => WriteAsync(work, cancellationToken);

    /// <summary>An open connection for reading by hand; the caller disposes it.</summary>
    public abstract Task<DbConnection> ConnectAsync(CancellationToken cancellationToken);

    /// <summary>
    /// The time all nodes agree on: the database's clock on PostgreSQL, this machine's on SQLite (one machine by definition).
    /// A test's clock wins on both.
    /// </summary>
    public async Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken)
    {
        if (!IsPostgres || clock != TimeProvider.System)
        {
            return Milliseconds(clock.GetUtcNow());
        }

        await using var connection = await ConnectAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = PostgresNow;
        return DateTimeOffset.FromUnixTimeMilliseconds((long)(await command.ExecuteScalarAsync(cancellationToken))!);
    }

    internal const string PostgresNow = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";

    private protected abstract DbContextOptions<NotifyDb> ReadOptions { get; }

    private protected NotifyModel Model => model;

    private protected TimeProvider Clock => clock;

    internal static DateTimeOffset Milliseconds(DateTimeOffset instant) =>
        DateTimeOffset.FromUnixTimeMilliseconds(instant.ToUnixTimeMilliseconds());

    /// <summary>Opens the database that <paramref name="options"/> name.</summary>
    public static Database Open(DatabaseOptions options, NotifyModel model, TimeProvider clock) => options.Provider switch
    {
        DatabaseProvider.Postgres => new PostgresDatabase(options.ConnectionString, model, clock),
        _ => new SqliteDatabase(new SqliteConnectionStringBuilder(options.ConnectionString), model, clock),
    };
}

/// <summary>The database cannot take more work now; the caller is asked to come back.</summary>
public sealed class DatabaseBusyException() : Exception("The database has too much waiting to be written. Try again in a few seconds.");

/// <summary>Two writes met; the whole work runs again.</summary>
public sealed class WriteConflictException(string what) : Exception(what);
