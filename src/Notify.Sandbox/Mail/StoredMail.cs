using System.Text;
using MimeKit;

namespace Notify.Sandbox.Mail;

/// <summary>A mail for one recipient as it was taken: who handed it over for whom. The bytes lie beside it.</summary>
/// <param name="Sender">The envelope's sender, empty for a bounce.</param>
/// <param name="Recipient">The envelope's recipient as it was given.</param>
internal sealed record StoredMail(string Id, DateTimeOffset At, string Sender, string Recipient);

/// <summary>A mail as a person's program would show it: parts decoded, header fields by name.</summary>
/// <remarks>
/// <c>from</c> is the address of the header field From, <c>to</c> the envelope's recipient. A name that occurs more than once has its values joined by a
/// line break. <c>Return-Path</c> is added, as the delivering server does (RFC 5321 section 4.4); <c>raw</c> is what came over the wire.
/// </remarks>
internal sealed record MailView(
    string Id, DateTime At, string From, string To, string Subject, IReadOnlyDictionary<string, string> Headers, string? Text, string? Html, string Raw)
{
    public static MailView Of(StoredMail mail, byte[] raw)
    {
        var source = Decode(raw);
        try
        {
            using var stream = new MemoryStream(raw, writable: false);
            using var message = MimeMessage.Load(stream);
            return new MailView(
                mail.Id,
                mail.At.UtcDateTime,
                message.From.Mailboxes.FirstOrDefault()?.Address ?? mail.Sender,
                mail.Recipient,
                message.Subject ?? "",
                Named(mail, message.Headers),
                message.TextBody,
                message.HtmlBody,
                source);
        }
        catch (Exception e) when (e is FormatException or IOException)
        {
            return new MailView(mail.Id, mail.At.UtcDateTime, mail.Sender, mail.Recipient, "", new Dictionary<string, string>(StringComparer.Ordinal), source, null, source);
        }
    }

    private static Dictionary<string, string> Named(StoredMail mail, HeaderList headers)
    {
        var named = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["Return-Path"] = $"<{mail.Sender}>" };
        foreach (var header in headers)
            named[header.Field] = named.TryGetValue(header.Field, out var before) && header.Id != HeaderId.ReturnPath ? $"{before}\n{header.Value}" : header.Value;
        return named;
    }

    private static string Decode(byte[] raw)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(raw);
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(raw);
        }
    }
}
