using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Notify.Inbound.Returns;

namespace Notify.Providers.Ses;

/// <summary>
/// Whether a call is Amazon's SNS (docs.aws.amazon.com/sns, "verifying the signatures"): of a topic of ours, RSA over the named fields, by a certificate that lies at
/// the service in the topic's region. A topic that asks whether we want its calls gets its answer there, too, and nowhere else.
/// </summary>
internal sealed class SnsProof(SnsCertificates certificates, IHttpClientFactory clients)
{
    /// <summary>It tries for an hour at most ("message delivery retries"), always with the time it was first told.</summary>
    private static readonly TimeSpan Repeated = TimeSpan.FromHours(2);

    private static readonly string[] Notification = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"];
    private static readonly string[] Confirmation = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];

    public async ValueTask<Doubt?> DoubtAsync(MailCall call, IReadOnlyList<string> topics, CancellationToken cancellationToken)
    {
        var message = JsonElement.Parse(call.Body.Span);
        if (message.TextAt("TopicArn") is not { } topic || !topics.Contains(topic, StringComparer.Ordinal) || HostOf(topic) is not { } host)
        {
            return new("Its topic is none of ours.");
        }

        if (!DateTimeOffset.TryParse(message.TextAt("Timestamp"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) || !call.IsTimely(at, Repeated))
        {
            return new("It is too old, or our clock is wrong.");
        }

        if (message.TextAt("Type") is not ("Notification" or "SubscriptionConfirmation" or "UnsubscribeConfirmation") || Address(message.TextAt("SigningCertURL"), host) is not { } where
            || !where.AbsolutePath.EndsWith(".pem", StringComparison.Ordinal))
        {
            return new("Its certificate does not lie at the service.");
        }

        var (certificate, doubt) = await certificates.GetAsync(where, cancellationToken);
        if (certificate is null)
        {
            return doubt;
        }

        if (!IsSigned(message, certificate))
        {
            return new("Its signature is wrong.");
        }

        return message.TextAt("Type") == "SubscriptionConfirmation" ? await ConfirmAsync(message, host, cancellationToken) : null;
    }

    /// <summary>Where the service is for a topic: <c>sns.{region}.amazonaws.com</c>, in China with <c>.cn</c> (docs.aws.amazon.com/general, "SNS endpoints").</summary>
    /// <returns>Null for what is no ARN of a topic.</returns>
    public static string? HostOf(string topic)
    {
        var parts = topic.Split(':');
        return parts is ["arn", "aws" or "aws-us-gov" or "aws-cn", "sns", { Length: > 0 } region, { Length: 12 } account, { Length: > 0 }]
            && region.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-') && account.All(char.IsAsciiDigit)
            ? $"sns.{region}.amazonaws.com{(parts[1] == "aws-cn" ? ".cn" : "")}" : null;
    }

    /// <summary>An address a call names, where it lies at the service and nowhere else.</summary>
    public static Uri? Address(string? text, string host) =>
        Uri.TryCreate(text, UriKind.Absolute, out var where) && where.Scheme == Uri.UriSchemeHttps && where.IsDefaultPort && where.UserInfo.Length == 0 && where.Host == host ? where : null;

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
        foreach (var name in message.TextAt("Type") == "Notification" ? Notification : Confirmation)
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
    private async Task<Doubt?> ConfirmAsync(JsonElement message, string host, CancellationToken cancellationToken)
    {
        if (Address(message.TextAt("SubscribeURL"), host) is not { } where)
        {
            return new("The address it wants to be confirmed at is not the service's.");
        }

        try
        {
            using var client = clients.CreateClient(SnsCertificates.ClientName);
            using var response = await client.GetAsync(where, cancellationToken);
            return response.IsSuccessStatusCode ? null : new($"The service answered {(int)response.StatusCode} to our yes.", MayEnd: true);
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return new("The service could not be told that we want its calls: this machine must reach it on port 443.", MayEnd: true);
        }
    }
}
