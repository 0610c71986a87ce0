using System.Net;
using System.Net.Sockets;

namespace Notify.Tests.Support;

/// <summary>Stands between us and a relay and cuts the line some times just when the relay says that it has taken a message, so that only the relay knows.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly int _relay;
    private readonly Task _accepting;
    private int _cutsLeft;

    public CuttingProxy(int relay, int cuts)
    {
        (_relay, _cutsLeft) = (relay, cuts);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many cuts have not happened yet.</summary>
    public int CutsLeft => Volatile.Read(ref _cutsLeft);

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = CarryAsync(await _listener.AcceptTcpClientAsync(_stopping.Token));
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task CarryAsync(TcpClient client)
    {
        using (client)
        using (var relay = new TcpClient())
        {
            await relay.ConnectAsync(IPAddress.Loopback, _relay, _stopping.Token);
            var isTold = false;
            var there = CopyAsync(client, relay, octets => isTold |= octets.Span.EndsWith("\r\n.\r\n"u8) || octets.Span.IndexOf("\r\n.\r\n"u8) >= 0, () => false);
            var back = CopyAsync(relay, client, _ => { }, () => isTold && !(isTold = false) && Interlocked.Decrement(ref _cutsLeft) >= 0);
            await Task.WhenAny(there, back);
            // Reset, as a line that is cut looks like.
            client.Client.LingerState = new LingerOption(true, 0);
        }
    }

    /// <param name="from">Read from.</param>
    /// <param name="to">Written to.</param>
    /// <param name="seen">Told what is passed on.</param>
    /// <param name="isCut">Asked before something is passed on.</param>
    private async Task CopyAsync(TcpClient from, TcpClient to, Action<ReadOnlyMemory<byte>> seen, Func<bool> isCut)
    {
        var octets = new byte[64 * 1024];
        try
        {
            while (await from.GetStream().ReadAsync(octets, _stopping.Token) is > 0 and var count && !isCut())
            {
                seen(octets.AsMemory(0, count));
                await to.GetStream().WriteAsync(octets.AsMemory(0, count), _stopping.Token);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            // One of the sides is gone.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _stopping.Dispose();
    }
}
