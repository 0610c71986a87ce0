using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Notify.Web;

/// <summary>
/// How a connection is made: the name is looked up once, every address it has is vetted, and the connection goes to one of those very addresses. A name that
/// answers differently the next time (rebinding) gains nothing, and neither does one bad address hidden among good ones.
/// </summary>
/// <param name="resolve">All addresses of a name.</param>
/// <param name="connect">A stream to the first of the addresses that answers.</param>
internal sealed class GuardedConnection(
    Func<string, CancellationToken, Task<IPAddress[]>> resolve,
    Func<IPAddress[], int, CancellationToken, Task<Stream>> connect)
{
    /// <summary>The machine's own resolver and sockets.</summary>
    public static GuardedConnection OfThisMachine { get; } = new(Dns.GetHostAddressesAsync, ConnectSocketAsync);

    /// <summary>
    /// A handler that can be led nowhere else: no redirects, no proxy (it would do the looking up), no cookies, no trace headers to strangers.
    /// One for guarded and one for private requests, never shared: connections are kept and used again.
    /// </summary>
    public SocketsHttpHandler CreateHandler(bool allowPrivate) => new()
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        AutomaticDecompression = DecompressionMethods.All,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        MaxConnectionsPerServer = 4,
        // Validators go back byte for byte, and an entity tag may hold any byte above 0x7F (RFC 9110 section 8.8.3).
        RequestHeaderEncodingSelector = (_, _) => Encoding.Latin1,
        ResponseHeaderEncodingSelector = (_, _) => Encoding.Latin1,
        ConnectCallback = (context, cancellationToken) => OpenAsync(context.DnsEndPoint, allowPrivate, cancellationToken),
    };

    private async ValueTask<Stream> OpenAsync(DnsEndPoint target, bool allowPrivate, CancellationToken cancellationToken)
    {
        var addresses = IPAddress.TryParse(target.Host, out var literal) ? [literal] : await resolve(target.Host, cancellationToken);
        if (!allowPrivate && !Array.TrueForAll(addresses, PublicAddresses.Contain))
            throw new FetchException(FetchFailure.PrivateAddress, $"{target.Host} leads to an address that is not public.");

        return await connect(addresses, target.Port, cancellationToken);
    }

    private static async Task<Stream> ConnectSocketAsync(IPAddress[] addresses, int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
