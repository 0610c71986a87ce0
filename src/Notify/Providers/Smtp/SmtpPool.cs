using System.Collections.Concurrent;
using System.Net.Sockets;
using MailKit.Net.Smtp;
using MailKit.Security;

namespace Notify.Providers.Smtp;

/// <summary>A connection with what is known of it.</summary>
internal sealed class SmtpConnection(SmtpClient client, PhaseLog phase, DateTimeOffset openedAt) : IAsyncDisposable
{
    public SmtpClient Client => client;

    public PhaseLog Phase => phase;

    public DateTimeOffset OpenedAt { get; } = openedAt;

    public DateTimeOffset UsedAt { get; set; } = openedAt;

    public int Messages { get; set; }

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>
/// Open connections to one relay. How many there are is bounded by the lanes, which send no more at once than the relay's setting allows.
/// A connection ends after some messages, some minutes or some idling, as relays expect.
/// </summary>
internal sealed class SmtpPool(SmtpRelayOptions relay, TimeProvider clock) : IAsyncDisposable
{
    private const int MaxMessages = 100;

    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan MaxIdle = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(20);

    private readonly ConcurrentBag<SmtpConnection> _idle = [];

    public async Task<SmtpConnection> TakeAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        while (_idle.TryTake(out var connection))
        {
            if (connection.Client.IsConnected && connection.Messages < MaxMessages && now - connection.OpenedAt < MaxAge && now - connection.UsedAt < MaxIdle)
            {
                return connection;
            }

            await CloseAsync(connection);
        }

        return await OpenAsync(cancellationToken);
    }

    public async ValueTask ReturnAsync(SmtpConnection connection)
    {
        connection.Messages++;
        connection.UsedAt = clock.GetUtcNow();
        if (connection.Client.IsConnected)
        {
            _idle.Add(connection);
            return;
        }

        await connection.DisposeAsync();
    }

    private async Task<SmtpConnection> OpenAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(ConnectTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var phase = new PhaseLog();
        var client = new SmtpClient(phase);
        // NoDelay: body and final dot are two writes, and Nagle would make each mail wait 40 ms for the other side's acknowledgement.
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(relay.Host, relay.Port, either.Token);
            var security = relay.Security switch
            {
                SmtpSecurity.Tls => SecureSocketOptions.SslOnConnect,
                SmtpSecurity.StartTls => SecureSocketOptions.StartTls,
                _ => SecureSocketOptions.None,
            };
            await client.ConnectAsync(socket, relay.Host, relay.Port, security, either.Token);
            if (relay.Username.Length > 0)
            {
                await client.AuthenticateAsync(relay.Username, relay.Password, either.Token);
            }

            return new SmtpConnection(client, phase, clock.GetUtcNow());
        }
        catch
        {
            client.Dispose();
            socket.Dispose();
            throw;
        }
    }

    private static async Task CloseAsync(SmtpConnection connection)
    {
        try
        {
            await connection.Client.DisconnectAsync(quit: connection.Client.IsConnected, CancellationToken.None);
        }
        catch (Exception e) when (e is IOException or MailKit.ProtocolException or OperationCanceledException or SocketException or TimeoutException or MailKit.CommandException)
        {
            // It is going away anyhow.
        }

        await connection.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        while (_idle.TryTake(out var connection))
        {
            await CloseAsync(connection);
        }
    }
}
