using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using System.Text;

namespace Notify.Articles;

/// <summary>Makes one line of plain text of HTML, in one pass over it. It is for reading, not for showing in a page: it still has to be escaped there.</summary>
internal static class PlainText
{
    private static readonly FrozenSet<string> Blocks = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "address", "article", "aside", "blockquote", "br", "caption", "dd", "div", "dl", "dt", "figcaption", "figure", "footer", "h1", "h2", "h3", "h4",
        "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "option", "p", "pre", "section", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul");

    private static readonly FrozenSet<string> Silent =
        FrozenSet.Create(StringComparer.OrdinalIgnoreCase, "script", "style", "template", "iframe", "noframes", "noembed", "object");

    /// <summary>Whether words before and after such a tag are different words.</summary>
    public static bool IsBlock(string tag) => Blocks.Contains(tag);

    /// <summary>Whether the content of such an element is not for readers.</summary>
    public static bool IsSilent(string tag) => Silent.Contains(tag);

    public static string FromHtml(string html)
    {
        if (!html.AsSpan().ContainsAny('<', '&')) return Tidy(html);

        var text = new StringBuilder(html.Length);
        var lastEnd = html.LastIndexOf('>');
        var trustQuotes = true;
        var at = 0;
        while (at < html.Length)
        {
            var open = html.IndexOf('<', at);
            if (open < 0 || open > lastEnd) open = html.Length;
            text.Append(WebUtility.HtmlDecode(html[at..open]));
            if (open == html.Length) break;

            var name = TagName(html, open);
            if (name is null)
            {
                text.Append('<');
                at = open + 1;
                continue;
            }

            if (name.Length == 0)
            {
                at = EndOfDeclaration(html, open);
                continue;
            }

            if (IsBlock(name)) text.Append(' ');
            at = EndOfTag(html, open, ref trustQuotes);
            if (html[open + 1] != '/' && IsSilent(name) && html[at - 2] != '/') at = EndOfElement(html, at, name);
        }

        return Tidy(text.ToString());
    }

    /// <summary>One blank for any white space, none around; nothing that cannot be seen or that turns the direction of what follows.</summary>
    public static string Tidy(string text)
    {
        var tidy = new StringBuilder(text.Length);
        var isBlankDue = false;
        foreach (var read in text.EnumerateRunes())
        {
            // Numbers 128 to 159 are windows-1252 wherever they come from (HTML, section 13.2.5.80).
            var rune = read.Value is >= 0x80 and <= 0x9F ? new Rune(FeedEncoding.Western.GetString([(byte)read.Value])[0]) : read;
            if (Rune.IsWhiteSpace(rune))
            {
                isBlankDue = tidy.Length > 0;
                continue;
            }

            if (IsInvisible(rune)) continue;

            if (isBlankDue) tidy.Append(' ');
            isBlankDue = false;
            tidy.Append(rune);
        }

        return tidy.ToString();
    }

    /// <summary>The beginning of a text, ended at a word and with an ellipsis where something is missing.</summary>
    public static string Cut(string text, int longest)
    {
        if (text.Length <= longest) return text;

        var end = text.LastIndexOf(' ', longest - 1, longest / 2);
        if (end < 0) end = char.IsLowSurrogate(text[longest - 1]) ? longest - 2 : longest - 1;
        return text[..end].TrimEnd(' ', ',', ';', ':', '-', '\u2013', '\u2014') + "\u2026";
    }

    /// <returns>Empty for a comment and the like, nothing if this is no tag at all but a sign in the text.</returns>
    private static string? TagName(string html, int open)
    {
        var start = open + 1;
        if (start < html.Length && html[start] is '!' or '?') return "";
        if (start < html.Length && html[start] == '/') start++;

        var end = start;
        while (end < html.Length && end - start < 64 && (char.IsAsciiLetterOrDigit(html[end]) || html[end] is ':' or '-' or '_')) end++;
        return end > start && char.IsAsciiLetter(html[start]) ? html[start..end] : null;
    }

    private static int EndOfDeclaration(string html, int open)
    {
        var mark = html.AsSpan(open).StartsWith("<!--") ? "-->" : ">";
        return html.IndexOf(mark, open, StringComparison.Ordinal) is var end and >= 0 ? end + mark.Length : html.Length;
    }

    // An attribute may hold a ">" in quotes. Once a quote proved to be left open they are not trusted again, which also keeps this linear.
    private static int EndOfTag(string html, int open, ref bool trustQuotes)
    {
        for (var i = open + 1; trustQuotes && i < html.Length; i++)
        {
            if (html[i] == '>') return i + 1;
            if (html[i] != '=') continue;

            while (i + 1 < html.Length && html[i + 1] == ' ') i++;
            if (i + 1 == html.Length || html[i + 1] is not ('"' or '\'')) continue;

            i = html.IndexOf(html[i + 1], i + 2);
            if (i < 0) break;
        }

        trustQuotes = false;
        return html.IndexOf('>', open) + 1;
    }

    private static int EndOfElement(string html, int at, string name) =>
        html.IndexOf("</" + name, at, StringComparison.OrdinalIgnoreCase) is var end and >= 0 ? end : html.Length;

    private static bool IsInvisible(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control
        || rune.Value is 0xAD or 0xFEFF or 0x200B or (>= 0x202A and <= 0x202E) or 0x2060 or (>= 0x2066 and <= 0x2069);
}
