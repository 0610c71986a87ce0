using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Notify.Web;

namespace Notify.Articles.Push;

/// <summary>The addresses content systems call: each call proved before it is read, stored before it is answered, and of an article only the latest word counts.</summary>
internal sealed partial class ArticleWebhooks(
    PushDesk desk, IOptionsMonitor<ArticleWebhooksOptions> options, PushGate gate, WebhookLog log, PublicAddress address, TimeProvider clock, ILogger<ArticleWebhooks> logger)
{
    /// <summary>One article, with its text, which is not read.</summary>
    private const int MaxBody = 1024 * 1024;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var hooks = routes.MapGroup("/webhooks/articles").ExcludeFromDescription().DisableAntiforgery();
        hooks.MapPost("/{source}", (string source, HttpContext context, ArticleWebhooks webhooks) => webhooks.ReceiveAsync(source, context)).WithMetadata(new RequestSizeLimitAttribute(MaxBody));
        hooks.MapGet("/websub/{callback}", (string callback, HttpContext context, HubEndpoint hub) => hub.VerifyAsync(callback, context));
        hooks.MapPost("/websub/{callback}", (string callback, HttpContext context, HubEndpoint hub) => hub.ReceiveAsync(callback, context)).WithMetadata(new RequestSizeLimitAttribute(HubEndpoint.MaxBody));
    }

    /// <summary>The sources that are set up, each with what to enter there.</summary>
    public IReadOnlyList<(string Provider, string Address)> Addresses =>
        [.. options.CurrentValue.ArticleWebhooks.Where(source => source.Value.Usable.Count > 0).Select(source => (LogName(source.Key), address.Link($"/webhooks/articles/{source.Key}")))];

    private async Task<IResult> ReceiveAsync(string name, HttpContext context)
    {
        if (gate.IsShut(context))
        {
            return PushGate.TooMany(context);
        }

        if (!options.CurrentValue.ArticleWebhooks.TryGetValue(name, out var source) || source.Usable is not { Count: > 0 } secrets)
        {
            gate.Refused(context);
            return TypedResults.NotFound();
        }

        if (await gate.ReadAsync(context) is not { } body)
        {
            return PushGate.Busy(context);
        }

        var call = source.Kind == ArticleWebhookKind.Ghost ? GhostCalls.Open(context.Request.Headers, body) : WordPressCalls.Open(context.Request.Headers, body);
        if (call is null || call.Doubt(secrets, clock.GetUtcNow()) is not null)
        {
            gate.Refused(context);
            return Refuse(name, source.Kind, call?.Doubt(secrets, clock.GetUtcNow()));
        }

        log.Taken(LogName(name));
        if (Read(source.Kind, body) is not (true, var push))
        {
            LogUnread(name, body.Length);
            return TypedResults.StatusCode(StatusCodes.Status422UnprocessableEntity);
        }

        var did = push is null ? "nothing: it is about no article" : await gate.WorkAsync(() => desk.TakeAsync(name, source, push, call.At, CancellationToken.None), context.RequestAborted);
        LogTaken(name, did);
        return TypedResults.Accepted((string?)null);
    }

    private IResult Refuse(string name, ArticleWebhookKind kind, string? doubt)
    {
        var why = doubt ?? $"It is not signed as {kind} signs: set the same secret there.";
        if (log.Refused(LogName(name), address.Link($"/webhooks/articles/{name}"), why) is { } silent)
        {
            LogRefused(name, why, silent);
        }

        return TypedResults.StatusCode(StatusCodes.Status403Forbidden);
    }

    /// <returns>Whether it could be read, and what it is about; nothing for what is no article.</returns>
    private static (bool IsRead, ArticlePush? Push) Read(ArticleWebhookKind kind, byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return (document.RootElement.ValueKind == JsonValueKind.Object, kind == ArticleWebhookKind.Ghost ? GhostCalls.Read(document.RootElement) : WordPressCalls.Read(document.RootElement));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return (false, null);
        }
    }

    /// <summary>As the console and the log of refused calls name it.</summary>
    private static string LogName(string source) => $"articles:{source}";

    [LoggerMessage(Level = LogLevel.Warning, Message = "A webhook of {Source} was refused: {Why} Compare ArticleWebhooks:{Source}:Secrets with what is set there. {Silent} more were refused since this was last said")]
    private partial void LogRefused(string source, string why, long silent);

    [LoggerMessage(Level = LogLevel.Error, Message = "A webhook of {Source} was proved and could not be read ({Length} octets). Look whether ArticleWebhooks:{Source}:Kind is right")]
    private partial void LogUnread(string source, int length);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Source} told of an article: {Did}")]
    private partial void LogTaken(string source, string did);
}
