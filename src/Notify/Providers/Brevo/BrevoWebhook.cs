using System.Text.Json;
using Notify.Inbound.Returns;

namespace Notify.Providers.Brevo;

/// <summary>Events of transactional mail (developers.brevo.com/docs/transactional-webhooks), one or a list. It signs nothing: the secret is a bearer token or a password (developers.brevo.com/docs/secured-webhooks).</summary>
internal sealed class BrevoWebhook : IMailService
{
    public string Name => "brevo";

    public ValueTask<string?> FaultAsync(MailCall call, IReadOnlyList<string> secrets, CancellationToken cancellationToken) => ValueTask.FromResult(Proofs.SecretFault(call, secrets));

    public IEnumerable<Report> Read(JsonElement call) =>
        (call.ValueKind == JsonValueKind.Array ? [.. call.EnumerateArray()] : (JsonElement[])[call]).Select(Event).OfType<Report>();

    private Report? Event(JsonElement e)
    {
        var name = e.TextAt("event") ?? "";
        var (kind, reason, isHard) = name switch
        {
            "hard_bounce" => (ReportKind.Failed, ReturnReason.UserUnknown, true),
            "invalid_email" => (ReportKind.Failed, ReturnReason.SyntaxError, false),
            "soft_bounce" => (ReportKind.Failed, ReturnReason.OnHold, false),
            "blocked" => (ReportKind.Failed, ReturnReason.Blocked, false),
            "deferred" => (ReportKind.Delayed, ReturnReason.OnHold, false),
            "delivered" => (ReportKind.Delivered, ReturnReason.Delivered, false),
            "spam" or "complaint" => (ReportKind.Complaint, ReturnReason.Feedback, false),
            "unsubscribed" => (ReportKind.Leave, ReturnReason.Undefined, false),
            _ => default((ReportKind Kind, ReturnReason Reason, bool IsHard)),
        };
        // Its id is the webhook's; an event is told apart by the mail, the moment and what happened.
        return kind == default ? null : new Report(Name, $"{name} {e.TextAt("message-id")} {e.TextAt("email")} {e.TextAt("ts_epoch") ?? e.TextAt("ts")}", kind)
        {
            Tag = JsonReading.TagIn(e.TextAt("message-id")), Address = e.TextAt("email"), Reason = reason, IsHard = isHard,
        };
    }
}
