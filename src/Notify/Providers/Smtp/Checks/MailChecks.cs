using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;
using Notify.Jobs;
using Notify.Web;

namespace Notify.Providers.Smtp.Checks;

/// <summary>
/// The doctor's look at mail: whether each relay can be reached safely, and whether the DNS says of the domains mails leave under what receivers
/// want to hear. All questions are out at once: a name server that is silent costs its patience once.
/// </summary>
/// <param name="certificates">How a relay's certificate is judged; null as the machine judges all others.</param>
/// <param name="ownAddresses">The public addresses of this machine; null: look.</param>
/// <param name="patience">How long a name server is waited for, twice; null: three seconds.</param>
internal sealed class MailChecks(
    IOptions<SmtpOptions> options, SandboxSettings sandbox, TimeProvider clock,
    X509ChainPolicy? certificates = null, Func<IReadOnlyList<IPAddress>>? ownAddresses = null, TimeSpan? patience = null) : ICheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public async Task<IReadOnlyList<CheckResult>> CheckAsync(CancellationToken cancellationToken)
    {
        var resolver = new Resolver(options.Value.Resolver, patience ?? Patience);
        var lines = await Task.WhenAll(options.Value.Relays.Select(relay => LookAsync(relay, resolver, cancellationToken)));
        // Relays of one domain hear the same about it.
        return [.. lines.SelectMany(line => line).Distinct()];
    }

    private async Task<IReadOnlyList<CheckResult>> LookAsync(SmtpRelayOptions relay, Resolver resolver, CancellationToken cancellationToken)
    {
        if (sandbox.IsEnabled && relay.IsOnThisMachine && relay.Port == sandbox.SmtpPort)
        {
            return [new CheckResult($"mail of {relay.Name}", CheckMark.Skipped, "it is the local carrier, which plays a relay; set Smtp:Relays, and DNS, certificate and signature are looked at")];
        }

        var identity = MailIdentity.Of(relay, ownAddresses ?? MailIdentity.OfThisMachine);
        Task<IReadOnlyList<CheckResult>>[] parts =
        [
            AskAsync("connection", async () => [await ConnectionCheck.LookAsync(relay, certificates, clock, cancellationToken)]),
            AskAsync("SPF", () => SpfCheck.LookAsync(identity, resolver, cancellationToken)),
            AskAsync("DKIM", () => DkimCheck.LookAsync(identity, resolver, cancellationToken)),
            AskAsync("signature", () => Task.FromResult<IReadOnlyList<CheckResult>>([SampleCheck.Look(relay, clock)])),
            AskAsync("DMARC", () => DmarcCheck.LookAsync(identity, resolver, cancellationToken)),
            AskAsync("bounces", () => BounceCheck.LookAsync(identity, resolver, cancellationToken)),
            AskAsync("reverse name (PTR)", () => ReverseCheck.LookAsync(identity, resolver, cancellationToken)),
        ];
        return [.. (await Task.WhenAll(parts)).SelectMany(lines => lines)];

        async Task<IReadOnlyList<CheckResult>> AskAsync(string what, Func<Task<IReadOnlyList<CheckResult>>> look)
        {
            try
            {
                return await look();
            }
            catch (DnsAwayException e)
            {
                // Neither good nor bad, and it must not hide what was answered.
                return [new CheckResult($"{what} of {relay.Name}", CheckMark.Away, $"{e.Message}; look again later, or set Smtp:Resolver to a name server that answers")];
            }
            catch (DkimKeyException e)
            {
                // It could be read at the start.
                return [new CheckResult($"{what} of {relay.Name}", CheckMark.Bad, $"a KeyFile of its Dkim {e.Message}")];
            }
        }
    }
}
