using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Notify.Load;

/// <summary>A PostgreSQL of this run alone, as durable as it comes, in a folder that is gone afterwards, also when this process is killed.</summary>
internal sealed class Postgres : IAsyncDisposable
{
    /// <summary>It refuses to run as root. The shell waits for the end of its input, which also comes when this process is killed.</summary>
    private const string Script = """
        trap '' INT TERM HUP
        cd /
        as() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
        folder=$(as mktemp -d "${TMPDIR:-/tmp}/notify-load-postgres-XXXXXX") || exit 1
        as "$INITDB" -D "$folder/data" -U notify -A trust --locale=C -E UTF8 >"$folder.log" 2>&1 &&
        as "$PG_CTL" -s -w -t 60 -D "$folder/data" -l "$folder/server.log" -o "-p $PORT -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300 -c shared_buffers=512MB" \
          start >>"$folder.log" 2>&1 </dev/null
        if [ $? = 0 ]; then echo ready; cat >/dev/null; as "$PG_CTL" -s -w -D "$folder/data" -m immediate stop >/dev/null 2>&1
        else cat "$folder.log" "$folder/server.log" 2>/dev/null; fi
        rm -rf "$folder" "$folder.log"
        """;

    private readonly Process _shell;
    private readonly int _port;
    private int _databases;

    private Postgres(Process shell, int port) => (_shell, _port) = (shell, port);

    public static async Task<Postgres> StartAsync(CancellationToken cancellationToken)
    {
        var bin = Directory.EnumerateDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).LastOrDefault()
            ?? throw new InvalidOperationException("PostgreSQL is not installed. tests/run.sh names the Debian package and installs it where it can.");
        var port = Tool.FreePort();
        var shell = Process.Start(new ProcessStartInfo("setsid", ["/bin/sh", "-c", Script])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { ["INITDB"] = $"{bin}/bin/initdb", ["PG_CTL"] = $"{bin}/bin/pg_ctl", ["PORT"] = port.ToString(CultureInfo.InvariantCulture) },
        })!;
        var said = await shell.StandardOutput.ReadLineAsync(cancellationToken);
        return said == "ready" ? new Postgres(shell, port) : throw new InvalidOperationException($"PostgreSQL did not start: {said} {await shell.StandardOutput.ReadToEndAsync(cancellationToken)}");
    }

    /// <returns>Settings for a node that works on a database of its own.</returns>
    public async Task<IReadOnlyList<string>> CreateAsync(CancellationToken cancellationToken)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"load_{Interlocked.Increment(ref _databases)}");
        await using var connection = new NpgsqlConnection(To("postgres"));
        await connection.OpenAsync(cancellationToken);
        await using var create = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await create.ExecuteNonQueryAsync(cancellationToken);
        return ["--Database:Provider=Postgres", $"--Database:ConnectionString={To(name)}"];
    }

    /// <summary>Cuts every connection that Notify has.</summary>
    public async Task CutAsync(CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(To("postgres"));
        await connection.OpenAsync(cancellationToken);
        await using var cut = new NpgsqlCommand("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'load_%' AND pid <> pg_backend_pid()", connection);
        await cut.ExecuteNonQueryAsync(cancellationToken);
    }

    private string To(string database) => string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={_port};Username=notify;Database={database};Maximum Pool Size=50");

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync(CancellationToken.None);
        _shell.Dispose();
    }
}
