using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Notify.Hosting;
using Notify.Storage;

namespace Notify.Load;

/// <summary>One Notify in this process, with a folder and a database of its own; used through its addresses, as everybody uses it.</summary>
internal sealed class Installation : IAsyncDisposable
{
    public const string ApiKey = "the key of the load harness, for this run only";

    private readonly WebApplication _app;
    private readonly string _folder;
    private readonly string _url;
    private readonly bool _isOurs;
    private int _articles;

    private Installation(WebApplication app, string folder, string url, bool isOurs)
    {
        (_app, _folder, _url, _isOurs) = (app, folder, url, isOurs);
        Api = new HttpClient { BaseAddress = new Uri(url) };
        Api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ApiKey);
    }

    public HttpClient Api { get; }

    public Database Database => _app.Services.GetRequiredService<Database>();

    public T Get<T>() where T : notnull => _app.Services.GetRequiredService<T>();

    /// <param name="settings">Beside those that every scenario has.</param>
    /// <param name="keep">A folder that outlives it; null for one of its own.</param>
    /// <param name="map">Addresses of the harness's own, for a limit that is measured on the same server.</param>
    public static async Task<Installation> OpenAsync(
        IEnumerable<string> settings, CancellationToken cancellationToken, Action<WebApplication>? map = null, HostRole role = HostRole.All, string? keep = null)
    {
        var folder = keep ?? Directory.CreateTempSubdirectory("notify-load-").FullName;
        var url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Tool.FreePort()}");
        var app = NotifyApp.Build([.. Settings(folder, url), "--Sandbox:Enabled=false", .. settings], role, builder => builder.Logging.SetMinimumLevel(LogLevel.Warning));
        map?.Invoke(app);
        await app.StartAsync(cancellationToken);
        return new Installation(app, folder, url, keep is null);
    }

    /// <summary>What every scenario has in common.</summary>
    public static IEnumerable<string> Settings(string folder, string url) =>
    [
        "--environment=Development", $"--urls={url}", $"--PublicUrl={url}", $"--Data:Folder={folder}", "--Demo=false",
        $"--Operators:BootstrapKey={ApiKey}", "--Publication:Name=Notify Load", "--Publication:Url=https://news.example", "--Publication:Countries:0=US",
        "--Publication:PostalAddress=1 Paper Row, Springfield", "--Delivery:UndoSeconds=0", "--Limits:RequestsPerKeyPerMinute=1000000", "--Logging:LogLevel:Default=Warning",
    ];

    /// <summary>A worker in a process of its own, with the folder and the database of this one.</summary>
    public Task<Tool> StartWorkerAsync(IEnumerable<string> settings, CancellationToken cancellationToken)
    {
        var port = Tool.FreePort();
        var url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
        return Tool.NotifyAsync(port, cancellationToken, ["serve", "--role", "worker", .. Settings(_folder, _url), $"--urls={url}", .. settings]);
    }

    /// <summary>Confirmed readers who take everything, written set by set: signing them up one by one is another scenario.</summary>
    /// <param name="after">How many there are already.</param>
    public async Task SeedAsync(int readers, bool byMail, CancellationToken cancellationToken, int after = 0)
    {
        const int Chunk = 50_000;
        for (var from = after; from < after + readers; from += Chunk)
        {
            var to = Math.Min(after + readers, from + Chunk);
            await Database.WriteAsync(async write =>
            {
                var numbers = write.IsPostgres
                    ? "SELECT n FROM generate_series(@from + 1, @to) n"
                    : "WITH RECURSIVE count(n) AS (SELECT @from + 1 UNION ALL SELECT n + 1 FROM count WHERE n < @to) SELECT n FROM count";
                // +1 200-999 555 xxxx and a domain that is nobody's.
                var address = byMail ? "'reader' || n || '@size.example.com'" : "'+1' || (200 + n / 10000 % 800) || '555' || substr('000' || (n % 10000), -4)";
                if (!byMail && write.IsPostgres)
                {
                    address = "'+1' || (200 + n / 10000 % 800) || '555' || lpad((n % 10000)::text, 4, '0')";
                }

                await write.ExecuteAsync($"INSERT INTO contacts (hash, channel, address, created_at) SELECT 'load ' || n, @channel, {address}, 0 FROM ({numbers}) numbers",
                    ("from", from), ("to", to), ("channel", byMail ? Contacts.Channel.Mail : Contacts.Channel.Text));
                return await write.ExecuteAsync("""
                    INSERT INTO subscriptions (contact_id, state, all_topics, breaking_at_night, locale, created_at, confirmed_at)
                    SELECT id, 2, @yes, @no, 'en', 0, 0 FROM contacts WHERE NOT EXISTS (SELECT 1 FROM subscriptions s WHERE s.contact_id = contacts.id)
                    """, ("yes", true), ("no", false));
            }, cancellationToken);
        }
    }

    /// <param name="summary">As long as the mail should be.</param>
    /// <returns>The alert.</returns>
    public async Task<Guid> PublishAsync(string summary, bool isBreaking, CancellationToken cancellationToken, params string[] topics)
    {
        var number = Interlocked.Increment(ref _articles);
        using var response = await Api.PostAsJsonAsync("/api/articles", new
        {
            url = string.Create(CultureInfo.InvariantCulture, $"https://news.example/{number}"),
            title = string.Create(CultureInfo.InvariantCulture, $"Article {number} of the load harness"),
            summary,
            topics,
            priority = isBreaking ? "breaking" : "normal",
        }, cancellationToken);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("alertId").GetGuid();
    }

    /// <summary>An operator's verb without a body.</summary>
    public async Task PostAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await Api.PostAsync(path, content: null, cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>An alert that nothing comes of: sending is paused, and so is it.</summary>
    public async Task<Guid> HeldAlertAsync(CancellationToken cancellationToken)
    {
        await PostAsync("/api/sending/pause", cancellationToken);
        using var response = await Api.PostAsJsonAsync("/api/articles", new { url = "https://news.example/held", title = "Held", hold = true }, cancellationToken);
        return (await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("alertId").GetGuid();
    }

    /// <summary>The numbers of the first readers.</summary>
    public static IEnumerable<string> Numbers(int readers) => Enumerable.Range(1, readers).Select(n => string.Create(CultureInfo.InvariantCulture, $"+1{200 + (n / 10_000)}555{n % 10_000:0000}"));

    /// <summary>How many rows of an alert something may still happen to.</summary>
    public async Task<long> OpenAsync(Guid alert, CancellationToken cancellationToken)
    {
        var counts = await CountsAsync(alert, cancellationToken);
        return new[] { "pending", "held", "sending", "inDoubt" }.Sum(name => counts.GetProperty(name).GetInt64());
    }

    public async Task<JsonElement> CountsAsync(Guid alert, CancellationToken cancellationToken) =>
        (await Api.GetFromJsonAsync<JsonElement>($"/api/alerts/{alert}", cancellationToken)).GetProperty("counts");

    /// <summary>Publishes and waits until everybody was told.</summary>
    public async Task<Drained> DrainAsync(int readers, string summary, CancellationToken cancellationToken)
    {
        GC.Collect();
        using var self = Process.GetCurrentProcess();
        self.Refresh();
        var (idle, peak, cpu, began) = (self.WorkingSet64, self.WorkingSet64, self.TotalProcessorTime, Stopwatch.GetTimestamp());
        var alert = await PublishAsync(summary, isBreaking: false, cancellationToken);
        using var bar = new ProgressBar(readers);
        while (true)
        {
            var counts = await CountsAsync(alert, cancellationToken);
            var done = counts.GetProperty("accepted").GetInt64() + counts.GetProperty("delivered").GetInt64();
            bar.Show(done);
            self.Refresh();
            peak = Math.Max(peak, self.WorkingSet64);
            if (done >= readers)
            {
                return new Drained(Stopwatch.GetElapsedTime(began).TotalSeconds, (self.TotalProcessorTime - cpu).TotalSeconds, (peak - idle) / 1048576d);
            }

            var ended = counts.GetProperty("rejected").GetInt64() + counts.GetProperty("skipped").GetInt64() + counts.GetProperty("unknown").GetInt64();
            if (ended > 0)
            {
                throw new InvalidOperationException($"{ended} deliveries did not go: {counts}");
            }

            // To ask costs a millisecond of processor, and is no part of sending: often only near the end.
            await Task.Delay(done < readers * 0.9 ? 300 : 50, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        SqliteConnection.ClearAllPools();
        if (_isOurs)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }
}

/// <summary>What telling everybody took: seconds by the wall, seconds of processor, and megabytes above idle at the peak.</summary>
internal sealed record Drained(double Wall, double Cpu, double Megabytes);
