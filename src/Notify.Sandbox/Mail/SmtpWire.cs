using System.Net.Sockets;
using System.Text;

namespace Notify.Sandbox.Mail;

/// <summary>One connection, line by line. Replies are held until more input is needed, so a pipelined group is answered in one packet (RFC 2920).</summary>
internal sealed class SmtpWire(Socket socket, TimeSpan idle, TimeProvider clock) : IDisposable
{
    private readonly MemoryStream _replies = new();
    private byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;

    /// <summary>A command without its line end, or null at the end of input. What is longer than the limit is passed over and comes back cut.</summary>
    /// <remarks>A bare line feed ends a command too: a person at a terminal types that.</remarks>
    public async Task<(string? Line, bool TooLong)> CommandAsync(int limit, CancellationToken cancellationToken)
    {
        var tooLong = false;
        while (true)
        {
            var at = Array.IndexOf(_buffer, (byte)'\n', _start, _end - _start);
            if (at >= 0)
            {
                var line = Encoding.UTF8.GetString(_buffer, _start, at - _start).TrimEnd('\r');
                _start = at + 1;
                return (line, tooLong || line.Length > limit);
            }

            if (_end - _start > limit)
                (_start, tooLong) = (_end, true);
            if (!await FillAsync(cancellationToken))
                return (null, tooLong);
        }
    }

    /// <summary>A mail up to its final dot, unstuffed (RFC 5321 section 4.5.2); null at the end of input. Beyond the limit it is read on and thrown away.</summary>
    public async Task<SmtpData?> DataAsync(int limit, CancellationToken cancellationToken)
    {
        using var mail = new MemoryStream();
        var (size, longest, lineStart) = (0L, 0, true);
        while (true)
        {
            var at = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n"u8);
            var whole = at >= 0;
            var length = whole ? at + 2 : Math.Max(_end - _start - 1, 0); // a last CR may be half of a line end
            if (lineStart && whole && at == 1 && _buffer[_start] == (byte)'.')
            {
                _start += 3;
                return new SmtpData(size > limit ? [] : mail.ToArray(), size, longest);
            }

            if (whole || length > 2000)
            {
                var piece = _buffer.AsSpan(_start, length);
                if (lineStart && piece[0] == (byte)'.')
                    piece = piece[1..];
                size += piece.Length;
                longest = Math.Max(longest, piece.Length);
                if (size <= limit)
                    mail.Write(piece);
                (_start, lineStart) = (_start + length, whole);
                continue;
            }

            if (!await FillAsync(cancellationToken))
                return null;
        }
    }

    public void Reply(string reply) => _replies.Write(Encoding.UTF8.GetBytes(reply + "\r\n"));

    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (_replies.Length == 0)
            return;

        await socket.SendAsync(_replies.GetBuffer().AsMemory(0, (int)_replies.Length), cancellationToken);
        _replies.SetLength(0);
    }

    /// <summary>Ends our side and reads on for a moment: closing with unread input would take the last reply with it.</summary>
    public async Task HangUpAsync(CancellationToken cancellationToken)
    {
        socket.Shutdown(SocketShutdown.Send);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1), clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            while (await socket.ReceiveAsync(_buffer.AsMemory(), both.Token) > 0)
            {
            }
        }
        catch (OperationCanceledException)
        {
            // Long enough.
        }
    }

    public void Dispose()
    {
        _replies.Dispose();
        socket.Dispose();
    }

    private async Task<bool> FillAsync(CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken);
        if (_start > 0)
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, _buffer.Length * 2);

        using var patience = new CancellationTokenSource(idle, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            var read = await socket.ReceiveAsync(_buffer.AsMemory(_end), both.Token);
            _end += read;
            return read > 0;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException("Nothing was said for too long.", e);
        }
    }
}

/// <summary>A mail as it came: its bytes (none when it was too big), its size and the longest of its lines, in octets with line end.</summary>
internal sealed record SmtpData(byte[] Bytes, long Size, int LongestLine);
