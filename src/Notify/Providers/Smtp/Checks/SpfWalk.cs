using System.Net;
using System.Net.Sockets;

namespace Notify.Providers.Smtp.Checks;

/// <summary>What a receiver concludes about an address (RFC 7208, 2.6), as far as nothing is wrong with the records.</summary>
internal enum SpfResult
{
    Neutral,
    Pass,
    SoftFail,
    Fail,
}

/// <summary>
/// Follows an SPF record as a receiver does (RFC 7208, 4 and 5): for one address, or for one that nobody has named, which takes every step there is.
/// What is wrong is collected and not the end of it, so that a person sees all of it at once.
/// </summary>
internal sealed class SpfWalk(Resolver resolver, string sender)
{
    /// <summary>RFC 7208, 4.6.4: beyond it a receiver stops, and the record counts for nothing.</summary>
    public const int MostLookups = 10;

    /// <summary>RFC 7208, 4.6.4: how many answers may be empty before some receivers stop.</summary>
    public const int MostVoids = 2;

    private const int MostNames = 10;

    /// <summary>Somebody's joke, or a maze: enough is known by then.</summary>
    private const int Enough = 4 * MostLookups;

    private readonly List<string> _faults = [];

    public int Lookups { get; private set; }

    public int Voids { get; private set; }

    /// <summary>It asks for the names of the sender's address, which is slow and which receivers may leave out (5.5).</summary>
    public bool AsksForNames { get; private set; }

    /// <summary>Why receivers would ignore it; the domain whose record it is stands in each.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <param name="domain">Whose record.</param>
    /// <param name="address">Who sends; null for somebody no record names.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="DnsAwayException">A name server did not say.</exception>
    public Task<SpfResult> FollowAsync(string domain, IPAddress? address, CancellationToken cancellationToken) =>
        FollowAsync(domain, [], address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address, cancellationToken);

    private async Task<SpfResult> FollowAsync(string domain, IReadOnlyList<string> path, IPAddress? address, CancellationToken cancellationToken)
    {
        var texts = (await resolver.TextsAsync(domain, cancellationToken)).Where(SpfRecord.Is).ToList();
        if (texts is not [var text])
        {
            _faults.Add(texts.Count == 0 ? $"{domain} has no SPF record" : $"{domain} has {texts.Count} SPF records, and receivers then honour none");
            return SpfResult.Neutral;
        }

        if (SpfRecord.Parse(text, out var unread) is not { } record)
        {
            _faults.Add($"'{unread}' in the record of {domain} cannot be read");
            return SpfResult.Neutral;
        }

        IReadOnlyList<string> here = [.. path, domain];
        foreach (var term in record.Terms)
        {
            Lookups += term.IsLookup ? 1 : 0;
            if (Lookups <= Enough && await MatchesAsync(term, domain, here, address, cancellationToken))
            {
                return term.Qualifier switch { '-' => SpfResult.Fail, '~' => SpfResult.SoftFail, '?' => SpfResult.Neutral, _ => SpfResult.Pass };
            }
        }

        if (record.Redirect is null)
        {
            return SpfResult.Neutral;
        }

        Lookups++;
        return SpfMacros.Expand(record.Redirect, domain, sender, address) is { } target ? await StepAsync("redirect=", target, here, address, cancellationToken) : SpfResult.Neutral;
    }

    private async Task<bool> MatchesAsync(SpfTerm term, string domain, IReadOnlyList<string> here, IPAddress? address, CancellationToken cancellationToken)
    {
        if (term.Name is "ip4" or "ip6" or "all")
        {
            return term.Name == "all" || (address is not null && term.Covers(IPAddress.Parse(term.Value), address));
        }

        AsksForNames |= term.Name == "ptr";
        // What depends on who sends cannot be followed for nobody in particular.
        return SpfMacros.Expand(term.Value.Length > 0 ? term.Value : domain, domain, sender, address) is { } target && term.Name switch
        {
            "include" => await StepAsync("include:", target, here, address, cancellationToken) == SpfResult.Pass,
            "a" => Covers(term, Noted(await AddressesAsync(target, address, cancellationToken)), address),
            "mx" => await MatchesMxAsync(term, target, domain, address, cancellationToken),
            "exists" => Noted(await resolver.AddressesAsync(target, AddressFamily.InterNetwork, cancellationToken)).Count > 0,
            _ => address is not null && await IsNamedAsync(target, address, cancellationToken),
        };
    }

    private async Task<SpfResult> StepAsync(string by, string target, IReadOnlyList<string> here, IPAddress? address, CancellationToken cancellationToken)
    {
        if (here.Contains(target, StringComparer.OrdinalIgnoreCase))
        {
            _faults.Add($"{by}{target} in the record of {here[^1]} leads in a circle");
            return SpfResult.Neutral;
        }

        return Lookups > Enough ? SpfResult.Neutral : await FollowAsync(target, here, address, cancellationToken);
    }

    private async Task<bool> MatchesMxAsync(SpfTerm term, string target, string domain, IPAddress? address, CancellationToken cancellationToken)
    {
        var servers = Noted(await resolver.MailServersAsync(target, cancellationToken));
        if (servers.Count > MostNames)
        {
            _faults.Add($"'mx' in the record of {domain} has {servers.Count} names; {MostNames} are followed");
            return false;
        }

        foreach (var server in address is null ? [] : servers)
        {
            if (Covers(term, await AddressesAsync(server, address, cancellationToken), address))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>RFC 7208, 5.5: a name the address says it has, which says so too and lies in the domain.</summary>
    private async Task<bool> IsNamedAsync(string domain, IPAddress address, CancellationToken cancellationToken)
    {
        foreach (var name in Noted(await resolver.NamesAsync(address, cancellationToken)).Take(MostNames))
        {
            if ((name.Equals(domain, StringComparison.OrdinalIgnoreCase) || name.EndsWith("." + domain, StringComparison.OrdinalIgnoreCase))
                && (await AddressesAsync(name, address, cancellationToken)).Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Of the kind the sender has; of both for nobody in particular.</summary>
    private Task<IReadOnlyList<IPAddress>> AddressesAsync(string host, IPAddress? address, CancellationToken cancellationToken) =>
        address is null ? resolver.AddressesAsync(host, cancellationToken) : resolver.AddressesAsync(host, address.AddressFamily, cancellationToken);

    private static bool Covers(SpfTerm term, IReadOnlyList<IPAddress> addresses, IPAddress? address) => address is not null && addresses.Any(one => term.Covers(one, address));

    private IReadOnlyList<T> Noted<T>(IReadOnlyList<T> answer)
    {
        Voids += answer.Count == 0 ? 1 : 0;
        return answer;
    }
}
