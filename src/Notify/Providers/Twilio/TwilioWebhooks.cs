using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Notify.Deliveries;
using Notify.Inbound;
using Notify.Storage;

namespace Notify.Providers.Twilio;

/// <summary>The other direction: texts and receipts, each verified before a word of it is believed.</summary>
internal static partial class TwilioWebhooks
{
    /// <summary>A webhook is a few hundred bytes; more is an attack.</summary>
    private const int MaxBody = 64 * 1024;

    /// <summary>A webhook has some thirty; each costs a little before the proof is known to be none.</summary>
    private const int MaxFields = 1_000;

    public static void MapTwilio(this IEndpointRouteBuilder routes)
    {
        var hooks = routes.MapGroup("/webhooks/twilio").ExcludeFromDescription().DisableAntiforgery()
            .WithMetadata(new Microsoft.AspNetCore.Mvc.RequestSizeLimitAttribute(MaxBody));
        hooks.MapPost("/inbound", ReceiveAsync);
        hooks.MapPost("/status/{deliveryId:long}", TrackAsync);
    }

    private static async Task<IResult> ReceiveAsync(HttpContext context, Signature signature, Inbox inbox, IOptions<TwilioOptions> options)
    {
        if (await ReadAsync(context, signature) is not { } form)
        {
            return TypedResults.StatusCode(StatusCodes.Status403Forbidden);
        }

        var (sid, to, body) = (form["MessageSid"].ToString(), form["To"].ToString(), form["Body"].ToString());
        if (sid.Length == 0 || Origin.Of(form["From"].ToString()) is not { } origin)
        {
            // There is nobody to answer, and an error would only make it come again.
            return Twiml(null);
        }

        var sender = options.Value.Senders.FirstOrDefault(s => s.From == to || (s.MessagingServiceSid.Length > 0 && s.MessagingServiceSid == form["MessagingServiceSid"].ToString()));
        var told = form["OptOutType"].ToString() switch
        {
            "STOP" => Keyword.Stop,
            "START" => Keyword.Start,
            "HELP" => Keyword.Help,
            _ => Keyword.None,
        };
        var answer = await inbox.ReceiveAsync(
            new InboundMessage("twilio", sid, origin.Number, sender?.Name ?? to, body, ProviderAnswers(sender, to, told, body), told) { OnlyStops = origin.By == Way.Elsewhere },
            CancellationToken.None);
        return Twiml(answer);
    }

    /// <summary>
    /// The provider answers what it told us it has read; and on numbers that it answers for, every keyword it knows. That is how a number is unless the settings say
    /// otherwise, so one that was taken out of them, and an agent of RCS that is none of them, is not answered twice. Of a messaging service it is the number that was texted that counts.
    /// </summary>
    private static bool ProviderAnswers(TwilioSenderOptions? sender, string to, Keyword told, string body) =>
        told != Keyword.None || (sender is not { KeywordReplies: KeywordReplies.App } && ProviderKeywords.Knows(body, to));

    private static async Task<IResult> TrackAsync(
        long deliveryId, HttpContext context, Signature signature, Database database, Receipts receipts, ErrorPolicy policy)
    {
        if (await ReadAsync(context, signature) is not { } form)
        {
            return TypedResults.StatusCode(StatusCodes.Status403Forbidden);
        }

        var code = int.TryParse(form["ErrorCode"].ToString(), System.Globalization.CultureInfo.InvariantCulture, out var parsed) ? parsed : (int?)null;
        if (Read(form["MessageStatus"].ToString(), form["MessageSid"].ToString(), code, policy) is { } receipt)
        {
            await database.WriteAsync(write => receipts.ApplyAsync(write, deliveryId, receipt), CancellationToken.None);
        }

        return TypedResults.NoContent();
    }

    /// <summary>Twilio's status words (messages resource, "status"); those that say nothing new say at least that it has the message.</summary>
    internal static Receipt? Read(string status, string sid, int? code, ErrorPolicy policy) => status switch
    {
        "accepted" or "scheduled" or "queued" or "sending" or "sent" => new Receipt(ReceiptKind.Accepted, sid),
        "delivered" or "read" => new Receipt(ReceiptKind.Delivered, sid),
        "undelivered" or "failed" or "canceled" => new Receipt(ReceiptKind.Undelivered, sid, policy.ReadFailure(code)),
        _ => null,
    };

    private static async Task<IFormCollection?> ReadAsync(HttpContext context, Signature signature)
    {
        // Only what the provider sends: anything else cannot carry its signature.
        if (context.Request.ContentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) != true)
        {
            signature.Refuse(context.Request.Path, "It is no form: set the webhook to POST at the provider.");
            return null;
        }

        // Not the server's form reader, which throws at a NUL (dotnet/aspnetcore#29420): a text that has one is signed with it, and may be a stop.
        // A caller who has hung up by now has said it all the same.
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, CancellationToken.None);
        var text = Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)body.Length);
        if (text.AsSpan().Count('&') >= MaxFields)
        {
            signature.Refuse(context.Request.Path, "Its form cannot be read.");
            return null;
        }

        var form = new FormCollection(QueryHelpers.ParseQuery(text));
        return signature.Verify(context.Request, form) ? WithoutNul(form) : null;
    }

    /// <summary>Nobody types it, and PostgreSQL's text cannot hold it (postgresql.org/docs, 8.3).</summary>
    private static FormCollection WithoutNul(FormCollection form) =>
        new(form.ToDictionary(field => field.Key, field => new StringValues(field.Value.ToString().Replace("\0", "", StringComparison.Ordinal)), StringComparer.OrdinalIgnoreCase));

    private static IResult Twiml(string? message) =>
        TypedResults.Text(new XElement("Response", message is null ? null : new XElement("Message", message)).ToString(SaveOptions.DisableFormatting), "text/xml");
}

/// <summary>
/// Keywords that are answered without us: the whole body, any case, and nothing says that blanks around them are overlooked. On long codes by Twilio (support.twilio.com, 223134027 and 31560110671259);
/// on toll-free numbers by the network, which knows only STOP, START and UNSTOP, and by Twilio for help (360058144374).
/// </summary>
internal static class ProviderKeywords
{
    private static readonly HashSet<string> OnLongCodes = new(StringComparer.OrdinalIgnoreCase)
    {
        "STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "START", "YES", "UNSTOP", "HELP", "INFO",
    };

    private static readonly HashSet<string> OnTollFree = new(StringComparer.OrdinalIgnoreCase) { "STOP", "START", "UNSTOP", "HELP", "INFO" };

    /// <param name="number">Ours, that was texted.</param>
    public static bool Knows(string body, string number) => (IsTollFree(number) ? OnTollFree : OnLongCodes).Contains(body);

    internal static bool IsTollFree(string from) => from.Length == 12 && from[..5] is "+1800" or "+1833" or "+1844" or "+1855" or "+1866" or "+1877" or "+1888";
}
