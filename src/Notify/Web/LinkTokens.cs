using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Notify.Web;

/// <summary>What a link in a message is for; a token made for one purpose opens nothing else.</summary>
public enum LinkPurpose : byte
{
    Confirm = 1,
    Unsubscribe = 2,
    Preferences = 3,
    Form = 4,
    View = 5,
}

/// <summary>
/// The secrets in readers' links: a purpose, an id, some text and 128 bits of HMAC-SHA256, as base64url. They say nothing about the reader,
/// need no table, and stay good for ever, also when the root key is replaced: the unsubscribe link of an old mail must work (RFC 8058, section 3.1).
/// </summary>
public sealed class LinkTokens(Keys keys)
{
    private const byte Version = 1;
    private const int MacLength = 16;

    private readonly KeyedHash[] _keys = [.. keys.EveryFor("link tokens 1").Select(key => new KeyedHash(key))];

    public string Make(LinkPurpose purpose, Guid id)
    {
        Span<byte> value = stackalloc byte[16];
        id.TryWriteBytes(value, bigEndian: true, out _);
        return Make(purpose, value);
    }

    public string Make(LinkPurpose purpose, long id, string scope = "")
    {
        var text = Encoding.UTF8.GetBytes(scope);
        var value = new byte[8 + text.Length];
        BinaryPrimitives.WriteInt64BigEndian(value, id);
        text.CopyTo(value, 8);
        return Make(purpose, value);
    }

    public bool TryRead(LinkPurpose purpose, string? token, out Guid id)
    {
        var good = TryOpen(purpose, token, out var value) && value.Length == 16;
        id = good ? new Guid(value, bigEndian: true) : default;
        return good;
    }

    public bool TryRead(LinkPurpose purpose, string? token, out long id, [NotNullWhen(true)] out string? scope)
    {
        var good = TryOpen(purpose, token, out var value) && value.Length >= 8;
        id = good ? BinaryPrimitives.ReadInt64BigEndian(value) : 0;
        scope = good ? Encoding.UTF8.GetString(value.AsSpan(8)) : null;
        return good;
    }

    private string Make(LinkPurpose purpose, ReadOnlySpan<byte> value)
    {
        var token = new byte[2 + value.Length + MacLength];
        token[0] = Version;
        token[1] = (byte)purpose;
        value.CopyTo(token.AsSpan(2));
        _keys[0].Make(token.AsSpan(0, 2 + value.Length), token.AsSpan(2 + value.Length));
        return Base64Url.EncodeToString(token);
    }

    private bool TryOpen(LinkPurpose purpose, string? text, out byte[] value)
    {
        value = [];
        if (text is not { Length: > 0 and <= 400 } || !Base64Url.IsValid(text))
        {
            return false;
        }

        var token = Base64Url.DecodeFromChars(text);
        if (token.Length < 2 + MacLength || token[0] != Version || token[1] != (byte)purpose)
        {
            return false;
        }

        if (!_keys.Any(key => IsBy(key, token)))
        {
            return false;
        }

        value = token[2..^MacLength];
        return true;
    }

    private static bool IsBy(KeyedHash key, byte[] token)
    {
        Span<byte> expected = stackalloc byte[MacLength];
        key.Make(token.AsSpan(0, token.Length - MacLength), expected);
        return CryptographicOperations.FixedTimeEquals(expected, token.AsSpan(token.Length - MacLength));
    }
}
