using System.Security.Cryptography;
using System.Text;

namespace Notify.Sandbox.Texts;

/// <summary>The provider's proof that a webhook is its own (twilio.com/docs/usage/security).</summary>
internal static class WebhookSignature
{
    public const string Header = "X-Twilio-Signature";

    /// <summary>base64(HMAC-SHA1(token, URL + each field's name and value, in order of name)).</summary>
    public static string Of(string token, string url, IEnumerable<KeyValuePair<string, string>> form)
    {
        var signed = new StringBuilder(url);
        foreach (var (name, value) in form.OrderBy(f => f.Key, StringComparer.Ordinal))
            signed.Append(name).Append(value);
        return Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(signed.ToString())));
    }
}
