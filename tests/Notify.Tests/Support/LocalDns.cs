using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Notify.Tests.Support;

/// <summary>
/// A name server on loopback with the records a test gives it, over UDP and TCP on one port (RFC 1035, 4). It answers as a resolver does: it follows
/// aliases, and over UDP an answer of more than 512 octets is cut off, so that it is asked for again over TCP.
/// </summary>
internal sealed class LocalDns : IAsyncDisposable
{
    private const int LongestDatagram = 512;
    private const int Attempts = 20;

    private readonly ConcurrentDictionary<(string Name, DnsType Type), ConcurrentQueue<byte[]>> _records = new();
    private readonly ConcurrentDictionary<string, DnsTrouble> _troubles = new(StringComparer.OrdinalIgnoreCase);
    private readonly CancellationTokenSource _stopping = new();
    private readonly TcpListener _listener;
    private readonly UdpClient _socket;
    private readonly Task _serving;

    public LocalDns()
    {
        (_listener, _socket) = Listen();
        _serving = Task.WhenAll(ServeUdpAsync(), ServeTcpAsync());
    }

    private enum DnsType : ushort
    {
        A = 1,
        Cname = 5,
        Ptr = 12,
        Mx = 15,
        Txt = 16,
        Aaaa = 28,
    }

    private enum DnsTrouble
    {
        Fails,
        Silent,
    }

