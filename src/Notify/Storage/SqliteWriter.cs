using System.Data.Common;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace Notify.Storage;

/// <summary>
/// The one writer of a SQLite file. Works wait in a bounded queue; those that wait together are committed together, each after the first under its own
/// savepoint, so that a failing work takes nobody with it and a single fsync pays for many. A long work is committed by itself: those before it do not wait for it.
/// </summary>
internal sealed class SqliteWriter : IAsyncDisposable
{
    private const string Savepoint = "work";

    /// <summary>How many works may wait before a caller is asked to come back later.</summary>
    private const int MaxWaiting = 4096;

    /// <summary>How many works share one commit at most; bounds how long the first of them waits for the last.</summary>
    private const int MaxGroup = 512;

    /// <summary>How long one group keeps taking works before it commits.</summary>
    private static readonly TimeSpan MaxGroupTime = TimeSpan.FromMilliseconds(40);

    private readonly Channel<IWork> _waiting = Channel.CreateBounded<IWork>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });
    private readonly Func<SqliteConnection> _open;
    private readonly Func<DbConnection, NotifyDb> _attach;
    private readonly TimeProvider _clock;
    private readonly Lazy<Task> _loop;

    public SqliteWriter(Func<SqliteConnection> open, Func<DbConnection, NotifyDb> attach, TimeProvider clock)
    {
        _open = open;
        _attach = attach;
        _clock = clock;
        _loop = new Lazy<Task>(() => Task.Run(LoopAsync));
    }

    public Task<T> RunAsync<T>(Func<Write, Task<T>> work, bool isAlone, CancellationToken cancellationToken)
    {
        _ = _loop.Value;
        var item = new Work<T>(work, isAlone, cancellationToken);
        if (!_waiting.Writer.TryWrite(item))
        {
            throw new DatabaseBusyException();
        }

        return item.Done.Task;
    }

    private async Task LoopAsync()
    {
        SqliteConnection? connection = null;
        Statements? statements = null;
        var group = new List<(IWork Work, Write Write)>();
        while (await _waiting.Reader.WaitToReadAsync())
        {
            try
            {
                connection ??= _open();
                statements ??= new Statements(connection);
            }
            catch (Exception e)
            {
                // A file that cannot be opened now may be there again for the next caller; a writer that ended here would leave all of them waiting.
                while (_waiting.Reader.TryRead(out var work))
                {
                    work.Fail(e);
                }

                continue;
            }

            await CommitGroupAsync(connection, statements, group);
            group.Clear();
        }

        if (connection is not null)
        {
            await connection.DisposeAsync();
        }
    }

    private async Task CommitGroupAsync(SqliteConnection connection, Statements statements, List<(IWork Work, Write Write)> group)
    {
        SqliteTransaction? transaction = null;
        try
        {
            // Not deferred, so BEGIN IMMEDIATE: a write lock taken late cannot wait and would fail at once.
            transaction = connection.BeginTransaction(deferred: false);
            var began = _clock.GetTimestamp();
            while (group.Count < MaxGroup && _clock.GetElapsedTime(began) < MaxGroupTime && _waiting.Reader.TryPeek(out var next) && (group.Count == 0 || !next.IsAlone)
                && _waiting.Reader.TryRead(out var work))
            {
                if (!await RunOneAsync(connection, statements, transaction, work, group) || work.IsAlone)
                {
                    break;
                }
            }

            if (group.Count > 0)
            {
                transaction.Commit();
            }
        }
        catch (Exception e)
        {
            group.ForEach(item => item.Work.Fail(e));
            if (group.Count == 0 && _waiting.Reader.TryRead(out var first))
            {
                // The file itself cannot be written; nobody is left waiting for ever.
                first.Fail(e);
            }

            group.Clear();
        }
        finally
        {
            transaction?.Dispose();
        }

        foreach (var (work, write) in group)
        {
            work.Succeed();
            try
            {
                write.Committed();
                await write.DisposeAsync();
            }
            catch (Exception)
            {
                // What follows a commit is a hint, and a lost hint is found by the reconciler; the writer must go on.
            }
        }
    }

    /// <returns>False: it failed, and the transaction must be taken back.</returns>
    private async Task<bool> RunOneAsync(SqliteConnection connection, Statements statements, SqliteTransaction transaction, IWork work, List<(IWork, Write)> group)
    {
        if (work.IsAbandoned)
        {
            return true;
        }

        // The first needs no savepoint: nobody is before it. A savepoint copies every page that is written after it, and mostly a work is alone.
        var hasSavepoint = group.Count > 0;
        var write = new Write(connection, transaction, () => _attach(connection), isPostgres: false, _clock, CancellationToken.None, statements);
        try
        {
            if (hasSavepoint)
            {
                transaction.Save(Savepoint);
            }

            await work.RunAsync(write);
            if (hasSavepoint)
            {
                transaction.Release(Savepoint);
            }

            group.Add((work, write));
        }
        catch (Exception e)
        {
            // Told first: some faults (a full disk) take the whole transaction with them, and then the savepoint is gone too.
            work.Fail(e);
            await write.DisposeAsync();
            if (!hasSavepoint)
            {
                return false;
            }

            transaction.Rollback(Savepoint);
            transaction.Release(Savepoint);
        }

        return true;
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        if (_loop.IsValueCreated)
        {
            await _loop.Value;
        }
    }

    private interface IWork
    {
        bool IsAlone { get; }

        bool IsAbandoned { get; }

        Task RunAsync(Write write);

        void Succeed();

        void Fail(Exception exception);
    }

    private sealed class Work<T>(Func<Write, Task<T>> work, bool isAlone, CancellationToken cancellationToken) : IWork
    {
        private T? _result;

        public TaskCompletionSource<T> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsAlone => isAlone;

        public bool IsAbandoned => cancellationToken.IsCancellationRequested && Done.TrySetCanceled(cancellationToken);

        public async Task RunAsync(Write write) => _result = await work(write);

        public void Succeed() => Done.TrySetResult(_result!);

        public void Fail(Exception exception) => Done.TrySetException(exception);
    }
}
