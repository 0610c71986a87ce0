using System.Net;
using System.Net.Sockets;
using DnsClient;
using DnsClient.Protocol;

namespace Notify.Providers.Smtp.Checks;

/// <summary>The DNS did not say; that is neither that there is a record nor that there is none.</summary>
internal sealed class DnsAwayException(string name, string why) : Exception($"the DNS could not be asked for {name}: {why}");

/// <summary>
/// Asks the DNS for one look of the doctor, which may ask the same twice. A name that is not there and one without such a record are the same
/// empty answer; a server that is silent or cannot say is an exception, because nothing must be concluded from it.
/// </summary>
internal sealed class Resolver
{
    private readonly LookupClient _client;

    /// <param name="server">As in the settings: address or address:port; empty for the machine's own.</param>
    /// <param name="patience">How long an answer is waited for; each question is asked twice.</param>
    public Resolver(string server, TimeSpan patience)
    {
        var options = server.Length > 0 && IPEndPoint.TryParse(server, out var at)
            ? new LookupClientOptions(new IPEndPoint(at.Address, at.Port == 0 ? NameServer.DefaultPort : at.Port))
            : new LookupClientOptions();
        options.Timeout = patience;
        options.Retries = 1;
        _client = new LookupClient(options);
    }

    /// <summary>Text records, the strings of each joined (RFC 7208, 3.3).</summary>
    public async Task<IReadOnlyList<string>> TextsAsync(string name, CancellationToken cancellationToken) =>
        [.. (await AskAsync(name, QueryType.TXT, cancellationToken)).OfType<TxtRecord>().Select(record => string.Concat(record.Text))];

    /// <summary>Who takes mail, the most wanted first; an empty name says that nobody does (RFC 7505).</summary>
    public async Task<IReadOnlyList<string>> MailServersAsync(string domain, CancellationToken cancellationToken) =>
        [.. (await AskAsync(domain, QueryType.MX, cancellationToken)).OfType<MxRecord>().OrderBy(record => record.Preference).Select(record => Plain(record.Exchange))];

    public async Task<IReadOnlyList<IPAddress>> AddressesAsync(string host, AddressFamily family, CancellationToken cancellationToken) =>
        [.. (await AskAsync(host, family == AddressFamily.InterNetworkV6 ? QueryType.AAAA : QueryType.A, cancellationToken)).OfType<AddressRecord>().Select(record => record.Address)];

    /// <summary>Addresses of both kinds.</summary>
    public async Task<IReadOnlyList<IPAddress>> AddressesAsync(string host, CancellationToken cancellationToken) =>
        [.. await AddressesAsync(host, AddressFamily.InterNetwork, cancellationToken), .. await AddressesAsync(host, AddressFamily.InterNetworkV6, cancellationToken)];

    /// <summary>The names an address says it has.</summary>
    public async Task<IReadOnlyList<string>> NamesAsync(IPAddress address, CancellationToken cancellationToken) =>
        [.. (await AskAsync(ReverseName(address), QueryType.PTR, cancellationToken)).OfType<PtrRecord>().Select(record => Plain(record.PtrDomainName))];

    /// <summary>Where the names of an address stand.</summary>
    public static string ReverseName(IPAddress address) => address.GetArpaName().TrimEnd('.');

    /// <summary>Whether a name can be asked for at all (RFC 1035, 2.3.4).</summary>
    public static bool IsName(string name) => name.Length is > 0 and <= 253 && name.Split('.').All(label => label.Length is > 0 and <= 63 && label.All(c => c is > ' ' and < (char)127));

    private async Task<IReadOnlyList<DnsResourceRecord>> AskAsync(string name, QueryType type, CancellationToken cancellationToken)
    {
        if (!IsName(name))
        {
            return [];
        }

        try
        {
            var answer = await _client.QueryAsync(name, type, cancellationToken: cancellationToken);
            return answer.Header.ResponseCode is DnsHeaderResponseCode.NoError or DnsHeaderResponseCode.NotExistentDomain
                ? answer.Answers
                : throw new DnsAwayException(name, $"{answer.NameServer} answers {answer.Header.ResponseCode}");
        }
        catch (Exception e) when (e is DnsResponseException or SocketException or InvalidOperationException or ArgumentOutOfRangeException)
        {
            throw new DnsAwayException(name, "no name server answered");
        }
    }

    private static string Plain(DnsString name) => name.Value.TrimEnd('.').ToLowerInvariant();
}
