using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Notify.Providers.Ses;
using Notify.Tests.Support;

namespace Notify.Tests.Providers.MailServices;

/// <summary>Stands in for SNS: signs with a certificate of an authority of its own, serves it, and takes a yes. What is asked of it and of nobody else ends here; nothing leaves the machine.</summary>
internal sealed class Amazon : HttpMessageHandler
{
    public const string Topic = "arn:aws:sns:eu-west-1:123456789012:mail";
    public const string Host = "sns.eu-west-1.amazonaws.com";

    private readonly RSA _key;

    public Amazon(string name = "Amazon")
    {
        _key = RsaKeys.Of(name);
        (Authority, AuthorityKey) = NewAuthority(name);
        Certificate = Issue(_key, "sns.amazonaws.com", Authority);
        Serve(CertificateUrl, Certificate.ExportCertificatePem());
    }

    public X509Certificate2 Authority { get; }

    public RSA AuthorityKey { get; }

    public X509Certificate2 Certificate { get; }

    public static string CertificateUrl => $"https://{Host}/SimpleNotificationService-0123456789abcdef.pem";

    /// <summary>Whatever was asked, in order.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    private ConcurrentDictionary<string, Func<HttpResponseMessage>> Answers { get; } = new(StringComparer.Ordinal);

    public void Serve(string url, string text) => Answers[url] = () => new HttpResponseMessage { Content = new StringContent(text) };

    public void Serve(string url, Func<HttpResponseMessage> answer) => Answers[url] = answer;

    /// <summary>Puts it where an installation would ask Amazon.</summary>
    public void StandIn(WebApplicationBuilder builder)
    {
        builder.Services.AddHttpClient(SnsCertificates.ClientName).ConfigurePrimaryHttpMessageHandler(() => this);
        builder.Services.AddSingleton(services => new SnsCertificates(services.GetRequiredService<IHttpClientFactory>(), services.GetRequiredService<TimeProvider>()) { Roots = [Authority] });
    }

    /// <summary>A message as it posts it.</summary>
    /// <param name="change">Fields that are other than usual, before it is signed; null takes one out.</param>
    /// <param name="by">Who signs instead.</param>
    public byte[] Message(string type, string text, DateTimeOffset at, string topic = Topic, string version = "2", Dictionary<string, string?>? change = null, RSA? by = null)
    {
        var fields = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Type"] = type,
            ["MessageId"] = Guid.NewGuid().ToString(),
            ["TopicArn"] = topic,
            ["Message"] = text,
            ["Timestamp"] = at.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", System.Globalization.CultureInfo.InvariantCulture),
            ["SignatureVersion"] = version,
            ["SigningCertURL"] = CertificateUrl,
        };
        if (type != "Notification")
        {
            (fields["Token"], fields["SubscribeURL"]) = ("2336412f37", $"https://{Host}/?Action=ConfirmSubscription&TopicArn={topic}&Token=2336412f37");
        }

        foreach (var (name, value) in change ?? [])
        {
            fields[name] = value;
        }

        string[] signed = type == "Notification" ? ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"] : ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];
        var canonical = string.Concat(signed.Where(name => fields.GetValueOrDefault(name) is not null).Select(name => $"{name}\n{fields[name]}\n"));
        lock (_key)
        {
            fields["Signature"] = Convert.ToBase64String((by ?? _key).SignData(Encoding.UTF8.GetBytes(canonical), version == "1" ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        }

        return JsonSerializer.SerializeToUtf8Bytes(fields.Where(field => field.Value is not null).ToDictionary());
    }

    public X509Certificate2 Issue(RSA key, string name, X509Certificate2 authority, TimeSpan? age = null)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        var from = TimeProvider.System.GetUtcNow().AddHours(-1) - (age ?? TimeSpan.Zero);
        return request.Create(authority.SubjectName, X509SignatureGenerator.CreateForRSA(AuthorityKey, RSASignaturePadding.Pkcs1), from, from.AddHours(10), RandomNumberGenerator.GetBytes(8));
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var url = request.RequestUri!.AbsoluteUri;
        Asked.Enqueue(url);
        return Task.FromResult(
            Answers.TryGetValue(url, out var answer) ? answer()
            : new HttpResponseMessage(url.StartsWith($"https://{Host}/?Action=ConfirmSubscription", StringComparison.Ordinal) ? HttpStatusCode.OK : HttpStatusCode.NotFound));
    }

    private static (X509Certificate2 Authority, RSA Key) NewAuthority(string name)
    {
        var key = RsaKeys.Of($"authority of {name}");
        var request = new CertificateRequest($"CN=Authority of {name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        var from = TimeProvider.System.GetUtcNow().AddDays(-30);
        return (request.CreateSelfSigned(from, from.AddDays(60)), key);
    }
}
