using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Notify.Inbound.Returns;

namespace Notify.Providers.Mailgun;

/// <summary>
/// Events of mails (documentation.mailgun.com, "webhooks"), proved by an HMAC-SHA256 over a time and a token in the call itself. It covers no word of the event, so
/// each token is believed once.
/// </summary>
internal sealed class MailgunWebhook : IMailService
{
    private readonly ConcurrentDictionary<string, DateTimeOffset> _used = new(StringComparer.Ordinal);

    public string Name => "mailgun";

    public ValueTask<string?> FaultAsync(MailCall call, IReadOnlyList<string> secrets, CancellationToken cancellationToken) => ValueTask.FromResult(Fault(call, secrets));

    private string? Fault(MailCall call, IReadOnlyList<string> secrets)
    {
        if (Proof(call.Body) is not { } proof || proof.TextAt("timestamp") is not { } time || proof.TextAt("token") is not { Length: > 0 and <= 200 } token || proof.TextAt("signature") is not { } given)
        {
            return "It is not signed: its field \"signature\" is missing.";
        }

        if (!long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds > 253_402_300_799 || !call.IsTimely(DateTimeOffset.FromUnixTimeSeconds(seconds)))
        {
            return "It is too old, or our clock is wrong.";
        }

        var signed = Encoding.UTF8.GetBytes(time + token);
        if (!secrets.Select(secret => Proofs.AreEqual(Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed)), given)).ToList().Contains(true))
        {
            return "Its signature is by none of our webhook signing keys.";
        }

        foreach (var old in _used.Where(used => !call.IsTimely(used.Value)).Select(used => used.Key).ToList())
        {
            _used.TryRemove(old, out _);
        }

        // The service itself sends a call again with a proof of its own.
        return _used.TryAdd(token, DateTimeOffset.FromUnixTimeSeconds(seconds)) ? null : "Its token was used before.";
    }

    /// <summary>The one part that has to be read to know whether the rest may be.</summary>
    private static JsonElement? Proof(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonElement.Parse(body.Span).At("signature");
        }
        catch (JsonException)
        {
            return null;
        }
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
            // 5xx alone says little; the enhanced status says whether it is the address (RFC 3463, 3.2).
            ("failed", _, _) when status.TextAt("enhanced-code") is "5.1.1" or "5.1.2" or "5.1.3" or "5.1.6" or "5.1.10" => (ReportKind.Failed, ReturnReason.UserUnknown, true),
            ("failed", _, _) => (ReportKind.Failed, ReturnReason.OnHold, false),
            ("complained", _, _) => (ReportKind.Complaint, ReturnReason.Feedback, false),
            ("unsubscribed", _, _) => (ReportKind.Leave, ReturnReason.Undefined, false),
            ("delivered", _, _) => (ReportKind.Delivered, ReturnReason.Delivered, false),
            _ => default((ReportKind Kind, ReturnReason Reason, bool IsHard)),
        };
        if (kind != default)
        {
            yield return new Report(Name, e.TextAt("id") ?? $"{name} {e.TextAt("timestamp")} {e.TextAt("recipient")}", kind)
            {
                Tag = JsonReading.TagIn((e.At("message") ?? default).At("headers")?.TextAt("message-id")), Address = e.TextAt("recipient"), Reason = reason, IsHard = isHard,
                Status = status.TextAt("enhanced-code"),
            };
        }
    }
}
