using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Notify.Tests.Support;

/// <summary>
/// Loopback ports nobody listens on, for programs that cannot be told "any port". This run never gets the same one twice;
/// another program may still take it first, so whoever starts a server on it tries again.
/// </summary>
internal static class FreePort
{
    private static readonly ConcurrentDictionary<int, bool> Given = new();

    public static int Next()
    {
        while (true)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var port = ((IPEndPoint)listener.LocalEndpoint).Port;
            if (Given.TryAdd(port, value: true))
                return port;
        }
    }
}
