using Microsoft.AspNetCore.Http;

namespace Notify.Sandbox.Texts;

/// <summary>A refusal in the provider's shape: <c>{ code, message, more_info, status }</c>.</summary>
internal sealed record ProviderError(int Status, int Code, string Message)
{
    public static readonly ProviderError Unauthorized = new(401, 20003, "Authenticate");
    public static readonly ProviderError ToMissing = new(400, 21604, "A 'To' phone number is required.");
    public static readonly ProviderError FromMissing = new(400, 21603, "A 'From' phone number or a messaging service is required.");
    public static readonly ProviderError BodyMissing = new(400, 21602, "Message body is required.");
    public static readonly ProviderError BodyTooLong = new(400, 21617, "The message body exceeds the 1600 character limit.");
    public static readonly ProviderError ToInvalid = new(400, 21211, "The 'To' number is not a valid phone number.");
    public static readonly ProviderError FromInvalid = new(400, 21212, "The 'From' number is not a valid phone number, short code or alphanumeric sender.");
    public static readonly ProviderError CallbackInvalid = new(400, 21609, "The 'StatusCallback' URL is not valid.");
    public static readonly ProviderError OptedOut = new(400, 21610, "Attempt to send to an unsubscribed recipient.");
    public static readonly ProviderError ScheduleInvalid = new(400, 35114, "A scheduled message needs a messaging service and a 'SendAt' between 300 seconds and 35 days from now.");
    public static readonly ProviderError NotCancelable = new(400, 30409, "A message that has left, or that is not scheduled, cannot be canceled.");
    public static readonly ProviderError UpdateInvalid = new(400, 20001, "An update sets 'Status' to canceled or 'Body' to nothing.");
    public static readonly ProviderError ItemsInvalid = new(400, 20001, "A request takes 1 to 25 'Items'.");
    public static readonly ProviderError DateInvalid = new(400, 20001, "A 'Date' such as 2026-11-24 is required.");
    public static readonly ProviderError NotFinished = new(409, 20009, "A message cannot be deleted before its delivery has ended.");

    /// <summary>Numbers that are refused as a sender (twilio.com/docs/iam/test-credentials).</summary>
    public static readonly IReadOnlyDictionary<string, ProviderError> BySender = new Dictionary<string, ProviderError>(StringComparer.Ordinal)
    {
        ["+15005550001"] = FromInvalid,
        ["+15005550007"] = new(400, 21606, "The 'From' number is not a message-capable number of this account."),
        ["+15005550008"] = new(400, 21611, "This 'From' number has exceeded the maximum number of queued messages."),
    };

    /// <summary>Numbers that are refused as a recipient (same page).</summary>
    public static readonly IReadOnlyDictionary<string, ProviderError> ByRecipient = new Dictionary<string, ProviderError>(StringComparer.Ordinal)
    {
        ["+15005550001"] = ToInvalid,
        ["+15005550002"] = new(400, 21612, "The message cannot be routed with this combination of 'To' and 'From'."),
        ["+15005550003"] = new(400, 21408, "Permission to send to the region of the 'To' number has not been enabled."),
        ["+15005550004"] = OptedOut,
        ["+15005550009"] = new(400, 21614, "The 'To' number is not a mobile number."),
    };

    public static ProviderError NotFound(string path) => new(404, 20404, $"The requested resource {path} was not found.");

    /// <summary>A scripted refusal, with the code that goes with the status unless one is given.</summary>
    public static ProviderError Scripted(int status, int? code) => status switch
    {
        429 => new(429, code ?? 20429, "Too many requests."),
        500 => new(500, code ?? 20500, "Internal server error."),
        503 => new(503, code ?? 20503, "Service unavailable."),
        _ => new(status, code ?? 20001, "The request was refused as scripted."),
    };

    public IResult Answer() => TypedResults.Json(
        new { code = Code, message = Message, more_info = $"https://www.twilio.com/docs/errors/{Code}", status = Status },
        statusCode: Status);
}
