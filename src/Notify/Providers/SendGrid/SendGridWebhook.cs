using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Notify.Inbound.Returns;

namespace Notify.Providers.SendGrid;

/// <summary>A list of events, signed with ECDSA over time and body (twilio.com/docs/sendgrid, "event webhook security features"); a secret here is the public key, as the service shows it.</summary>
internal sealed class SendGridWebhook : IMailService
{
    public const string Signature = "X-Twilio-Email-Event-Webhook-Signature";
    public const string Timestamp = "X-Twilio-Email-Event-Webhook-Timestamp";

    public string Name => "sendgrid";

    public ValueTask<string?> FaultAsync(MailCall call, IReadOnlyList<string> secrets, CancellationToken cancellationToken) => ValueTask.FromResult(Fault(call, secrets));

    private static string? Fault(MailCall call, IReadOnlyList<string> secrets)
    {
        var (given, time) = (call.Headers[Signature].ToString(), call.Headers[Timestamp].ToString());
        var signature = new byte[given.Length];
        if (given.Length == 0 || !Convert.TryFromBase64String(given, signature, out var length) || !long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            return "It is not signed: switch \"signed event webhook\" on at the service.";
        }

        if (seconds > 253_402_300_799 || !call.IsTimely(DateTimeOffset.FromUnixTimeSeconds(seconds)))
        {
            return "It is too old, or our clock is wrong.";
        }

        byte[] signed = [.. Encoding.UTF8.GetBytes(time), .. call.Body.Span];
        return secrets.Any(secret => IsBy(secret, signed, signature.AsSpan(0, length))) ? null : "Its signature is by none of our verification keys.";
    }

    private static bool IsBy(string key, byte[] signed, ReadOnlySpan<byte> signature)
    {
        try
        {
            using var ecdsa = ECDsa.Create();
            ecdsa.ImportSubjectPublicKeyInfo(Convert.FromBase64String(key), out _);
            return ecdsa.VerifyData(signed, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            return false;
        }
    }

    public IEnumerable<Report> Read(JsonElement call) => (call.ValueKind == JsonValueKind.Array ? call.EnumerateArray() : throw new JsonException("A list of events was expected.")).Select(Event).OfType<Report>();

    private Report? Event(JsonElement e)
    {
        var name = e.TextAt("event") ?? "";
        var (kind, reason, isHard) = (name, e.TextAt("type"), e.TextAt("bounce_classification")) switch
        {
            ("bounce", "blocked", "Reputation") => (ReportKind.Failed, ReturnReason.BadReputation, false),
            ("bounce", "blocked", _) => (ReportKind.Failed, ReturnReason.Blocked, false),
            ("bounce", _, "Invalid Address") => (ReportKind.Failed, ReturnReason.UserUnknown, true),
            ("bounce", _, "Mailbox Unavailable") => (ReportKind.Failed, ReturnReason.MailboxFull, false),
            ("bounce", _, _) when IsAboutTheAddress(e.TextAt("status")) => (ReportKind.Failed, ReturnReason.UserUnknown, true),
            ("bounce", _, _) => (ReportKind.Failed, ReturnReason.OnHold, false),
            ("dropped", _, _) => e.TextAt("reason") switch
            {
                "Bounced Address" or "Invalid" => (ReportKind.Failed, ReturnReason.UserUnknown, true),
                "Spam Reporting Address" => (ReportKind.Complaint, ReturnReason.Feedback, false),
                "Unsubscribed Address" => (ReportKind.Leave, ReturnReason.Undefined, false),
                _ => (ReportKind.Failed, ReturnReason.OnHold, false),
            },
            ("deferred", _, _) => (ReportKind.Delayed, ReturnReason.OnHold, false),
            ("delivered", _, _) => (ReportKind.Delivered, ReturnReason.Delivered, false),
            ("spamreport", _, _) => (ReportKind.Complaint, ReturnReason.Feedback, false),
            ("unsubscribe" or "group_unsubscribe", _, _) => (ReportKind.Leave, ReturnReason.Undefined, false),
            _ => default((ReportKind Kind, ReturnReason Reason, bool IsHard)),
        };
        return kind == default || e.TextAt("sg_event_id") is not { Length: > 0 } id ? null : new Report(Name, id, kind)
        {
            Tag = JsonReading.TagIn(e.TextAt("smtp-id")), Address = e.TextAt("email"), Reason = reason, IsHard = isHard, Status = e.TextAt("status"),
        };
    }

    /// <summary>RFC 3463, 3.2.</summary>
    private static bool IsAboutTheAddress(string? status) => status is "5.1.1" or "5.1.2" or "5.1.3" or "5.1.6" or "5.1.10";
}
