using System.Buffers;
using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Notify.Providers.Smtp;

/// <summary>
/// Signs mails with a domain's key (RFC 6376), relaxed in headers and body. What is signed are the very octets that go over the wire, so
/// nothing can be changed between signing and sending; the key is the machine's native RSA, a tenth of the mail library's cost (ADR 009).
/// </summary>
internal sealed class DkimSigner : IDisposable
{
    /// <summary>RFC 8301, 3.2: signers should use at least 2048 bits.</summary>
    private const int ShortestKey = 2048;

    private const int Sha256Length = 32;

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
    private readonly RSAParameters _key;
    private readonly string _before;

    /// <summary>A key that two threads use at once is nobody's promise; each signature takes one for itself.</summary>
    private readonly ConcurrentBag<RSA> _keys = [];

    /// <exception cref="DkimKeyException">The key file cannot be used; the text says why.</exception>
    public DkimSigner(DkimOptions options, TimeProvider clock)
    {
        _clock = clock;
        using var key = ReadKey(options.KeyFile);
        _key = key.ExportParameters(includePrivateParameters: true);
        _before = $"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={options.Domain};\r\n s={options.Selector};\r\n h={Names()};\r\n t=";
    }

    /// <summary>Reads a private key as a signature needs it.</summary>
    /// <exception cref="DkimKeyException">There is none that can be used; the text says why, and nothing of the key.</exception>
    public static RSA ReadKey(string file)
    {
        var key = RSA.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(file));
            key.ExportParameters(includePrivateParameters: true);
            if (key.KeySize >= ShortestKey)
            {
                return key;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new DkimKeyException(e is IOException or UnauthorizedAccessException
                ? "cannot be read"
                : "holds no RSA private key in PEM that has no password");
        }

        var bits = key.KeySize;
        key.Dispose();
        throw new DkimKeyException(string.Create(CultureInfo.InvariantCulture, $"holds a key of {bits} bits; at least {ShortestKey} are needed"));
    }

    /// <summary>Writes the signature's header, which goes before the message.</summary>
    /// <param name="message">Headers, an empty line and the body, lines ended by CR LF, as it will be received.</param>
    /// <param name="output">Where the header goes.</param>
    public void Sign(ReadOnlySpan<byte> message, IBufferWriter<byte> output)
    {
        var split = message.IndexOf("\r\n\r\n"u8);
        var scratch = new ArrayBufferWriter<byte>(message.Length);

        DkimForm.Body(message[(split + 4)..], scratch);
        Span<byte> hash = stackalloc byte[Sha256Length];
        SHA256.HashData(scratch.WrittenSpan, hash);
        var unsigned = string.Create(CultureInfo.InvariantCulture, $"{_before}{_clock.GetUtcNow().ToUnixTimeSeconds()};\r\n bh={Convert.ToBase64String(hash)};\r\n b=");

        scratch.ResetWrittenCount();
        Headers(message[..(split + 2)], scratch);
        DkimForm.Header(Encoding.ASCII.GetBytes(unsigned), scratch);
        SHA256.HashData(scratch.WrittenSpan, hash);

        Encoding.ASCII.GetBytes(unsigned, output);
        WriteFolded(Sign(hash), output);
    }

    public void Dispose()
    {
        while (_keys.TryTake(out var key))
        {
            key.Dispose();
        }
    }

    private byte[] Sign(ReadOnlySpan<byte> hash)
    {
        var key = _keys.TryTake(out var known) ? known : RSA.Create(_key);
        var signature = key.SignHash(hash.ToArray(), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        _keys.Add(key);
        return signature;
    }

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

/// <summary>A signing key that cannot be used; the message ends a sentence that begins with the file's setting.</summary>
internal sealed class DkimKeyException(string message) : Exception(message);
