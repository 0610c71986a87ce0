#if SANDBOX
using Notify.Hosting;
using Notify.Sandbox;
using Notify.Storage;
using Notify.Web;

namespace Notify.Verbs;

/// <summary>The local carrier, in this process beside the program or alone in its own.</summary>
internal static class Sandbox
{
    /// <summary>Starts it beside the program unless it is off, or one is running already (the verb <c>carrier</c>, another node).</summary>
    public static async Task<LocalCarrier?> StartWithAsync(WebApplication app, HostRole role, CancellationToken cancellationToken)
    {
        var settings = SandboxSettings.Read(app.Configuration, app.Environment);
        if (!settings.IsEnabled || !role.HasFlag(HostRole.Web) || await IsRunningAsync(settings.Url, cancellationToken))
        {
            return null;
        }

        return await LocalCarrier.StartAsync(Options(app, settings), cancellationToken);
    }

    public static async Task<int> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        await using var app = NotifyApp.Build(args);
        if (app.Services.GetService<SandboxAccount>() is null)
        {
            Console.Error.WriteLine("The local carrier is off: it runs in Development, with Sandbox:Enabled true.");
            return 1;
        }

        var settings = SandboxSettings.Read(app.Configuration, app.Environment);
        await using var carrier = await LocalCarrier.StartAsync(Options(app, settings), cancellationToken);
        Console.WriteLine($"The local carrier is up at {carrier.Url}, its SMTP on port {carrier.SmtpPort}");
        await carrier.WaitForShutdownAsync(cancellationToken);
        return 0;
    }

    private static CarrierOptions Options(WebApplication app, SandboxSettings settings)
    {
        var account = app.Services.GetRequiredService<SandboxAccount>();
        var folder = app.Services.GetRequiredService<DataFolder>();
        var address = app.Services.GetRequiredService<PublicAddress>();
        folder.Create();
        return new CarrierOptions
        {
            Url = settings.Url,
            SmtpPort = settings.SmtpPort,
            AccountSid = account.AccountSid,
            AuthTokens = account.Tokens,
            ApiKeySecrets = [.. account.Secrets.Where(s => s.Length > 0)],
            LogFile = folder.File("carrier.log"),
            FeedFile = Seeds.File("feed.xml"),
            InboundWebhook = () => new Uri(address.Link(account.InboundPath)),
            GatewayWebhook = () => new Uri(address.Link("/webhooks/texts/gateway/inbound")),
            EnvironmentName = app.Environment.EnvironmentName,
        };
    }

    private static async Task<bool> IsRunningAsync(Uri url, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        try
        {
            using var response = await client.GetAsync(new Uri(url, "/handsets"), cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }
}
#endif
