using System.Globalization;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Notify.Jobs;
using Notify.Sandbox;
using Notify.Storage;

namespace Notify.Tests.Support;

/// <summary>
/// A whole installation for one story: Notify on a free port with a database and a folder of its own, and a local carrier that goes on
/// when Notify is stopped, started again or killed. What a story does and sees is in the other parts of this class; all of it over HTTP.
/// </summary>
internal sealed partial class Newsroom : IAsyncDisposable
{
    public const string Name = "Yid-Info";
    public const string PostalAddress = "1 Example Street, Springfield, NY 10000";

    /// <summary>Opens everything an operator may do.</summary>
    public const string ApiKey = "newsroom-bootstrap-key";

    /// <summary>What a carrier's webhooks are signed with.</summary>
    public const string Token = "newsroom-token";

    private readonly Dictionary<string, string> _settings;
    private readonly string _folder;
    private readonly bool _asProcess;
    private readonly Action<WebApplicationBuilder>? _configure;
    private WebApplication _app;
    private NotifyProcess? _process;

    private Newsroom(DatabaseProvider provider, LocalCarrier carrier, string folder, Dictionary<string, string> settings, bool asProcess, Action<WebApplicationBuilder>? configure)
    {
        (Provider, Carrier, _folder, _settings, _asProcess, _configure) = (provider, carrier, folder, settings, asProcess, configure);
        Url = new Uri(settings["urls"]);
        Public = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Url };
        Api = new HttpClient { BaseAddress = Url };
        Api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ApiKey);
        Handsets = new HttpClient { BaseAddress = carrier.Url };
        _app = Build();
    }

    public DatabaseProvider Provider { get; }

    /// <summary>Where Notify listens, the same after a restart.</summary>
    public Uri Url { get; }

    public LocalCarrier Carrier { get; private set; }

    /// <summary>The folder that holds the SQLite file and the keys.</summary>
    public string Folder => _folder;

    /// <summary>Talks to Notify as anybody; follows no redirect and keeps no cookie.</summary>
    public HttpClient Public { get; }

    /// <summary>Talks to Notify with the bootstrap key.</summary>
    public HttpClient Api { get; }

    /// <summary>Talks to the carrier: handsets, mailboxes, faults.</summary>
    public HttpClient Handsets { get; }

    /// <summary>
    /// Notify's own services: of the running host, or, beside a process, of a host that is built and never started. Stories stay on HTTP;
    /// this is for setting a scene that would take too long otherwise, and for looking behind it.
    /// </summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>The settings of this installation, for a verb of the program.</summary>
    public IEnumerable<string> Arguments => _settings.Select(s => $"--{s.Key}={s.Value}");

    public Database Database => Services.GetRequiredService<Database>();

    /// <summary>Opens an installation in this process.</summary>
    /// <param name="provider">Which database; PostgreSQL skips where it is not installed.</param>
    /// <param name="postgres">The assembly fixture.</param>
    /// <param name="settings">Settings that win over those of every story, such as <c>("Delivery:SettleSeconds", "1")</c>.</param>
    public static Task<Newsroom> OpenAsync(DatabaseProvider provider, PostgresServer postgres, params (string Key, string Value)[] settings) =>
        OpenAsync(provider, postgres, asProcess: false, configure: null, settings);

    /// <inheritdoc cref="OpenAsync(DatabaseProvider, PostgresServer, ValueTuple{string, string}[])" />
    /// <param name="configure">Last changes before the host is built, such as a provider that a test scripts.</param>
    public static Task<Newsroom> OpenAsync(
        DatabaseProvider provider, PostgresServer postgres, Action<WebApplicationBuilder> configure, params (string Key, string Value)[] settings) =>
        OpenAsync(provider, postgres, asProcess: false, configure, settings);

    /// <summary>Opens an installation whose texts leave through the carrier's plain JSON gateway, and through nothing else.</summary>
    public static Task<Newsroom> OpenGatewayAsync(DatabaseProvider provider, PostgresServer postgres, params (string Key, string Value)[] settings) =>
        OpenAsync(provider, postgres, asProcess: false, configure: null, settings, throughGateway: true);

    /// <summary>Opens an installation whose Notify is a process of its own, to be killed.</summary>
    public static Task<Newsroom> OpenProcessAsync(DatabaseProvider provider, PostgresServer postgres, params (string Key, string Value)[] settings) =>
        OpenAsync(provider, postgres, asProcess: true, configure: null, settings);

    private static async Task<Newsroom> OpenAsync(
        DatabaseProvider provider, PostgresServer postgres, bool asProcess, Action<WebApplicationBuilder>? configure, (string Key, string Value)[] settings,
        bool throughGateway = false)
    {
        var folder = Directory.CreateTempSubdirectory("notify-newsroom-").FullName;
        var connection = await ReadyDatabase.OpenAsync(provider, postgres, folder);
        var url = $"http://127.0.0.1:{FreePort.Next().ToString(CultureInfo.InvariantCulture)}";
        var carrier = await StartCarrierAsync(new Uri("http://127.0.0.1:0"), 0, url, folder);

        var all = Defaults(url, folder, carrier);
        (all["Database:Provider"], all["Database:ConnectionString"]) = (provider.ToString(), connection);
        foreach (var (key, value) in (throughGateway ? GatewaySettings.Of(carrier.Url) : []).Concat(settings))
        {
            all[key] = value;
        }

        var room = new Newsroom(provider, carrier, folder, all, asProcess, configure);
        try
        {
            await room.StartAsync();
            return room;
        }
        catch
        {
            await room.DisposeAsync();
            throw;
        }
    }

    private static Dictionary<string, string> Defaults(string url, string folder, LocalCarrier carrier) => new(StringComparer.OrdinalIgnoreCase)
    {
        ["environment"] = "Development",
        ["urls"] = url,
        ["PublicUrl"] = url,
        ["Data:Folder"] = folder,
        ["Demo"] = "false",
        ["Sandbox:Enabled"] = "true",
        ["Sandbox:Url"] = carrier.Url.ToString(),
        ["Sandbox:SmtpPort"] = carrier.SmtpPort.ToString(CultureInfo.InvariantCulture),
        ["Twilio:AuthTokens:0"] = Token,
        ["Operators:BootstrapKey"] = ApiKey,
        ["Delivery:UndoSeconds"] = "0",
        ["Publication:Name"] = Name,
        ["Publication:Url"] = "https://yid-info.example",
        ["Publication:DefaultRegion"] = "US",
        ["Publication:Countries:0"] = "US",
        ["Publication:TimeZone"] = "America/New_York",
        ["Publication:Locale"] = "en",
        ["Publication:SupportContact"] = "help@yid-info.example",
        ["Publication:PostalAddress"] = PostalAddress,
        ["Publication:TermsUrl"] = "https://yid-info.example/terms",
        ["Publication:PrivacyUrl"] = "https://yid-info.example/privacy",
        ["Limits:OptInsPerNetworkPerHour"] = "10000",
        ["Limits:OptInsPerNetworkPerDay"] = "10000",
        ["Limits:FormSeconds"] = "0",
        ["Limits:OptInsPerNumberBlockPerHour"] = "10000",
    };

    /// <summary>Stops Notify as an operator would, and starts it again; the carrier goes on meanwhile.</summary>
    /// <param name="settings">Settings that change with the restart.</param>
    public async Task RestartAsync(params (string Key, string Value)[] settings)
    {
        foreach (var (key, value) in settings)
        {
            _settings[key] = value;
        }

        await StopAsync();
        await StartAsync();
    }

    /// <summary>Stops Notify and leaves everything else as it is.</summary>
    public async Task StopAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            await process.StopAsync();
            return;
        }

        await _app.StopAsync(TestContext.Current.CancellationToken);
        await _app.DisposeAsync();
        _app = Build();
    }

    /// <summary>Starts what was stopped or killed.</summary>
    public async Task StartAsync()
    {
        if (_asProcess)
        {
            await Services.GetRequiredService<Schema>().MigrateAsync(TestContext.Current.CancellationToken);
            _process = await NotifyProcess.StartAsync(_settings, Url);
            return;
        }

        await _app.StartAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The provider is down: nobody listens, neither for texts nor for mail.</summary>
    public ValueTask StopCarrierAsync() => Carrier.DisposeAsync();

    /// <summary>The provider is back, with what it had.</summary>
    public async Task StartCarrierAsync() => Carrier = await StartCarrierAsync(Carrier.Url, Carrier.SmtpPort, _settings["urls"], _folder);

    private static Task<LocalCarrier> StartCarrierAsync(Uri url, int smtpPort, string notify, string folder) => LocalCarrier.StartAsync(new CarrierOptions
    {
        Url = url,
        SmtpPort = smtpPort,
        AuthTokens = [Token],
        LogFile = Path.Combine(folder, "carrier.log"),
        InboundWebhook = () => new Uri(notify + "/webhooks/twilio/inbound"),
        GatewayWebhook = () => new Uri($"{notify}/webhooks/texts/{GatewaySettings.Name}/inbound"),
    }, TestContext.Current.CancellationToken);

    /// <summary>Ends the process where it stands (kill -9).</summary>
    public async Task KillAsync()
    {
        var process = _process ?? throw new InvalidOperationException("Only an installation opened as a process can be killed.");
        _process = null;
        await process.KillAsync();
    }

    /// <summary>What would happen within ten seconds by itself: each folder looks for what was left undone, and asks whom it waits for.</summary>
    public async Task ReconcileAsync()
    {
        foreach (var errand in Services.GetServices<IErrand>())
        {
            await errand.RunAsync(TestContext.Current.CancellationToken);
        }

        foreach (var part in Services.GetServices<IReconcile>())
        {
            await part.ReconcileAsync(TestContext.Current.CancellationToken);
        }
    }

    private WebApplication Build() => NotifyApp.Build(
        [.. Arguments],
        configure: builder =>
        {
            builder.Logging.ClearProviders().AddProvider(Log);
            builder.LeaveNothing();
            _configure?.Invoke(builder);
        });

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.KillAsync();
        }

        await _app.EndAsync();
        await Carrier.DisposeAsync();
        Public.Dispose();
        Api.Dispose();
        Handsets.Dispose();
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }
}
