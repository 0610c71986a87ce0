using System.Globalization;
using System.Security.Cryptography;

namespace Notify.Providers.Smtp.Checks;

/// <summary>A public key as it stands in the DNS (RFC 6376, 3.6.1).</summary>
/// <param name="Type">The <c>k=</c>.</param>
/// <param name="Key">The <c>p=</c>; empty when the key was revoked.</param>
/// <param name="IsTesting">Receivers are asked not to mind (<c>t=y</c>).</param>
internal sealed record DkimRecord(string Type, byte[] Key, bool IsTesting)
{
    /// <param name="text">The record.</param>
    /// <param name="problem">Why a receiver cannot use it.</param>
    /// <returns>Null when it cannot be used.</returns>
    public static DkimRecord? Parse(string text, out string problem)
    {
        problem = "";
        if (Tags.Parse(text) is not { } tags)
        {
            problem = "it is no list of tags";
            return null;
        }

        problem = tags switch
        {
            _ when tags.ContainsKey("v") && !(tags["v"] == "DKIM1" && text.TrimStart().StartsWith('v')) => "v= must stand first and be DKIM1",
            _ when !tags.ContainsKey("p") => "it has no p=",
            _ when tags.TryGetValue("h", out var hashes) && !hashes.Split(':').Contains("sha256") => "h= forbids sha256, with which mails are signed",
            _ when tags.TryGetValue("s", out var services) && !services.Split(':').Any(service => service is "*" or "email") => "s= forbids mail",
            _ => "",
        };
        if (problem.Length > 0)
        {
            return null;
        }

        var key = new byte[tags["p"].Length];
        if (!Convert.TryFromBase64String(tags["p"], key, out var length))
        {
            problem = "its p= is no base64, perhaps cut off";
            return null;
        }

        return new DkimRecord(tags.GetValueOrDefault("k", "rsa"), key[..length], tags.GetValueOrDefault("t", "").Split(':').Contains("y"));
    }

    /// <summary>What kind of key it is, for a person.</summary>
    public string Describe()
    {
        try
        {
            using var rsa = RSA.Create();
            rsa.ImportSubjectPublicKeyInfo(Key, out _);
            return string.Create(CultureInfo.InvariantCulture, $"another RSA key, of {rsa.KeySize} bits");
        }
        catch (CryptographicException)
        {
            return Type == "ed25519" ? "another Ed25519 key" : "something that is no RSA key, perhaps cut off";
        }
    }
}
