using System.Buffers.Binary;
using System.Security.Cryptography;
using Notify.Web;

namespace Notify.Deliveries;

/// <summary>
/// The name of one mail: in its Message-ID, its envelope sender (VERP) and its envelope id (RFC 3461, 4.4), so that whatever comes back can be joined to
/// its delivery. It is keyed: who never had the mail cannot make one up, so a forged bounce ends nobody's news. The same at every attempt, only letters
/// of one case, digits and dots (a local part may lose its case on the way).
/// </summary>
public sealed class MailTags(Keys keys)
{
    /// <summary>63 bits of HMAC-SHA256: a guess costs a mail.</summary>
    private const int MacLength = 8;

    private const string Digits = "0123456789abcdefghijklmnopqrstuvwxyz";

    private readonly KeyedHash[] _keys = [.. keys.EveryFor("mail tags 1").Select(key => new KeyedHash(key))];

    /// <param name="createdAt">When the delivery was decided on; a database that begins anew counts from one again, and a Message-ID must not.</param>
    public string Make(long deliveryId, DateTimeOffset createdAt)
    {
        var name = $"{Text(deliveryId)}.{Text(createdAt.ToUnixTimeMilliseconds())}";
        return $"{name}.{Mac(_keys[0], name)}";
    }

    /// <summary>The delivery a tag names; whatever case it comes back in.</summary>
    public bool TryRead(string? tag, out long deliveryId)
    {
        deliveryId = 0;
        var parts = tag is { Length: > 0 and <= 64 } ? tag.ToLowerInvariant().Split('.') : [];
        if (parts is not [{ Length: > 0 and <= 13 } id, { Length: > 0 and <= 13 } at, { Length: > 0 } mac] || !(id + at).All(Digits.Contains))
        {
            return false;
        }

        var isOurs = _keys.Any(key => CryptographicOperations.FixedTimeEquals(Ascii(Mac(key, $"{id}.{at}")), Ascii(mac)));
        deliveryId = isOurs ? id.Aggregate(0L, (value, digit) => (value * Digits.Length) + Digits.IndexOf(digit, StringComparison.Ordinal)) : 0;
        return isOurs;
    }

    private static byte[] Ascii(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    private static string Mac(KeyedHash key, string name)
    {
        Span<byte> mac = stackalloc byte[MacLength];
        key.Make(Ascii(name), mac);
        return Text((long)(BinaryPrimitives.ReadUInt64BigEndian(mac) >> 1)).PadLeft(13, '0');
    }

    /// <summary>Base 36; not negative.</summary>
    private static string Text(long value)
    {
        Span<char> text = stackalloc char[13];
        var at = text.Length;
        do
        {
            text[--at] = Digits[(int)(value % Digits.Length)];
            value /= Digits.Length;
        }
        while (value > 0);
        return new string(text[at..]);
    }
}
