using System.Text.Json;
using Notify.Inbound.Returns;

namespace Notify.Providers.Postmark;

/// <summary>Bounces, complaints and changes of subscription (postmarkapp.com/developer/webhooks). It signs nothing: the secret is the password in the address or an Authorization header.</summary>
internal sealed class PostmarkWebhook : IMailService
{
    public string Name => "postmark";

    public ValueTask<string?> FaultAsync(MailCall call, IReadOnlyList<string> secrets, CancellationToken cancellationToken) => ValueTask.FromResult(Proofs.SecretFault(call, secrets));

    public IEnumerable<Report> Read(JsonElement call)
    {
        var (id, record) = (call.TextAt("ID") ?? call.TextAt("MessageID") ?? "", call.TextAt("RecordType") ?? "");
        switch (record)
        {
            case "Bounce" or "SpamComplaint":
                var (kind, reason, isHard) = Read(call.TextAt("Type") ?? "");
                yield return new Report(Name, $"{record} {id}", record == "SpamComplaint" ? ReportKind.Complaint : kind) { Address = call.TextAt("Email"), Reason = reason, IsHard = isHard };
                break;
            case "SubscriptionChange" when call.At("SuppressSending") is { ValueKind: JsonValueKind.True } && call.TextAt("SuppressionReason") == "ManualSuppression" && call.TextAt("Origin") == "Recipient":
                yield return new Report(Name, $"{record} {id} {call.TextAt("ChangedAt")}", ReportKind.Leave) { Address = call.TextAt("Recipient") };
                break;
            case "Delivery":
                yield return new Report(Name, $"{record} {id}", ReportKind.Delivered) { Address = call.TextAt("Recipient") };
                break;
        }
    }

    /// <summary>Its bounce types (postmarkapp.com/developer/api/bounce-api, "bounce types").</summary>
    private static (ReportKind Kind, ReturnReason Reason, bool IsHard) Read(string type) => type switch
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
        _ => (ReportKind.Failed, ReturnReason.OnHold, false),
    };
}
