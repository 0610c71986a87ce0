using System.Net;
using System.Net.Sockets;
using MimeKit;
using Notify.Jobs;
using Notify.Web;

namespace Notify.Providers.Smtp.Checks;

/// <summary>As whom a relay's mails leave, in the spelling of the DNS.</summary>
/// <param name="Sender">The envelope's sender, to which bounces go and which SPF is about.</param>
/// <param name="From">The domain readers see, which DMARC is about.</param>
/// <param name="Addresses">Where receivers see the mails come from; empty when nobody here knows.</param>
internal sealed record MailIdentity(SmtpRelayOptions Relay, string Sender, string From, IReadOnlyList<IPAddress> Addresses)
{
    /// <summary>The domain of the envelope's sender.</summary>
    public string Envelope { get; } = Sender[(Sender.LastIndexOf('@') + 1)..].ToLowerInvariant();

    /// <summary>Whether the relay runs on this very machine, so that its mails leave from here.</summary>
    public bool IsHere { get; } = Relay.IsOnThisMachine;

    /// <param name="relay">Its settings.</param>
    /// <param name="own">The public addresses of this machine.</param>
    public static MailIdentity Of(SmtpRelayOptions relay, Func<IReadOnlyList<IPAddress>> own) => new(
        relay,
        MailComposer.EnvelopeSender(relay, tag: ""),
        MailboxAddress.IdnMapping.Encode(MailboxAddress.Parse(relay.From).Domain).ToLowerInvariant(),
        relay.SendingAddresses.Count > 0 ? [.. relay.SendingAddresses.Select(IPAddress.Parse)] : relay.IsOnThisMachine ? own() : []);

    /// <summary>A line that was left out because nobody here knows where the mails come from.</summary>
    public CheckResult Unknown(string what) => new(what, CheckMark.Skipped, IsHere
        ? $"the relay is on this machine, which has no public address of its own; set SendingAddresses of {Relay.Name} to those its mails come out of"
        : $"from which addresses {Relay.Host} sends is not known here; set SendingAddresses of {Relay.Name} where the relay is yours, else its operator sees to this");

    /// <summary>The addresses a connection to the world would leave from. The sockets only choose a way; nothing is sent, and the addresses they point to are nobody's (RFC 5737, RFC 3849).</summary>
    public static IReadOnlyList<IPAddress> OfThisMachine()
    {
        var found = new List<IPAddress>();
        foreach (var nobody in (string[])["192.0.2.1", "2001:db8::1"])
        {
            var target = IPAddress.Parse(nobody);
            try
            {
                using var socket = new Socket(target.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
                socket.Connect(target, 25);
                if (socket.LocalEndPoint is IPEndPoint { Address: var address } && PublicAddresses.Contain(address))
                {
                    found.Add(address);
                }
            }
            catch (SocketException)
            {
                // No way there for this kind of address.
            }
        }

        return found;
    }
}
