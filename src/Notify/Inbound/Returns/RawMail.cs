namespace Notify.Inbound.Returns;

/// <summary>The octets of a mail, made ready for the MIME reader.</summary>
internal static class RawMail
{
    /// <summary>The MIME reader makes an object of each part, however small: of more boundaries than this only a bomb is made.</summary>
    private const int MostBoundaries = 2000;

    /// <summary>
    /// Without what stands before the header (blank lines, an mbox's "From " line), and with line feeds where lines end in carriage returns alone:
    /// the MIME reader sees such a mail as one line.
    /// </summary>
    public static byte[] Prepare(ReadOnlySpan<byte> mail)
    {
        mail = mail.TrimStart("\r\n\t "u8);
        var octets = mail.ToArray();
        if (EndsLinesInReturns(mail))
        {
            for (var i = 0; i < octets.Length; i++)
            {
                octets[i] = octets[i] == '\r' && (i + 1 == octets.Length || octets[i + 1] != '\n') ? (byte)'\n' : octets[i];
            }
        }

        var start = octets.AsSpan().StartsWith("From "u8) ? octets.AsSpan().IndexOf((byte)'\n') + 1 : 0;
        return octets[start..EndOfParts(octets)];
    }

    /// <summary>The mails of a file: one, or the several of an mbox (RFC 4155), whose first line says so.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Split(ReadOnlyMemory<byte> file)
    {
        while (file.Span.StartsWith("From "u8) && NextMail(file.Span) is > 0 and var next)
        {
            yield return file[..next];
            file = file[next..];
        }

        yield return file;
    }

    // The first line decides: a carriage return somewhere in a body means nothing.
    private static bool EndsLinesInReturns(ReadOnlySpan<byte> mail) =>
        mail.IndexOfAny((byte)'\r', (byte)'\n') is >= 0 and var end && mail[end] == '\r' && (end + 1 == mail.Length || mail[end + 1] != '\n');

    private static int EndOfParts(ReadOnlySpan<byte> mail)
    {
        var at = 0;
        for (var boundaries = 0; mail[at..].IndexOf("\n--"u8) is >= 0 and var found; boundaries++)
        {
            at += found + 1;
            if (boundaries == MostBoundaries)
            {
                return at;
            }
        }

        return mail.Length;
    }

    private static int NextMail(ReadOnlySpan<byte> mails)
    {
        for (var at = 1; mails[at..].IndexOf("\nFrom "u8) is >= 0 and var found;)
        {
            at += found + 1;
            // After a blank line, and with a time of day in it: anything else is a sentence of a body.
            var line = mails[at..];
            line = line[..(line.IndexOf((byte)'\n') is >= 0 and var end ? end : line.Length)];
            if (line.Count((byte)':') >= 2 && mails[..(at - 1)].TrimEnd((byte)'\r') is [.., (byte)'\n'])
            {
                return at;
            }
        }

        return -1;
    }
}
