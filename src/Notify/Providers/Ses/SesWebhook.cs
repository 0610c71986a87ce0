using System.Text.Json;
using Notify.Inbound.Returns;

namespace Notify.Providers.Ses;

/// <summary>
/// Notifications of SES that come by SNS (docs.aws.amazon.com/ses, "notification contents"). A secret here is the topic's ARN: a call signed for any other topic,
/// which anybody can make, is refused.
/// </summary>
internal sealed class SesWebhook(SnsProof proof) : IMailService
{
    public string Name => "ses";

    public ValueTask<string?> FaultAsync(MailCall call, IReadOnlyList<string> secrets, CancellationToken cancellationToken) => proof.FaultAsync(call, secrets, cancellationToken);

    public IEnumerable<Report> Read(JsonElement call)
    {
        if (call.TextAt("Type") != "Notification" || call.TextAt("Message") is not { } text)
        {
            return [];
        }

        var message = JsonElement.Parse(text);
        var (id, mail) = (call.TextAt("MessageId") ?? "", message.At("mail") ?? default);
        var ours = mail.ListAt("headers").FirstOrDefault(header => string.Equals(header.TextAt("name"), "Message-ID", StringComparison.OrdinalIgnoreCase)).TextAt("value") ?? mail.At("commonHeaders")?.TextAt("messageId");
        var events = (message.TextAt("notificationType") ?? message.TextAt("eventType")) switch
        {
            "Bounce" => Bounces(message.At("bounce") ?? default),
            "Complaint" => (message.At("complaint") ?? default).ListAt("complainedRecipients").Select(r => (ReportKind.Complaint, ReturnReason.Feedback, false, r.TextAt("emailAddress"), (string?)null)),
            "Delivery" => (message.At("delivery") ?? default).ListAt("recipients").Select(r => (ReportKind.Delivered, ReturnReason.Delivered, false, r.ValueKind == JsonValueKind.String ? r.GetString() : null, (string?)null)),
            "DeliveryDelay" => (message.At("deliveryDelay") ?? default).ListAt("delayedRecipients").Select(r => (ReportKind.Delayed, ReturnReason.OnHold, false, r.TextAt("emailAddress"), r.TextAt("status"))),
            _ => [],
        };
        return events.Select((e, i) => new Report(Name, $"{id}.{i}", e.Item1) { Tag = JsonReading.TagIn(ours), Reason = e.Item2, IsHard = e.Item3, Address = e.Item4, Status = e.Item5 });
    }

    private static IEnumerable<(ReportKind, ReturnReason, bool, string?, string?)> Bounces(JsonElement bounce)
    {
        var (type, subtype) = (bounce.TextAt("bounceType"), bounce.TextAt("bounceSubType"));
        foreach (var recipient in bounce.ListAt("bouncedRecipients"))
        {
            var status = recipient.TextAt("status");
            var (reason, isHard) = (type, subtype, status) switch
            {
                // Its domain has no mail server: called transient, and it is not.
                ("Transient", _, "5.4.4") => (ReturnReason.HostUnknown, true),
                ("Permanent", "General" or "NoEmail", _) => (ReturnReason.UserUnknown, true),
                ("Permanent", "Suppressed" or "OnAccountSuppressionList", _) => (ReturnReason.UserUnknown, true),
                ("Transient", "MailboxFull", _) => (ReturnReason.MailboxFull, false),
                ("Transient", "MessageTooLarge", _) => (ReturnReason.MesgTooBig, false),
                ("Transient", "ContentRejected" or "AttachmentRejected", _) => (ReturnReason.ContentError, false),
                _ => (ReturnReason.OnHold, false),
            };
            yield return (ReportKind.Failed, reason, isHard, recipient.TextAt("emailAddress"), status);
        }
    }
}
