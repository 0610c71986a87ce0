using System.Text.Json;
using Notify.Inbound.Returns;

namespace Notify.Providers.Postmark;

/// <summary>
/// Bounces, complaints, deliveries and changes of subscription (postmarkapp.com/developer/webhooks). It signs nothing: the secret is the password in the address or an
/// Authorization header. It gives a mail an id of its own; a mail's name comes back as metadata, where the relay is told to send it (<c>ReturnHeader</c>).
/// </summary>
internal sealed class PostmarkWebhook : IMailService
{
    public string Name => "postmark";

    public string? Misfit(string secret) => Proofs.Short(secret);

    public ValueTask<Doubt?> DoubtAsync(MailCall call, IReadOnlyList<string> secrets, CancellationToken cancellationToken) => ValueTask.FromResult(Proofs.OfSecret(call, secrets));

    public IEnumerable<Report> Read(JsonElement call)
    {
        var (record, type, address) = (call.TextAt("RecordType") ?? "", call.TextAt("Type") ?? "", call.TextAt("Email") ?? call.TextAt("Recipient"));
        var (kind, reason, isHard) = record switch
        {
            "Bounce" => Bounce(type),
            "SpamComplaint" => (ReportKind.Complaint, ReturnReason.Feedback, false),
            "Delivery" => (ReportKind.Delivered, ReturnReason.Delivered, false),
            // What it stops by itself comes as a bounce or a complaint as well.
            "SubscriptionChange" when call.At("SuppressSending") is { ValueKind: JsonValueKind.True } && call.TextAt("SuppressionReason") == "ManualSuppression" && call.TextAt("Origin") == "Recipient"
                => (ReportKind.Leave, ReturnReason.Undefined, false),
            _ => default((ReportKind Kind, ReturnReason Reason, bool IsHard)),
        };
        if (kind == default)
        {
            yield break;
        }

        // Only a bounce and a complaint have an id.
        var id = call.TextAt("ID") is { Length: > 0 } own ? $"{record} {own}"
            : call.TextAt("MessageID") is { Length: > 0 } mail ? $"{record} {mail} {address} {call.TextAt("ChangedAt")}"
            : $"{record} {call.Digest}";
        yield return new Report(Name, id, kind)
        {
            Tag = JsonReading.TagIn((call.At("Metadata") ?? default).TextAt("notify")),
            Address = address,
            At = call.MomentAt("BouncedAt"),
            Reason = reason,
            IsHard = isHard,
        };
    }

    /// <summary>Its bounce types (postmarkapp.com/developer/api/bounce-api, "bounce types"). Answers by machines and tests of strangers come as bounces and are none.</summary>
    private static (ReportKind Kind, ReturnReason Reason, bool IsHard) Bounce(string type) => type switch
    {
        "HardBounce" or "BadEmailAddress" => (ReportKind.Failed, ReturnReason.UserUnknown, true),
        "SpamComplaint" => (ReportKind.Complaint, ReturnReason.Feedback, false),
        "Unsubscribe" => (ReportKind.Leave, ReturnReason.Undefined, false),
        "Transient" => (ReportKind.Delayed, ReturnReason.NetworkError, false),
        "SpamNotification" => (ReportKind.Failed, ReturnReason.SpamDetected, false),
        "VirusNotification" => (ReportKind.Failed, ReturnReason.VirusDetected, false),
        "DnsError" => (ReportKind.Failed, ReturnReason.NetworkError, false),
        "Blocked" or "ISPBlocked" => (ReportKind.Failed, ReturnReason.Blocked, false),
        "DMARCPolicy" => (ReportKind.Failed, ReturnReason.AuthFailure, false),
        "AutoResponder" or "AddressChange" or "ChallengeVerification" or "OpenRelayTest" or "Subscribe" or "InboundError" => default,
        _ => (ReportKind.Failed, ReturnReason.OnHold, false),
    };
}
