using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Notify.Web;

namespace Notify.Providers.Twilio;

/// <summary>
/// Verifies X-Twilio-Signature (twilio.com/docs/usage/security): base64 of HMAC-SHA1 over the address Twilio called and the form's sorted
/// names and values. The address is the configured public one with the raw path and query, never what a proxy made of it.
/// </summary>
internal sealed partial class Signature(IOptions<TwilioOptions> options, PublicAddress address, ILogger<Signature> logger)
{
    public const string Header = "X-Twilio-Signature";

    public bool Verify(HttpRequest request, IFormCollection form)
    {
        var url = address.Value + request.PathBase.ToUriComponent() + RawPath(request) + request.QueryString.Value;
        var given = request.Headers[Header].ToString();
        if (given.Length > 0 && options.Value.AuthTokens.Any(token => Matches(token, url, form, given)))
        {
            return true;
        }

        LogRefused(url, given.Length > 0 ? "the signature does not match" : "there is no signature");
        return false;
    }

    internal static string Compute(string token, string url, IEnumerable<KeyValuePair<string, string>> form)
    {
        var text = new StringBuilder(url);
        foreach (var (key, value) in form.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            text.Append(key).Append(value);
        }

        return Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(text.ToString())));
    }

    private static bool Matches(string token, string url, IFormCollection form, string given)
    {
        if (token.Length == 0)
        {
            return false;
        }

        var pairs = form.SelectMany(field => field.Value.Select(value => KeyValuePair.Create(field.Key, value ?? "")));
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Compute(token, url, pairs)), Encoding.UTF8.GetBytes(given));
    }

    private static string RawPath(HttpRequest request) => request.Path.ToUriComponent();

    [LoggerMessage(Level = LogLevel.Warning, Message = "A webhook was refused: {Why}. The address it was checked against is {Url}; compare it with the one configured at the provider")]
    private partial void LogRefused(string url, string why);
}
