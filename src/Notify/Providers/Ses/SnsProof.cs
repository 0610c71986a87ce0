using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Notify.Inbound.Returns;
using Notify.Web;

namespace Notify.Providers.Ses;

/// <summary>
/// Whether a call is Amazon's SNS (docs.aws.amazon.com/sns, "verifying the signatures"): RSA over the named fields, by a certificate that lies at an address of Amazon's
/// own and is signed by whom this machine trusts. A topic that asks whether we want its calls gets its answer at an address of the same kind, and nowhere else.
/// </summary>
/// <param name="certificates">Reads and judges the certificate at an address; for tests another.</param>
internal sealed partial class SnsProof(OutboundHttp http, Func<Uri, CancellationToken, Task<X509Certificate2?>>? certificates = null)
{
    private const long LargestAnswer = 64 * 1024;

    /// <summary>An hour is long enough for one who sends a message by hand, and a retry of theirs.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromHours(1);

    private static readonly string[] Notification = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"];
    private static readonly string[] Confirmation = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];

    private readonly Dictionary<Uri, X509Certificate2> _known = [];
    private readonly SemaphoreSlim _turn = new(1, 1);

    public async ValueTask<string?> FaultAsync(MailCall call, IReadOnlyList<string> topics, CancellationToken cancellationToken)
    {
        JsonElement message;
        try
        {
            message = JsonElement.Parse(call.Body.Span);
        }
        catch (JsonException)
        {
            return "It is no JSON.";
        }

        if (!topics.Contains(message.TextAt("TopicArn") ?? "", StringComparer.Ordinal))
        {
            return "Its topic is none of ours: MailWebhooks:ses:Secrets holds the ARN of each.";
        }

        if (!DateTimeOffset.TryParse(message.TextAt("Timestamp"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) || (call.Now - at).Duration() > Window)
        {
            return "It is too old, or our clock is wrong.";
        }

        if (AddressIn(message, "SigningCertURL") is not { } where || await CertificateAsync(where, cancellationToken) is not { } certificate)
        {
            return "Its certificate does not lie at the service, or is not trusted.";
        }

        if (!IsSigned(message, certificate))
        {
            return "Its signature is wrong.";
        }

        return message.TextAt("Type") is "SubscriptionConfirmation" ? await ConfirmAsync(message, cancellationToken) : null;
    }

    private static bool IsSigned(JsonElement message, X509Certificate2 certificate)
    {
        var hash = message.TextAt("SignatureVersion") switch { "2" => HashAlgorithmName.SHA256, "1" => HashAlgorithmName.SHA1, _ => default };
        var given = message.TextAt("Signature") ?? "";
        var signature = new byte[given.Length];
        if (hash == default || !Convert.TryFromBase64String(given, signature, out var length))
        {
            return false;
        }

        var text = new StringBuilder();
        foreach (var name in message.TextAt("Type") is "Notification" ? Notification : Confirmation)
        {
            if (message.TextAt(name) is { } value)
            {
                text.Append(name).Append('\n').Append(value).Append('\n');
            }
        }

        using var key = certificate.GetRSAPublicKey();
        return key is not null && key.VerifyData(Encoding.UTF8.GetBytes(text.ToString()), signature.AsSpan(0, length), hash, RSASignaturePadding.Pkcs1);
    }

    /// <summary>Says yes to a topic that asks; it is one of ours, and it has proved to be Amazon.</summary>
    private async Task<string?> ConfirmAsync(JsonElement message, CancellationToken cancellationToken)
    {
        if (AddressIn(message, "SubscribeURL") is not { } where)
        {
            return "The address it wants to be confirmed at is not the service's.";
        }

        try
        {
            var answer = await http.FetchAsync(new FetchRequest(where, null, null, AllowPrivate: false, LargestAnswer), cancellationToken);
            return answer.Status is >= 200 and < 300 ? null : "The service did not take our confirmation.";
        }
        catch (FetchException e)
        {
            return "The service could not be told that we want its calls: " + e.Message;
        }
    }

    private async Task<X509Certificate2?> CertificateAsync(Uri where, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_known.TryGetValue(where, out var known))
            {
                return known;
            }

            if (await (certificates ?? ReadAsync)(where, cancellationToken) is not { } certificate)
            {
                return null;
            }

            return _known[where] = certificate;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<X509Certificate2?> ReadAsync(Uri where, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await http.FetchAsync(new FetchRequest(where, null, null, AllowPrivate: false, LargestAnswer), cancellationToken);
            var certificate = answer.Status == 200 ? X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(answer.Body)) : null;
            using var chain = new X509Chain { ChainPolicy = { RevocationMode = X509RevocationMode.NoCheck } };
            return certificate is not null && chain.Build(certificate) && certificate.MatchesHostname("sns.amazonaws.com") ? certificate : null;
        }
        catch (Exception e) when (e is FetchException or CryptographicException)
        {
            return null;
        }
    }

    private static Uri? AddressIn(JsonElement message, string name) =>
        Uri.TryCreate(message.TextAt(name), UriKind.Absolute, out var where) && where.Scheme == Uri.UriSchemeHttps && where.IsDefaultPort && where.UserInfo.Length == 0 && Hosts.IsMatch(where.Host) ? where : null;

    [GeneratedRegex(@"^sns\.[a-z0-9-]{3,40}\.amazonaws\.com(\.cn)?\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Hosts { get; }
}
