using System.Security.Cryptography;
using System.Text;

namespace Notify.Articles.Push;

/// <summary>How a hub proves what it sends (WebSub section 7.1): <c>X-Hub-Signature: method=hex</c>, an HMAC over the octets of the body.</summary>
internal static class HubSignature
{
    public const string Header = "X-Hub-Signature";

    /// <summary>In constant time; a method that the specification does not know proves nothing.</summary>
    public static bool Fits(string header, string secret, ReadOnlySpan<byte> body)
    {
        if (header.Split('=', 2) is not [var method, var hex])
        {
            return false;
        }

        var key = Encoding.UTF8.GetBytes(secret);
        var expected = method.Trim().ToLowerInvariant() switch
        {
            "sha1" => HMACSHA1.HashData(key, body),
            "sha256" => HMACSHA256.HashData(key, body),
            "sha384" => HMACSHA384.HashData(key, body),
            "sha512" => HMACSHA512.HashData(key, body),
            _ => null,
        };
        return expected is not null && PushSignature.IsHex(hex.Trim(), expected);
    }
}

/// <summary>What the proofs of pushes share.</summary>
internal static class PushSignature
{
    public static bool IsHex(string given, byte[] expected)
    {
        var buffer = new byte[expected.Length];
        var isRead = given.Length == 2 * expected.Length && Convert.FromHexString(given, buffer, out _, out var length) == System.Buffers.OperationStatus.Done && length == expected.Length;
        return CryptographicOperations.FixedTimeEquals(expected, isRead ? buffer : []);
    }
}
