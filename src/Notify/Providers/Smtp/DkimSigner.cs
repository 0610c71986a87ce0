using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Notify.Providers.Smtp;

/// <summary>
/// Signs mails with a domain's key (RFC 6376), relaxed in headers and body. What is signed are the very octets that go over the wire, so
/// nothing can be changed between signing and sending; the key is the machine's native RSA, a tenth of the mail library's cost (ADR 009). Where there
/// is an Ed25519 key as well, a second signature stands below the first (RFC 8463).
/// </summary>
internal sealed class DkimSigner : IDisposable
{
    /// <summary>
    /// What a receiver must be able to rely on; RFC 8058, 4 asks for the two about unsubscribing. From stands twice, so that nobody can add a
    /// second one to a signed mail (RFC 6376, 8.15); a header that a mail lacks is signed as lacking.
    /// </summary>
    private static readonly string[] Signed =
    [
        "From", "From", "Reply-To", "Subject", "Date", "To", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
        "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Feedback-ID",
    ];

    private static readonly byte[][] SignedNames = [.. Signed.Select(name => Encoding.ASCII.GetBytes(name.ToLowerInvariant()))];

    private readonly TimeProvider _clock;

    /// <summary>Each key, with its header up to the time.</summary>
    private readonly List<(DkimKey Key, string Before)> _keys = [];

    /// <exception cref="DkimKeyException">A key file cannot be used; the text says why.</exception>
    public DkimSigner(DkimOptions options, TimeProvider clock)
    {
        _clock = clock;
        Add(DkimKey.ReadRsa(options.KeyFile), options.Selector);
        if (options.Ed25519 is { } second)
        {
            Add(DkimKey.ReadEd25519(second.KeyFile), second.Selector);
        }

        void Add(DkimKey key, string selector) =>
            _keys.Add((key, $"DKIM-Signature: v=1; a={key.Algorithm}; c=relaxed/relaxed; d={options.Domain};\r\n s={selector};\r\n h={Names()};\r\n t="));
    }

    /// <summary>Writes the signatures' headers, which go before the message.</summary>
    /// <param name="message">Headers, an empty line and the body, lines ended by CR LF, as it will be received.</param>
    /// <param name="output">Where they go.</param>
    public void Sign(ReadOnlySpan<byte> message, IBufferWriter<byte> output)
    {
        var split = message.IndexOf("\r\n\r\n"u8);
        var scratch = new ArrayBufferWriter<byte>(message.Length);
        DkimForm.Body(message[(split + 4)..], scratch);
        var body = Convert.ToBase64String(SHA256.HashData(scratch.WrittenSpan));

        scratch.ResetWrittenCount();
        Headers(message[..(split + 2)], scratch);
        var own = new ArrayBufferWriter<byte>(1024);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (key, before) in _keys)
        {
            var unsigned = string.Create(CultureInfo.InvariantCulture, $"{before}{_clock.GetUtcNow().ToUnixTimeSeconds()};\r\n bh={body};\r\n b=");
            own.ResetWrittenCount();
            DkimForm.Header(Encoding.ASCII.GetBytes(unsigned), own);
            hash.AppendData(scratch.WrittenSpan);
            hash.AppendData(own.WrittenSpan);

            Encoding.ASCII.GetBytes(unsigned, output);
            WriteFolded(key.Sign(hash.GetHashAndReset()), output);
        }
    }

    public void Dispose() => _keys.ForEach(one => one.Key.Dispose());

    /// <summary>The signed headers in the order they are named. Of several by one name the last is taken first (RFC 6376, 5.4.2); ours stand once.</summary>
    private static void Headers(ReadOnlySpan<byte> headers, ArrayBufferWriter<byte> canonical)
    {
        // From is named twice and there is one: the second naming finds nothing, and adds nothing.
        foreach (var name in SignedNames.AsSpan(1))
        {
            if (DkimForm.Find(headers, name) is { IsEmpty: false } header)
            {
                DkimForm.Header(header, canonical);
                canonical.Write("\r\n"u8);
            }
        }
    }

    /// <summary>The names, broken at their colons (RFC 6376, 3.5) into lines of reasonable length.</summary>
    private static string Names()
    {
        var (names, line) = (new StringBuilder(), 3);
        foreach (var name in Signed)
        {
            if (names.Length > 0)
            {
                names.Append(':');
                if (line + name.Length > 70)
                {
                    names.Append("\r\n ");
                    line = 1;
                }
            }

            names.Append(name);
            line += name.Length + 1;
        }

        return names.ToString();
    }

    private static void WriteFolded(byte[] signature, IBufferWriter<byte> output)
    {
        const int PerLine = 54;
        for (var at = 0; at < signature.Length; at += PerLine)
        {
            if (at > 0)
            {
                output.Write("\r\n "u8);
            }

            var part = signature.AsSpan(at, Math.Min(PerLine, signature.Length - at));
            Base64.EncodeToUtf8(part, output.GetSpan(Base64.GetMaxEncodedToUtf8Length(part.Length)), out _, out var written);
            output.Advance(written);
        }

        output.Write("\r\n"u8);
    }
}
