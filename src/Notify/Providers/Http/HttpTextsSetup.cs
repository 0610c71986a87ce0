using Microsoft.Extensions.Options;
using Notify.Deliveries;
using Notify.Jobs;
using Notify.Storage;

namespace Notify.Providers.Http;

internal static class HttpTextsSetup
{
    public static void AddHttpTexts(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(new SettingsSection("HttpTexts", typeof(IList<GatewayOptions>)));
        builder.Services.AddOptions<HttpTextsOptions>().Bind(builder.Configuration).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<HttpTextsOptions>, GatewayRules>();
        builder.Services.AddSingleton<IMessageProvider, GatewayTexts>();
        builder.Services.AddSingleton<GatewayWebhooks>();
        builder.Services.AddSingleton<ICheck, GatewayCheck>();
        // No resilience handler here, ever: it would send a text twice.
        builder.Services.AddHttpClient(GatewayTexts.ClientName, client =>
            {
                client.Timeout = TimeSpan.FromSeconds(20);
                client.MaxResponseContentBufferSize = 1024 * 1024;
            })
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                PooledConnectionLifetime = TimeSpan.FromMinutes(5),
                ConnectTimeout = TimeSpan.FromSeconds(10),
            })
            .RemoveAllLoggers();
    }

    public static void MapHttpTexts(this IEndpointRouteBuilder routes) => GatewayWebhooks.Map(routes);
}

/// <summary>What works without being right: a gateway that cannot call us, one that cannot be asked, a secret in the clear.</summary>
internal sealed class GatewayCheck(IOptions<HttpTextsOptions> options) : ICheck
{
    public Task<IReadOnlyList<CheckResult>> CheckAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<CheckResult>>([.. options.Value.HttpTexts.SelectMany(Look)]);

    private static IEnumerable<CheckResult> Look(GatewayOptions gateway)
    {
        var what = $"gateway {gateway.Name}";
        var isSafe = Uri.TryCreate(new Template(gateway.Url, TemplateKind.Url).Fill(_ => "1"), UriKind.Absolute, out var url) && (url.Scheme == "https" || url.IsLoopback);
        yield return isSafe
            ? new CheckResult(what, true, $"texts go to {url!.Host}; a message in doubt {(gateway.Find.Url.Length > 0 ? "is looked for there" : "waits for a person")}")
            : new CheckResult(what, false, "its Url begins with http://, so texts and secrets travel in the clear; use https://");
        yield return !Proof.IsConfigured(gateway.Webhooks)
            ? new CheckResult($"{what}, webhooks", false, "Webhooks:Secrets is empty, so its calls are answered with 404: no STOP by text is heard, and nothing is known of delivery")
            : gateway.Webhooks.Status.Words.Count == 0
            ? new CheckResult($"{what}, webhooks", false, "texts come in, but Webhooks:Status is not described: nothing is known of delivery")
            : new CheckResult($"{what}, webhooks", true, $"proved by {gateway.Webhooks.Header}, {gateway.Webhooks.Secrets.Count(secret => secret.Length > 0)} secret(s)");
    }
}
