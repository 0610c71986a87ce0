using System.Globalization;
using System.Text.Json.Serialization;

namespace Notify.Providers.Twilio;

/// <summary>What we read of a message or an error; both come as flat objects.</summary>
internal sealed record MessageAnswer
{
    public string? Sid { get; init; }

    public int? Code { get; init; }

    public string? Body { get; init; }

    public string? Direction { get; init; }

    /// <summary>RFC 2822, whole seconds.</summary>
    [JsonPropertyName("date_created")]
    public string? DateCreated { get; init; }

    [JsonIgnore]
    public DateTimeOffset? Created =>
        DateTimeOffset.TryParse(DateCreated, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null;
}

/// <summary>One of the Items of a bulk of consents; the names are the API's.</summary>
internal sealed record ConsentItem(string ContactId, string CorrelationId, string SenderId, string Status, string Source, string DateOfConsent);

internal sealed record ConsentsAnswer
{
    public IReadOnlyList<ConsentResult>? Items { get; init; }
}

internal sealed record ConsentResult
{
    public string? CorrelationId { get; init; }

    public int? ErrorCode { get; init; }
}

/// <summary>Where the list of a day lies.</summary>
internal sealed record DeactivationsAnswer(string? RedirectTo);

/// <summary>What became of a message.</summary>
internal sealed record MessageState(string? Status, [property: JsonPropertyName("error_code")] int? ErrorCode);

internal sealed record MessagePage
{
    public IReadOnlyList<MessageAnswer>? Messages { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, NumberHandling = JsonNumberHandling.AllowReadingFromString)]
[JsonSerializable(typeof(MessageAnswer))]
[JsonSerializable(typeof(MessagePage))]
[JsonSerializable(typeof(MessageState))]
[JsonSerializable(typeof(ConsentItem))]
[JsonSerializable(typeof(ConsentsAnswer))]
[JsonSerializable(typeof(DeactivationsAnswer))]
internal sealed partial class TwilioJson : JsonSerializerContext;
