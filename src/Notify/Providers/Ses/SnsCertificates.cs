using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Notify.Inbound.Returns;

namespace Notify.Providers.Ses;

/// <summary>
/// The certificates topics sign with, fetched once each and judged: signed by whom this machine trusts, and made out to the service (docs.aws.amazon.com/sns, "verifying the signatures").
/// Anybody can make us look for one, so that happens seldom and briefly; what is known already needs no look.
/// </summary>
internal sealed class SnsCertificates(IHttpClientFactory clients, TimeProvider clock) : IDisposable
{
    public const string ClientName = "sns";

    /// <summary>One for each topic's region, and a new one a year.</summary>
    private const int Most = 32;

    private const int MostFetches = 10;

    /// <summary>Whom every certificate of the service names beside, or instead of, its region.</summary>
    private const string EveryRegion = "sns.amazonaws.com";

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<Uri, X509Certificate2> _known = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private DateTimeOffset _since;
    private int _fetches;

    /// <summary>Whose signatures count; null: whom this machine trusts.</summary>
    internal X509Certificate2Collection? Roots { get; init; }

    /// <summary>The certificate at an address that was found to be the service's.</summary>
    /// <returns>It, or why there is none to rely on.</returns>
    public async Task<(X509Certificate2? Certificate, Doubt? Doubt)> GetAsync(Uri where, CancellationToken cancellationToken)
    {
        if (Known(where) is { } known)
        {
            return (known, null);
        }

        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (Known(where) is { } meanwhile)
            {
                return (meanwhile, null);
            }

            if (!MayFetch())
            {
                return (null, new("Too many certificates were asked for within a minute.", MayEnd: true));
            }

            return await FetchAsync(where, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        foreach (var certificate in _known.Values)
        {
            certificate.Dispose();
        }

        _turn.Dispose();
    }

    private X509Certificate2? Known(Uri where) => _known.TryGetValue(where, out var known) && clock.GetUtcNow().UtcDateTime < known.NotAfter.ToUniversalTime() ? known : null;

    private bool MayFetch()
    {
        var now = clock.GetUtcNow();
        if (now - _since >= Minute)
        {
            (_since, _fetches) = (now, 0);
        }

        return ++_fetches <= MostFetches;
    }

    private async Task<(X509Certificate2? Certificate, Doubt? Doubt)> FetchAsync(Uri where, CancellationToken cancellationToken)
    {
        var (text, doubt) = await ReadAsync(where, cancellationToken);
        if (text is null)
        {
            return (null, doubt);
        }

        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPem(text);
        }
        catch (CryptographicException)
        {
            // It is empty then.
        }

        if (found is not [{ } certificate, ..] || !(certificate.MatchesHostname(EveryRegion) || certificate.MatchesHostname(where.Host)))
        {
            return (null, new("What lies at its certificate's address is no certificate of the service."));
        }

        if (Distrust(certificate, found) is { } why)
        {
            return (null, why);
        }

        if (_known.Count >= Most)
        {
            _known.Clear();
        }

        return (_known[where] = certificate, null);
    }

    private Doubt? Distrust(X509Certificate2 certificate, X509Certificate2Collection beside)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.UrlRetrievalTimeout = TimeSpan.FromSeconds(10);
        chain.ChainPolicy.ExtraStore.AddRange(beside);
        if (Roots is not null)
        {
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(Roots);
            chain.ChainPolicy.DisableCertificateDownloads = true;
        }

        if (chain.Build(certificate))
        {
            return null;
        }

        return chain.ChainStatus.Any(status => status.Status == X509ChainStatusFlags.PartialChain)
            ? new("The certificates above its own could not be had: this machine must reach amazontrust.com, port 80, or trust them.", MayEnd: true)
            : new("Its certificate is not signed by whom this machine trusts, or its time is over.");
    }

    private async Task<(string? Text, Doubt? Doubt)> ReadAsync(Uri where, CancellationToken cancellationToken)
    {
        try
        {
            using var client = clients.CreateClient(ClientName);
            using var response = await client.GetAsync(where, cancellationToken);
            return (int)response.StatusCode switch
            {
                200 => (await response.Content.ReadAsStringAsync(cancellationToken), null),
                429 or >= 500 => (null, new("Its certificate could not be fetched: the service is busy.", MayEnd: true)),
                _ => (null, new("There is no certificate at the address it names.")),
            };
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return (null, new("Its certificate could not be fetched: this machine must reach the service on port 443.", MayEnd: true));
        }
    }
}
