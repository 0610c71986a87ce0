using System.Net;
using System.Net.Sockets;

namespace Notify.Web;

/// <summary>
/// Tells addresses of the public internet from all others. What an editor or a stranger's feed names must not make this machine talk to itself,
/// to its neighbours, or to a cloud's metadata address.
/// </summary>
internal static class PublicAddresses
{
    /// <summary>IANA's special-purpose registry (RFC 6890) for IPv4, and multicast.</summary>
    private static readonly IPNetwork[] NotPublic =
    [
        IPNetwork.Parse("0.0.0.0/8"), // this network
        IPNetwork.Parse("10.0.0.0/8"), // private, RFC 1918
        IPNetwork.Parse("100.64.0.0/10"), // behind a carrier's translation, RFC 6598
        IPNetwork.Parse("127.0.0.0/8"), // this machine
        IPNetwork.Parse("169.254.0.0/16"), // link-local, and the metadata address of clouds
        IPNetwork.Parse("172.16.0.0/12"), // private, RFC 1918
        IPNetwork.Parse("192.0.0.0/24"), // protocol assignments
        IPNetwork.Parse("192.0.2.0/24"), // documentation, RFC 5737
        IPNetwork.Parse("192.88.99.0/24"), // relays of 6to4, RFC 7526
        IPNetwork.Parse("192.168.0.0/16"), // private, RFC 1918
        IPNetwork.Parse("198.18.0.0/15"), // benchmarks, RFC 2544
        IPNetwork.Parse("198.51.100.0/24"), // documentation, RFC 5737
        IPNetwork.Parse("203.0.113.0/24"), // documentation, RFC 5737
        IPNetwork.Parse("224.0.0.0/4"), // multicast
        IPNetwork.Parse("240.0.0.0/4"), // reserved, and broadcast
    ];

    /// <summary>All of IPv6 that is handed out; loopback, unique local, link-local, multicast and NAT64 (64:ff9b::/96) lie outside.</summary>
    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");

    private static readonly IPNetwork[] NotPublicWithin =
    [
        IPNetwork.Parse("2001::/23"), // protocol assignments, among them Teredo (2001::/32), which wraps an IPv4 address
        IPNetwork.Parse("2001:db8::/32"), // documentation, RFC 3849
        IPNetwork.Parse("2002::/16"), // 6to4, which wraps an IPv4 address
        IPNetwork.Parse("3fff::/20"), // documentation, RFC 9637
    ];

    public static bool Contain(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return plain.AddressFamily switch
        {
            AddressFamily.InterNetwork => !Array.Exists(NotPublic, network => network.Contains(plain)),
            AddressFamily.InterNetworkV6 => GlobalUnicast.Contains(plain) && !Array.Exists(NotPublicWithin, network => network.Contains(plain)),
            _ => false,
        };
    }
}
