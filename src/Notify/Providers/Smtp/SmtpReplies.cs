namespace Notify.Providers.Smtp;

/// <summary>Reads replies one after the other, however they are cut into packets.</summary>
internal sealed class SmtpReplies(Stream wire)
{
    /// <summary>RFC 5321, 4.5.3.1.5: a line has 512 octets at most; a reply of very many lines is somebody's joke.</summary>
    private const int MostLines = 128;

    private readonly byte[] _buffer = new byte[8 * 1024];
    private int _from;
    private int _to;

    /// <summary>Nothing has come that was not read: the relay is in step with what it was asked.</summary>
    public bool IsEmpty => _from == _to;

    /// <summary>The next reply, whatever number of lines it has.</summary>
    /// <exception cref="IOException">The relay has hung up, or what it says is no reply.</exception>
    public async ValueTask<SmtpReply> ReadAsync(CancellationToken cancellationToken)
    {
        int? code = null;
        for (var lines = 0; lines < MostLines;)
        {
            if (TakeLine() is not { } line)
            {
                await FillAsync(cancellationToken);
                continue;
            }

            if (code is not null && code != line.Reply.Code)
            {
                throw new IOException("The relay's reply changes its code from line to line.");
            }

            if (line.IsLast)
            {
                return line.Reply;
            }

            code = line.Reply.Code;
            lines++;
        }

        throw new IOException("The relay's reply has no end.");
    }

    private (SmtpReply Reply, bool IsLast)? TakeLine()
    {
        var unread = _buffer.AsSpan(_from, _to - _from);
        if (unread.IndexOf((byte)'\n') is not (>= 0 and var end))
        {
            return null;
        }

        var line = unread[..end].TrimEnd((byte)'\r');
        _from += end + 1;
        return SmtpReply.Parse(line) is { } reply
            ? (reply, line.Length == 3 || line[3] != (byte)'-')
            : throw new IOException("The relay answered something that is no reply.");
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        _buffer.AsSpan(_from, _to - _from).CopyTo(_buffer);
        (_from, _to) = (0, _to - _from);
        var read = _to < _buffer.Length ? await wire.ReadAsync(_buffer.AsMemory(_to), cancellationToken) : 0;
        if (read == 0)
        {
            throw new IOException("The relay closed the connection, or its reply has no end.");
        }

        _to += read;
    }
}