    /// <summary>As the settings name it.</summary>
    public string Address => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port.ToString(System.Globalization.CultureInfo.InvariantCulture)}";

    /// <summary>What was asked, such as <c>udp TXT news.example</c>.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    /// <param name="name">Whose record.</param>
    /// <param name="strings">Each of at most 255 octets; one record.</param>
    public LocalDns Txt(string name, params string[] strings) => Add(name, DnsType.Txt, [.. strings.SelectMany(text => (byte[])[(byte)text.Length, .. Encoding.Latin1.GetBytes(text)])]);

    /// <summary>A record that is longer than a string may be, cut as zone files cut it.</summary>
    public LocalDns LongTxt(string name, string text) => Txt(name, [.. text.Chunk(255).Select(part => new string(part))]);

    public LocalDns A(string name, string address) => Add(name, IPAddress.Parse(address) is { AddressFamily: AddressFamily.InterNetworkV6 } ? DnsType.Aaaa : DnsType.A, IPAddress.Parse(address).GetAddressBytes());

    public LocalDns Mx(string name, byte preference, string server) => Add(name, DnsType.Mx, [0, preference, .. Name(server)]);

    public LocalDns Ptr(string reverseName, string name) => Add(reverseName, DnsType.Ptr, Name(name));

    public LocalDns Cname(string name, string target) => Add(name, DnsType.Cname, Name(target));

    /// <summary>The server cannot say what else the name has (SERVFAIL).</summary>
    public LocalDns Fails(string name)
    {
        _troubles[name] = DnsTrouble.Fails;
        return this;
    }

    /// <summary>The server does not answer what else the name has.</summary>
    public LocalDns Silent(string name)
    {
        _troubles[name] = DnsTrouble.Silent;
        return this;
    }

    public LocalDns Without(string name)
    {
        foreach (var key in _records.Keys.Where(key => key.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
        {
            _records.TryRemove(key, out _);
        }

        return this;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        _socket.Dispose();
        await _serving;
        _stopping.Dispose();
    }

    private LocalDns Add(string name, DnsType type, byte[] data)
    {
        _records.GetOrAdd((name.ToLowerInvariant(), type), _ => new ConcurrentQueue<byte[]>()).Enqueue(data);
        return this;
    }

    /// <summary>A port that is free for both; the system gives out those of TCP, so UDP may have to try again.</summary>
    private static (TcpListener Tcp, UdpClient Udp) Listen()
    {
        for (var attempt = 1; ; attempt++)
        {
            var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            try
            {
                return (listener, new UdpClient((IPEndPoint)listener.LocalEndpoint));
            }
            catch (SocketException) when (attempt < Attempts)
            {
                listener.Dispose();
            }
        }
    }

    private async Task ServeUdpAsync()
    {
        try
        {
            while (true)
            {
                var query = await _socket.ReceiveAsync(_stopping.Token);
                if (Answer(query.Buffer, "udp") is { } answer)
                {
                    await _socket.SendAsync(answer, query.RemoteEndPoint, _stopping.Token);
                }
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeTcpAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                serving.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stopping.Token)));
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The test is over.
        }

        await Task.WhenAll(serving);
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var connection = client;
        try
        {
            var stream = connection.GetStream();
            var length = new byte[2];
            while (true)
            {
                await stream.ReadExactlyAsync(length, _stopping.Token);
                var query = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                await stream.ReadExactlyAsync(query, _stopping.Token);
                if (Answer(query, "tcp") is { } answer)
                {
                    await stream.WriteAsync((byte[])[(byte)(answer.Length >> 8), (byte)answer.Length, .. answer], _stopping.Token);
                }
            }
        }
        catch (Exception end) when (end is OperationCanceledException or IOException)
        {
            // The client has gone, or the test is over.
        }
    }

    /// <returns>Null for silence.</returns>
    private byte[]? Answer(byte[] query, string over)
    {
        var (name, end) = ReadName(query);
        var type = (DnsType)BinaryPrimitives.ReadUInt16BigEndian(query.AsSpan(end));
        var question = query[12..(end + 4)];
        Asked.Enqueue($"{over} {type.ToString().ToUpperInvariant()} {name}");
        if (_troubles.TryGetValue(name, out var trouble) && Find(name, type).Length == 0)
        {
            return trouble == DnsTrouble.Silent ? null : Message(query, question, code: 2, []);
        }

        var answers = new List<byte[]>();
        var at = name;
        // Aliases that lead in a circle end somewhere.
        for (var step = 0; step < 8 && Find(at, DnsType.Cname) is [var target]; step++)
        {
            answers.Add(Record(at, DnsType.Cname, target));
            at = ReadName([.. new byte[12], .. target]).Name;
        }

        answers.AddRange(Find(at, type).Select(data => Record(at, type, data)));
        var isThere = _records.Keys.Any(key => key.Name == at || key.Name.EndsWith("." + at, StringComparison.Ordinal));
        var message = Message(query, question, code: isThere ? 0 : 3, answers);
        return over == "udp" && message.Length > LongestDatagram ? Message(query, question, code: 0, [], isCut: true) : message;
    }

    private byte[][] Find(string name, DnsType type) => _records.TryGetValue((name, type), out var found) ? [.. found] : [];

    private static byte[] Message(byte[] query, byte[] question, int code, IReadOnlyCollection<byte[]> answers, bool isCut = false) =>
        // An answer, to the same number; recursion was asked for and is there; one question.
        [query[0], query[1], (byte)(0x81 | (isCut ? 2 : 0)), (byte)(0x80 | code), 0, 1, 0, (byte)answers.Count, 0, 0, 0, 0, .. question, .. answers.SelectMany(answer => answer)];

    /// <summary>Class IN, kept for a minute.</summary>
    private static byte[] Record(string name, DnsType type, byte[] data) => [.. Name(name), 0, (byte)type, 0, 1, 0, 0, 0, 60, (byte)(data.Length >> 8), (byte)data.Length, .. data];

    private static byte[] Name(string name) => [.. name.Split('.', StringSplitOptions.RemoveEmptyEntries).SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]), 0];

    /// <returns>The name behind the header, and where it ends.</returns>
    private static (string Name, int End) ReadName(byte[] message)
    {
        var labels = new List<string>();
        var at = 12;
        for (; message[at] > 0; at += message[at] + 1)
        {
            labels.Add(Encoding.ASCII.GetString(message, at + 1, message[at]));
        }

        return (string.Join('.', labels).ToLowerInvariant(), at + 1);
    }
}
