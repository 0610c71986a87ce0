using Notify.Jobs;

namespace Notify.Providers.Smtp.Checks;

/// <summary>Whether each address mails come from has a name that leads back to it; large receivers refuse those that have none.</summary>
internal static class ReverseCheck
{
    public static async Task<IReadOnlyList<CheckResult>> LookAsync(MailIdentity identity, Resolver resolver, CancellationToken cancellationToken)
    {
        if (identity.Addresses.Count == 0)
        {
            return [identity.Unknown($"reverse name (PTR) of {identity.Relay.Name}")];
        }

        var lines = new List<CheckResult>();
        foreach (var address in identity.Addresses)
        {
            var what = $"reverse name (PTR) of {address}";
            var publish = $"{Resolver.ReverseName(address)} PTR …";
            var names = await resolver.NamesAsync(address, cancellationToken);
            string? confirmed = null;
            foreach (var name in names)
            {
                confirmed ??= (await resolver.AddressesAsync(name, address.AddressFamily, cancellationToken)).Contains(address) ? name : null;
            }

            lines.Add((names, confirmed) switch
            {
                (_, { } name) => new CheckResult(what, CheckMark.Good, $"{name}, which leads back to it"),
                ([], _) => new CheckResult(what, CheckMark.Bad, "it has none, and large receivers refuse its mail; whoever you rent the address from sets it to the relay's name", publish),
                _ => new CheckResult(what, CheckMark.Bad, $"{string.Join(" and ", names)} {(names.Count == 1 ? "does" : "do")} not lead back to it; publish its address as well", $"{names[0]} {(address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? "A" : "AAAA")} {address}"),
            });
        }

        return lines;
    }
}
