using System.Security.Cryptography;
using System.Text;
using Notify.Web;

namespace Notify.Providers.Http;

/// <summary>Whether a call is the gateway's: a signature over the bytes that came, or a secret that nobody else has. Checked before anything is read.</summary>
internal static class Proof
{
    public static bool IsConfigured(WebhookOptions options) => options.Secrets.Any(secret => secret.Length > 0);

    /// <returns>Null when it is proved; otherwise why not.</returns>
    public static string? Fault(WebhookOptions options, IHeaderDictionary headers, byte[] body, DateTimeOffset now)
    {
        var given = headers[options.Header].ToString();
        if (given.Length == 0)
        {
            return $"there is no {options.Header}";
        }

        if (!given.StartsWith(options.Prefix, StringComparison.OrdinalIgnoreCase))
        {
            return $"{options.Header} does not begin as Prefix says";
        }

        var time = options.TimestampHeader.Length > 0 ? headers[options.TimestampHeader].ToString() : null;
        if (time is not null && !(Search.Time(time) is { } at && (now - at).Duration() <= options.Tolerance))
        {
            return $"{options.TimestampHeader} is missing, no time, or too far from ours";
        }

        var proof = given[options.Prefix.Length..].Trim();
        var isProved = false;
        foreach (var secret in options.Secrets.Where(secret => secret.Length > 0))
        {
            // Each secret is tried, so that how long it takes does not tell which one it was.
            isProved |= options.Proof == ProofKind.Token ? Secrets.AreEqual(secret, proof) : IsSigned(options, secret, time, body, proof);
        }

        return isProved ? null : options.Proof == ProofKind.Token ? "the token is another" : "the signature does not match";
    }

    internal static byte[] Compute(HashKind algorithm, string secret, string? time, byte[] body)
    {
        byte[] signed = time is null ? body : [.. Encoding.UTF8.GetBytes(time + "."), .. body];
        var key = Encoding.UTF8.GetBytes(secret);
        return algorithm switch
        {
            HashKind.Sha1 => HMACSHA1.HashData(key, signed),
            HashKind.Sha512 => HMACSHA512.HashData(key, signed),
            _ => HMACSHA256.HashData(key, signed),
        };
    }

    private static bool IsSigned(WebhookOptions options, string secret, string? time, byte[] body, string given)
    {
        var buffer = new byte[given.Length];
        var length = 0;
        var isRead = options.Encoding == SignatureForm.Hex
            ? Convert.FromHexString(given, buffer, out _, out length) == System.Buffers.OperationStatus.Done
            : Convert.TryFromBase64String(given, buffer, out length);
        return CryptographicOperations.FixedTimeEquals(Compute(options.Algorithm, secret, time, body), isRead ? buffer.AsSpan(0, length) : []);
    }
}
