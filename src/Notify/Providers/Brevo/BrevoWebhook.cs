using System.Text.Json;
using Notify.Inbound.Returns;

namespace Notify.Providers.Brevo;

/// <summary>
/// Events of transactional mail (developers.brevo.com/docs/transactional-webhooks), one or a list. It signs nothing: the secret is a bearer token or a password
/// (developers.brevo.com/docs/secured-webhooks). Its message-id is its own; a mail's name comes back in <c>X-Mailin-custom</c>, where the relay is told to send it (<c>ReturnHeader</c>).
/// </summary>
internal sealed class BrevoWebhook : IMailService
{
    private const string OurHeader = "X-Mailin-custom";

    public string Name => "brevo";

    public string? Misfit(string secret) => Proofs.Short(secret);

    public ValueTask<Doubt?> DoubtAsync(MailCall call, IReadOnlyList<string> secrets, CancellationToken cancellationToken) => ValueTask.FromResult(Proofs.OfSecret(call, secrets));

    public IEnumerable<Report> Read(JsonElement call) =>
        (call.ValueKind switch { JsonValueKind.Array => call.EnumerateArray(), JsonValueKind.Object => (IEnumerable<JsonElement>)[call], _ => throw new JsonException("An event was expected.") })
            .Select(Event).OfType<Report>();

    private Report? Event(JsonElement e)
    {
        var name = e.TextAt("event") ?? "";
        var (kind, reason, isHard) = name switch
        {
            "hard_bounce" => (ReportKind.Failed, ReturnReason.UserUnknown, true),
            "invalid_email" => (ReportKind.Failed, ReturnReason.SyntaxError, false),
            "soft_bounce" => (ReportKind.Failed, ReturnReason.OnHold, false),
            // Not sent, because it is on a list of theirs; which, is not said.
            "blocked" or "error" => (ReportKind.Failed, ReturnReason.OnHold, false),
            "deferred" => (ReportKind.Delayed, ReturnReason.OnHold, false),
            "delivered" => (ReportKind.Delivered, ReturnReason.Delivered, false),
            "spam" or "complaint" => (ReportKind.Complaint, ReturnReason.Feedback, false),
            "unsubscribed" or "unsubscribe" => (ReportKind.Leave, ReturnReason.Undefined, false),
            _ => default((ReportKind Kind, ReturnReason Reason, bool IsHard)),
        };
        if (kind == default)
        {
            return null;
        }

        // Its id is the webhook's; an event is told apart by the mail, the moment and what happened.
        var (mail, at) = (e.TextAt("message-id"), e.TextAt("ts_event") ?? e.TextAt("ts_epoch") ?? e.TextAt("ts"));
        return new Report(Name, mail is null || at is null ? $"{name} {e.Digest}" : $"{name} {mail} {e.TextAt("email")} {at}", kind)
        {
            Tag = JsonReading.TagIn(e.TextAt(OurHeader) ?? mail),
            Address = e.TextAt("email"),
            At = e.MomentAt("ts_event"),
            Reason = reason,
            IsHard = isHard,
            Raw = e.Raw,
        };
    }
}
