using System.Globalization;

namespace Notify.Tests.Support;

/// <summary>The local carrier's plain JSON gateway, as an installation describes it.</summary>
internal static class GatewaySettings
{
    public const string Name = "gateway";
    public const string Sender = "gateway-texts";
    public const string From = "+15005550111";
    public const string Secret = "local-gateway";
    public const string SignatureHeader = "X-Gateway-Signature";
    public const string TimeHeader = "X-Gateway-Timestamp";

    /// <param name="url">Where the carrier, or whoever stands in for the gateway, listens.</param>
    /// <param name="secrets">What webhooks are proved by; of none given, the carrier's own.</param>
    public static (string Key, string Value)[] Of(Uri url, params string[] secrets) =>
    [
        ("HttpTexts:0:Name", Name),
        ("HttpTexts:0:Url", new Uri(url, "/gateway/messages").AbsoluteUri),
        ("HttpTexts:0:Headers:Authorization", "Bearer " + Secret),
        ("HttpTexts:0:Body", """{ "to": "{to}", "from": "{from}", "text": "{text}", "reference": "{id}", "status_url": "{statusUrl}" }"""),
        ("HttpTexts:0:Answer:Id", "data.id"),
        ("HttpTexts:0:Answer:ErrorCode", "error.code"),
        ("HttpTexts:0:Answer:ErrorText", "error.message"),
        ("HttpTexts:0:Codes:opted_out", "RecipientGone"),
        ("HttpTexts:0:Codes:invalid_recipient", "RecipientGone"),
        ("HttpTexts:0:Codes:invalid_sender", "SenderBroken"),
        ("HttpTexts:0:Codes:later", "TryLater"),
        ("HttpTexts:0:Senders:0:Name", Sender),
        ("HttpTexts:0:Senders:0:From", From),
        ("HttpTexts:0:Senders:0:SegmentsPerSecond", "100"),
        ("HttpTexts:0:Senders:0:Concurrency", "16"),
        ("HttpTexts:0:Find:Url", new Uri(url, "/gateway/messages").AbsoluteUri + "?to={to}"),
        ("HttpTexts:0:Find:List", "data"),
        ("HttpTexts:0:Find:Id", "id"),
        ("HttpTexts:0:Find:Text", "text"),
        ("HttpTexts:0:Find:Time", "createdAt"),
        ("HttpTexts:0:Webhooks:Header", SignatureHeader),
        ("HttpTexts:0:Webhooks:Prefix", "sha256="),
        ("HttpTexts:0:Webhooks:TimestampHeader", TimeHeader),
        ("HttpTexts:0:Webhooks:Inbound:Id", "message_id"),
        ("HttpTexts:0:Webhooks:Inbound:From", "from"),
        ("HttpTexts:0:Webhooks:Inbound:To", "to"),
        ("HttpTexts:0:Webhooks:Inbound:Text", "text"),
        ("HttpTexts:0:Webhooks:Status:Id", "message_id"),
        ("HttpTexts:0:Webhooks:Status:Word", "status"),
        ("HttpTexts:0:Webhooks:Status:ErrorCode", "error.code"),
        ("HttpTexts:0:Webhooks:Status:ErrorText", "error.message"),
        ("HttpTexts:0:Webhooks:Status:Words:sent", "Accepted"),
        ("HttpTexts:0:Webhooks:Status:Words:delivered", "Delivered"),
        ("HttpTexts:0:Webhooks:Status:Words:undelivered", "Undelivered"),
        ("HttpTexts:0:Webhooks:Status:Words:failed", "Undelivered"),
        .. (secrets.Length > 0 ? secrets : [Secret]).Select((secret, i) => (string.Create(CultureInfo.InvariantCulture, $"HttpTexts:0:Webhooks:Secrets:{i}"), secret)),
    ];
}
