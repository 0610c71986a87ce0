using System.Security.Cryptography;
using System.Text;

namespace Notify.Web;

/// <summary>Comparing of what is secret.</summary>
internal static class Secrets
{
    /// <summary>In constant time; digests are compared, so that not even the length of the secret shows.</summary>
    public static bool AreEqual(string one, string other) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(one)), SHA256.HashData(Encoding.UTF8.GetBytes(other)));
}
