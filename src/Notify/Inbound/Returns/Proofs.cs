using System.Globalization;
using System.Text;
using Notify.Web;

namespace Notify.Inbound.Returns;

/// <summary>Ways of proof that several mail services share; each compares in constant time.</summary>
internal static class Proofs
{
    /// <summary>Nobody guesses sixteen characters over the network.</summary>
    private const int ShortestSecret = 16;

    /// <summary>31 December 9999, the last moment the type can hold.</summary>
    private const long LastSecond = 253_402_300_799;

    public static string? Short(string secret) => secret.Length < ShortestSecret ? $"is shorter than {ShortestSecret} characters and could be guessed; make one with: openssl rand -hex 32" : null;

    /// <summary>Seconds since 1970, as services write a time.</summary>
    public static DateTimeOffset? Time(string? seconds) =>
        long.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= LastSecond ? DateTimeOffset.FromUnixTimeSeconds(value) : null;

    /// <summary>A service that signs nothing sends a secret: as a bearer token, or as the password of basic authentication (RFC 7617), with or without a name before it.</summary>
    public static Doubt? OfSecret(MailCall call, IReadOnlyList<string> secrets)
    {
        var given = call.Headers.Authorization.ToString();
        if (given.Length == 0)
        {
            return new("It has no Authorization header: enter the secret at the service, as a bearer token or as user name and password.");
        }

        var (scheme, rest) = given.Split(' ', 2) is [var first, var second] ? (first.ToUpperInvariant(), second.Trim()) : ("", "");
        string[] candidates = scheme switch
        {
            "BEARER" => [rest],
            "BASIC" when TryDecode(rest) is { } pair => [pair, pair[(pair.IndexOf(':', StringComparison.Ordinal) + 1)..]],
            _ => [],
        };
        // Every pair is compared, whichever fits.
        var fits = candidates.SelectMany(_ => secrets, Secrets.AreEqual).Count(isEqual => isEqual);
        return fits > 0 ? null : new("Its secret is none of ours.");
    }

    private static string? TryDecode(string basic)
    {
        var octets = new byte[basic.Length];
        return Convert.TryFromBase64String(basic, octets, out var length) ? Encoding.UTF8.GetString(octets.AsSpan(0, length)) : null;
    }
}
