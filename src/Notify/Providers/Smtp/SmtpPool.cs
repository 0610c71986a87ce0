using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using MailKit.Net.Smtp;
using MailKit.Security;

namespace Notify.Providers.Smtp;

/// <summary>
/// Open connections to one relay. How many there are is bounded by the lanes, which work with no more at once than the relay's setting allows: whoever has
/// none to work with waits, and no mail fails for it. A connection ends after some messages, some minutes or some idling, as relays expect.
/// </summary>
internal sealed class SmtpPool : IAsyncDisposable
{
    private const int MaxMessages = 1_000;

    internal static readonly TimeSpan MaxIdle = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan GoodbyeTimeout = TimeSpan.FromSeconds(2);

    private readonly SmtpRelayOptions _relay;
    private readonly TimeProvider _clock;
    private readonly X509ChainPolicy? _certificates;
    private readonly Action<ShownCertificate>? _shown;
    private readonly Lock _lock = new();

    /// <summary>The one used last is taken first, so that those that are not needed grow old.</summary>
    private readonly Stack<SmtpConnection> _idle = [];

    private readonly ITimer _sweep;

    /// <param name="certificates">How the relay's certificate is judged; null as the machine judges all others.</param>
    /// <param name="shown">Told what certificate the relay shows.</param>
    public SmtpPool(SmtpRelayOptions relay, TimeProvider clock, X509ChainPolicy? certificates = null, Action<ShownCertificate>? shown = null)
    {
        (_relay, _clock, _certificates, _shown) = (relay, clock, certificates, shown);
        _sweep = clock.CreateTimer(_ => _ = SweepAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public async Task<SmtpConnection> TakeAsync(CancellationToken cancellationToken)
    {
        while (Idle() is { } connection)
        {
            if (MayTakeMore(connection) && !IsTooIdle(connection))
            {
                return connection;
            }

            await CloseAsync(connection);
        }

        return await OpenAsync(cancellationToken);
    }

    /// <summary>Whether a connection is young enough for another message.</summary>
    public bool MayTakeMore(SmtpConnection connection) => connection.Messages < MaxMessages && _clock.GetUtcNow() - connection.OpenedAt < MaxAge;

    public async ValueTask ReturnAsync(SmtpConnection connection)
    {
        if (!connection.IsUsable)
        {
            await connection.DisposeAsync();
            return;
        }

        lock (_lock)
        {
            _idle.Push(connection);
            if (_idle.Count == 1)
            {
                SweepIn(MaxIdle);
            }
        }
    }

    public async Task<SmtpConnection> OpenAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(ConnectTimeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var wire = await SmtpWire.OpenAsync(_relay, _certificates, _shown, either.Token);
        var client = new SmtpClient();
        try
        {
            // The stream is as secure as the setting says already.
            await client.ConnectAsync(wire, _relay.Host, _relay.Port, SecureSocketOptions.None, either.Token);
            if (_relay.Username.Length > 0)
            {
                if (!client.Capabilities.HasFlag(SmtpCapabilities.Authentication))
                {
                    throw new NotSupportedException("the relay takes no user name and password, but its settings have them");
                }

                await client.AuthenticateAsync(_relay.Username, _relay.Password, either.Token);
            }

            return new SmtpConnection(client, wire, _clock);
        }
        catch
        {
            client.Dispose();
            await wire.DisposeAsync();
            throw;
        }
    }

    private SmtpConnection? Idle()
    {
        lock (_lock)
        {
            return _idle.TryPop(out var connection) ? connection : null;
        }
    }

    private bool IsTooIdle(SmtpConnection connection) => _clock.GetUtcNow() - connection.UsedAt >= MaxIdle;

    private void SweepIn(TimeSpan time) => _sweep.Change(time, Timeout.InfiniteTimeSpan);

    /// <summary>Says goodbye on connections nobody has used for a while; a relay has better to do than to wait for us.</summary>
    private async Task SweepAsync()
    {
        SmtpConnection[] old;
        lock (_lock)
        {
            old = [.. _idle.Where(IsTooIdle)];
            var young = _idle.Where(c => !IsTooIdle(c)).Reverse().ToArray();
            _idle.Clear();
            Array.ForEach(young, _idle.Push);
            if (young.Length > 0)
            {
                SweepIn(MaxIdle);
            }
        }

        foreach (var connection in old)
        {
            await CloseAsync(connection);
        }
    }

    private async Task CloseAsync(SmtpConnection connection)
    {
        // Whoever takes a connection waits for this: a relay that has fallen silent must not hold a message up.
        using var limit = new CancellationTokenSource(GoodbyeTimeout, _clock);
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
        await _sweep.DisposeAsync();
        while (Idle() is { } connection)
        {
            await CloseAsync(connection);
        }
    }
}
