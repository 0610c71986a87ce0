using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using MimeKit.Encodings;
using Notify.Deliveries;

namespace Notify.Providers.Smtp;

/// <summary>
/// A mail rendered once for all its recipients: MIME in bytes, with gaps for what differs. Rendering costs some 300 µs, filling the gaps two.
/// What goes into a gap cannot change how the rest is read: addresses and ids are ASCII or UTF-8 without blanks, links are quoted where the body is.
/// </summary>
internal sealed class MailTemplate
{
    /// <summary>A line of quoted-printable has at most 76 characters, the soft break included (RFC 2045, 6.7).</summary>
    private const int LineLength = 72;

    /// <summary>Templates live as long as the message they were rendered from, which is a window or two.</summary>
    private static readonly ConditionalWeakTable<CompiledMessage.Mail, MailTemplate> Known = [];

    private readonly List<(byte[] Fixed, Gap After)> _pieces = [];

    private enum Gap
    {
        None,
        Address,
        MessageId,
        Link,
        QuotedLink,
    }

    public static MailTemplate Of(CompiledMessage.Mail mail, SmtpRelayOptions relay) =>
        // One relay renders a message; two would differ in who it is from and where it comes back to.
        Known.GetValue(mail, key => new MailTemplate(key, relay)) is { } known && known._relay == (relay.From, relay.ReturnHeader, relay.BounceDomain) ? known : new MailTemplate(mail, relay);

    private readonly (string From, string ReturnHeader, string BounceDomain) _relay;

    private MailTemplate(CompiledMessage.Mail mail, SmtpRelayOptions relay)
    {
        _relay = (relay.From, relay.ReturnHeader, relay.BounceDomain);
        var (address, id) = (CompiledMessage.Mail.NewMark(), CompiledMessage.Mail.NewMark());
        using var message = MailComposer.Compose(mail, relay, address, id);
        using var rendered = new MemoryStream();
        message.WriteTo(MailComposer.OnTheWire, rendered);
        Cut(rendered.ToArray(), Encoding.ASCII.GetBytes(address), Encoding.ASCII.GetBytes(id), mail.UnsubscribeMark is { } mark ? Encoding.ASCII.GetBytes(mark) : null);
    }

    /// <summary>Writes the mail of one recipient, as it goes over the wire and as it is received: no line begins with a dot. The final one is not written.</summary>
    public void Write(IBufferWriter<byte> wire, OutgoingMail mail)
    {
        foreach (var (fixedPart, gap) in _pieces)
        {
            wire.Write(fixedPart);
            switch (gap)
            {
                case Gap.Address:
                    Encoding.UTF8.GetBytes(mail.Address, wire);
                    break;
                case Gap.MessageId:
                    Encoding.ASCII.GetBytes(mail.Tag, wire);
                    break;
                case Gap.Link:
                    Encoding.ASCII.GetBytes(mail.UnsubscribeUrl ?? "", wire);
                    break;
                case Gap.QuotedLink:
                    Quote(wire, mail.UnsubscribeUrl ?? "");
                    break;
            }
        }
    }

    /// <summary>Quoted-printable around the marks, never through one: a soft break before and after each, which a reader of the mail never sees.</summary>
    internal static byte[] Encode(string text, string? mark)
    {
        using var encoded = new MemoryStream();
        string[] parts = mark is null ? [text] : text.Split(mark);
        for (var i = 0; i < parts.Length; i++)
        {
            if (i > 0)
            {
                encoded.Write(Encoding.ASCII.GetBytes($"=\r\n{mark}=\r\n"));
            }

            var plain = Encoding.UTF8.GetBytes(parts[i].ReplaceLineEndings("\r\n"));
            var encoder = new QuotedPrintableEncoder(LineLength);
            // Three octets for each, and a soft break of three for every line of them. The encoder's own estimate is too small for texts that are all escapes, and it writes on behind its end.
            var output = new byte[(plain.Length * 4) + LineLength];
            WriteWithoutLeadingDots(encoded, output.AsSpan(0, encoder.Flush(plain, 0, plain.Length, output)));
        }

        return encoded.ToArray();
    }

    /// <summary>
    /// A dot that begins a line would have to be doubled on the wire (RFC 5321, 4.5.2); quoted, none begins one, and what is signed is what is sent.
    /// </summary>
    private static void WriteWithoutLeadingDots(MemoryStream output, ReadOnlySpan<byte> text)
    {
        var isLineStart = true;
        foreach (var octet in text)
        {
            if (isLineStart && octet == (byte)'.')
            {
                output.Write("=2E"u8);
            }
            else
            {
                output.WriteByte(octet);
            }

            isLineStart = octet == (byte)'\n';
        }
    }

    private static void Quote(IBufferWriter<byte> wire, string link)
    {
        var octets = Encoding.UTF8.GetBytes(link);
        // Three for each, and a soft break of three for every 24 of them at most.
        var to = wire.GetSpan((octets.Length * 4) + 3);
        var (length, line) = (0, 0);
        foreach (var octet in octets)
        {
            if (line + 3 > LineLength)
            {
                "=\r\n"u8.CopyTo(to[length..]);
                (length, line) = (length + 3, 0);
            }

            // A dot that begins a line would be taken for a stuffed one (RFC 5321, 4.5.2).
            if (octet is > 32 and < 127 and not (byte)'=' && (octet != (byte)'.' || line > 0))
            {
                to[length++] = octet;
                line++;
            }
            else
            {
                (to[length], to[length + 1], to[length + 2]) = ((byte)'=', Hex(octet >> 4), Hex(octet & 15));
                (length, line) = (length + 3, line + 3);
            }
        }

        wire.Advance(length);
    }

    private static byte Hex(int digit) => (byte)(digit < 10 ? '0' + digit : 'A' + digit - 10);

    private void Cut(ReadOnlySpan<byte> message, ReadOnlySpan<byte> address, ReadOnlySpan<byte> id, ReadOnlySpan<byte> link)
    {
        var body = message.IndexOf("\r\n\r\n"u8);
        var at = 0;
        while (true)
        {
            var rest = message[at..];
            var (next, gap, length) = (rest.Length, Gap.None, 0);
            Nearer(rest.IndexOf(address), Gap.Address, address.Length, ref next, ref gap, ref length);
            Nearer(rest.IndexOf(id), Gap.MessageId, id.Length, ref next, ref gap, ref length);
            if (!link.IsEmpty)
            {
                Nearer(rest.IndexOf(link), Gap.Link, link.Length, ref next, ref gap, ref length);
            }

            if (gap == Gap.Link && at + next > body)
            {
                gap = Gap.QuotedLink;
            }

            _pieces.Add((rest[..next].ToArray(), gap));
            if (gap == Gap.None)
            {
                return;
            }

            at += next + length;
        }
    }

    private static void Nearer(int found, Gap kind, int size, ref int next, ref Gap gap, ref int length)
    {
        if (found >= 0 && found < next)
        {
            (next, gap, length) = (found, kind, size);
        }
    }
}
