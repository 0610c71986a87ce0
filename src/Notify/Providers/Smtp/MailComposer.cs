using MimeKit;
using MimeKit.Text;
using Notify.Deliveries;

namespace Notify.Providers.Smtp;

/// <summary>From our message to MIME: text first, then HTML (RFC 2046, 5.1.4), with the headers a list mail must have.</summary>
internal static class MailComposer
{
    public static MimeMessage Compose(OutgoingMail mail, SmtpRelayOptions relay)
    {
        var from = MailboxAddress.Parse(relay.From);
        var message = new MimeMessage
        {
            Subject = mail.Subject,
            // The same at every attempt, and of our own domain: a receiver can see a repeat, a bounce can be joined.
            MessageId = $"{mail.MessageId}@{from.Domain}",
            Body = new MultipartAlternative
            {
                new TextPart(TextFormat.Plain) { Text = mail.Text, ContentTransferEncoding = ContentEncoding.QuotedPrintable },
                new TextPart(TextFormat.Html) { Text = mail.Html, ContentTransferEncoding = ContentEncoding.QuotedPrintable },
            },
        };
        message.From.Add(from);
        message.To.Add(new MailboxAddress("", mail.Address));
        message.Headers.Add(HeaderId.AutoSubmitted, "auto-generated");
        message.Headers.Add("X-Auto-Response-Suppress", "All");
        if (mail.ListName is not null)
        {
            message.Headers.Add(HeaderId.ListId, $"<{mail.ListName}.{from.Domain}>");
            message.Headers.Add(HeaderId.Precedence, "bulk");
        }

        if (mail.UnsubscribeUrl is not null)
        {
            // RFC 8058: both headers, or mailbox providers offer no one-click.
            message.Headers.Add(HeaderId.ListUnsubscribe, $"<{mail.UnsubscribeUrl}>");
            message.Headers.Add(HeaderId.ListUnsubscribePost, "List-Unsubscribe=One-Click");
        }

        return message;
    }

    public static MailboxAddress EnvelopeSender(SmtpRelayOptions relay)
    {
        var from = MailboxAddress.Parse(relay.From);
        return relay.BounceDomain.Length > 0 ? new MailboxAddress("", $"{from.LocalPart}@{relay.BounceDomain}") : from;
    }

    /// <summary>A local part beyond ASCII needs SMTPUTF8 (RFC 6531); a domain does not.</summary>
    public static bool NeedsUtf8(MimeMessage message) => message.To.Mailboxes.Any(to => to.LocalPart.Any(c => c > 127));
}
