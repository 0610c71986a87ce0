using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Notify.Sandbox.Faults;
using Notify.Sandbox.Web;

namespace Notify.Sandbox.Mail;

/// <summary>Takes mail on loopback, each connection on its own.</summary>
internal sealed partial class SmtpListener(Mailboxes mailboxes, FaultBook faults, Background background, TimeProvider clock, ILogger<SmtpListener> logger) : IDisposable
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(50);

    private readonly List<Socket> _listening = [];

    public int Port { get; private set; }

    public void Start(int port)
    {
        _listening.Add(Listen(IPAddress.Loopback, port));
        Port = ((IPEndPoint)_listening[0].LocalEndPoint!).Port;
        if (port != 0 && Socket.OSSupportsIPv6)
            AlsoIPv6(port);
        foreach (var socket in _listening)
            background.Run(stopping => AcceptAsync(socket, stopping));
    }

    public void Dispose() => _listening.ForEach(s => s.Dispose());

    private static Socket Listen(IPAddress address, int port)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen(512);
            return socket;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new InvalidOperationException($"The local carrier cannot take mail on port {port}: {e.Message}. Set Sandbox:SmtpPort to a free one.", e);
        }
    }

    /// <summary>A name such as localhost may mean either; a machine without IPv6 loopback does with the other.</summary>
    private void AlsoIPv6(int port)
    {
        try
        {
            _listening.Add(Listen(IPAddress.IPv6Loopback, port));
        }
        catch (InvalidOperationException)
        {
            LogNoIPv6();
        }
    }

    private async Task AcceptAsync(Socket listening, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var socket = await listening.AcceptAsync(stopping);
                socket.NoDelay = true;
                background.Run(token => ServeAsync(socket, token));
            }
            catch (SocketException e)
            {
                LogNotAccepted(e); // gone before it was taken up, or too many at once: the next one may do better
                await Task.Delay(Breath, clock, stopping);
            }
        }
    }

    private async Task ServeAsync(Socket socket, CancellationToken stopping)
    {
        using var wire = new SmtpWire(socket, Idle, clock);
        try
        {
            await new SmtpSession(wire, mailboxes, faults, clock).RunAsync(stopping);
            await wire.HangUpAsync(stopping);
        }
        catch (SocketException)
        {
            // The other side is gone; there is nobody to tell.
        }
        catch (IOException e)
        {
            LogNotKept(e);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Mail is taken over IPv4 only")]
    private partial void LogNoIPv6();

    [LoggerMessage(Level = LogLevel.Warning, Message = "A connection for mail could not be taken up")]
    private partial void LogNotAccepted(Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "A mail could not be written down; its connection was ended without an answer")]
    private partial void LogNotKept(Exception exception);
}
