using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Notify.Tests.Support;

/// <summary>RSA keys, each made once a run: making one takes a third of a second, and whose key it is is all that a test asks of it.</summary>
internal static class RsaKeys
{
    private static readonly ConcurrentDictionary<(string Owner, int Bits), Lazy<RSAParameters>> Made = new();

    /// <summary>The key of that owner, the same each time; the caller disposes it.</summary>
    public static RSA Of(string owner, int bits = 2048) => RSA.Create(Made.GetOrAdd((owner, bits), _ => new(() =>
    {
        using var key = RSA.Create(bits);
        return key.ExportParameters(includePrivateParameters: true);
    })).Value);
}
