using System.Text;

namespace Notify.Articles;

/// <summary>Makes a line of plain text of an element, by what the element says of its text or what its format means by it.</summary>
internal static class FeedText
{
    private static readonly Encoding Strict = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="isAtom">Atom says what its texts are (RFC 4287 section 3.1.1, Atom 0.3 section 3.1); RSS never does, and most mean HTML.</param>
    /// <returns>Nothing when there is no text in it: none at all, a picture, or one that is somewhere else.</returns>
    public static string? Read(FeedElement element, bool isAtom)
    {
        if (!isAtom) return element.HasMarkup ? Plain(element.Text) : Html(element.Text);
        if (element.Attribute("src") is not null) return null;

        var type = (element.Attribute("type") ?? "").ToLowerInvariant().Split(';')[0].Trim();
        var isText = type.Length == 0 || type.StartsWith("text", StringComparison.Ordinal) || type.EndsWith("html", StringComparison.Ordinal);
        var mode = element.Attribute("mode")?.ToLowerInvariant();
        if (element.HasMarkup) return isText || type.EndsWith("xml", StringComparison.Ordinal) ? Plain(element.Text) : null;

        // RFC 4287 section 4.1.3.3: what is neither text nor XML is base 64.
        var text = mode == "base64" || !isText ? Decode(element.Text) : element.Text;
        // Who escapes or encodes a text without a word about it has reason to: there are tags in it.
        var isHtml = type.Contains("html", StringComparison.Ordinal) || !isText || (type.Length == 0 && mode is "escaped" or "base64");
        return text is null ? null : isHtml ? Html(text) : Plain(text);
    }

    private static string? Html(string text)
    {
        // A section wrapped twice: once for XML, once more for nobody.
        if (text.Contains("<![CDATA[", StringComparison.Ordinal))
            text = text.Replace("<![CDATA[", "", StringComparison.Ordinal).Replace("]]>", "", StringComparison.Ordinal);
        return Bounded(PlainText.FromHtml(text));
    }

    private static string? Plain(string text) => Bounded(PlainText.Tidy(text));

    private static string? Bounded(string text) => text.Length > 0 ? PlainText.Cut(text, FeedReader.LongestSummary) : null;

    private static string? Decode(string text)
    {
        var bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, bytes, out var length)) return null;

        try
        {
            var decoded = Strict.GetString(bytes, 0, length);
            return decoded.Any(c => char.IsControl(c) && !char.IsWhiteSpace(c)) ? null : decoded;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
