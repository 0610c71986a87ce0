using System.Text.Json;
using Notify.Inbound.Returns;

namespace Notify.Providers.Ses;

/// <summary>
/// Notifications of SES that come by SNS (docs.aws.amazon.com/ses, "notification contents"). A secret here is the topic's ARN: a call signed for any other topic,
/// which anybody can make, is refused. A mail's name comes back among its headers (events of a configuration set, or notifications "with original headers").
/// </summary>
internal sealed class SesWebhook(SnsProof proof) : IMailService
{
    public string Name => "ses";

    public string? Misfit(string secret) => SnsProof.HostOf(secret) is null ? "is no ARN of a topic, such as arn:aws:sns:us-east-1:123456789012:mail" : null;

    public ValueTask<Doubt?> DoubtAsync(MailCall call, IReadOnlyList<string> secrets, CancellationToken cancellationToken) => proof.DoubtAsync(call, secrets, cancellationToken);

    public IEnumerable<Report> Read(JsonElement call)
    {
        if (call.TextAt("Type") != "Notification" || call.TextAt("Message") is not { } text || !text.AsSpan().TrimStart().StartsWith("{"))
        {
            // Also a sentence for people, when the topic is chosen.
            return [];
        }

        var message = JsonElement.Parse(text);
        var (id, mail) = (call.TextAt("MessageId") ?? call.Digest, message.At("mail") ?? default);
        var tag = JsonReading.TagIn(mail.HeaderAt("headers", "Message-ID") ?? mail.At("commonHeaders")?.TextAt("messageId"));
        var events = (message.TextAt("notificationType") ?? message.TextAt("eventType")) switch
        {
            "Bounce" => Bounces(message.At("bounce") ?? default),
            "Complaint" => Complaints(message.At("complaint") ?? default),
            "Delivery" => (message.At("delivery") ?? default).ListAt("recipients").Select(r => new Event(ReportKind.Delivered, ReturnReason.Delivered, r.Text)),
            "DeliveryDelay" => (message.At("deliveryDelay") ?? default).ListAt("delayedRecipients").Select(r => new Event(ReportKind.Delayed, ReturnReason.OnHold, r.TextAt("emailAddress"), r.TextAt("status"))),
            // It found a virus, and sent nothing.
            "Reject" => mail.ListAt("destination").Select(r => new Event(ReportKind.Failed, ReturnReason.VirusDetected, r.Text)),
            _ => [],
        };
        return events.Select((e, i) => new Report(Name, $"{id}.{i}", e.Kind) { Tag = tag, At = mail.MomentAt("timestamp"), Reason = e.Reason, IsHard = e.IsHard, Address = e.Address, Status = e.Status });
    }

    /// <summary>RFC 5965, 7.3: "not-spam" takes one back. RFC 6591: "auth-failure" is about somebody who used our name.</summary>
    private static IEnumerable<Event> Complaints(JsonElement complaint) => complaint.TextAt("complaintFeedbackType") is "not-spam" or "auth-failure"
        ? [] : complaint.ListAt("complainedRecipients").Select(r => new Event(ReportKind.Complaint, ReturnReason.Feedback, r.TextAt("emailAddress")));

    private static IEnumerable<Event> Bounces(JsonElement bounce)
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
            yield return new Event(ReportKind.Failed, reason, recipient.TextAt("emailAddress"), status) { IsHard = isHard };
        }
    }

    /// <summary>What happened to one recipient.</summary>
    private sealed record Event(ReportKind Kind, ReturnReason Reason, string? Address, string? Status = null)
    {
        public bool IsHard { get; init; }
    }
}
