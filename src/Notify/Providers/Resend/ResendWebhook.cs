using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Notify.Inbound.Returns;
using Notify.Web;

namespace Notify.Providers.Resend;

/// <summary>
/// Events of mails, signed as Svix signs: HMAC-SHA256 over id, time and body, anew each time it tries (resend.com/docs/webhooks/verify-webhooks-requests).
/// A mail's name comes back among the mail's headers, where those are told: its Message-ID, or a header of ours that the relay is told to send (<c>ReturnHeader</c>).
/// </summary>
internal sealed class ResendWebhook : IMailService
{
    private const string SecretPrefix = "whsec_";

    /// <summary>Svix makes them of 24 to 64 octets.</summary>
    private const int ShortestKey = 16;

    private const string OurHeader = "X-Notify";

    public string Name => "resend";

    public string? Misfit(string secret) => Key(secret) is null ? "is no signing secret: copy the whole of it from the webhook's page, whsec_ included" : null;

    public ValueTask<Doubt?> DoubtAsync(MailCall call, IReadOnlyList<string> secrets, CancellationToken cancellationToken) => ValueTask.FromResult(DoubtOf(call, secrets));

    private static Doubt? DoubtOf(MailCall call, IReadOnlyList<string> secrets)
    {
        var (id, time, given) = (call.Headers["svix-id"].ToString(), call.Headers["svix-timestamp"].ToString(), call.Headers["svix-signature"].ToString());
        if (id.Length == 0 || given.Length == 0 || Proofs.Time(time) is not { } at)
        {
            return new("It is not signed: svix-id, svix-timestamp and svix-signature are missing.");
        }

        if (!call.IsTimely(at))
        {
            return new("It is too old, or our clock is wrong.");
        }

        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{time}."), .. call.Body.Span];
        var right = secrets.Select(Key).OfType<byte[]>().Select(key => "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed))).ToList();
        // While the secret is replaced there it is signed with both.
        var fits = given.Split(' ').SelectMany(_ => right, Secrets.AreEqual).Count(fits => fits);
        return fits > 0 ? null : new("Its signature is by none of our secrets.");
    }

    /// <summary>Null for what is no key: with an empty one anybody could sign.</summary>
    private static byte[]? Key(string secret)
    {
        var text = secret.StartsWith(SecretPrefix, StringComparison.Ordinal) ? secret[SecretPrefix.Length..] : secret;
        var key = new byte[text.Length];
        return Convert.TryFromBase64String(text, key, out var length) && length >= ShortestKey ? key[..length] : null;
    }

    public IEnumerable<Report> Read(JsonElement call)
    {
        var (type, data) = (call.TextAt("type") ?? "", call.At("data") ?? default);
        var (kind, reason, isHard) = type switch
        {
            "email.bounced" => Bounce(data.At("bounce") ?? default),
            // Not sent, because of a bounce or a complaint before; which, is not said.
            "email.suppressed" => (ReportKind.Failed, ReturnReason.OnHold, true),
            "email.failed" => (ReportKind.Failed, ReturnReason.OnHold, false),
            "email.delivery_delayed" => (ReportKind.Delayed, ReturnReason.OnHold, false),
            "email.delivered" => (ReportKind.Delivered, ReturnReason.Delivered, false),
            "email.complained" => (ReportKind.Complaint, ReturnReason.Feedback, false),
            _ => default((ReportKind Kind, ReturnReason Reason, bool IsHard)),
        };
        if (kind == default)
        {
            yield break;
        }

        var tag = JsonReading.TagIn(data.HeaderAt("headers", OurHeader) ?? data.HeaderAt("headers", "Message-ID") ?? data.TextAt("message_id"));
        foreach (var to in data.ListAt("to").Select(to => to.Text).OfType<string>())
        {
            yield return new Report(Name, data.TextAt("email_id") is { } mail ? $"{type} {mail} {to} {call.TextAt("created_at")}" : $"{type} {to} {call.Digest}", kind)
            {
                Tag = tag,
                Address = to,
                At = data.MomentAt("created_at"),
                Reason = reason,
                IsHard = isHard,
            };
        }
    }

    /// <summary>A refusal for policy is called permanent, too; only the general one is about the address (resend.com/docs/dashboard/emails/email-bounces).</summary>
    private static (ReportKind Kind, ReturnReason Reason, bool IsHard) Bounce(JsonElement bounce) => (bounce.TextAt("type"), bounce.TextAt("subType")) switch
    {
        ("Permanent", "General" or "NoEmail" or "Suppressed" or "OnAccountSuppressionList") => (ReportKind.Failed, ReturnReason.UserUnknown, true),
        (_, "MailboxFull") => (ReportKind.Failed, ReturnReason.MailboxFull, false),
        (_, "MessageTooLarge") => (ReportKind.Failed, ReturnReason.MesgTooBig, false),
        (_, "ContentRejected" or "AttachmentRejected") => (ReportKind.Failed, ReturnReason.ContentError, false),
        _ => (ReportKind.Failed, ReturnReason.OnHold, false),
    };
}
