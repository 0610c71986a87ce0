using System.Diagnostics;
using System.Globalization;
using Notify.Tests.Support;
using Npgsql;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace Notify.Tests.Support;

/// <summary>
/// A PostgreSQL server of this test run alone, on a loopback port, in a folder that is gone afterwards. It starts when the
/// first test asks for a database, so a run that needs none never pays for it. It is not durable on purpose (fsync off).
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    /// <summary>Starting takes about a second; on a machine busy with builds it may take many.</summary>
    private static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(90);

    private readonly Lazy<Task<Running>> _running = new(StartAsync);
    private readonly SemaphoreSlim _makesTemplate = new(1);
    private string? _template;
    private int _databases;

    /// <summary>The connection string of an empty database nobody else uses. Skips the test where PostgreSQL is not installed.</summary>
    public Task<string> CreateDatabaseAsync() => CreateAsync("");

    /// <summary>As <see cref="CreateDatabaseAsync"/>, with all that <paramref name="fill"/> made of the first one it was asked for.</summary>
    /// <param name="fill">Fills the database with this connection string; runs once a server. Everybody passes the same.</param>
    public async Task<string> CopyDatabaseAsync(Func<string, Task> fill)
    {
        await _makesTemplate.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            if (_template is null)
            {
                var filled = await CreateDatabaseAsync();
                // Only what nobody is connected to can be copied.
                await fill(new NpgsqlConnectionStringBuilder(filled) { Pooling = false }.ConnectionString);
                _template = new NpgsqlConnectionStringBuilder(filled).Database;
            }
        }
        finally
        {
            _makesTemplate.Release();
        }

        return await CreateAsync($"TEMPLATE {_template} STRATEGY FILE_COPY");
    }

    private async Task<string> CreateAsync(string how)
    {
        Programs.Require("initdb");
        Programs.Require("pg_ctl");
        var server = await _running.Value.WaitAsync(TestContext.Current.CancellationToken);

        var name = string.Create(CultureInfo.InvariantCulture, $"notify_{Interlocked.Increment(ref _databases)}");
        await using var connection = new NpgsqlConnection(server.ConnectionString("postgres"));
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var create = connection.CreateCommand();
        create.CommandText = $"CREATE DATABASE {name} {how}";
        await create.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return server.ConnectionString(name);
    }

    public async ValueTask DisposeAsync()
    {
        _makesTemplate.Dispose();
        if (!_running.IsValueCreated)
            return;

        // A start that failed was reported by the test that asked for it.
        await ((Task)_running.Value).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_running.Value.IsCompletedSuccessfully)
            return;

        NpgsqlConnection.ClearAllPools();
        await (await _running.Value).StopAsync();
    }

    private static async Task<Running> StartAsync()
    {
        // The port was free a moment ago; somebody else may have taken it since.
        for (var attempt = 1; ; attempt++)
        {
            var (server, problem) = await Running.TryStartAsync(FreePort.Next(), StartsWithin);
            if (server is not null)
                return server;

            if (attempt == 3)
                throw new InvalidOperationException($"PostgreSQL did not start: {problem}");
        }
    }

    /// <summary>
    /// The server and the shell that watches over it. The shell waits for its standard input to end - which also happens
    /// when the tests are killed - and then stops the server and removes the folder, so that nothing is left behind.
    /// </summary>
    private sealed class Running(Process shell, int port)
    {
        // PostgreSQL refuses to run as root, so there every step is the postgres user's. Nothing of the server may hold on to
        // the shell's output: whoever reads that to its end would wait for the server's end.
        private const string Script = """
            trap '' INT TERM HUP
            cd /
            as() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
            folder=$(as mktemp -d "${TMPDIR:-/tmp}/notify-postgres-XXXXXX") || exit 1
            as "$INITDB" -D "$folder/data" -U notify -A trust --no-sync --locale=C -E UTF8 >"$folder.log" 2>&1 &&
            as "$PG_CTL" -s -w -t "$SECONDS_TO_START" -D "$folder/data" -l "$folder/server.log" -o "-p $PORT -c listen_addresses=127.0.0.1 \
              -c unix_socket_directories= -c max_connections=300 -c fsync=off -c full_page_writes=off -c synchronous_commit=off" \
              start >>"$folder.log" 2>&1 </dev/null
            if [ $? = 0 ]; then
              echo ready
              cat >/dev/null
              as "$PG_CTL" -s -w -D "$folder/data" -m immediate stop >/dev/null 2>&1
            else
              cat "$folder.log" "$folder/server.log" 2>/dev/null
            fi
            rm -rf "$folder" "$folder.log"
            """;

        /// <summary>Whoever kills the tests with all their children, or presses Ctrl-C, must not reach the one that cleans up after them.</summary>
        private static readonly string[] OwnSession = File.Exists("/usr/bin/setsid") ? ["setsid"] : [];

        public string ConnectionString(string database) => new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = port,
            Username = "notify",
            Database = database,
            IncludeErrorDetail = true,
            // Every test has a database, hence a pool, of its own; idle connections must not pile up to the server's limit.
            MaxPoolSize = 30,
            ConnectionIdleLifetime = 5,
            ConnectionPruningInterval = 2,
        }.ConnectionString;

        public static async Task<(Running? Server, string Problem)> TryStartAsync(int port, TimeSpan within)
        {
            var shell = new Process
            {
                StartInfo = new ProcessStartInfo("/usr/bin/env", [.. OwnSession, "/bin/sh", "-c", Script])
                {
                    UseShellExecute = false,
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                    Environment =
                    {
                        ["INITDB"] = Programs.Require("initdb"),
                        ["PG_CTL"] = Programs.Require("pg_ctl"),
                        ["PORT"] = port.ToString(CultureInfo.InvariantCulture),
                        ["SECONDS_TO_START"] = within.TotalSeconds.ToString(CultureInfo.InvariantCulture),
                    },
                },
            };
            shell.Start();
            if (await shell.StandardOutput.ReadLineAsync() is not "ready" and var firstLine)
            {
                var rest = await shell.StandardOutput.ReadToEndAsync();
                shell.Dispose();
                return (null, $"{firstLine}\n{rest}".Trim());
            }

            return (new Running(shell, port), "");
        }

        public async Task StopAsync()
        {
            shell.StandardInput.Close();
            await shell.WaitForExitAsync();
            shell.Dispose();
        }
    }
}
