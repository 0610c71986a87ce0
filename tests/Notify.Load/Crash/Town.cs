using System.Data.Common;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Notify.Load.Crash;

/// <summary>Notify's processes, its database and the carrier, each to be killed by itself; looked at through the database, whatever is dead.</summary>
internal sealed class Town : IAsyncDisposable
{
    private const int Workers = 3;

    /// <summary>Slow enough that an alert lasts for some seconds and a kill comes in its middle.</summary>
    private const int PerSecond = 400;

    private readonly TemporaryFolder _folder = new();
    private readonly TemporaryFolder _carrierFolder = new();
    private readonly string _url = $"http://127.0.0.1:{N(Tool.FreePort())}";
    private readonly List<Node> _nodes = [];
    private readonly HttpClient _api;
    private Carrier? _carrier;
    private string _connection = "";
    private int _articles;

    private Town()
    {
        _api = new HttpClient { BaseAddress = new Uri(_url), Timeout = TimeSpan.FromSeconds(30) };
        _api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Installation.ApiKey);
    }

    public bool IsPostgres { get; private set; }

    public Carrier Carrier => _carrier!;

    public int Articles => _articles;

    public string CarrierLog => Path.Combine(_carrierFolder.Path, "carrier.log");

    /// <param name="postgres">Null for SQLite.</param>
    /// <param name="inDoubt">The relay's policy.</param>
    public static async Task<Town> OpenAsync(Postgres? postgres, string inDoubt, int readers, int settleSeconds, CancellationToken cancellationToken)
    {
        var town = new Town { IsPostgres = postgres is not null };
        try
        {
            await town.StartAsync(postgres, inDoubt, readers, settleSeconds, cancellationToken);
            return town;
        }
        catch
        {
            await town.DisposeAsync();
            throw;
        }
    }

    private async Task StartAsync(Postgres? postgres, string inDoubt, int readers, int settleSeconds, CancellationToken cancellationToken)
    {
        _carrier = await Carrier.StartAsync(_carrierFolder.Path, _url, cancellationToken);
        IReadOnlyList<string> database = postgres is null ? [] : await postgres.CreateAsync(cancellationToken);
        _connection = postgres is null ? $"Data Source={Path.Combine(_folder.Path, "notify.db")}" : database[1]["--Database:ConnectionString=".Length..];
        string[] settings =
        [
            .. Carrier.Settings, .. database, $"--Delivery:SettleSeconds={N(settleSeconds)}",
            "--Twilio:Senders:0:Name=texts", "--Twilio:Senders:0:From=+12125550100", $"--Twilio:Senders:0:SegmentsPerSecond={N(PerSecond)}", "--Twilio:Senders:0:Concurrency=24",
            "--Smtp:Relays:0:Name=mails", "--Smtp:Relays:0:Host=127.0.0.1", $"--Smtp:Relays:0:Port={N(Carrier.SmtpPort)}", "--Smtp:Relays:0:Security=None",
            "--Smtp:Relays:0:From=news@news.example", $"--Smtp:Relays:0:PerSecond={N(PerSecond)}", "--Smtp:Relays:0:Connections=8", $"--Smtp:Relays:0:InDoubt={inDoubt}",
            .. IsPostgres ? (string[])["--Twilio:Senders:0:Slots=3", "--Smtp:Relays:0:Slots=2"] : [],
        ];
        await using (var seeding = await Installation.OpenAsync(settings, cancellationToken, role: IsPostgres ? Hosting.HostRole.Web : Hosting.HostRole.All, keep: _folder.Path))
        {
            await seeding.SeedAsync(readers / 2, byMail: false, cancellationToken);
            await seeding.SeedAsync(readers / 2, byMail: true, cancellationToken, after: readers / 2);
        }

        string[] all = ["serve", .. Installation.Settings(_folder.Path, _url), .. settings];
        _nodes.Add(new Node(new Uri(_url).Port, IsPostgres ? [.. all, "--role", "web"] : all, !IsPostgres));
        for (var worker = 0; IsPostgres && worker < Workers; worker++)
        {
            var port = Tool.FreePort();
            _nodes.Add(new Node(port, [.. all, $"--urls=http://127.0.0.1:{N(port)}", "--role", "worker"], true));
        }

        foreach (var node in _nodes)
        {
            await node.StartAsync(cancellationToken);
        }
    }

    /// <summary>Ends one worker, drawn by lot, as a power cut would.</summary>
    /// <returns>What brings it back.</returns>
    public async Task<Func<CancellationToken, Task>> KillAWorkerAsync(Random lot)
    {
        var workers = _nodes.FindAll(node => node.IsWorker);
        var one = workers[lot.Next(workers.Count)];
        await one.KillAsync();
        return one.StartAsync;
    }

    /// <inheritdoc cref="KillAWorkerAsync" />
    public async Task<Func<CancellationToken, Task>> KillAllAsync()
    {
        foreach (var node in _nodes)
        {
            await node.KillAsync();
        }

        return async cancellationToken =>
        {
            foreach (var node in _nodes)
            {
                await node.StartAsync(cancellationToken);
            }
        };
    }

    public async Task PublishAsync(CancellationToken cancellationToken)
    {
        var number = N(++_articles);
        using var response = await _api.PostAsJsonAsync("/api/articles", new { url = $"https://news.example/crash/{number}", title = $"Article {number} of the crash", summary = "", priority = "breaking" }, cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>How many rows wait to be claimed, and how many something may still happen to.</summary>
    public async Task<(long Waiting, long Open)> FiguresAsync(CancellationToken cancellationToken) =>
        (await QueryAsync("SELECT COALESCE(SUM(pending), 0), COALESCE(SUM(pending + held + sending + in_doubt), 0) FROM sources WHERE kind = 1",
            row => (Number(row, 0), Number(row, 1)), cancellationToken))[0];

    /// <summary>How many rows are on their way, by channel: what a kill leaves in doubt is among them.</summary>
    public async Task<(long Texts, long Mails)> OnTheirWayAsync(CancellationToken cancellationToken)
    {
        var rows = await QueryAsync("SELECT channel, count(*) FROM deliveries WHERE status IN (2, 8) GROUP BY channel", row => (Channel: Number(row, 0), Count: Number(row, 1)), cancellationToken);
        return (rows.Where(r => r.Channel == (int)Contacts.Channel.Text).Sum(r => r.Count), rows.Where(r => r.Channel == (int)Contacts.Channel.Mail).Sum(r => r.Count));
    }

    public async Task<List<T>> QueryAsync<T>(string sql, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        await using DbConnection connection = IsPostgres ? new NpgsqlConnection(_connection + ";Pooling=false") : new SqliteConnection(_connection);
        await connection.OpenAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    public static long Number(DbDataReader row, int column) => Convert.ToInt64(row.GetValue(column), CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        _api.Dispose();
        foreach (var node in _nodes)
        {
            await node.KillAsync();
        }

        if (_carrier is not null)
        {
            await _carrier.DisposeAsync();
        }

        SqliteConnection.ClearAllPools();
        _folder.Dispose();
        _carrierFolder.Dispose();
    }

    private static string N(int number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed class Node(int port, string[] arguments, bool isWorker)
    {
        private Tool? _process;

        public bool IsWorker => isWorker;

        public async Task StartAsync(CancellationToken cancellationToken) => _process ??= await Tool.NotifyAsync(port, cancellationToken, arguments);

        public async Task KillAsync()
        {
            if (_process is not null)
            {
                await _process.DisposeAsync();
                _process = null;
            }
        }
    }
}
