using System.Net;
using System.Net.Sockets;

namespace Notify.Tests.Support;

/// <summary>
/// Loopback ports nobody listens on, for programs that cannot be told "any port". This run never gets the same one twice, and never one
/// that the system gives to a connection on its way out; another program may still take it first.
/// </summary>
internal static class FreePort
{
    /// <summary>Below what Linux gives to connections (<c>net.ipv4.ip_local_port_range</c>, 32768 and above), above what services are known by.</summary>
    private const int First = 15_000, Count = 17_000;

    private static int _next = Random.Shared.Next(Count);

    public static int Next()
    {
        while (true)
        {
            var port = First + ((Interlocked.Increment(ref _next) & int.MaxValue) % Count);
            if (IsFree(port))
            {
                return port;
            }
        }
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
