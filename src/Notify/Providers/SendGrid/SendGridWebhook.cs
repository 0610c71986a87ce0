using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Notify.Inbound.Returns;

namespace Notify.Providers.SendGrid;

/// <summary>
/// A list of events, signed with ECDSA over time and body (twilio.com/docs/sendgrid, "event webhook security features"); a secret here is the public key, as the service shows it.
/// A mail's name comes back in <c>smtp-id</c>, the Message-ID it was handed over with.
/// </summary>
internal sealed class SendGridWebhook : IMailService
{
    public const string Signature = "X-Twilio-Email-Event-Webhook-Signature";
    public const string Timestamp = "X-Twilio-Email-Event-Webhook-Timestamp";

    /// <summary>So long it tries (docs.sendgrid.com, "troubleshooting the event webhook"); nothing says that it signs anew, and an old call can only tell again what is known.</summary>
    private static readonly TimeSpan Repeated = TimeSpan.FromHours(24);

    public string Name => "sendgrid";

    public string? Misfit(string secret)
    {
        using var key = KeyOf(secret);
        return key is null ? "is no verification key: copy it as the service shows it, one line that begins with MF, without BEGIN and END" : null;
    }

    public ValueTask<Doubt?> DoubtAsync(MailCall call, IReadOnlyList<string> secrets, CancellationToken cancellationToken) => ValueTask.FromResult(DoubtOf(call, secrets));

    private static Doubt? DoubtOf(MailCall call, IReadOnlyList<string> keys)
    {
        var (given, time) = (call.Headers[Signature].ToString(), call.Headers[Timestamp].ToString());
        var signature = new byte[given.Length];
        if (given.Length == 0 || !Convert.TryFromBase64String(given, signature, out var length) || Proofs.Time(time) is not { } at)
        {
            return new("It is not signed: switch \"signed event webhook\" on at the service.");
        }

        if (!call.IsTimely(at, Repeated))
        {
            return new("It is too old, or our clock is wrong.");
        }

        byte[] signed = [.. Encoding.UTF8.GetBytes(time), .. call.Body.Span];
        return keys.Any(key => IsBy(key, signed, signature.AsSpan(0, length))) ? null : new("Its signature is by none of our verification keys.");
    }

    private static bool IsBy(string secret, byte[] signed, ReadOnlySpan<byte> signature)
    {
        using var key = KeyOf(secret);
        try
        {
            return key?.VerifyData(signed, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence) == true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static ECDsa? KeyOf(string secret)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(Convert.FromBase64String(secret), out _);
            return key;
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            key.Dispose();
            return null;
        }
    }

    public IEnumerable<Report> Read(JsonElement call) => (call.ValueKind == JsonValueKind.Array ? call.EnumerateArray() : throw new JsonException("A list of events was expected.")).Select(Event).OfType<Report>();

    /// <summary>Its events (twilio.com/docs/sendgrid, "event webhook reference"); "blocked" may pass, and "dropped" was never sent, because of something that was told before.</summary>
    private Report? Event(JsonElement e)
    {
        var name = e.TextAt("event") ?? "";
        var (kind, reason, isHard) = (name, e.TextAt("type"), e.TextAt("bounce_classification")) switch
        {
            ("bounce", "blocked", "Reputation") => (ReportKind.Failed, ReturnReason.BadReputation, false),
            ("bounce", "blocked", "Mailbox Unavailable") => (ReportKind.Failed, ReturnReason.MailboxFull, false),
            ("bounce", "blocked", _) => (ReportKind.Failed, ReturnReason.Blocked, false),
            ("bounce", _, "Invalid Address") => (ReportKind.Failed, ReturnReason.UserUnknown, true),
            ("bounce", _, "Mailbox Unavailable") => (ReportKind.Failed, ReturnReason.MailboxFull, false),
            ("bounce", _, _) when EnhancedStatus.IsAboutTheAddress(e.TextAt("status")) => (ReportKind.Failed, ReturnReason.UserUnknown, true),
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
        return kind == default ? null : new Report(Name, e.TextAt("sg_event_id") is { Length: > 0 } id ? id : e.Digest, kind)
        {
            Tag = JsonReading.TagIn(e.TextAt("smtp-id")),
            Address = e.TextAt("email"),
            At = e.MomentAt("timestamp"),
            Reason = reason,
            IsHard = isHard,
            Status = e.TextAt("status"),
            Raw = e.Raw,
        };
    }
}
