using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Notify.Inbound.Returns;

namespace Notify.Providers.Resend;

/// <summary>Events of mails, signed as Svix signs: HMAC-SHA256 over id, time and body (resend.com/docs/webhooks/verify-webhooks-requests).</summary>
internal sealed class ResendWebhook : IMailService
{
    private const string SecretPrefix = "whsec_";

    public string Name => "resend";

    public ValueTask<string?> FaultAsync(MailCall call, IReadOnlyList<string> secrets, CancellationToken cancellationToken) => ValueTask.FromResult(Fault(call, secrets));

    private static string? Fault(MailCall call, IReadOnlyList<string> secrets)
    {
        var (id, time, given) = (call.Headers["svix-id"].ToString(), call.Headers["svix-timestamp"].ToString(), call.Headers["svix-signature"].ToString());
        if (id.Length == 0 || !long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || given.Length == 0)
        {
            return "It is not signed: svix-id, svix-timestamp and svix-signature are missing.";
        }

        if (seconds > 253_402_300_799 || !call.IsTimely(DateTimeOffset.FromUnixTimeSeconds(seconds)))
        {
            return "It is too old, or our clock is wrong.";
        }

        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{time}."), .. call.Body.Span];
        var signatures = given.Split(' ').Where(s => s.StartsWith("v1,", StringComparison.Ordinal)).Select(s => s["v1,".Length..]).ToList();
        var fits = secrets.SelectMany(_ => signatures, (secret, signature) => Key(secret) is { } key && Proofs.AreEqual(Convert.ToBase64String(HMACSHA256.HashData(key, signed)), signature)).Count(fits => fits);
        return fits > 0 ? null : "Its signature is by none of our secrets.";
    }

    private static byte[]? Key(string secret)
    {
        var text = secret.StartsWith(SecretPrefix, StringComparison.Ordinal) ? secret[SecretPrefix.Length..] : secret;
        var key = new byte[text.Length];
        return Convert.TryFromBase64String(text, key, out var length) ? key[..length] : null;
    }

    public IEnumerable<Report> Read(JsonElement call)
    {
        var (type, data) = (call.TextAt("type") ?? "", call.At("data") ?? default);
        var isPermanent = data.At("bounce")?.TextAt("type") == "Permanent";
        var (kind, reason, isHard) = type switch
        {
            // A refusal for policy is called permanent, too; only the general one is about the address (docs/dashboard/emails/email-bounces).
            "email.bounced" when isPermanent && data.At("bounce")?.TextAt("subType") is "General" or "NoEmail" => (ReportKind.Failed, ReturnReason.UserUnknown, true),
            "email.bounced" => (ReportKind.Failed, ReturnReason.OnHold, false),
            "email.delivery_delayed" => (ReportKind.Delayed, ReturnReason.OnHold, false),
            "email.delivered" => (ReportKind.Delivered, ReturnReason.Delivered, false),
            "email.complained" => (ReportKind.Complaint, ReturnReason.Feedback, false),
            _ => default((ReportKind Kind, ReturnReason Reason, bool IsHard)),
        };
        if (kind == default)
        {
            yield break;
        }

        var messageId = data.ListAt("headers").FirstOrDefault(header => string.Equals(header.TextAt("name"), "Message-ID", StringComparison.OrdinalIgnoreCase));
        foreach (var to in data.ListAt("to").Where(to => to.ValueKind == JsonValueKind.String))
        {
            yield return new Report(Name, $"{type} {data.TextAt("email_id")} {to.GetString()} {call.TextAt("created_at")}", kind)
            {
                Tag = JsonReading.TagIn(messageId.TextAt("value")), Address = to.GetString(), Reason = reason, IsHard = isHard,
            };
        }
    }
}
