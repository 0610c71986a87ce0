using Notify.Jobs;

namespace Notify.Providers.Smtp.Checks;

/// <summary>Whether bounces find somebody who takes them.</summary>
internal static class BounceCheck
{
    public static async Task<IReadOnlyList<CheckResult>> LookAsync(MailIdentity identity, Resolver resolver, CancellationToken cancellationToken)
    {
        var what = $"bounces to {identity.Envelope}";
        var publish = $"{identity.Envelope} MX 10 …";
        var servers = await resolver.MailServersAsync(identity.Envelope, cancellationToken);
        if (servers.Contains(""))
        {
            return [new CheckResult(what, CheckMark.Bad, "its MX says that it takes no mail (RFC 7505), and receivers refuse mail from such a domain; publish the server that takes bounces", publish)];
        }

        if (servers.Count == 0)
        {
            // RFC 5321, 5.1: without an MX the address of the domain itself stands in.
            var hasAddress = (await resolver.AddressesAsync(identity.Envelope, cancellationToken)).Count > 0;
            return
            [
                identity.Relay.BounceDomain.Length > 0 || !hasAddress
                    ? new CheckResult(what, CheckMark.Bad, "it has no MX, so what cannot be delivered is never heard of; publish the server that takes bounces", publish)
                    : new CheckResult(what, CheckMark.Warning, "it has an address but no MX, which some receivers hold against mail; publish the server that takes bounces", publish),
            ];
        }

        foreach (var server in servers)
        {
            if ((await resolver.AddressesAsync(server, cancellationToken)).Count > 0)
            {
                return [new CheckResult(what, CheckMark.Good, $"taken by {server}")];
            }
        }

        return [new CheckResult(what, CheckMark.Bad, $"its MX leads to {string.Join(" and ", servers)}, which {(servers.Count == 1 ? "has" : "have")} no address; publish one that has", publish)];
    }
}
