using System.Security.Cryptography;
using System.Text;

namespace Notify.Deliveries;

/// <summary>A provider's own id of a message, as it is kept and compared. What comes from outside has no length that could be relied on, and an index does (PostgreSQL: a third of a page).</summary>
public static class ProviderId
{
    /// <summary>The longest that is kept, in characters.</summary>
    public const int Longest = 200;

    /// <summary>The id itself; of a longer one its beginning and the hash of it all, so that two that begin alike stay two.</summary>
    public static string Keep(string id)
    {
        if (id.Length <= Longest)
        {
            return id;
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)));
        // Not within a sign of two halves, and half a sign is no text.
        var end = Longest - hash.Length - 1;
        return $"{id.AsSpan(0, char.IsHighSurrogate(id[end - 1]) ? end - 1 : end)}~{hash}";
    }
}
