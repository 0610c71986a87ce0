using MimeKit;
using Notify.Deliveries;
using Notify.Inbound.Returns;

namespace Notify.Providers.Smtp;

/// <summary>From our message to MIME: text first, then HTML (RFC 2046, 5.1.4), with the headers a list mail must have.</summary>
internal static class MailComposer
{
    /// <summary>Lines end as they do in SMTP; nothing is folded that a gap stands in.</summary>
    public static FormatOptions OnTheWire { get; } = Wire();

    /// <param name="address">What stands for the recipient's address.</param>
    /// <param name="id">What stands for the local part of the Message-ID.</param>
    public static MimeMessage Compose(CompiledMessage.Mail mail, SmtpRelayOptions relay, string address, string id)
    {
        var from = MailboxAddress.Parse(relay.From);
        var domain = AsciiDomain(from.Domain);
        var message = new MimeMessage
        {
            // What looks like the beginning of an encoded word (RFC 2047, 2) would be read as one.
            Subject = mail.Subject.Replace("=?", "= ?", StringComparison.Ordinal),
            // The same at every attempt, and of our own domain: a receiver can see a repeat, a bounce can be joined.
            MessageId = $"{id}@{domain}",
            Body = new MultipartAlternative { Part("plain", mail.PlainText, mail.UnsubscribeMark), Part("html", mail.Html, mail.UnsubscribeMark) },
        };
        message.From.Add(from);
        message.Headers.Add(HeaderId.AutoSubmitted, "auto-generated");
        message.Headers.Add("X-Auto-Response-Suppress", "All");
        if (relay.ReturnHeader.Length > 0)
        {
            message.Headers.Add(relay.ReturnHeader, id);
        }

        // Not parsed: what stands there is filled in later, with an address that was parsed where it came in.
        message.Headers.Replace(HeaderId.To, $"<{address}>");
        if (mail.ListName is not null)
        {
            message.Headers.Add(HeaderId.ListId, $"<{mail.ListName}.{domain}>");
            message.Headers.Add(HeaderId.Precedence, "bulk");
            // Gmail counts complaints by these: the list, and us. Never by reader.
            message.Headers.Add("Feedback-ID", $"{mail.ListName}:{SenderId(from.Domain)}");
        }

        if (mail is { ListName: not null, UnsubscribeMark: { } mark })
        {
            // RFC 8058: both headers, or mailbox providers offer no one-click.
            message.Headers.Add(HeaderId.ListUnsubscribe, relay.IsAnswered ? $"<{mark}>, <mailto:{MailReports.LeavePrefix}{id}@{AsciiDomain(relay.BounceDomain)}?subject=unsubscribe>" : $"<{mark}>");
            message.Headers.Add(HeaderId.ListUnsubscribePost, "List-Unsubscribe=One-Click");
        }

        return message;
    }

    /// <summary>
    /// Who a bounce goes to. With a domain for bounces each mail has an address of its own there (VERP), so what comes back needs no reading to be joined;
    /// the same at every attempt, for a receiver that greylists knows a mail by it.
    /// </summary>
    public static string EnvelopeSender(SmtpRelayOptions relay, string tag) => relay.BounceDomain.Length > 0
        ? MailboxAddress.EncodeAddrspec($"{MailReports.BouncePrefix}{tag}@{relay.BounceDomain}")
        : MailboxAddress.EncodeAddrspec(MailboxAddress.Parse(relay.From).Address);

    private static string AsciiDomain(string domain) => MailboxAddress.EncodeAddrspec($"u@{domain}")["u@".Length..];

    /// <summary>Five to fifteen characters, the same for ever (support.google.com/mail/answer/6254652).</summary>
    private static string SenderId(string domain)
    {
        var plain = string.Concat(MailboxAddress.IdnMapping.Encode(domain).Where(char.IsAsciiLetterOrDigit).Take(15));
        return plain.PadRight(5, '0');
    }

    /// <summary>Encoded here, because the gaps for links must stay whole.</summary>
    private static MimePart Part(string kind, string text, string? mark) => new("text", kind)
    {
        ContentType = { Charset = "utf-8" },
        ContentTransferEncoding = ContentEncoding.QuotedPrintable,
        Content = new MimeContent(new MemoryStream(MailTemplate.Encode(text, mark)), ContentEncoding.QuotedPrintable),
    };

    private static FormatOptions Wire()
    {
        var options = FormatOptions.Default.Clone();
        options.NewLineFormat = NewLineFormat.Dos;
        return options;
    }
}
