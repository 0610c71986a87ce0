using System.Text;
using MimeKit;

namespace Notify.Inbound.Returns;

/// <summary>
/// The parts of a returned mail that say something: its header, what it says to people, what it says to machines, and the header of the mail it
/// returns. All of it is looked through, because reports are found outside multipart/report as well.
/// </summary>
internal sealed class Dissection
{
    /// <summary>Nobody reports in more parts than this, or nests them deeper.</summary>
    private const int MostParts = 200;
    private const int DeepestPart = 16;

    /// <summary>So much text is looked at. A report says why within its first lines.</summary>
    private const int MostText = 64 * 1024;

    private static readonly ParserOptions Parsing = new() { MaxMimeDepth = DeepestPart, MaxAddressGroupDepth = 2 };

    private readonly StringBuilder _text = new();
    private readonly StringBuilder _markup = new();
    private int _parts;
    private bool _inReport;

    private Dissection(HeaderList header) => Header = Copy(header);

    /// <summary>The header of the mail itself.</summary>
    public Fields Header { get; }

    /// <summary>Groups of a delivery-status part (RFC 3464, 2.1), of all of them together.</summary>
    public List<Fields> Groups { get; } = [];

    /// <summary>A feedback-report part (RFC 5965, 3).</summary>
    public Fields? Feedback { get; private set; }

    /// <summary>A receipt for reading (RFC 8098): a mail that arrived.</summary>
    public bool IsReadReceipt { get; private set; }

    /// <summary>The lines for people, up to where the returned mail begins.</summary>
    public IReadOnlyList<string> Lines { get; private set; } = [];

    /// <summary>The header of the returned mail.</summary>
    public Fields Original { get; private set; } = Fields.None;

    /// <summary>Null when there is not even a header.</summary>
    public static Dissection? Of(byte[] octets)
    {
        using var stream = new MemoryStream(octets, writable: false);
        try
        {
            var mail = new MimeParser(Parsing, stream, MimeFormat.Entity).ParseMessage();
            var parts = new Dissection(mail.Headers);
            parts.Take(mail.Body, 0);
            parts.Finish();
            return parts;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private void Take(MimeEntity? entity, int depth)
    {
        if (entity is null || depth > DeepestPart || ++_parts > MostParts)
        {
            return;
        }

        switch (entity)
        {
            case Multipart { Count: 0 } empty:
                // Announced but not there: what was written instead stands before the first boundary.
                Append(_text, empty.Preamble ?? "");
                break;
            case Multipart several:
                _inReport |= several is MultipartReport;
                foreach (var part in several)
                {
                    Take(part, depth + 1);
                }

                break;
            case MessageDispositionNotification:
                IsReadReceipt = true;
                break;
            case MessageDeliveryStatus status:
                Groups.AddRange(status.StatusGroups.Take(MostParts).SelectMany(group => Copy(group).ByRecipient()));
                break;
            case MessageFeedbackReport report:
                Feedback ??= Copy(report.Fields);
                break;
            case MessagePart { Message.Body: MultipartReport report } when !_inReport:
                // Somebody passes a report on.
                Take(report, depth + 1);
                break;
            case MessagePart { Message: { } returned } when Original.IsEmpty:
                Original = Copy(returned.Headers);
                break;
            case TextPart { IsHtml: true } page:
                Append(_markup, Charsets.Text(page));
                break;
            case TextPart text when text.ContentType.IsMimeType("text", "rfc822-headers") || text.ContentType.IsMimeType("message", "partial"):
                break;
            case TextPart text:
                Append(_text, Charsets.Text(text));
                break;
        }
    }

    private void Finish()
    {
        var text = _text.Length > 0 ? _text.ToString() : Markup.Text(_markup.ToString());
        var lines = Unquoted(text.ReplaceLineEndings("\n").Split('\n'));
        var end = Wording.StartOfOriginal(lines);
        Lines = lines[..end];
        if (Original.IsEmpty)
        {
            Original = Fields.Parse(lines.Skip(end).SkipWhile(line => Fields.NameOf(line.TrimStart()) is null).Select(line => line.TrimStart()));
        }
    }

    // A report that somebody passed on, a > before each of its lines.
    private static string[] Unquoted(string[] lines) =>
        lines.Count(line => line is ['>', ..]) * 2 > lines.Count(line => line.Length > 0) ? [.. lines.Select(line => line is ['>', ' ', ..] ? line[2..] : line is ['>', ..] ? line[1..] : line)] : lines;

    private static void Append(StringBuilder text, string more)
    {
        if (text.Length < MostText)
        {
            text.Append(more.AsSpan(0, Math.Min(more.Length, MostText - text.Length))).Append('\n');
        }
    }

    private static Fields Copy(HeaderList header)
    {
        var fields = new Fields();
        foreach (var field in header)
        {
            fields.Add(field.Field, Charsets.Field(field.Value));
        }

        return fields;
    }
}
