using System.Net;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;
using Notify.Sandbox.Faults;
using Notify.Sandbox.Feeds;
using Notify.Sandbox.Gateway;
using Notify.Sandbox.Mail;
using Notify.Sandbox.Records;
using Notify.Sandbox.Texts;
using Notify.Sandbox.Web;

namespace Notify.Sandbox;

/// <summary>The local carrier: a stand-in for a text provider and a mail relay, on loopback, for development and tests. Nothing leaves the machine.</summary>
/// <remarks>How trouble is scripted: <see cref="FaultBook"/>, and the help on the carrier's own page.</remarks>
public sealed class LocalCarrier : IAsyncDisposable
{
    private const int LargestRequest = 1024 * 1024;

    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CarrierOptions _options;
    private readonly Background _background = new();
    private readonly CarrierLog _log;
    private readonly WebApplication _app;
    private readonly Webhooks _webhooks;
    private readonly GatewayCalls _calls;
    private readonly SmtpListener _smtp;
    private readonly Handsets _handsets;
    private readonly Mailboxes _mailboxes;
    private readonly Journey _journey;
    private readonly MovingFeed _feed;
    private int _disposed;

    private LocalCarrier(CarrierOptions options)
    {
        _options = options;
        _log = CarrierLog.Open(options.LogFile);
        _app = Host(options);

        var changes = new Changes();
        var faults = new FaultBook();
        var logs = _app.Services.GetRequiredService<ILoggerFactory>();
        _handsets = new Handsets(_log, options.Clock, changes);
        _mailboxes = new Mailboxes(_log, options.Clock, changes);
        _webhooks = new Webhooks(options.AuthTokens[0], options.Clock, logs.CreateLogger<Webhooks>());
        _calls = new GatewayCalls(options.GatewaySecret, options.Clock, logs.CreateLogger<GatewayCalls>());
        _journey = new Journey(_handsets, _webhooks, _calls, _background, options.Clock);
        _smtp = new SmtpListener(_mailboxes, faults, _background, options.Clock, logs.CreateLogger<SmtpListener>());
        _feed = new MovingFeed(options.FeedFile, options.FeedDelay, options.Clock, _log);
        var replies = new Replies(_handsets, _journey, _webhooks, _calls, faults, options);

        _app.Use(next => http =>
        {
            http.Response.Headers.Date = HeaderUtilities.FormatDate(options.Clock.GetUtcNow());
            return LoopbackOnly.GuardAsync(http, next);
        });
        var credentials = new Credentials(options.AuthTokens, options.ApiKeySecrets);
        new MessagesApi(_handsets, _journey, faults, credentials, options.Clock, _background.Stopping).Map(_app);
        new ConsentsApi(_handsets, credentials).Map(_app);
        new DeactivationsApi(credentials, () => Url).Map(_app);
        new GatewayApi(_handsets, _journey, faults, options.GatewaySecret, options.Clock, _background.Stopping).Map(_app);
        new HandsetsApi(_handsets, replies).Map(_app);
        new MailboxesApi(_mailboxes).Map(_app);
        new FaultsApi(faults, changes).Map(_app);
        _feed.Map(_app);
        new PageRoutes(changes, options.Clock, _background.Stopping).Map(_app);
        _app.MapDelete("/messages", () =>
        {
            Empty();
            changes.Happened();
            return Results.NoContent();
        });
    }

    /// <summary>Where the API and the page are, with the real port.</summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>Where mail is taken, the real port.</summary>
    public int SmtpPort => _smtp.Port;

    /// <summary>Starts listening, with what the log file tells.</summary>
    /// <exception cref="InvalidOperationException">The environment is Production, an address is not loopback, or a port or the log file is taken.</exception>
    public static async Task<LocalCarrier> StartAsync(CarrierOptions options, CancellationToken cancellationToken)
    {
        if (string.Equals(options.EnvironmentName, "Production", StringComparison.OrdinalIgnoreCase))
            throw new InvalidOperationException("The local carrier is a stand-in for development and does not start in Production: configure real providers and set Sandbox:Enabled to false.");
        if (options.Url.Scheme != "http" || !LoopbackOnly.IsLoopback(options.Url.Host))
            throw new InvalidOperationException($"The local carrier listens on loopback only: Sandbox:Url is {options.Url}, it must be http on localhost, 127.0.0.1 or [::1].");
        if (options.AuthTokens.Count == 0 || options.AuthTokens.Any(string.IsNullOrEmpty))
            throw new InvalidOperationException("The local carrier needs an auth token to sign webhooks with: set Twilio:AuthTokens.");

        var carrier = new LocalCarrier(options);
        try
        {
            await carrier.StartListeningAsync(cancellationToken);
            return carrier;
        }
        catch
        {
            await carrier.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends when the carrier has been stopped, when the token is cancelled, or when the process is told to end (Ctrl+C, SIGTERM).</summary>
    public async Task WaitForShutdownAsync(CancellationToken cancellationToken = default)
    {
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        await using var cancelled = cancellationToken.Register(() => _stopped.TrySetResult());
        await _stopped.Task;
        await StopAsync(CancellationToken.None);

        void OnSignal(PosixSignalContext context)
        {
            context.Cancel = true;
            _stopped.TrySetResult();
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        await _background.StopAsync();
        await _app.StopAsync(cancellationToken);
        _stopped.TrySetResult();
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;

        await StopAsync(CancellationToken.None);
        _smtp.Dispose();
        await _background.DisposeAsync();
        await _app.DisposeAsync();
        _webhooks.Dispose();
        _calls.Dispose();
        _log.Dispose();
    }

    /// <summary>A host that reads no settings of its surroundings and does not answer to signals: its owner decides when it ends.</summary>
    private static WebApplication Host(CarrierOptions options)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { EnvironmentName = options.EnvironmentName });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LargestRequest;
            Listen(kestrel, options.Url);
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, OwnersLifetime>();
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(2));
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.Extensions.Hosting", LogLevel.None).AddConsole(); // what stops the start is thrown
        return builder.Build();
    }

    private static void Listen(KestrelServerOptions kestrel, Uri url)
    {
        if (url.Port != 0 && !IPAddress.TryParse(url.Host.Trim('[', ']'), out _))
            kestrel.ListenLocalhost(url.Port);
        else
            kestrel.Listen(IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) ? address : IPAddress.Loopback, url.Port);
    }

    private async Task StartListeningAsync(CancellationToken cancellationToken)
    {
        foreach (var (line, span) in _log.Load())
        {
            _handsets.Restore(line);
            _feed.Restore(line);
            if (line is MailLine { Mail: var mail })
                _mailboxes.Restore(mail, span);
        }

        _smtp.Start(_options.SmtpPort);
        try
        {
            await _app.StartAsync(cancellationToken);
        }
        catch (IOException e)
        {
            throw new InvalidOperationException($"The local carrier cannot listen on {_options.Url}: {e.Message} Set Sandbox:Url to a free port.", e);
        }

        var bound = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Url = _options.Url.Port != 0 ? _options.Url : bound;
        foreach (var text in _handsets.Unfinished())
            await _journey.BeginAsync(text);
    }

    private void Empty()
    {
        _handsets.Clear();
        _mailboxes.Clear();
        _log.Reset(_feed.Moment is { } moment ? [moment] : []); // the feed goes on: an item that has appeared stays
    }

    private sealed class OwnersLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
