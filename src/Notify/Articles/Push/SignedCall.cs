using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Notify.Articles.Push;

/// <summary>A call that claims to be somebody's.</summary>
/// <param name="Signature">HMAC-SHA256 in hexadecimal digits.</param>
/// <param name="At">When it was made, which the signature covers.</param>
/// <param name="Signed">The octets that were signed.</param>
internal sealed record SignedCall(string Signature, DateTimeOffset At, byte[] Signed)
{
    /// <summary>How far the other's clock may be from ours, and how old a call may be: who repeats one later did not make it.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    /// <summary>The last moment the type can hold, in milliseconds since 1970.</summary>
    private const long Last = 253_402_300_799_999;

    public static DateTimeOffset? Milliseconds(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= Last ? DateTimeOffset.FromUnixTimeMilliseconds(value) : null;

    /// <returns>Why it is not believed; null when it is.</returns>
    public string? Doubt(IReadOnlyList<string> secrets, DateTimeOffset now)
    {
        // Each secret is tried, so that how long it takes does not tell which one it was.
        var fits = secrets.Count(secret => PushSignature.IsHex(Signature, HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Signed)));
        return fits == 0 ? "The signature is by none of our secrets."
            : (now - At).Duration() > Window ? "It is too old, or one of the two clocks is wrong."
            : null;
    }
}
