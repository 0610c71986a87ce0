using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Inbound;
using Notify.Storage;
using Notify.Web;

namespace Notify.Providers.Http;

/// <summary>The other direction: texts and receipts of every gateway, each proved before a word of it is read.</summary>
internal sealed partial class GatewayWebhooks(
    IOptions<HttpTextsOptions> options, Inbox inbox, Database database, Receipts receipts, WebhookLog log, PublicAddress address, TimeProvider clock, ILogger<GatewayWebhooks> logger)
{
    /// <summary>A webhook is a few hundred bytes; more is an attack.</summary>
    private const int MaxBody = 64 * 1024;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var hooks = routes.MapGroup("/webhooks/texts/{provider}").ExcludeFromDescription().DisableAntiforgery().WithMetadata(new RequestSizeLimitAttribute(MaxBody));
        hooks.MapPost("/inbound", (string provider, HttpContext context, GatewayWebhooks gateways) => gateways.ReceiveAsync(provider, context));
        hooks.MapPost("/status/{deliveryId:long}", (string provider, long deliveryId, HttpContext context, GatewayWebhooks gateways) => gateways.TrackAsync(provider, deliveryId, context));
    }

    private async Task<IResult> ReceiveAsync(string name, HttpContext context)
    {
        var (gateway, fields, refused) = await OpenAsync(name, "inbound", context);
        if (gateway is null || fields is null)
        {
            return refused!;
        }

        var places = gateway.Webhooks.Inbound;
        var (id, from, to) = (fields[places.Id], fields[places.From], fields[places.To]);
        if (id is null || from is null)
        {
            return Unread(name, id is null ? "Webhooks:Inbound:Id" : "Webhooks:Inbound:From");
        }

        if (!TryReadNumber(from, out var number))
        {
            // A short code or a name: there is nobody to answer, and an error would only make it come again.
            return TypedResults.NoContent();
        }

        var (sender, text) = (SenderOf(gateway, to), fields[places.Text] ?? "");
        var message = new InboundMessage($"texts:{gateway.Name}", id, number, sender.Name, text, ProviderAnswers(sender, text), CanAnswerInline: false);
        await inbox.ReceiveAsync(message, CancellationToken.None);
        return TypedResults.NoContent();
    }

    /// <summary>Nobody knows what else a gateway takes for its keyword, so one with blanks around it is left to it too: better no answer than two.</summary>
    private static bool ProviderAnswers(GatewaySenderOptions sender, string text) =>
        sender.KeywordReplies == KeywordReplies.Provider && sender.Keywords.Any(word => string.Equals(word.Trim(), text.Trim(), StringComparison.OrdinalIgnoreCase));

    private async Task<IResult> TrackAsync(string name, long deliveryId, HttpContext context)
    {
        var (gateway, fields, refused) = await OpenAsync(name, "status", context);
        if (gateway is null || fields is null)
        {
            return refused!;
        }

        var places = gateway.Webhooks.Status;
        var (id, word) = (fields[places.Id], fields[places.Word]);
        if (id is null || word is null)
        {
            return Unread(name, id is null ? "Webhooks:Status:Id" : "Webhooks:Status:Word");
        }

        if (places.Words.TryGetValue(word, out var kind))
        {
            var receipt = Read(gateway, kind, id, fields[places.ErrorCode], fields[places.ErrorText]);
            await database.WriteAsync(async write => await IsOursAsync(write, gateway, deliveryId) && await receipts.ApplyAsync(write, deliveryId, receipt), CancellationToken.None);
        }

        return TypedResults.NoContent();
    }

    /// <summary>The gateway and what it says; or how to answer whoever cannot prove to be it.</summary>
    private async Task<(GatewayOptions? Gateway, Fields? Fields, IResult? Refused)> OpenAsync(string name, string about, HttpContext context)
    {
        if (options.Value.HttpTexts.FirstOrDefault(g => g.Name == name) is not { } gateway || !Proof.IsConfigured(gateway.Webhooks))
        {
            return (null, null, TypedResults.NotFound());
        }

        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        if (Proof.Fault(gateway.Webhooks, context.Request.Headers, body.ToArray(), clock.GetUtcNow()) is { } why)
        {
            if (log.Refused($"texts:{name}", address.Link(context.Request.Path), why) is { } silent)
            {
                LogRefused(about, name, why, silent);
            }

            return (null, null, TypedResults.StatusCode(StatusCodes.Status403Forbidden));
        }

        log.Taken($"texts:{name}");
        return Fields.Read(context.Request.ContentType, body.ToArray()) is { } fields
            ? (gateway, fields, null)
            : (null, null, Unread(name, "Webhooks, for it is neither JSON nor a form"));
    }

    /// <summary>It was the gateway, and we did not understand: whoever set this up must see it on both sides.</summary>
    private IResult Unread(string name, string setting)
    {
        LogUnread(name, setting);
        return TypedResults.StatusCode(StatusCodes.Status422UnprocessableEntity);
    }

    private static Receipt Read(GatewayOptions gateway, ReceiptKind kind, string id, string? code, string? words)
    {
        if (kind != ReceiptKind.Undelivered)
        {
            return new Receipt(kind, id);
        }

        return new Receipt(kind, id, Answers.Fault(gateway, code, Answers.Reason(code, words) ?? "not delivered"));
    }

    /// <summary>A gateway tells about its own messages only: its secret opens nobody else's.</summary>
    private static async Task<bool> IsOursAsync(Write write, GatewayOptions gateway, long deliveryId)
    {
        var senders = await write.QueryAsync("SELECT sender FROM deliveries WHERE id = @id", row => row.GetString(0), ("id", deliveryId));
        return senders is [var sender] && gateway.Senders.Any(s => s.Name == sender);
    }

    /// <summary>The sender that was texted; one that is not in the settings is answered for by the first, so that the conversation stays at this gateway.</summary>
    private static GatewaySenderOptions SenderOf(GatewayOptions gateway, string? to) =>
        gateway.Senders.FirstOrDefault(sender => to is not null && sender.From.Trim().TrimStart('+') == to.Trim().TrimStart('+')) ?? gateway.Senders[0];

    /// <summary>Most gateways leave the plus out.</summary>
    private static bool TryReadNumber(string from, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out PhoneNumber? number) =>
        PhoneNumber.TryParseAny(from, "ZZ", out number) || PhoneNumber.TryParseAny(string.Create(CultureInfo.InvariantCulture, $"+{from.Trim()}"), "ZZ", out number);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A webhook ({About}) of {Provider} was refused: {Why}. Compare HttpTexts:…:Webhooks with what is set at the provider. {Silent} more were refused since this was last said")]
    private partial void LogRefused(string about, string provider, string why, long silent);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A webhook of {Provider} was proved and could not be read. Look at {Setting}: it must say where that stands in what the provider sends")]
    private partial void LogUnread(string provider, string setting);
}
