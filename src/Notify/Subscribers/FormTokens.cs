using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using Notify.Web;

namespace Notify.Subscribers;

/// <summary>
/// Shows that a form was fetched from us before it was sent, and when: the time of its making under a keyed hash. No cookie and no memory; whoever
/// sends one form many times meets the limits.
/// </summary>
internal sealed class FormTokens(Keys keys, TimeProvider clock)
{
    /// <summary>A page may lie open for a day.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromDays(1);

    private const int TimeLength = 8;
    private const int MacLength = 16;

    private readonly byte[] _key = keys.For("form tokens 1");

    public string Make()
    {
        Span<byte> token = stackalloc byte[TimeLength + MacLength];
        BinaryPrimitives.WriteInt64BigEndian(token, clock.GetUtcNow().ToUnixTimeMilliseconds());
        HMACSHA256.HashData(_key, token[..TimeLength]).AsSpan(0, MacLength).CopyTo(token[TimeLength..]);
        return Base64Url.EncodeToString(token);
    }

    /// <returns>How long ago the form was made; null when it was not made by us, or too long ago.</returns>
    public TimeSpan? Age(string? token)
    {
        Span<byte> bytes = stackalloc byte[TimeLength + MacLength];
        if (token is not { Length: 32 } || !Base64Url.TryDecodeFromChars(token, bytes, out var length) || length != bytes.Length
            || !CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(_key, bytes[..TimeLength]).AsSpan(0, MacLength), bytes[TimeLength..]))
        {
            return null;
        }

        var age = clock.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(bytes));
        // Another node's clock may be a little ahead.
        return age < Life && age > -TimeSpan.FromMinutes(5) ? age : null;
    }
}
