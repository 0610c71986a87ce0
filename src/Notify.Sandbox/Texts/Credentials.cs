using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Notify.Sandbox.Texts;

/// <summary>Basic authentication as the provider asks for it: the account and one of its tokens, or an API key and its secret.</summary>
internal sealed class Credentials(IReadOnlyList<string> authTokens, IReadOnlyList<string> apiKeySecrets)
{
    /// <param name="account">The account of the address; null where the address has none, and any will do.</param>
    public bool Open(HttpRequest request, string? account = null)
    {
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
            return false;

        var decoded = new byte[header.Length];
        if (!Convert.TryFromBase64String(header["Basic ".Length..].Trim(), decoded, out var length))
            return false;
        if (Encoding.UTF8.GetString(decoded, 0, length).Split(':', 2) is not [var user, var password])
            return false;

        return ((account is null ? user.StartsWith("AC", StringComparison.Ordinal) : user == account) && authTokens.Any(t => Same(t, password)))
            || (user.StartsWith("SK", StringComparison.Ordinal) && apiKeySecrets.Any(s => Same(s, password)));
    }

    private static bool Same(string a, string b) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(a), Encoding.UTF8.GetBytes(b));
}
