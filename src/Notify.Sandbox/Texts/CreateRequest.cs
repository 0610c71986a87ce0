using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Notify.Sandbox.Texts;

/// <summary>The form that hands a text over, checked in the provider's order.</summary>
internal sealed record CreateRequest(string To, string From, string? MessagingServiceSid, string Body, string? StatusCallback, DateTimeOffset? SendAt)
{
    private const int LongestBody = 1600;

    public static (CreateRequest? Request, ProviderError? Error) Read(IFormCollection form, DateTimeOffset now)
    {
        var (to, from, service, body) = (form["To"].ToString(), form["From"].ToString(), form["MessagingServiceSid"].ToString(), form["Body"].ToString());
        var callback = form["StatusCallback"].ToString();
        var scheduled = form["ScheduleType"].ToString().Length > 0 || form["SendAt"].ToString().Length > 0;
        var sendAt = DateTimeOffset.TryParse(form["SendAt"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : (DateTimeOffset?)null;

        var error = to switch
        {
            "" => ProviderError.ToMissing,
            _ when from.Length == 0 && service.Length == 0 => ProviderError.FromMissing,
            _ when body.Length == 0 => ProviderError.BodyMissing,
            _ when body.Length > LongestBody => ProviderError.BodyTooLong,
            _ when ProviderError.BySender.TryGetValue(from, out var refused) => refused,
            _ when from.Length > 0 && !Numbers.MaySend(from) => ProviderError.FromInvalid,
            _ when ProviderError.ByRecipient.TryGetValue(to, out var refused) => refused,
            _ when !Numbers.IsE164(to) => ProviderError.ToInvalid,
            _ when callback.Length > 0 && !IsReachable(callback) => ProviderError.CallbackInvalid,
            _ when scheduled && (service.Length == 0 || sendAt is null || sendAt < now.AddSeconds(300) || sendAt > now.AddDays(35)) => ProviderError.ScheduleInvalid,
            _ => null,
        };
        if (error is not null)
            return (null, error);

        var sender = from.Length > 0 ? from : Numbers.DefaultSender;
        return (new CreateRequest(to, sender, service.Length > 0 ? service : null, body, callback.Length > 0 ? callback : null, scheduled ? sendAt : null), null);
    }

    /// <summary>The provider refuses host names with an underscore.</summary>
    private static bool IsReachable(string callback) =>
        Uri.TryCreate(callback, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && !uri.Host.Contains('_', StringComparison.Ordinal);
}
