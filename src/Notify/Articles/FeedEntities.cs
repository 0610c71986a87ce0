using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Notify.Articles;

/// <summary>
/// What references stand for: characters, HTML's names, and what the document declares itself. Nothing is ever fetched, and no entity holds
/// another, so that none can grow ("billion laughs").
/// </summary>
internal sealed class FeedEntities
{
    // Entities of the document's own are letters for a few words; more of them is an attack.
    private const int MostEntities = 100;
    private const int LongestExpansion = 100_000;
    private const int LongestReference = 34;

    private static readonly Regex Declaration = new(
        """<!ENTITY\s+(?<name>[\w.-]{1,32})\s+("(?<value>([^"<&%]|&#)*)"|'(?<value>([^'<&%]|&#)*)')\s*>""",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking);

    private readonly Dictionary<string, string> own = new(StringComparer.Ordinal);
    private int expanded;

    /// <param name="documentType">From <c>&lt;!DOCTYPE</c> to its end.</param>
    public void Declare(string documentType)
    {
        foreach (var entity in Declaration.Matches(documentType[..Math.Min(documentType.Length, LongestExpansion)]).Take(MostEntities))
            own.TryAdd(entity.Groups["name"].Value, WebUtility.HtmlDecode(entity.Groups["value"].Value));
    }

    /// <summary>The text with its references replaced. A lone <c>&amp;</c> and a name that nobody knows stay as they are.</summary>
    public string Replace(string text)
    {
        var next = text.IndexOf('&', StringComparison.Ordinal);
        if (next < 0) return text;

        var replaced = new StringBuilder(text.Length);
        var at = 0;
        for (; next >= 0; next = text.IndexOf('&', at))
        {
            replaced.Append(text, at, next - at);
            var length = text.AsSpan(next, Math.Min(LongestReference, text.Length - next)).IndexOf(';') + 1;
            var meaning = length > 2 ? Meaning(text[(next + 1)..(next + length - 1)]) : null;
            replaced.Append(meaning ?? "&");
            at = next + (meaning is null ? 1 : length);
        }

        return replaced.Append(text, at, text.Length - at).ToString();
    }

    private string? Meaning(string name)
    {
        if (name[0] == '#') return Character(name);

        // XML's own five cannot be declared otherwise (XML 1.0 section 4.6).
        if (name is not ("amp" or "lt" or "gt" or "quot" or "apos") && own.TryGetValue(name, out var value))
        {
            if (value.Length > LongestExpansion - expanded) return null;

            expanded += value.Length;
            return value;
        }

        return name.All(char.IsAsciiLetterOrDigit) && WebUtility.HtmlDecode($"&{name};") is { } decoded && decoded != $"&{name};" ? decoded : null;
    }

    // XML 1.0 section 2.2; what is no character is shown as missing.
    private static string Character(string reference)
    {
        var isRead = reference is ['#', 'x' or 'X', ..]
            ? int.TryParse(reference.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            : int.TryParse(reference.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out code);
        return isRead && (code is 9 or 10 or 13 || (code >= 32 && Rune.IsValid(code) && code is not (0xFFFE or 0xFFFF))) ? new Rune(code).ToString() : "\uFFFD";
    }
}
