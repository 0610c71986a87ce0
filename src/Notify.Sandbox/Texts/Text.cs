using System.Text.Json.Serialization;

namespace Notify.Sandbox.Texts;

/// <summary>A text as the provider keeps it. What is settable changes under the lock of <see cref="Handsets"/>.</summary>
internal sealed class Text
{
    public const string Inbound = "inbound";
    public const string FromApi = "outbound-api";
    public const string FromReply = "outbound-reply";

    public required string Sid { get; init; }
    public required string AccountSid { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>In the provider's words: <see cref="Inbound"/>, <see cref="FromApi"/>, <see cref="FromReply"/>.</summary>
    public required string Direction { get; init; }

    public required string From { get; init; }
    public required string To { get; init; }
    public string? MessagingServiceSid { get; init; }
    public required string Body { get; init; }
    public required int Segments { get; init; }
    public string? StatusCallback { get; init; }

    /// <summary>Where its way is to end: delivered, undelivered, failed, sent.</summary>
    public string FinalStatus { get; init; } = "delivered";

    public int? FinalErrorCode { get; init; }
    public DateTimeOffset? SendAt { get; init; }

    /// <summary>The text of the reader that this one answers.</summary>
    public string? InReplyTo { get; init; }

    public required string Status { get; set; }
    public int? ErrorCode { get; set; }
    public required DateTimeOffset UpdatedAt { get; set; }
    public DateTimeOffset? SentAt { get; set; }

    /// <summary>Emptied at the provider. A handset keeps what it got.</summary>
    public bool Redacted { get; set; }

    /// <summary>Deleted at the provider. A handset keeps what it got.</summary>
    public bool Deleted { get; set; }

    [JsonIgnore]
    public string Reader => Direction == Inbound ? From : To;

    /// <summary>Who texts the reader: the messaging service, or the number. A block holds for all of it.</summary>
    [JsonIgnore]
    public string Sender => MessagingServiceSid ?? (Direction == Inbound ? To : From);

    [JsonIgnore]
    public bool IsFinal => Direction == Inbound || Status == FinalStatus || Status == "canceled";

    /// <summary>A text that will not arrive never shows on the handset; one that waits for its hour does not yet.</summary>
    [JsonIgnore]
    public bool IsOnHandset => Status is not ("scheduled" or "canceled") && FinalStatus is not ("failed" or "undelivered");
}
