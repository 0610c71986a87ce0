using MimeKit;

namespace Notify.Providers.Smtp;

/// <summary>What a signature's settings must be, looked at before the first mail is.</summary>
internal static class DkimRules
{
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

        if (!IsName(dkim.Selector))
        {
            yield return "Selector must be the name under which the public key stands in the DNS, such as notify2026.";
        }

        if (KeyFault(dkim.KeyFile) is { } fault)
        {
            yield return fault;
        }
    }

    private static string? KeyFault(string file)
    {
        if (file.Length == 0)
        {
            return "KeyFile is empty. Set it to the private key's file; openssl genrsa 2048 makes a key.";
        }

        try
        {
            DkimSigner.ReadKey(file).Dispose();
            return null;
        }
        catch (DkimKeyException e)
        {
            return $"KeyFile {file} {e.Message}. openssl genrsa 2048 makes a key.";
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
}
