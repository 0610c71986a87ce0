using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Notify.Tests.Support;

/// <summary>A provider that answers one request of a connection and ends it, politely, after the next: what a client may take for an idle connection that has ended.</summary>
internal sealed class SecondTimeSilent : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly string _answer;
    private readonly Task _accepting;
    private int _requests;

    /// <param name="status">And <paramref name="body"/>: the first answer of each connection.</param>
    public SecondTimeSilent(int status, string body)
    {
        _answer = string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    /// <summary>How many requests have come, over all connections.</summary>
    public int Requests => Volatile.Read(ref _requests);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stopping.Token));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var connection = client;
        try
        {
            var stream = connection.GetStream();
            await ReadAsync(stream);
            await stream.WriteAsync(Encoding.UTF8.GetBytes(_answer), _stopping.Token);
            await ReadAsync(stream);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The client has gone, or the test is over.
        }
    }

    /// <summary>One request to its end, body and all: what is left unread would end the connection rudely.</summary>
    private async Task ReadAsync(NetworkStream stream)
    {
        var text = "";
        var buffer = new byte[16 * 1024];
        for (var missing = -1; missing != 0;)
        {
            var read = await stream.ReadAsync(buffer, _stopping.Token);
            if (read == 0)
            {
                throw new IOException("The client has gone.");
            }

            text += Encoding.Latin1.GetString(buffer, 0, read);
            if (text.IndexOf("\r\n\r\n", StringComparison.Ordinal) is >= 0 and var end)
            {
                var length = text[..end].Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)) is { } line
                    ? int.Parse(line.Split(':')[1], CultureInfo.InvariantCulture) : 0;
                missing = end + 4 + length - text.Length;
            }
        }

        Interlocked.Increment(ref _requests);
    }
}
