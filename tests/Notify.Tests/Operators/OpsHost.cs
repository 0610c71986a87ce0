using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Notify.Hosting;
using Notify.Operators;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Operators;

/// <summary>The whole application on a free port with a database of its own, doing no work in the background: only what is asked of it happens.</summary>
internal sealed class OpsHost : IAsyncDisposable
{
    public const string BootstrapKey = "a key for the first start";

    private readonly WebApplication _app;
    private readonly DirectoryInfo _folder;

    private OpsHost(WebApplication app, DirectoryInfo folder, KeptLog log)
    {
        (_app, _folder, Log) = (app, folder, log);
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    public Uri Address { get; }

    public KeptLog Log { get; }

    public SignIns SignIns => Get<SignIns>();

    public Database Database => Get<Database>();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static Task<OpsHost> StartAsync(params string[] settings) => StartAsync(null, settings);

    /// <param name="postgres">Null: SQLite.</param>
    /// <param name="settings">Such as <c>--Operators:LinkLife=00:01:00</c>.</param>
    public static async Task<OpsHost> StartAsync(PostgresServer? postgres, params string[] settings)
    {
        var folder = Directory.CreateTempSubdirectory("notify-ops-");
        var provider = postgres is null ? DatabaseProvider.Sqlite : DatabaseProvider.Postgres;
        string[] database = [$"--Database:Provider={provider}", $"--Database:ConnectionString={await ReadyDatabase.OpenAsync(provider, postgres!, folder.FullName)}"];
        var log = new KeptLog();
        var app = NotifyApp.Build(
            [
                "--environment=Development", "--urls=http://127.0.0.1:0", $"--Data:Folder={folder.FullName}", $"--Operators:BootstrapKey={BootstrapKey}",
                "--Demo=false", "--Sandbox:Enabled=false", "--Smtp:Relays:0:Name=mail", "--Smtp:Relays:0:Host=127.0.0.1", "--Smtp:Relays:0:From=news@example.com",
                .. database, .. settings,
            ],
            HostRole.Web,
            builder =>
            {
                builder.Logging.ClearProviders().AddProvider(log);
                builder.LeaveNothing();
            });
        await app.StartAsync(Token);
        return new OpsHost(app, folder, log);
    }

    public T Get<T>() where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>A browser: keeps cookies, follows nothing by itself.</summary>
    public HttpClient Browser() => new(new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }) { BaseAddress = Address };

    /// <summary>A program with a key.</summary>
    public HttpClient Program(string key = BootstrapKey)
    {
        var client = new HttpClient { BaseAddress = Address };
        client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        return client;
    }

    public async Task<HttpClient> SignedInAsync(Role role)
    {
        var browser = Browser();
        var link = await SignIns.CreateLinkAsync(string.Create(CultureInfo.InvariantCulture, $"{role}@example.com"), role, "test", Token);
        using var answer = await browser.PostAsync(link, null, Token);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return browser;
    }

    /// <summary>Who did what, in no order: what happens within a millisecond has none.</summary>
    public async Task<List<string>> AuditAsync()
    {
        await using var db = Database.Read();
        return [.. (await db.Audit.ToListAsync(Token)).Select(a => $"{a.Who} {a.Did}").Order(StringComparer.Ordinal)];
    }

    public async ValueTask DisposeAsync()
    {
        await _app.EndAsync();
        SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }
}
