using Microsoft.Data.Sqlite;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Storage;

/// <summary>A disk that is full, and a commit that fails: everybody is told, nobody waits for ever, and the next write works.</summary>
public sealed class SqliteWriterTests(PostgresServer postgres)
{
    private const int SqliteFull = 13;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task When_the_disk_is_full_every_caller_is_told_and_later_writes_work()
    {
        await using var bench = await Workbench.OpenAsync(DatabaseProvider.Sqlite, postgres);
        await bench.ExecuteAsync("CREATE TABLE ballast (x BLOB)");
        // As if the disk ended here: no page can be added.
        await bench.ExecuteAsync("PRAGMA max_page_count = 1");

        var many = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => TriedAsync(bench, "INSERT INTO ballast VALUES (zeroblob(100000))")));
        await bench.ExecuteAsync("PRAGMA max_page_count = 1000000");
        await bench.ExecuteAsync("INSERT INTO ballast VALUES (zeroblob(100000))");

        Assert.All(many, e => Assert.NotNull(e));
        Assert.Contains(many, e => e is SqliteException { SqliteErrorCode: SqliteFull });
        Assert.Equal(1, await bench.CountAsync("ballast"));
    }

    [Fact]
    public async Task A_commit_that_fails_is_told_to_all_who_shared_it()
    {
        await using var bench = await Workbench.OpenAsync(DatabaseProvider.Sqlite, postgres);
        await bench.ExecuteAsync("CREATE TABLE parents (id INTEGER PRIMARY KEY)");
        await bench.ExecuteAsync("CREATE TABLE children (parent INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)");
        var gate = new TaskCompletionSource();
        var first = bench.WriteAsync(async _ =>
        {
            await gate.Task;
            return true;
        });

        // Each is fine until the commit finds the child without a parent; they wait behind the first and so share one commit or a few.
        var many = Enumerable.Range(0, 20).Select(_ => TriedAsync(bench, "INSERT INTO children VALUES (7)")).ToArray();
        gate.SetResult();
        await Record.ExceptionAsync(() => first);
        var told = await Task.WhenAll(many);
        await bench.ExecuteAsync("INSERT INTO parents VALUES (7)");

        Assert.All(told, e => Assert.NotNull(e));
        Assert.Equal((0, 1), (await bench.CountAsync("children"), await bench.CountAsync("parents")));
    }

    [Fact]
    public async Task Work_that_fails_takes_nobody_with_it()
    {
        await using var bench = await Workbench.OpenAsync(DatabaseProvider.Sqlite, postgres);
        await bench.ExecuteAsync("CREATE TABLE ballast (x INTEGER UNIQUE)");

        var told = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => TriedAsync(bench, $"INSERT INTO ballast VALUES ({i / 2})")));

        Assert.Equal(20, told.Count(e => e is null));
        Assert.Equal(20, await bench.CountAsync("ballast"));
    }

    [Fact]
    public async Task The_first_that_fails_leaves_nothing_behind_and_those_that_wait_behind_it_succeed()
    {
        await using var bench = await Workbench.OpenAsync(DatabaseProvider.Sqlite, postgres);
        await bench.ExecuteAsync("CREATE TABLE ballast (x INTEGER)");
        var gate = new TaskCompletionSource();
        var first = bench.WriteAsync<int>(async write =>
        {
            await write.ExecuteAsync("INSERT INTO ballast VALUES (1)");
            await gate.Task;
            throw new InvalidOperationException("It changed its mind.");
        });

        var others = Enumerable.Range(0, 5).Select(_ => TriedAsync(bench, "INSERT INTO ballast VALUES (2)")).ToArray();
        gate.SetResult();

        await Assert.ThrowsAsync<InvalidOperationException>(() => first);
        Assert.All(await Task.WhenAll(others), Assert.Null);
        Assert.Equal(5, await bench.CountAsync("ballast"));
        Assert.Equal(0, await bench.CountAsync("ballast WHERE x = 1"));
    }

    /// <summary>A STOP that comes while an alert is written out waits for one piece of it at most.</summary>
    [Fact]
    public async Task Long_work_shares_its_commit_with_nobody()
    {
        await using var bench = await Workbench.OpenAsync(DatabaseProvider.Sqlite, postgres);
        await bench.ExecuteAsync("CREATE TABLE ballast (x INTEGER)");
        var gate = new TaskCompletionSource();
        var first = bench.WriteAsync(async _ =>
        {
            await gate.Task;
            return true;
        });

        var small = bench.ExecuteAsync("INSERT INTO ballast VALUES (1)");
        var pieces = bench.Database.WriteAloneAsync(
            async write =>
            {
                await write.ExecuteAsync("INSERT INTO ballast VALUES (2)");
                await small.WaitAsync(TimeSpan.FromSeconds(10), Token);
                return true;
            }, Token);
        var behind = bench.WriteAsync(async write =>
        {
            await pieces.WaitAsync(TimeSpan.FromSeconds(10), Token);
            return await write.ExecuteAsync("INSERT INTO ballast VALUES (3)");
        });
        gate.SetResult();

        await Task.WhenAll(first, small, pieces, behind);
        Assert.Equal(3, await bench.CountAsync("ballast"));
    }

    /// <summary>A statement with a parameter behind LIMIT is otherwise read and planned anew at every run; a claim is one.</summary>
    [Fact]
    public async Task A_kept_statement_is_planned_once_whatever_its_values()
    {
        await using var bench = await Workbench.OpenAsync(DatabaseProvider.Sqlite, postgres);

        var isStable = await bench.WriteAsync(write =>
        {
            _ = SQLitePCL.raw.sqlite3_db_config(((SqliteConnection)write.Connection).Handle, SQLitePCL.raw.SQLITE_DBCONFIG_ENABLE_QPSG, -1, out var isOn);
            return Task.FromResult(isOn);
        });

        Assert.Equal(1, isStable);
    }

    [Fact]
    public async Task A_file_that_cannot_be_opened_is_told_to_everybody_and_tried_again()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "away", "notify.db");
        await using var writer = new SqliteWriter(
            () =>
            {
                var connection = new SqliteConnection($"Data Source={path}");
                connection.Open();
                return connection;
            },
            _ => throw new InvalidOperationException("No context is needed here."), TimeProvider.System);

        var refused = await Record.ExceptionAsync(() => writer.RunAsync(_ => Task.FromResult(1), isAlone: false, Token).WaitAsync(Token));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var taken = await writer.RunAsync(write => write.ExecuteAsync("CREATE TABLE t (x)"), isAlone: false, Token);

        Assert.IsType<SqliteException>(refused);
        Assert.Equal(0, taken);
        SqliteConnection.ClearAllPools();
    }

    private static async Task<Exception?> TriedAsync(Workbench bench, string sql) => await Record.ExceptionAsync(() => bench.ExecuteAsync(sql));
}
