using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.HttpOverrides;
using Notify.Jobs;
using Notify.Storage;
using Notify.Web;
using OpenTelemetry.Metrics;

namespace Notify.Hosting;

internal static partial class HostingSetup
{
    /// <summary>Scripts from here only; styles may stand in the page, where the console's widgets put them. Readers' pages narrow it further.</summary>
    private const string OwnPages =
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    /// <summary>The same for pages of libraries that write scripts into their documents.</summary>
    private const string FrameworkPages = OwnPages + "; script-src 'self' 'unsafe-inline'; font-src 'self' data:";

    private static readonly string[] Ready = ["ready"];

    public static void AddHosting(this WebApplicationBuilder builder, HostRole role)
    {
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(24));
        builder.AddProxies();
        builder.Services.AddSingleton<Installation>();
        builder.Services.AddSingleton<ICheck, Checks>();
        builder.Services.AddHostedService<Migrator>();
        builder.AddJobHost(role);
        builder.Services.AddProblemDetails();
        builder.Services.AddExceptionHandler<Faults>();
        builder.Services.AddHealthChecks().AddCheck<DatabaseHealth>("database", tags: Ready);
        builder.Services.AddApiPage();
        builder.Services.AddDataProtection().SetApplicationName("Notify");
        builder.Services.AddOptions<Microsoft.AspNetCore.DataProtection.KeyManagement.KeyManagementOptions>().Configure<Keys, ILoggerFactory>((options, keys, loggers) =>
            options.XmlRepository = new Microsoft.AspNetCore.DataProtection.Repositories.FileSystemXmlRepository(Directory.CreateDirectory(keys.Folder), loggers));
        builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics
            .AddMeter("Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime", "Notify")
            .AddPrometheusExporter());
    }

    public static void UseHosting(this WebApplication app)
    {
        app.UseForwardedHeaders();
        app.UseExceptionHandler();
        app.UseTroublePages();
        app.Use((context, next) =>
        {
            var headers = context.Response.Headers;
            headers.XContentTypeOptions = "nosniff";
            headers.XFrameOptions = "DENY";
            headers["Referrer-Policy"] = "same-origin";
            headers.ContentSecurityPolicy = HasForeignScripts(context.Request.Path) ? FrameworkPages : OwnPages;
            return next(context);
        });
    }

    public static void MapHosting(this WebApplication app, HostRole role)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains("ready") });
        if (!role.HasFlag(HostRole.Web))
        {
            return;
        }

        app.MapPrometheusScrapingEndpoint("/metrics").RequireAuthorization(Policies.AlertsRead);
        app.MapApiPage();
    }

    private static bool HasForeignScripts(PathString path) => path.StartsWithSegments("/ops/jobs", StringComparison.Ordinal) || path.StartsWithSegments(ApiPage.Path, StringComparison.Ordinal);

    /// <summary>
    /// Who a visitor is, is what the connection says - unless it comes from a proxy named in <c>Proxies</c> (addresses or networks), which may say it for them.
    /// Nobody else's word counts, or the limits of the sign-up form would hold for nobody.
    /// </summary>
    private static void AddProxies(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(new SettingsSection("Proxies", typeof(IList<string>)));
        string[] proxies = Proxies(builder.Configuration);
        builder.Services.Configure<ForwardedHeadersOptions>(options =>
        {
            options.ForwardedHeaders = proxies.Length > 0 ? ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto : ForwardedHeaders.None;
            options.KnownProxies.Clear();
            options.KnownIPNetworks.Clear();
            foreach (var network in proxies.Select(ReadNetwork).OfType<System.Net.IPNetwork>())
            {
                options.KnownIPNetworks.Add(network);
            }
        });
    }

    public static string[] Proxies(IConfiguration settings) =>
        [.. settings.GetSection("Proxies").GetChildren().Select(p => p.Value).OfType<string>().Where(p => p.Length > 0)];

    /// <summary>An address is a network of one; null when it is neither.</summary>
    public static System.Net.IPNetwork? ReadNetwork(string text) =>
        System.Net.IPNetwork.TryParse(text, out var network) ? network
        : System.Net.IPAddress.TryParse(text, out var address) ? new System.Net.IPNetwork(address, address.GetAddressBytes().Length * 8)
        : null;

    /// <summary>A fault as a problem document, or as a page where people are: what the caller can do, nothing of our insides.</summary>
    private sealed partial class Faults(ILogger<Faults> logger) : IExceptionHandler
    {
        public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
        {
            var (status, title) = exception switch
            {
                DatabaseBusyException => (StatusCodes.Status503ServiceUnavailable, exception.Message),
                BadHttpRequestException bad => (bad.StatusCode, "The request could not be read."),
                OperationCanceledException when context.RequestAborted.IsCancellationRequested => (StatusCodes.Status499ClientClosedRequest, "The caller went away."),
                _ => (StatusCodes.Status500InternalServerError, "Something went wrong here; it was logged."),
            };
            if (status == StatusCodes.Status500InternalServerError)
            {
                LogFault(exception, context.Request.Method);
            }

            if (status == StatusCodes.Status503ServiceUnavailable)
            {
                context.Response.Headers.RetryAfter = "2";
            }

            if (status is StatusCodes.Status500InternalServerError or StatusCodes.Status503ServiceUnavailable && TroublePages.IsForPeople(context.Request))
            {
                await TroublePages.WriteAsync(context, status);
                return true;
            }

            context.Response.StatusCode = status;
            await TypedResults.Problem(statusCode: status, title: title).ExecuteAsync(context);
            return true;
        }

        /// <summary>Without the path: it may hold a reader's token.</summary>
        [LoggerMessage(Level = LogLevel.Error, Message = "A {Method} request failed")]
        private partial void LogFault(Exception exception, string method);
    }
}
