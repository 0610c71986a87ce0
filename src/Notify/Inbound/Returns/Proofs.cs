using System.Security.Cryptography;
using System.Text;

namespace Notify.Inbound.Returns;

/// <summary>Ways of proof that several mail services share; each compares in constant time.</summary>
internal static class Proofs
{
    public static bool AreEqual(string one, string other) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));

    /// <summary>A service that signs nothing sends a secret: as a bearer token, or as the password of basic authentication (RFC 7617), with or without a name before it.</summary>
    public static string? SecretFault(MailCall call, IReadOnlyList<string> secrets)
    {
        var given = call.Headers.Authorization.ToString();
        if (given.Length == 0)
        {
            return "It has no Authorization header: enter the secret at the service, as a bearer token or as user name and password.";
        }

        string[] candidates = given.Split(' ', 2) switch
        {
            ["Bearer", var token] => [token],
            ["Basic", var basic] when TryDecode(basic) is { } pair => [pair, pair[(pair.IndexOf(':', StringComparison.Ordinal) + 1)..]],
            _ => [],
        };
        // Every pair is compared, whichever fits.
        var fits = candidates.SelectMany(_ => secrets, AreEqual).Count(isEqual => isEqual);
        return fits > 0 ? null : "Its secret is none of ours.";
    }

    private static string? TryDecode(string basic)
    {
        var octets = new byte[basic.Length];
        return Convert.TryFromBase64String(basic, octets, out var length) ? Encoding.UTF8.GetString(octets.AsSpan(0, length)) : null;
    }
}
