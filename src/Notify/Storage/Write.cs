using System.Data.Common;
using Microsoft.EntityFrameworkCore;

namespace Notify.Storage;

/// <summary>One transaction at work: the context, the connection and a few verbs for statements written by hand.</summary>
public sealed class Write : IAsyncDisposable
{
    private readonly Func<NotifyDb> _open;
    private readonly TimeProvider? _clock;
    private readonly Statements? _statements;
    private readonly List<Action> _afterCommit = [];
    private NotifyDb? _db;
    private DateTimeOffset? _now;

    /// <param name="clock">Null: the database's own clock.</param>
    /// <param name="statements">Statements kept for this connection; null where the driver keeps them itself.</param>
    internal Write(
        DbConnection connection, DbTransaction transaction, Func<NotifyDb> open, bool isPostgres, TimeProvider? clock, CancellationToken cancellation, Statements? statements = null)
    {
        _statements = statements;
        Connection = connection;
        Transaction = transaction;
        IsPostgres = isPostgres;
        Cancellation = cancellation;
        _open = open;
        _clock = clock;
    }

    public DbConnection Connection { get; }

    public DbTransaction Transaction { get; }

    public bool IsPostgres { get; }

    public CancellationToken Cancellation { get; }

    /// <summary>The context of this transaction, made when first asked for.</summary>
    public NotifyDb Db
    {
        get
        {
            if (_db is null)
            {
                _db = _open();
                _db.Database.AutoSavepointsEnabled = false;
                _db.Database.UseTransaction(Transaction);
            }

            return _db;
        }
    }

    /// <summary>The instant of this transaction by the clock all nodes share; the same at every call.</summary>
    public async ValueTask<DateTimeOffset> NowAsync() => _now ??= await FreshNowAsync();

    /// <summary>The instant of this very call: for what is ordered by a lock, which may have been waited for.</summary>
    public async ValueTask<DateTimeOffset> FreshNowAsync() =>
        _clock is { } clock ? Database.Milliseconds(clock.GetUtcNow()) : DateTimeOffset.FromUnixTimeMilliseconds(await ScalarAsync<long>(Database.PostgresNow));

    /// <summary>Something to do once the transaction is durable: a hint, never work that must not be lost.</summary>
    public void AfterCommit(Action action) => _afterCommit.Add(action);

    public Task SaveAsync() => Db.SaveChangesAsync(Cancellation);

    /// <summary>Runs a statement; answers how many rows it changed.</summary>
    public async Task<int> ExecuteAsync(string sql, params (string Name, object? Value)[] parameters)
    {
        var command = Command(sql, parameters);
        await using var ours = Ours(command);
        return await command.ExecuteNonQueryAsync(Cancellation);
    }

    /// <summary>The first value of the first row; default when there is none.</summary>
    public async Task<T?> ScalarAsync<T>(string sql, params (string Name, object? Value)[] parameters)
    {
        var command = Command(sql, parameters);
        await using var ours = Ours(command);
        return await command.ExecuteScalarAsync(Cancellation) is { } value and not DBNull ? (T)value : default;
    }

    public async Task<List<T>> QueryAsync<T>(string sql, Func<DbDataReader, T> row, params (string Name, object? Value)[] parameters)
    {
        var command = Command(sql, parameters);
        await using var ours = Ours(command);
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        var rows = new List<T>();
        while (await reader.ReadAsync(Cancellation))
        {
            rows.Add(row(reader));
        }

        return rows;
    }

    private DbCommand Command(string sql, (string Name, object? Value)[] parameters)
    {
        if (_statements is not null)
        {
            return _statements.Bind(sql, Transaction, parameters);
        }

        var command = Connection.CreateCommand();
        command.Transaction = Transaction;
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            Sql.Bind(command, name, value);
        }

        return command;
    }

    /// <summary>What is ours to dispose of: a command that nobody keeps.</summary>
    private DbCommand? Ours(DbCommand command) => _statements is null ? command : null;

    internal void Committed() => _afterCommit.ForEach(action => action());

    public ValueTask DisposeAsync() => _db?.DisposeAsync() ?? ValueTask.CompletedTask;
}
