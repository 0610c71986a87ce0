using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Notify.Articles;

/// <summary>
/// Makes XML of what nearly is: HTML's named entities, a lone <c>&amp;</c> or <c>&lt;</c>, control characters, something before the declaration.
/// The document type, comments and instructions are taken out, so that the XML reader needs no DTD at all; lines keep their numbers.
/// </summary>
internal static class FeedMarkup
{
    // Entities of the document's own are letters for a few words; more of them is an attack ("billion laughs").
    private const int MostEntities = 100;
    private const int LongestExpansion = 100_000;

    private const int MostAttributes = 1_000;

    private static readonly SearchValues<char> Unwanted = SearchValues.Create(
        [.. Enumerable.Range(0, 32).Select(c => (char)c).Where(c => c is not ('\t' or '\n')), '\uFEFF', '\uFFFE', '\uFFFF']);

    private static readonly Regex Entity = new(
        """<!ENTITY\s+(?<name>[\w.-]{1,32})\s+("(?<value>([^"<&%]|&#)*)"|'(?<value>([^'<&%]|&#)*)')\s*>""",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking);

    public static string Mend(string text) => new Pass(Clean(text)).Run();

    private static string Clean(string text)
    {
        text = text.ReplaceLineEndings("\n");
        return text.AsSpan().ContainsAny(Unwanted) ? string.Concat(text.Where(c => !Unwanted.Contains(c))).Trim() : text.Trim();
    }

    private sealed class Pass(string text)
    {
        private readonly StringBuilder mended = new(text.Length + 256);
        private Dictionary<string, string> entities = [];
        private readonly HashSet<string> missing = [];
        private int brokenAt = -1;
        private int expanded;
        private int at;

        public string Run()
        {
            while (at < text.Length)
            {
                var next = text.AsSpan(at).IndexOfAny('<', '&');
                if (next < 0) break;

                mended.Append(text, at, next);
                at += next;
                if (text[at] == '&') TakeReference();
                else TakeMarkup();
            }

            return mended.Append(text, at, text.Length - at).ToString();
        }

        private void TakeMarkup()
        {
            var rest = text.AsSpan(at);
            if (rest.Length > 1 && (char.IsLetter(rest[1]) || rest[1] is '_' or ':')) TakeTag();
            else if (at == brokenAt) Copy(at + 1);
            else if (rest.StartsWith("<!--")) LeaveOut("-->");
            else if (rest.StartsWith("<?")) LeaveOut("?>");
            else if (rest.StartsWith("<![CDATA[")) Copy(EndOf("]]>") ?? (at + "<![CDATA[".Length));
            else if (rest.StartsWith("<!DOCTYPE", StringComparison.OrdinalIgnoreCase)) TakeDocumentType();
            else if (rest.Length > 1 && rest[1] is '/' or '!') Copy(at + 1);
            else Replace(1, "&lt;");
        }

        // The XML reader's time grows with the square of a tag's attributes, so there must not be many; a second "<" makes it give up this one.
        private void TakeTag()
        {
            var values = 0;
            var end = at + 1;
            while (end < text.Length && values < MostAttributes && text[end] is not ('<' or '>'))
            {
                if (text[end] is not ('"' or '\''))
                {
                    end++;
                    continue;
                }

                var length = text.AsSpan(end + 1).IndexOfAny(text[end], '<') + 1;
                end = length == 0 ? text.Length : end + length;
                if (end < text.Length && text[end] != '<') end++;
                values++;
            }

            if (values == MostAttributes) mended.Append('<');
            // Mending a "<" inside the tag would only make it longer than was counted.
            brokenAt = end;
            Copy(at + 1);
        }

        private void TakeDocumentType()
        {
            var end = EndOfDocumentType();
            entities = Entity.Matches(text[at..Math.Min(end, at + LongestExpansion)])
                .Take(MostEntities)
                .DistinctBy(entity => entity.Groups["name"].Value)
                .ToDictionary(entity => entity.Groups["name"].Value, entity => Quoted(entity.Groups["value"].Value));
            LeaveOut(end);
        }

        private void TakeReference()
        {
            var length = text.AsSpan(at, Math.Min(34, text.Length - at)).IndexOf(';') + 1;
            var name = length > 2 ? text[(at + 1)..(at + length - 1)] : "";
            if (name is "amp" or "lt" or "gt" or "quot" or "apos") Copy(at + length);
            else if (name.StartsWith('#')) Replace(length, IsCharacter(name) ? $"&{name};" : "\uFFFD");
            else if (entities.TryGetValue(name, out var value) && value.Length <= LongestExpansion - expanded) Expand(length, value);
            else if (name.Length > 0 && name.All(char.IsAsciiLetterOrDigit) && WebUtility.HtmlDecode($"&{name};") is [not '&', ..] decoded)
                Replace(length, decoded);
            else Replace(1, "&amp;");
        }

        // Its own ">" is the first one outside quotes, comments and brackets.
        private int EndOfDocumentType()
        {
            var isInside = false;
            for (var i = at; i < text.Length; i++)
            {
                if (text[i] == '>' && !isInside && i > at) return i + 1;
                if (text[i] is '[' or ']') isInside = text[i] == '[';
                var mark = text[i] is '"' or '\'' ? text[i].ToString() : text.AsSpan(i).StartsWith("<!--") ? "-->" : null;
                if (mark is null) continue;

                i = text.IndexOf(mark, i + 1, StringComparison.Ordinal) + mark.Length - 1;
                if (i < mark.Length - 1) break;
            }

            return text.Length;
        }

        // Where there is none, the reader will say so, but the items behind it are still to be made readable. A mark once missed is not looked
        // for again: that would take a time that grows with the square of the document.
        private int? EndOf(string mark)
        {
            if (missing.Contains(mark)) return null;
            if (text.IndexOf(mark, at, StringComparison.Ordinal) is var end and >= 0) return end + mark.Length;

            missing.Add(mark);
            return null;
        }

        private void LeaveOut(string mark)
        {
            if (EndOf(mark) is { } end) LeaveOut(end);
            else Copy(at + 2);
        }

        private void LeaveOut(int end)
        {
            mended.Append('\n', text.AsSpan(at, end - at).Count('\n'));
            at = end;
        }

        private void Copy(int end)
        {
            mended.Append(text, at, end - at);
            at = end;
        }

        private void Expand(int length, string value)
        {
            expanded += value.Length;
            Replace(length, value);
        }

        private void Replace(int length, string by)
        {
            mended.Append(by);
            at += length;
        }
    }

    private static string Quoted(string value) =>
        value.Replace("\"", "&quot;", StringComparison.Ordinal).Replace("'", "&apos;", StringComparison.Ordinal);

    // XML 1.0 section 2.2. The reader itself is told not to check, because it would give up the document for one of them.
    private static bool IsCharacter(string reference)
    {
        var isRead = reference is ['#', 'x' or 'X', ..]
            ? int.TryParse(reference.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            : int.TryParse(reference.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out code);
        return isRead && (code is 9 or 10 or 13 || (code >= 32 && Rune.IsValid(code) && code is not (0xFFFE or 0xFFFF)));
    }
}
