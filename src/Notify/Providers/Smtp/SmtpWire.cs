using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MailKit.Net.Smtp;

namespace Notify.Providers.Smtp;

/// <summary>
/// The byte stream to a relay, encrypted as its setting says, at the point where a client says EHLO. It is ours and not the mail library's, so
/// that a message's transaction can be written to it in few pieces; greeting, EHLO, AUTH and QUIT stay the library's.
/// </summary>
internal static class SmtpWire
{
    /// <summary>RFC 5321, 4.5.3.1.5: a reply's line has 512 octets; some relays greet at length.</summary>
    private const int LongestReply = 64 * 1024;

    /// <param name="relay">Where to.</param>
    /// <param name="certificates">How its certificate is judged; null as the machine judges all others.</param>
    /// <param name="shown">Told what the relay showed and how it was judged, before that is acted on.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<Stream> OpenAsync(SmtpRelayOptions relay, X509ChainPolicy? certificates, Action<ShownCertificate>? shown, CancellationToken cancellationToken)
    {
        // NoDelay: without it each mail waits 40 ms for the other side's acknowledgement.
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Stream? stream = null;
        try
        {
            await socket.ConnectAsync(relay.Host, relay.Port, cancellationToken);
            stream = new NetworkStream(socket, ownsSocket: true);
            stream = relay.Security switch
            {
                SmtpSecurity.Tls => await EncryptAsync(stream, relay.Host, certificates, shown, cancellationToken),
                SmtpSecurity.StartTls => await UpgradeAsync(stream, relay.Host, certificates, shown, cancellationToken),
                _ => stream,
            };
            return stream;
        }
        catch
        {
            stream?.Dispose();
            socket.Dispose();
            throw;
        }
    }

    private static async Task<SslStream> EncryptAsync(Stream stream, string host, X509ChainPolicy? certificates, Action<ShownCertificate>? shown, CancellationToken cancellationToken)
    {
        var secure = new SslStream(stream);
        var options = new SslClientAuthenticationOptions { TargetHost = host, CertificateRevocationCheckMode = X509RevocationMode.Online, CertificateChainPolicy = certificates?.Clone() };
        if (shown is not null)
        {
            options.RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
            {
                shown(ShownCertificate.Of(certificate, chain, errors));
                return errors == SslPolicyErrors.None;
            };
        }

        await secure.AuthenticateAsClientAsync(options, cancellationToken);
        return secure;
    }

    /// <summary>RFC 3207: greeting, EHLO, STARTTLS, and then everything anew. A relay that does not offer it gets nothing.</summary>
    private static async Task<Stream> UpgradeAsync(Stream stream, string host, X509ChainPolicy? certificates, Action<ShownCertificate>? shown, CancellationToken cancellationToken)
    {
        var greeting = await ReadAsync(stream, cancellationToken);
        Expect(greeting, "220");
        await stream.WriteAsync("EHLO [127.0.0.1]\r\n"u8.ToArray(), cancellationToken);
        var offers = await ReadAsync(stream, cancellationToken);
        Expect(offers, "250");
        if (!offers.Split('\n').Any(line => line.Length > 4 && line[4..].Trim().Equals("STARTTLS", StringComparison.OrdinalIgnoreCase)))
        {
            throw new NotSupportedException("the relay offers no STARTTLS, and without it nothing is told to it");
        }

        await stream.WriteAsync("STARTTLS\r\n"u8.ToArray(), cancellationToken);
        // Read octet by octet: what came before the handshake must not be taken for what comes after it.
        Expect(await ReadAsync(stream, cancellationToken), "220");
        return new GreetedStream(await EncryptAsync(stream, host, certificates, shown, cancellationToken), Encoding.ASCII.GetBytes("220 secure\r\n"));
    }

    private static void Expect(string reply, string code)
    {
        if (!reply.StartsWith(code, StringComparison.Ordinal))
        {
            var line = SmtpReply.Parse(Encoding.ASCII.GetBytes(reply));
            throw new SmtpCommandException(SmtpErrorCode.UnexpectedStatusCode, (SmtpStatusCode)(line?.Code ?? 0), line?.Text ?? "no reply");
        }
    }

    /// <summary>A whole reply, all its lines, and not an octet more.</summary>
    private static async Task<string> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var reply = new StringBuilder();
        var (octet, lineStart) = (new byte[1], 0);
        while (reply.Length < LongestReply)
        {
            if (await stream.ReadAsync(octet, cancellationToken) == 0)
            {
                throw new IOException("The relay closed the connection.");
            }

            reply.Append((char)octet[0]);
            if (octet[0] != (byte)'\n')
            {
                continue;
            }

            if (reply.Length - lineStart < 4 || reply[lineStart + 3] != '-')
            {
                return reply.ToString();
            }

            lineStart = reply.Length;
        }

        throw new IOException("The relay's reply has no end.");
    }

    /// <summary>After STARTTLS a relay does not greet again, but a client that is handed the stream waits for it.</summary>
    private sealed class GreetedStream(Stream inner, byte[] greeting) : Stream
    {
        private int _told;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Greeting(buffer.AsSpan(offset, count)) is > 0 and var read ? read : inner.Read(buffer, offset, count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Greeting(buffer.Span) is > 0 and var read ? ValueTask.FromResult(read) : inner.ReadAsync(buffer, cancellationToken);

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => inner.WriteAsync(buffer, offset, count, cancellationToken);

        public override void Flush() => inner.Flush();

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }

        private int Greeting(Span<byte> buffer)
        {
            var count = Math.Min(buffer.Length, greeting.Length - _told);
            greeting.AsSpan(_told, count).CopyTo(buffer);
            _told += count;
            return count;
        }
    }
}
