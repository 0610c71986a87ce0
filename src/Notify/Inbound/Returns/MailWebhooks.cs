using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using Notify.Web;

namespace Notify.Inbound.Returns;

/// <summary>The addresses mail services call: each call proved before it is read, each event taken in once, and whatever is not understood said on both sides.</summary>
internal sealed partial class MailWebhooks(
    IEnumerable<IMailService> services, IConfiguration configuration, ReportBook book, WebhookLog log, PublicAddress address, TimeProvider clock, ILogger<MailWebhooks> logger)
{
    /// <summary>Services send some hundred events at once.</summary>
    private const int MaxBody = 1024 * 1024;

    private readonly Dictionary<string, IMailService> _services = services.ToDictionary(service => service.Name, StringComparer.Ordinal);

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/webhooks/email/{provider}", (string provider, HttpContext context, MailWebhooks webhooks) => webhooks.ReceiveAsync(provider, context))
        .ExcludeFromDescription().DisableAntiforgery().WithMetadata(new RequestSizeLimitAttribute(MaxBody));

    private async Task<IResult> ReceiveAsync(string name, HttpContext context)
    {
        if (!_services.TryGetValue(name, out var service) || Secrets(name) is not { Count: > 0 } secrets)
        {
            return TypedResults.NotFound();
        }

        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var call = new MailCall(context.Request.Headers, body.ToArray(), clock.GetUtcNow());
        if (await service.FaultAsync(call, secrets, context.RequestAborted) is { } why)
        {
            if (log.Refused(name, address.Link(context.Request.Path), why) is { } silent)
            {
                LogRefused(name, why, silent);
            }

            return TypedResults.StatusCode(StatusCodes.Status403Forbidden);
        }

        log.Taken(name);
        return await TakeAsync(service, call) ? TypedResults.Ok() : TypedResults.StatusCode(StatusCodes.Status422UnprocessableEntity);
    }

    /// <returns>Whether it could be read.</returns>
    private async Task<bool> TakeAsync(IMailService service, MailCall call)
    {
        List<Report> reports;
        try
        {
            reports = [.. service.Read(JsonElement.Parse(call.Body.Span))];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            LogUnread(e, service.Name);
            return false;
        }

        var raw = Encoding.UTF8.GetString(call.Body.Span).Replace('\0', '\ufffd');
        foreach (var report in reports)
        {
            var did = await book.TakeAsync(report with { By = service.Name, Raw = raw }, CancellationToken.None);
            LogTaken(service.Name, report.Kind, did ?? "known already");
        }

        return true;
    }

    private List<string> Secrets(string name) =>
        [.. (configuration.GetSection($"MailWebhooks:{name}").Get<MailWebhookOptions>()?.Secrets ?? []).Where(secret => secret.Length > 0)];

    [LoggerMessage(Level = LogLevel.Warning, Message = "A webhook of {Service} was refused: {Why}. Compare MailWebhooks:{Service}:Secrets with what is set at the service. {Silent} more were refused since this was last said")]
    private partial void LogRefused(string service, string why, long silent);

    [LoggerMessage(Level = LogLevel.Error, Message = "A webhook of {Service} was proved and could not be read; the service will send it again. Tell us: it sends something new")]
    private partial void LogUnread(Exception exception, string service);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Service} told of a mail ({Kind}): {Did}")]
    private partial void LogTaken(string service, ReportKind kind, string did);
}
