using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using MailKit.Net.Smtp;
using MailKit.Security;

namespace Notify.Providers.Smtp;

/// <summary>
/// Open connections to one relay. How many there are is bounded by the lanes, which send no more at once than the relay's setting allows.
/// A connection ends after some messages, some minutes or some idling, as relays expect.
/// </summary>
internal sealed class SmtpPool(SmtpRelayOptions relay, TimeProvider clock, X509ChainPolicy? certificates = null, Action<ShownCertificate>? shown = null) : IAsyncDisposable
{
    private const int MaxMessages = 1_000;

    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan MaxIdle = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan GoodbyeTimeout = TimeSpan.FromSeconds(2);

    private readonly ConcurrentBag<SmtpConnection> _idle = [];

    public async Task<SmtpConnection> TakeAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        while (_idle.TryTake(out var connection))
        {
            if (connection.Messages < MaxMessages && now - connection.OpenedAt < MaxAge && now - connection.UsedAt < MaxIdle)
            {
                return connection;
            }

            await CloseAsync(connection);
        }

        return await OpenAsync(cancellationToken);
    }

    public async ValueTask ReturnAsync(SmtpConnection connection)
    {
        if (connection.IsUsable)
        {
            _idle.Add(connection);
            return;
        }

        await connection.DisposeAsync();
    }

    public async Task<SmtpConnection> OpenAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(ConnectTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var wire = await SmtpWire.OpenAsync(relay, certificates, shown, either.Token);
        var client = new SmtpClient();
        try
        {
            // The stream is as secure as the setting says already.
            await client.ConnectAsync(wire, relay.Host, relay.Port, SecureSocketOptions.None, either.Token);
            if (relay.Username.Length > 0)
            {
                if (!client.Capabilities.HasFlag(SmtpCapabilities.Authentication))
                {
                    throw new NotSupportedException("the relay takes no user name and password, but its settings have them");
                }

                await client.AuthenticateAsync(relay.Username, relay.Password, either.Token);
            }

            return new SmtpConnection(client, wire, clock);
        }
        catch
        {
            client.Dispose();
            await wire.DisposeAsync();
            throw;
        }
    }

    private async Task CloseAsync(SmtpConnection connection)
    {
        // Whoever takes a connection waits for this: a relay that has fallen silent must not hold a message up.
        using var limit = new CancellationTokenSource(GoodbyeTimeout, clock);
        try
        {
            await connection.Client.DisconnectAsync(quit: connection.IsUsable, limit.Token);
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
