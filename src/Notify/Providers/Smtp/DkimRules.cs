using MimeKit;

namespace Notify.Providers.Smtp;

/// <summary>What a signature's settings must be, looked at before the first mail is.</summary>
internal static class DkimRules
{
    private static readonly Kind Rsa = new("openssl genrsa 2048", DkimKey.ReadRsa);
    private static readonly Kind Ed25519 = new("openssl genpkey -algorithm ed25519", DkimKey.ReadEd25519);

    /// <returns>What is wrong, each beginning with the setting's name.</returns>
    public static IEnumerable<string> Faults(SmtpRelayOptions relay)
    {
        if (relay.Dkim is not { } dkim)
        {
            yield break;
        }

        if (!IsName(dkim.Domain))
        {
            yield return "Domain must be a domain in ASCII, such as example.com.";
        }
        else if (MailboxAddress.TryParse(relay.From, out var from) && !IsOfOneHouse(from.Domain, dkim.Domain))
        {
            yield return $"Domain is {dkim.Domain}, but mails come from {from.Domain}: receivers would not count the signature (DMARC). Sign with the domain of From.";
        }

        foreach (var fault in Faults("", dkim.Selector, dkim.KeyFile, Rsa)
            .Concat(dkim.Next is { } next ? Faults("Next:", next.Selector, next.KeyFile, Rsa) : [])
            .Concat(dkim.Ed25519 is { } second ? Faults("Ed25519:", second.Selector, second.KeyFile, Ed25519) : []))
        {
            yield return fault;
        }

        string[] selectors = [.. new[] { dkim.Selector, dkim.Next?.Selector, dkim.Ed25519?.Selector }.OfType<string>().Where(name => name.Length > 0)];
        if (selectors.Distinct(StringComparer.OrdinalIgnoreCase).Count() < selectors.Length)
        {
            yield return "Selector, Next:Selector and Ed25519:Selector must differ: a name in the DNS holds one key, and mails that are on their way still need theirs.";
        }
    }

    private static IEnumerable<string> Faults(string prefix, string selector, string file, Kind kind)
    {
        if (!IsName(selector))
        {
            yield return $"{prefix}Selector must be the name under which the public key stands in the DNS, such as notify2026.";
        }

        if (KeyFault(file, kind) is { } fault)
        {
            yield return $"{prefix}KeyFile {fault}";
        }
    }

    private static string? KeyFault(string file, Kind kind)
    {
        if (file.Length == 0)
        {
            return $"is empty. Set it to the private key's file; {kind.MadeBy} makes a key.";
        }

        try
        {
            kind.Read(file).Dispose();
            return null;
        }
        catch (DkimKeyException e)
        {
            return $"{file} {e.Message}. {kind.MadeBy} makes a key.";
        }
    }

    /// <summary>
    /// Whether two domains share at least their last two labels. Receivers ask for one organisation (RFC 7489, 3.1.1); what that is only a list
    /// of registries knows, but who does not share these labels is surely not one.
    /// </summary>
    private static bool IsOfOneHouse(string from, string signer)
    {
        string House(string domain) => string.Join('.', MailboxAddress.IdnMapping.Encode(domain).Split('.')[^Math.Min(2, domain.Split('.').Length)..]);
        return House(from).Equals(House(signer), StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsName(string name) => name.Split('.').All(label => label.Length is > 0 and < 64 && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));

    private sealed record Kind(string MadeBy, Func<string, DkimKey> Read);
}
