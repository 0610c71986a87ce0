using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Notify.Tests.Support;

/// <summary>What a relay does at one command.</summary>
/// <param name="Packets">Written one by one, as they stand.</param>
/// <param name="Then">What follows.</param>
internal sealed record RelayAct(string[] Packets, RelayThen Then = RelayThen.GoOn)
{
    public static readonly RelayAct HangUp = new([], RelayThen.HangUp);
    public static readonly RelayAct Silence = new([], RelayThen.BeSilent);

    public static implicit operator RelayAct(string reply) => new([reply + "\r\n"]);
}

public enum RelayThen
{
    GoOn,

    /// <summary>Closes its side, and hears the other out.</summary>
    HangUp,

    /// <summary>Resets the connection.</summary>
    Reset,

    BeSilent,
}

/// <summary>
/// A relay on loopback that does at each command what the test says, and otherwise what a relay in good health does. Commands are CONNECT, EHLO,
/// STARTTLS, AUTH, MAIL, RCPT, DATA, BODY (the first line of a message), "." (its end), RSET and QUIT.
/// </summary>
internal sealed class ScriptedRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<string, ConcurrentQueue<RelayAct>> _script = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _reached = new(StringComparer.Ordinal);
    private readonly string[] _offers;
    private readonly Task _accepting;
    private int _connections;

    /// <param name="offers">What EHLO is answered with, such as PIPELINING.</param>
    public ScriptedRelay(params string[] offers)
    {
        _offers = offers;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>For STARTTLS; null lets it be accepted and nothing follow.</summary>
    public X509Certificate2? Certificate { get; set; }

    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Every line that was read as a command, with the number of its connection.</summary>
    public ConcurrentQueue<string> Commands { get; } = new();

    /// <summary>Every message that was taken: read up to its dot and answered with a 250. As it came over the wire, as Latin-1.</summary>
    public ConcurrentQueue<string> Taken { get; } = new();

    /// <summary>The next times the command comes, these are done, one a time.</summary>
    public ScriptedRelay At(string command, params RelayAct[] acts)
    {
        var queue = _script.GetOrAdd(command, _ => new ConcurrentQueue<RelayAct>());
        Array.ForEach(acts, queue.Enqueue);
        return this;
    }

    /// <summary>Ends when a command has come for the first time.</summary>
    public Task Reached(string command) => Signal(command).Task;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stopping.Dispose();
    }

    private TaskCompletionSource Signal(string command) => _reached.GetOrAdd(command, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
                serving.Add(ServeAsync(client, Interlocked.Increment(ref _connections)));
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The test is over.
        }

        await Task.WhenAll(serving);
    }

    private async Task ServeAsync(TcpClient client, int number)
    {
        using var connection = client;
        connection.NoDelay = true;
        try
        {
            Stream stream = connection.GetStream();
            var hasRecipient = false;
            var isOpen = await DoAsync("CONNECT", Next("CONNECT") ?? "220 relay.example", connection, stream);
            while (isOpen && await LineAsync(stream) is { } line)
            {
                Commands.Enqueue($"{number} {line}");
                var command = line.Split(' ', ':')[0].ToUpperInvariant();
                var act = Next(command) ?? (command == "DATA" && !hasRecipient ? "503 5.5.1 For whom?" : Healthy(command));
                hasRecipient = command == "RCPT" ? string.Concat(act.Packets).Contains("250", StringComparison.Ordinal) : hasRecipient && command != "RSET";
                isOpen = await DoAsync(command, act, connection, stream);
                if (isOpen && command == "STARTTLS" && Certificate is not null)
                {
                    var secure = new SslStream(stream);
                    await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = Certificate }, _stopping.Token);
                    stream = secure;
                }
                else if (isOpen && command == "DATA" && string.Concat(act.Packets).Contains("354", StringComparison.Ordinal))
                {
                    isOpen = await MessageAsync(connection, stream);
                }
            }
        }
        catch (Exception end) when (end is OperationCanceledException or IOException or System.Security.Authentication.AuthenticationException)
        {
            // The client has gone, or the test is over.
        }
    }

    private string Healthy(string command) => command switch
    {
        "EHLO" => string.Join("\r\n", [.. new[] { "relay.example" }.Concat(_offers).SkipLast(1).Select(o => "250-" + o), "250 " + (_offers.Length > 0 ? _offers[^1] : "relay.example")]),
        "DATA" => "354 Go on",
        "QUIT" => "221 Bye",
        "AUTH" => "235 2.7.0 Welcome",
        "STARTTLS" => "220 Ready",
        "." => "250 2.0.0 Queued",
        "MAIL" or "RCPT" or "RSET" or "NOOP" => "250 2.1.0 Fine",
        _ => "500 5.5.2 What?",
    };

    private async Task<bool> MessageAsync(TcpClient connection, Stream stream)
    {
        var message = new StringBuilder();
        if (_script.ContainsKey("BODY"))
        {
            message.Append(await LineAsync(stream)).Append("\r\n");
            if (Next("BODY") is { } act && !await DoAsync("BODY", act, connection, stream))
            {
                return false;
            }
        }

        while (await LineAsync(stream) is { } line)
        {
            if (line == ".")
            {
                var answer = Next(".") ?? Healthy(".");
                if (answer.Packets is [['2', ..], ..])
                {
                    Taken.Enqueue(message.ToString());
                }

                return await DoAsync(".", answer, connection, stream);
            }

            message.Append(line).Append("\r\n");
        }

        return false;
    }

    private RelayAct? Next(string command) => _script.TryGetValue(command, out var acts) && acts.TryDequeue(out var act) ? act : null;

    /// <returns>Whether the connection is still open.</returns>
    private async Task<bool> DoAsync(string command, RelayAct act, TcpClient connection, Stream stream)
    {
        foreach (var packet in act.Packets)
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(packet), _stopping.Token);
        }

        Signal(command).TrySetResult();
        switch (act.Then)
        {
            case RelayThen.BeSilent:
                await Task.Delay(Timeout.Infinite, _stopping.Token);
                break;
            case RelayThen.Reset:
                connection.LingerState = new LingerOption(true, 0);
                connection.Close();
                return false;
            case RelayThen.HangUp:
                connection.Client.Shutdown(SocketShutdown.Send);
                while (await LineAsync(stream) is not null)
                {
                }

                return false;
        }

        return true;
    }

    /// <summary>A line without its end, octet by octet, so that nothing of what follows is taken away from whoever reads next; null at the end.</summary>
    private async Task<string?> LineAsync(Stream stream)
    {
        var line = new StringBuilder();
        var octet = new byte[1];
        while (await stream.ReadAsync(octet, _stopping.Token) == 1)
        {
            if (octet[0] == (byte)'\n')
            {
                return line.ToString().TrimEnd('\r');
            }

            line.Append((char)octet[0]);
        }

        return null;
    }
}
