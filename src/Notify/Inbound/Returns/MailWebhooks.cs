using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Notify.Web;

namespace Notify.Inbound.Returns;

/// <summary>The addresses mail services call: each call proved before it is read, each event taken in once, and whatever is not understood said on both sides.</summary>
internal sealed partial class MailWebhooks(
    IEnumerable<IMailService> services, IOptions<MailWebhooksOptions> options, ReportBook book, WebhookLog log, PublicAddress address, TimeProvider clock, ILogger<MailWebhooks> logger)
{
    /// <summary>Services send some hundred events at once.</summary>
    private const int MaxBody = 1024 * 1024;

    private readonly Dictionary<string, IMailService> _services = services.ToDictionary(service => service.Name, StringComparer.Ordinal);

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/webhooks/email/{provider}", (string provider, HttpContext context, MailWebhooks webhooks) => webhooks.ReceiveAsync(provider, context))
        .ExcludeFromDescription().DisableAntiforgery().WithMetadata(new RequestSizeLimitAttribute(MaxBody));

    /// <summary>The services that are set up, each with what to enter there.</summary>
    public IReadOnlyList<(string Provider, string Address)> Addresses =>
        [.. _services.Keys.Where(name => options.Value.SecretsOf(name).Count > 0).Order(StringComparer.Ordinal).Select(name => (LogName(name), address.Link($"/webhooks/email/{name}")))];

    private async Task<IResult> ReceiveAsync(string name, HttpContext context)
    {
        if (!_services.TryGetValue(name, out var service) || options.Value.SecretsOf(name) is not { Count: > 0 } secrets)
        {
            return TypedResults.NotFound();
        }

        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var call = new MailCall(context.Request.Headers, body.ToArray(), clock.GetUtcNow());
        if (await DoubtAsync(service, call, secrets, context.RequestAborted) is { } doubt)
        {
            if (log.Refused(LogName(name), address.Link(context.Request.Path), doubt.Why) is { } silent)
            {
                LogRefused(name, doubt.Why, silent);
            }

            return TypedResults.StatusCode(doubt.MayEnd ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status403Forbidden);
        }

        log.Taken(LogName(name));
        return await TakeAsync(service, call) ? TypedResults.Ok() : TypedResults.StatusCode(StatusCodes.Status422UnprocessableEntity);
    }

    private static async ValueTask<Doubt?> DoubtAsync(IMailService service, MailCall call, IReadOnlyList<string> secrets, CancellationToken cancellationToken)
    {
        try
        {
            return await service.DoubtAsync(call, secrets, cancellationToken);
        }
        catch (JsonException)
        {
            return new("It is no JSON.");
        }
    }

    /// <returns>Whether it could be read.</returns>
    private async Task<bool> TakeAsync(IMailService service, MailCall call)
    {
        List<Report> reports;
        try
        {
            reports = [.. service.Read(JsonElement.Parse(call.Body.Span))];
        }
        catch (JsonException e)
        {
            LogUnread(service.Name, call.Body.Length, e.BytePositionInLine);
            return false;
        }

        var whole = Encoding.UTF8.GetString(call.Body.Span);
        foreach (var report in reports)
        {
            var did = await book.TakeAsync(report with { By = service.Name, Raw = report.Raw ?? whole }, CancellationToken.None);
            LogTaken(service.Name, report.Kind, did ?? "known already");
        }

        return true;
    }

    /// <summary>As the console and the log of refused calls name it.</summary>
    private static string LogName(string service) => $"email:{service}";

    [LoggerMessage(Level = LogLevel.Warning, Message = "A webhook of {Service} was refused: {Why} Compare MailWebhooks:{Service}:Secrets with what is set at the service. {Silent} more were refused since this was last said")]
    private partial void LogRefused(string service, string why, long silent);

    [LoggerMessage(Level = LogLevel.Error, Message = "A webhook of {Service} was proved and could not be read ({Length} octets, at {Position}), so nothing of it was taken in. Tell the makers of Notify: the service sends something new")]
    private partial void LogUnread(string service, int length, long? position);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Service} told of a mail ({Kind}): {Did}")]
    private partial void LogTaken(string service, ReportKind kind, string did);
}
