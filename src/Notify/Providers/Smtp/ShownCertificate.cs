using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Notify.Providers.Smtp;

/// <summary>The certificate a relay showed.</summary>
/// <param name="Names">Whom it is for.</param>
/// <param name="Until">When it ends.</param>
/// <param name="Errors">What is wrong with it.</param>
/// <param name="Chain">What is wrong with those who vouch for it.</param>
internal sealed record ShownCertificate(IReadOnlyList<string> Names, DateTimeOffset Until, SslPolicyErrors Errors, X509ChainStatusFlags Chain)
{
    public static ShownCertificate Of(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) => new(
        certificate is X509Certificate2 { Extensions: var extensions } ? [.. extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(names => names.EnumerateDnsNames())] : [],
        certificate is X509Certificate2 { NotAfter: var until } ? new DateTimeOffset(until.ToUniversalTime()) : DateTimeOffset.MinValue,
        errors,
        (chain?.ChainStatus ?? []).Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status));
}
