using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Notify.Tests.Support;

/// <summary>
/// Greylisting as receivers do it (RFC 6647): whoever writes from the same place as the same sender to the same recipient for the first time is told to come
/// again. Answers Postfix's policy protocol (postfix.org/SMTPD_POLICY_README.html).
/// </summary>
internal sealed class Greylist : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<string, int> _seen = new(StringComparer.Ordinal);
    private readonly Task _answering;

    public Greylist()
    {
        _listener.Start();
        _answering = AnswerAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How often each sender and recipient were seen.</summary>
    public IReadOnlyDictionary<string, int> Seen => _seen;

    private async Task AnswerAsync()
    {
        try
        {
            while (true)
            {
                _ = AnswerAsync(await _listener.AcceptTcpClientAsync(_stopping.Token));
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(TcpClient postfix)
    {
        using (postfix)
        {
            await using var stream = postfix.GetStream();
            using var reader = new StreamReader(stream);
            var (sender, recipient) = ("", "");
            while (await reader.ReadLineAsync(_stopping.Token) is { } line)
            {
                switch (line.Split('=', 2))
                {
                    case ["sender", var value]:
                        sender = value;
                        break;
                    case ["recipient", var value]:
                        recipient = value;
                        break;
                    case [""]:
                        var times = _seen.AddOrUpdate($"{sender} {recipient}", 1, (_, before) => before + 1);
                        await stream.WriteAsync(times == 1 ? "action=defer_if_permit 4.2.0 greylisted, come again later\n\n"u8.ToArray() : "action=dunno\n\n"u8.ToArray(), _stopping.Token);
                        break;
                }
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _answering;
        _listener.Dispose();
        _stopping.Dispose();
    }
}
