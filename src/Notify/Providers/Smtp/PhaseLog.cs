using System.Text;
using MailKit;

namespace Notify.Providers.Smtp;

/// <summary>
/// Watches a connection's bytes to know one thing: whether the final dot of a message has left. Before it nothing can have been delivered
/// (RFC 5321, 4.1.1.4); after it a lost connection leaves the message in doubt (RFC 5321, 4.5.3.2.6).
/// </summary>
internal sealed class PhaseLog : IProtocolLogger
{
    private static readonly byte[] FinalDot = "\r\n.\r\n"u8.ToArray();

    private readonly byte[] _tail = new byte[5];
    private bool _inBody;

    public IAuthenticationSecretDetector? AuthenticationSecretDetector { get; set; }

    /// <summary>The last thing written was the end of a message that the relay had agreed to take.</summary>
    public bool DotSent => _inBody && _tail.AsSpan().SequenceEqual(FinalDot);

    /// <summary>A new message begins.</summary>
    public void Reset()
    {
        _inBody = false;
        _tail.AsSpan().Clear();
    }

    public void LogConnect(Uri uri) => Reset();

    public void LogClient(byte[] buffer, int offset, int count)
    {
        if (!_inBody)
        {
            return;
        }

        var written = buffer.AsSpan(offset, count);
        if (written.Length >= _tail.Length)
        {
            written[^_tail.Length..].CopyTo(_tail);
            return;
        }

        _tail.AsSpan(written.Length).CopyTo(_tail);
        written.CopyTo(_tail.AsSpan(_tail.Length - written.Length));
    }

    public void LogServer(byte[] buffer, int offset, int count)
    {
        if (count >= 3 && Encoding.ASCII.GetString(buffer, offset, 3) == "354")
        {
            _inBody = true;
        }
    }

    public void Dispose()
    {
    }
}
