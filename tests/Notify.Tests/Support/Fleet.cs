using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Npgsql;

namespace Notify.Tests.Support;

/// <summary>
/// An installation as in containers: one process for pages, API and webhooks with the local carrier in it, and any number that send, over one
/// PostgreSQL. Readers are seeded, half of them by text and half by mail.
/// </summary>
internal sealed class Fleet : IAsyncDisposable
{
    private const string Key = "fleet-bootstrap-key";

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private readonly TemporaryFolder _folder = new();
    private readonly List<ChildProcess> _workers = [];
    private readonly string[] _settings;
    private readonly string _connection;
    private ChildProcess? _web;

    private Fleet(string connection, string[] settings)
    {
        var (url, carrier) = (Free(), Free());
        _connection = connection;
        _settings =
        [
            "--environment=Development", $"--Data:Folder={_folder.Path}", "--Database:Provider=Postgres", $"--Database:ConnectionString={connection}",
            $"--PublicUrl={url}", $"--Sandbox:Url={carrier}", $"--Sandbox:SmtpPort={FreePort.Next().ToString(CultureInfo.InvariantCulture)}",
            "--Demo=false", "--Delivery:UndoSeconds=0", $"--Operators:BootstrapKey={Key}", .. settings,
        ];
        Api = new HttpClient { BaseAddress = url };
        Api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        Handsets = new HttpClient { BaseAddress = carrier };
    }

    /// <summary>Talks to Notify with the bootstrap key.</summary>
    public HttpClient Api { get; }

    /// <summary>Talks to the carrier.</summary>
    public HttpClient Handsets { get; }

    public ChildProcess Web => _web!;

    public IReadOnlyList<ChildProcess> Workers => _workers;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="settings">As on a command line, for every process.</param>
    public static async Task<Fleet> OpenAsync(PostgresServer postgres, int readers, int workers, params string[] settings)
    {
        var fleet = new Fleet(await postgres.CreateDatabaseAsync(), settings);
        try
        {
            var seeded = await ChildProcess.NotifyAsync(["seed", "--readers", readers.ToString(CultureInfo.InvariantCulture), .. fleet._settings]);
            Assert.True(seeded.ExitCode == 0, seeded.Output);
            fleet._web = ChildProcess.StartNotify(["serve", "--role", "web", $"--urls={fleet.Api.BaseAddress}", .. fleet._settings]);
            for (var worker = 0; worker < workers; worker++)
            {
                fleet._workers.Add(ChildProcess.StartNotify(["serve", "--role", "worker", $"--urls={Free()}", .. fleet._settings]));
            }

            await fleet.Web.SaysAsync("Notify is up at");
            await Task.WhenAll(fleet._workers.Select(worker => worker.SaysAsync("Notify works")));
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    /// <returns>The alert's id.</returns>
    public async Task<Guid> PublishAsync(string title)
    {
        using var published = await Api.PostAsJsonAsync("/api/articles", new { url = $"https://yid-info.example/{Guid.CreateVersion7():N}", title }, Token);
        Assert.Equal(HttpStatusCode.Created, published.StatusCode);
        return (await published.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("alertId").GetGuid();
    }

    /// <summary>Waits until everybody an alert is for has it.</summary>
    public async Task<JsonElement> FinishedAsync(Guid alert, TimeSpan within)
    {
        var counts = default(JsonElement);
        await EventuallyAsync(async () =>
        {
            var shown = await Api.GetFromJsonAsync<JsonElement>($"/api/alerts/{alert}", Token);
            counts = shown.GetProperty("counts");
            // Mail is done once the relay has it; a text is once the carrier has said that it arrived.
            return shown.GetProperty("state").GetString() == "finished"
                && counts.GetProperty("decided").GetInt64() == counts.GetProperty("accepted").GetInt64() + counts.GetProperty("delivered").GetInt64();
        }, "everybody has it", within);
        return counts;
    }

    /// <summary>When each handset got what it shows, oldest first, with how often it got something.</summary>
    public async Task<IReadOnlyList<Got>> TextsAsync() =>
        [.. (await Handsets.GetFromJsonAsync<IReadOnlyList<Got>>("/handsets", Token))!.OrderBy(got => got.Last)];

    public async Task<IReadOnlyList<Got>> MailsAsync() => (await Handsets.GetFromJsonAsync<IReadOnlyList<Got>>("/mailboxes", Token))!;

    /// <summary>The workers that send now, by what the job storage says.</summary>
    public async Task<IReadOnlyList<ChildProcess>> AtWorkAsync()
    {
        var servers = await QueryAsync("""
            SELECT DISTINCT s.data::jsonb ->> 'ServerId' FROM hangfire.job j JOIN hangfire.state s ON s.id = j.stateid
            WHERE j.statename = 'Processing' AND j.invocationdata::text LIKE '%DrainLaneJob%'
            """, row => row.GetString(0));
        return [.. _workers.Where(worker => servers.Any(server => server.Split(':')[1] == worker.Id.ToString(CultureInfo.InvariantCulture)))];
    }

    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, Func<NpgsqlDataReader, T> read)
    {
        await using var connection = new NpgsqlConnection(_connection);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(Token);
        var rows = new List<T>();
        while (await reader.ReadAsync(Token))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    public async Task EventuallyAsync(Func<Task<bool>> condition, string what, TimeSpan within)
    {
        for (var began = TimeProvider.System.GetTimestamp(); !await condition();)
        {
            if (TimeProvider.System.GetElapsedTime(began) > within)
            {
                Assert.Fail($"It never came true that {what}.\n{string.Join('\n', _workers.Select(worker => worker.Output))}");
            }

            await Task.Delay(Look, TimeProvider.System, Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var worker in _workers)
        {
            await worker.DisposeAsync();
        }

        if (_web is not null)
        {
            await _web.DisposeAsync();
        }

        Api.Dispose();
        Handsets.Dispose();
        _folder.Dispose();
    }

    private static Uri Free() => new($"http://127.0.0.1:{FreePort.Next().ToString(CultureInfo.InvariantCulture)}");

    /// <param name="Count">How many messages it shows.</param>
    /// <param name="Last">When the last of them came, by the carrier's clock.</param>
    internal sealed record Got(int Count, DateTimeOffset Last);
}
