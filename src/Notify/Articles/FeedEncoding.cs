using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;

namespace Notify.Articles;

/// <summary>
/// Turns a feed's bytes into text: byte order mark first, then the HTTP header, then the XML declaration (RFC 7303 section 3.2) or HTML's
/// <c>meta</c>, then UTF-8 with windows-1252 for each byte that is none.
/// </summary>
internal static class FeedEncoding
{
    private const int Utf8 = 65001;

    // Where a declaration must stand, and a meta mostly does.
    private const int Start = 1_024;

    /// <summary>What the web takes for Latin-1, and what feeds without a word about it mostly are.</summary>
    public static readonly Encoding Western = CodePagesEncodingProvider.Instance.GetEncoding(1252)!;

    private static readonly Encoding Ebcdic = CodePagesEncodingProvider.Instance.GetEncoding(37)!;

    private static readonly Regex Declaration = new(
        """<(\?xml\s[^>]*?encoding|meta\s[^>]*?charset)\s*=\s*["']?(?<name>[A-Za-z0-9._:-]{1,40})""",
        RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.NonBacktracking);

    public static string Decode(ReadOnlySpan<byte> body, string? contentType, FeedProblems problems)
    {
        if (Sniff(body) is { } sniffed) return sniffed.GetString(body);

        var declared = Find(CharsetOf(contentType)) ?? Find(DeclarationOf(body));
        if (declared is null or { CodePage: Utf8 }) return Mixed(body, problems);
        if (!declared.IsSingleByte || !IsMarkedUtf8(body)) return declared.GetString(body);

        problems.Add($"The document says that it is {declared.WebName}; its bytes are UTF-8 and were read so.");
        return Encoding.UTF8.GetString(body);
    }

    // A mark, or how the beginning of any markup looks (XML 1.0 appendix F).
    private static Encoding? Sniff(ReadOnlySpan<byte> body) => body switch
    {
        [0xFF, 0xFE, 0, 0, ..] or [(byte)'<', 0, 0, 0, ..] => Encoding.UTF32,
        [0, 0, 0xFE, 0xFF, ..] or [0, 0, 0, (byte)'<', ..] => new UTF32Encoding(bigEndian: true, byteOrderMark: true),
        [0xFF, 0xFE, ..] or [(byte)'<', 0, not 0, 0, ..] => Encoding.Unicode,
        [0xFE, 0xFF, ..] or [0, (byte)'<', 0, not 0, ..] => Encoding.BigEndianUnicode,
        [0x4C, 0x6F, 0xA7, 0x94, ..] => Find(DeclarationOf(Encoding.ASCII.GetBytes(Ebcdic.GetString(body[..Math.Min(body.Length, Start)])))) ?? Ebcdic,
        _ => null,
    };

    /// <summary>UTF-8, and windows-1252 wherever it is none: a feed is often put together from both.</summary>
    private static string Mixed(ReadOnlySpan<byte> body, FeedProblems problems)
    {
        if (body is [0xEF, 0xBB, 0xBF, .. var rest]) body = rest;
        var text = new StringBuilder(body.Length);
        var isMixed = false;
        while (body.Length > 0)
        {
            var good = Good(body);
            text.Append(Encoding.UTF8.GetString(body[..good]));
            body = body[good..];
            if (body.Length == 0) break;

            isMixed = true;
            text.Append(Western.GetString(body[..1]));
            body = body[1..];
        }

        if (isMixed) problems.Add("Some characters are not valid UTF-8 and were read as windows-1252.");
        return text.ToString();
    }

    /// <summary>How many of the bytes are UTF-8 before the first that are not.</summary>
    private static int Good(ReadOnlySpan<byte> body)
    {
        var at = 0;
        while (at < body.Length)
        {
            var ascii = body[at..].IndexOfAnyExceptInRange((byte)0, (byte)0x7F);
            if (ascii < 0) return body.Length;

            at += ascii;
            if (Rune.DecodeFromUtf8(body[at..], out _, out var length) != OperationStatus.Done) return at;

            at += length;
        }

        return at;
    }

    /// <summary>Whether there are characters beyond ASCII and all of them are UTF-8, which no text in a one-byte encoding is by chance.</summary>
    private static bool IsMarkedUtf8(ReadOnlySpan<byte> body) => body.ContainsAnyExceptInRange((byte)0, (byte)0x7F) && Good(body) == body.Length;

    private static string? CharsetOf(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type) ? type.CharSet?.Trim('"', '\'', ' ') : null;

    private static string? DeclarationOf(ReadOnlySpan<byte> body)
    {
        var start = Encoding.Latin1.GetString(body[..Math.Min(body.Length, Start)]);
        return Declaration.Match(start) is { Success: true } match ? match.Groups["name"].Value : null;
    }

    private static Encoding? Find(string? name)
    {
        if (string.IsNullOrEmpty(name)) return null;

        try
        {
            // Also "cp1252", "ms932" and "windows1252", as programs call them.
            name = name.Replace('_', '-');
            var number = name.AsSpan(name.AsSpan().TrimEnd("0123456789").Length);
            var encoding = name.Length - number.Length <= 7 && number.Length is 3 or 4 && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var page)
                ? CodePagesEncodingProvider.Instance.GetEncoding(page)
                : null;
            encoding ??= CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
            return encoding.CodePage switch
            {
                // Latin-1 and ASCII are windows-1252 on the web, Latin-5 is windows-1254 (WHATWG Encoding Standard, section 4.2).
                28591 or 20127 => Western,
                28599 => CodePagesEncodingProvider.Instance.GetEncoding(1254),
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
