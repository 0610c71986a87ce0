using System.Globalization;
using System.Text;
using MailKit.Net.Smtp;

namespace Notify.Providers.Smtp;

/// <summary>Who a message is from and for on the way, and its two commands with what the relay offers beside them.</summary>
/// <param name="Id">What a report about the message names it by: plain letters, digits and dots.</param>
internal sealed record SmtpEnvelope(string Sender, string Recipient, string Id)
{
    private bool IsInternational => !Ascii.IsValid(Recipient);

    /// <param name="length">Octets of the message, so that a relay can refuse one too large before it is sent (RFC 1870).</param>
    public string Mail(SmtpCapabilities offered, long length)
    {
        var command = new StringBuilder($"MAIL FROM:<{Sender}>");
        if (offered.HasFlag(SmtpCapabilities.Size))
        {
            command.Append(CultureInfo.InvariantCulture, $" SIZE={length}");
        }

        if (IsInternational)
        {
            // RFC 6531, 3.4: the address is UTF-8, and so is the header that names it.
            command.Append(" BODY=8BITMIME SMTPUTF8");
        }

        if (offered.HasFlag(SmtpCapabilities.Dsn))
        {
            // RFC 3461, 4.3 and 4.4: a report names the mail, and need not bring all of it back.
            command.Append(CultureInfo.InvariantCulture, $" RET=HDRS ENVID={Id}");
        }

        return command.Append("\r\n").ToString();
    }

    public string Rcpt(SmtpCapabilities offered)
    {
        var command = new StringBuilder($"RCPT TO:<{Recipient}>");
        if (offered.HasFlag(SmtpCapabilities.Dsn))
        {
            // RFC 3461, 4.1 and 4.2. What was delivered is told to nobody: a success says less than the reader's next visit.
            command.Append(" NOTIFY=FAILURE,DELAY");
            if (!IsInternational)
            {
                command.Append(" ORCPT=rfc822;").Append(Xtext(Recipient));
            }
        }

        return command.Append("\r\n").ToString();
    }

    /// <summary>RFC 3461, 4: a plus, an equals sign and whatever is no plain character as two hexadecimal digits behind a plus.</summary>
    private static string Xtext(string text)
    {
        var encoded = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (c is >= '!' and <= '~' and not ('+' or '='))
            {
                encoded.Append(c);
            }
            else
            {
                encoded.Append(CultureInfo.InvariantCulture, $"+{(int)c:X2}");
            }
        }

        return encoded.ToString();
    }
}
