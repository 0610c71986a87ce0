using System.Buffers;
using System.Text;

namespace Notify.Providers.Smtp;

/// <summary>The relaxed form of a mail, in which small changes on the way do not show (RFC 6376, 3.4.2 and 3.4.4).</summary>
internal static class DkimForm
{
    /// <summary>A header by its name, folded as it stands, without its last line end; empty where there is none.</summary>
    /// <param name="headers">All of them, each ended by CR LF.</param>
    /// <param name="name">Lower-case ASCII.</param>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> headers, ReadOnlySpan<byte> name)
    {
        while (!headers.IsEmpty)
        {
            var end = EndOf(headers);
            var header = headers[..end];
            if (header.Length > name.Length && header[name.Length] == (byte)':' && Ascii.EqualsIgnoreCase(header[..name.Length], name))
            {
                return header;
            }

            headers = headers[(end + 2)..];
        }

        return default;
    }

    /// <summary>Name in lower case, folds undone, every run of blanks one space, none around the colon or at the end. No line end.</summary>
    public static void Header(ReadOnlySpan<byte> header, IBufferWriter<byte> output)
    {
        var colon = header.IndexOf((byte)':');
        var to = output.GetSpan(header.Length);
        Ascii.ToLower(header[..colon].TrimEnd(" \t"u8), to, out var length);
        to[length++] = (byte)':';
        var (isBlank, isFirst) = (false, true);
        foreach (var octet in header[(colon + 1)..])
        {
            if (octet is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            {
                isBlank = true;
                continue;
            }

            if (isBlank && !isFirst)
            {
                to[length++] = (byte)' ';
            }

            to[length++] = octet;
            (isBlank, isFirst) = (false, false);
        }

        output.Advance(length);
    }

    /// <summary>In each line every run of blanks one space and none at its end; no empty lines at the end of the body.</summary>
    public static void Body(ReadOnlySpan<byte> body, IBufferWriter<byte> output)
    {
        var to = output.GetSpan(body.Length + 2);
        // Empty lines are held back until something follows them.
        var (length, emptyLines) = (0, 0);
        while (!body.IsEmpty)
        {
            var end = body.IndexOf("\r\n"u8);
            var line = (end < 0 ? body : body[..end]).TrimEnd(" \t"u8);
            body = end < 0 ? default : body[(end + 2)..];
            if (line.IsEmpty)
            {
                emptyLines++;
                continue;
            }

            for (; emptyLines > 0; emptyLines--)
            {
                (to[length++], to[length++]) = ((byte)'\r', (byte)'\n');
            }

            length += Squeeze(line, to[length..]);
            (to[length++], to[length++]) = ((byte)'\r', (byte)'\n');
        }

        output.Advance(length);
    }

    private static int Squeeze(ReadOnlySpan<byte> line, Span<byte> to)
    {
        var (length, isBlank) = (0, false);
        foreach (var octet in line)
        {
            if (octet is (byte)' ' or (byte)'\t')
            {
                isBlank = true;
                continue;
            }

            if (isBlank)
            {
                to[length++] = (byte)' ';
                isBlank = false;
            }

            to[length++] = octet;
        }

        return length;
    }

    /// <summary>Where the first header ends: a line end that no blank follows.</summary>
    private static int EndOf(ReadOnlySpan<byte> headers)
    {
        var at = 0;
        while (true)
        {
            var end = headers[at..].IndexOf("\r\n"u8);
            if (end < 0)
            {
                return headers.Length - 2;
            }

            at += end;
            if (at + 2 >= headers.Length || headers[at + 2] is not ((byte)' ' or (byte)'\t'))
            {
                return at;
            }

            at += 2;
        }
    }
}
