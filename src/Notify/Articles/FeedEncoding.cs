using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;

namespace Notify.Articles;

/// <summary>
/// Turns a feed's bytes into text: byte order mark first, then the HTTP header, then the XML declaration (RFC 7303 section 3.2), then UTF-8
/// if the bytes are UTF-8, then windows-1252.
/// </summary>
internal static class FeedEncoding
{
    private const int Utf8 = 65001;

    /// <summary>What the web takes for Latin-1, and what feeds without a word about it mostly are.</summary>
    public static readonly Encoding Western = CodePagesEncodingProvider.Instance.GetEncoding(1252)!;

    private static readonly Regex Declaration =
        new("""<\?xml\s[^>]*?encoding\s*=\s*["'](?<name>[A-Za-z0-9._:-]{1,40})["']""", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking);

    public static string Decode(ReadOnlySpan<byte> body, string? contentType, FeedProblems problems)
    {
        if (Sniff(body) is { } sniffed) return sniffed.GetString(body);

        var declared = Find(CharsetOf(contentType)) ?? Find(DeclarationOf(body));
        if (declared is { CodePage: not Utf8 }) return declared.GetString(body);

        var text = Encoding.UTF8.GetString(body);
        var broken = text.AsSpan().Count('\uFFFD');
        if (broken == 0) return text;

        // A download that was cut inside a character is still UTF-8; Latin-1 read as UTF-8 has hardly a good character beyond ASCII.
        if (text.Count(c => c > '\u007F') - broken > broken)
        {
            problems.Add("Some characters are not valid UTF-8 and were replaced.");
            return text;
        }

        problems.Add("The document does not say its encoding, or says the wrong one; it was read as windows-1252.");
        return Western.GetString(body);
    }

    private static Encoding? Sniff(ReadOnlySpan<byte> body) => body switch
    {
        [0xEF, 0xBB, 0xBF, ..] => Encoding.UTF8,
        [0xFF, 0xFE, 0, 0, ..] => Encoding.UTF32,
        [0, 0, 0xFE, 0xFF, ..] => new UTF32Encoding(bigEndian: true, byteOrderMark: true),
        [0xFF, 0xFE, ..] or [(byte)'<', 0, not 0, 0, ..] => Encoding.Unicode,
        [0xFE, 0xFF, ..] or [0, (byte)'<', 0, not 0, ..] => Encoding.BigEndianUnicode,
        _ => null,
    };

    private static string? CharsetOf(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type) ? type.CharSet?.Trim('"', '\'', ' ') : null;

    private static string? DeclarationOf(ReadOnlySpan<byte> body)
    {
        var start = Encoding.Latin1.GetString(body[..Math.Min(body.Length, 1024)]);
        return Declaration.Match(start) is { Success: true } match ? match.Groups["name"].Value : null;
    }

    private static Encoding? Find(string? name)
    {
        if (string.IsNullOrEmpty(name)) return null;

        try
        {
            var encoding = CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
            return encoding.CodePage switch
            {
                // Latin-1 and ASCII are windows-1252 on the web (WHATWG Encoding Standard, section 4.2).
                28591 or 20127 => Western,
                // Two and four bytes a character would have been seen.
                1200 or 1201 or 12000 or 12001 => null,
                _ => encoding,
            };
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }
}
