using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Notify.Web;

namespace Notify.Providers.Twilio;

/// <summary>
/// Verifies X-Twilio-Signature (twilio.com/docs/usage/security): base64 of HMAC-SHA1 over the address Twilio called and the form's sorted
/// names and values. The address is the configured public one with the raw path and query, never what a proxy made of it.
/// </summary>
internal sealed partial class Signature(IOptions<TwilioOptions> options, PublicAddress address, WebhookLog log, TimeProvider clock, ILogger<Signature> logger)
{
    /// <summary>As the console calls it.</summary>
    public const string Provider = "Twilio";

    public const string Header = "X-Twilio-Signature";

    /// <summary>The longest form another address is looked for, in characters: a webhook is smaller, and looking costs sixty times what refusing does.</summary>
    private const int LongestDiagnosed = 8 * 1024;

    private long _nextDiagnosis;

    public bool Verify(HttpRequest request, IFormCollection form)
    {
        var rest = request.PathBase.ToUriComponent() + request.Path.ToUriComponent() + request.QueryString.Value;
        var given = request.Headers[Header].ToString();
        if (Matches(address.Value + rest, form, given))
        {
            log.Taken(Provider);
            return true;
        }

        Refuse(address.Value + rest, given.Length == 0 ? "There is no signature: nobody but the provider calls this address, and the provider signs."
            : MayDiagnose(form) ? Diagnose(request, rest, form, given)
            : "The signature does not match. Too many such calls come for each to be looked into, or this one is too long; the next one that is will say more.");
        return false;
    }

    /// <summary>Says why a webhook is not read at all.</summary>
    public void Refuse(string url, string why)
    {
        if (log.Refused(Provider, url, why) is { } silent)
        {
            LogRefused(url, why, silent);
        }
    }

    /// <summary>Once a second: anybody can send forged ones.</summary>
    private bool MayDiagnose(IFormCollection form)
    {
        if (form.Sum(field => (long)field.Key.Length + field.Value.Sum(value => value?.Length ?? 0)) > LongestDiagnosed)
        {
            return false;
        }

        var (now, next) = (clock.GetTimestamp(), Interlocked.Read(ref _nextDiagnosis));
        return now >= next && Interlocked.CompareExchange(ref _nextDiagnosis, now + clock.TimestampFrequency, next) == next;
    }

    /// <summary>Tries the addresses that proxies and typing errors make of ours: whoever sets this up learns which one it is.</summary>
    private string Diagnose(HttpRequest request, string rest, IFormCollection form, string given)
    {
        var own = new Uri(address.Value);
        var asked = request.Host.HasValue ? request.Host.ToUriComponent() : own.Authority;
        string[] hosts = [own.Authority, own.Host, $"{own.Host}:443", $"{own.Host}:80", asked, asked.Split(':')[0]];
        string[] paths = [rest, own.AbsolutePath.TrimEnd('/') + rest, request.Path.ToUriComponent() + request.QueryString.Value, request.Path.ToUriComponent(), rest.TrimEnd('/') + "/"];
        var found = (from scheme in (string[])["https", "http"] from host in hosts.Distinct(StringComparer.OrdinalIgnoreCase) from path in paths.Distinct(StringComparer.Ordinal) select $"{scheme}://{host}{path}")
            .FirstOrDefault(url => Matches(url, form, given));
        return found is null
            ? "The signature does not match. Either it is forged, or Twilio:AuthTokens is not the auth token of the account that sent it."
            : $"It was signed for {found}. Set PublicUrl to what stands before /webhooks there, or enter the address shown here at the provider.";
    }

    internal static string Compute(string token, string url, IEnumerable<KeyValuePair<string, string>> form) => Compute(token, Signed(url, form));

    private static string Compute(string token, byte[] signed) => Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(token), signed));

    private static byte[] Signed(string url, IEnumerable<KeyValuePair<string, string>> form)
    {
        var text = new StringBuilder(url);
        foreach (var (key, value) in form.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            text.Append(key).Append(value);
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private bool Matches(string url, IFormCollection form, string given)
    {
        if (given.Length == 0)
        {
            return false;
        }

        var signed = Signed(url, form.SelectMany(field => field.Value.Select(value => KeyValuePair.Create(field.Key, value ?? ""))));
        return options.Value.AuthTokens.Any(token => token.Length > 0
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Compute(token, signed)), Encoding.UTF8.GetBytes(given)));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A webhook was refused. {Why} The address it was checked against is {Url}; {Silent} more were refused since the last time this was said")]
    private partial void LogRefused(string url, string why, long silent);
}
