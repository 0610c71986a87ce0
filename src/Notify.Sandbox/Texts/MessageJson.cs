using System.Globalization;
using System.Text.Json.Serialization;

namespace Notify.Sandbox.Texts;

/// <summary>A message as the provider answers it; all fields of its public API description.</summary>
internal sealed record MessageJson
{
    [JsonPropertyName("account_sid")] public required string AccountSid { get; init; }
    [JsonPropertyName("api_version")] public string ApiVersion { get; } = "2010-04-01";
    [JsonPropertyName("body")] public required string Body { get; init; }
    [JsonPropertyName("date_created")] public required string DateCreated { get; init; }
    [JsonPropertyName("date_sent")] public required string? DateSent { get; init; }
    [JsonPropertyName("date_updated")] public required string DateUpdated { get; init; }
    [JsonPropertyName("direction")] public required string Direction { get; init; }
    [JsonPropertyName("error_code")] public required int? ErrorCode { get; init; }
    [JsonPropertyName("error_message")] public required string? ErrorMessage { get; init; }
    [JsonPropertyName("from")] public required string? From { get; init; }
    [JsonPropertyName("messaging_service_sid")] public required string? MessagingServiceSid { get; init; }
    [JsonPropertyName("num_media")] public string NumMedia { get; } = "0";
    [JsonPropertyName("num_segments")] public required string NumSegments { get; init; }
    [JsonPropertyName("price")] public string? Price { get; }
    [JsonPropertyName("price_unit")] public string PriceUnit { get; } = "USD";
    [JsonPropertyName("sid")] public required string Sid { get; init; }
    [JsonPropertyName("status")] public required string Status { get; init; }
    [JsonPropertyName("subresource_uris")] public required IReadOnlyDictionary<string, string> SubresourceUris { get; init; }
    [JsonPropertyName("to")] public required string To { get; init; }
    [JsonPropertyName("uri")] public required string Uri { get; init; }

    public static MessageJson Of(Text text)
    {
        // A messaging service picks the number, and so the count of segments, after it has accepted the message.
        var picking = text.MessagingServiceSid is not null && text.Status is "accepted" or "scheduled";
        var resource = $"/2010-04-01/Accounts/{text.AccountSid}/Messages/{text.Sid}";
        return new MessageJson
        {
            AccountSid = text.AccountSid,
            Body = text.Redacted ? "" : text.Body,
            DateCreated = Date(text.At),
            DateSent = text.SentAt is { } sent ? Date(sent) : null,
            DateUpdated = Date(text.UpdatedAt),
            Direction = text.Direction,
            ErrorCode = text.ErrorCode,
            ErrorMessage = text.ErrorCode is null ? null : "The message was not delivered.",
            From = picking ? null : text.From,
            MessagingServiceSid = text.MessagingServiceSid,
            NumSegments = picking ? "0" : text.Segments.ToString(CultureInfo.InvariantCulture),
            Sid = text.Sid,
            Status = text.Status,
            SubresourceUris = new Dictionary<string, string>(StringComparer.Ordinal) { ["media"] = $"{resource}/Media.json" },
            To = text.To,
            Uri = $"{resource}.json",
        };
    }

    /// <summary>RFC 2822, always in UTC.</summary>
    private static string Date(DateTimeOffset at) => at.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture);
}
