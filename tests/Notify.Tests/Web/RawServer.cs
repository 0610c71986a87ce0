using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Notify.Tests.Web;

/// <summary>A server on loopback that shows requests as they came over the wire, byte for byte, and answers with prepared bytes.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly Func<string, byte[]?> answer;
    private readonly Task accepting;

    private readonly bool goesOn;
    private NetworkStream? open;

    /// <param name="answer">From a request's head to the whole answer; null never answers.</param>
    /// <param name="goesOn">The answer is a beginning, and the connection stays open.</param>
    public RawServer(Func<string, byte[]?> answer, bool goesOn = false)
    {
        (this.answer, this.goesOn) = (answer, goesOn);
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>The heads of all requests, as Latin-1, so that a character is a byte.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Ends when the first request has arrived.</summary>
    public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Uri At(string path, string host = "127.0.0.1") => new($"http://{host}:{Port}{path}");

    /// <summary>Another byte of an answer that goes on.</summary>
    public async Task TrickleAsync()
    {
        await Asked.Task.WaitAsync(stopping.Token);
        await open!.WriteAsync(" "u8.ToArray(), stopping.Token);
    }

    public static byte[] Answer(string head, byte[]? body = null) =>
        [.. Encoding.Latin1.GetBytes($"HTTP/1.1 {head}\r\nConnection: close\r\nContent-Length: {body?.Length ?? 0}\r\n\r\n"), .. body ?? []];

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Dispose();
        await accepting;
        stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await listener.AcceptTcpClientAsync(stopping.Token));
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException or InvalidOperationException)
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
            var head = new StringBuilder();
            var one = new byte[1];
            while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one, stopping.Token) == 1) head.Append((char)one[0]);

            // Closed with something unread the connection would be reset, and the answer lost.
            var body = new byte[int.TryParse(head.ToString().Split("Content-Length: ").ElementAtOrDefault(1)?.Split('\r')[0], CultureInfo.InvariantCulture, out var length) ? length : 0];
            await stream.ReadExactlyAsync(body, stopping.Token);
            Requests.Enqueue(head.ToString());
            var bytes = answer(head.ToString());
            if (goesOn)
            {
                await stream.WriteAsync(bytes, stopping.Token);
                open = stream;
            }

            Asked.TrySetResult();
            if (bytes is null || goesOn) await Task.Delay(Timeout.Infinite, stopping.Token);
            await stream.WriteAsync(bytes, stopping.Token);
        }
        catch (Exception end) when (end is OperationCanceledException or IOException)
        {
            // The client has gone, or the test is over.
        }
    }
}
