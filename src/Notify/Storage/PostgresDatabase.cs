using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Notify.Storage;

/// <summary>PostgreSQL: many writers, one connection and one transaction each; a deadlock or a conflict runs the work again.</summary>
internal sealed class PostgresDatabase : Database, IAsyncDisposable
{
    private const int MaxTries = 5;

    private readonly NpgsqlDataSource _source;
    private readonly DbContextOptions<NotifyDb> _options;

    public PostgresDatabase(string connectionString, NotifyModel model, TimeProvider clock) : base(model, clock)
    {
        ConnectionString = connectionString;
        _source = NpgsqlDataSource.Create(Prepared(connectionString));
        _options = new DbContextOptionsBuilder<NotifyDb>().UseNpgsql(_source).Options;
    }

    public override bool IsPostgres => true;

    public override string ConnectionString { get; }

    private protected override DbContextOptions<NotifyDb> ReadOptions => _options;

    public override async Task<T> WriteAsync<T>(Func<Write, Task<T>> work, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await TryAsync(work, cancellationToken);
            }
            catch (Exception e) when (attempt < MaxTries && IsConflict(e))
            {
                // The transaction is gone as a whole: nothing of it happened, so it can simply run again.
            }
        }
    }

    private async Task<T> TryAsync<T>(Func<Write, Task<T>> work, CancellationToken cancellationToken)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var sharedClock = Clock == TimeProvider.System ? null : Clock;
        await using var write = new Write(connection, transaction, () => Attach(connection), isPostgres: true, sharedClock, cancellationToken);
        var result = await work(write);
        await transaction.CommitAsync(CancellationToken.None);
        write.Committed();
        return result;
    }

    public override async Task<DbConnection> ConnectAsync(CancellationToken cancellationToken) => await _source.OpenConnectionAsync(cancellationToken);

    /// <summary>The driver prepares what it sees again and again, unless the connection string says otherwise (a pooler in between may not allow it).</summary>
    private static string Prepared(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        if (settings.MaxAutoPrepare == 0 && !connectionString.Contains("Auto Prepare", StringComparison.OrdinalIgnoreCase))
        {
            settings.MaxAutoPrepare = 100;
        }

        return settings.ConnectionString;
    }

    private NotifyDb Attach(NpgsqlConnection connection) =>
        new(new DbContextOptionsBuilder<NotifyDb>().UseNpgsql(connection).Options, Model);

    private static bool IsConflict(Exception e) => e switch
    {
        WriteConflictException => true,
        PostgresException { SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.UniqueViolation } => true,
        DbUpdateException { InnerException: { } inner } => IsConflict(inner),
        _ => false,
    };

    public ValueTask DisposeAsync() => _source.DisposeAsync();
}
