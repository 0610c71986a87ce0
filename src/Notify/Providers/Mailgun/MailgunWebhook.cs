using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Notify.Inbound.Returns;
using Notify.Web;

namespace Notify.Providers.Mailgun;

/// <summary>
/// Events of mails (documentation.mailgun.com, "webhooks"), proved by an HMAC-SHA256 over a time and a token in the call itself. It covers no word of the event, so each
/// token counts once, for all nodes and for ever: it is the name the event is kept under. (The event's own id is one only within a day.)
/// A mail's name comes back as its Message-ID.
/// </summary>
internal sealed class MailgunWebhook : IMailService
{
    private const int LongestToken = 100;

    /// <summary>It tries for eight hours ("webhook retries"), and does not sign anew.</summary>
    private static readonly TimeSpan Repeated = TimeSpan.FromHours(9);

    public string Name => "mailgun";

    public string? Misfit(string secret) => Proofs.Short(secret);

    public ValueTask<Doubt?> DoubtAsync(MailCall call, IReadOnlyList<string> secrets, CancellationToken cancellationToken) => ValueTask.FromResult(DoubtOf(call, secrets));

    private static Doubt? DoubtOf(MailCall call, IReadOnlyList<string> secrets)
    {
        // The one part that has to be read to know whether the rest may be.
        if (JsonElement.Parse(call.Body.Span).At("signature") is not { } proof || proof.TextAt("token") is not { Length: > 0 and <= LongestToken } token || proof.TextAt("signature") is not { } given
            || proof.TextAt("timestamp") is not { } time || Proofs.Time(time) is not { } at)
        {
            return new("It is not signed: its field \"signature\" is missing.");
        }

        if (!call.IsTimely(at, Repeated))
        {
            return new("It is too old, or our clock is wrong.");
        }

        var signed = Encoding.UTF8.GetBytes(time + token);
        var fits = secrets.Count(secret => Secrets.AreEqual(Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed)), given));
        return fits > 0 ? null : new("Its signature is by none of our webhook signing keys.");
    }

    public IEnumerable<Report> Read(JsonElement call)
    {
        var e = call.At("event-data") ?? default;
        var (name, status) = (e.TextAt("event") ?? "", e.At("delivery-status") ?? default);
        var (kind, reason, isHard) = (name, e.TextAt("severity"), e.TextAt("reason")) switch
        {
            ("failed", "temporary", _) => (ReportKind.Delayed, ReturnReason.OnHold, false),
            ("failed", _, "suppress-bounce") => (ReportKind.Failed, ReturnReason.UserUnknown, true),
            ("failed", _, "suppress-unsubscribe") => (ReportKind.Leave, ReturnReason.Undefined, false),
            ("failed", _, "suppress-complaint") => (ReportKind.Complaint, ReturnReason.Feedback, false),
            ("failed", _, "old") => (ReportKind.Failed, ReturnReason.Expired, false),
            ("failed", _, _) when EnhancedStatus.IsAboutTheAddress(status.TextAt("enhanced-code")) => (ReportKind.Failed, ReturnReason.UserUnknown, true),
            ("failed", _, _) => (ReportKind.Failed, ReturnReason.OnHold, false),
            ("complained", _, _) => (ReportKind.Complaint, ReturnReason.Feedback, false),
            ("unsubscribed", _, _) => (ReportKind.Leave, ReturnReason.Undefined, false),
            ("delivered", _, _) => (ReportKind.Delivered, ReturnReason.Delivered, false),
            _ => (ReportKind.Other, ReturnReason.Undefined, false),
        };
        yield return new Report(Name, (call.At("signature") ?? default).TextAt("token") ?? call.Digest, kind)
        {
            Tag = JsonReading.TagIn((e.At("message") ?? default).At("headers")?.TextAt("message-id")),
            Address = e.TextAt("recipient"),
            At = e.MomentAt("timestamp"),
            Reason = reason,
            IsHard = isHard,
            Status = status.TextAt("enhanced-code"),
        };
    }
}
