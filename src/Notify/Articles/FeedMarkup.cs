using System.Buffers;

namespace Notify.Articles;

/// <summary>What a piece of markup is.</summary>
internal enum MarkupKind
{
    Text,
    Start,
    End,
}

/// <summary>
/// Cuts markup into tags and text, and does not ask whether the tags belong together. Comments, instructions and the document type are passed
/// over. It never stops before the end: where a rule of XML is broken it goes on with what was most likely meant. Its time is linear.
/// </summary>
internal sealed class FeedMarkup(string text)
{
    private const int MostAttributes = 200;
    private const string Section = "<![CDATA[";

    private static readonly SearchValues<char> Unwanted = SearchValues.Create(
        [.. Enumerable.Range(0, 32).Select(c => (char)c).Where(c => c is not ('\t' or '\n')), '\uFEFF', '\uFFFE', '\uFFFF']);

    private readonly FeedEntities entities = new();
    private readonly List<(Range Name, Range Value)> attributes = [];
    private readonly Dictionary<string, int> marks = new(StringComparer.Ordinal);
    private Range content;
    private bool isLiteral;
    private bool hasDocumentType;
    private int at;

    public MarkupKind Kind { get; private set; }

    /// <summary>Where the piece starts.</summary>
    public int Position { get; private set; }

    /// <summary>Of a tag, as it is written, with its prefix.</summary>
    public string Name { get; private set; } = "";

    /// <summary>Whether the tag is a start and an end in one.</summary>
    public bool ClosesItself { get; private set; }

    public bool HasAttributes => attributes.Count > 0;

    /// <summary>The first thing that is not closed, with its place; nothing for a document that is whole.</summary>
    public (int Position, string What)? Fault { get; private set; }

    /// <summary>A text as this class wants it: lines end one way, and what XML forbids is gone.</summary>
    public static string Clean(string text)
    {
        text = text.ReplaceLineEndings("\n");
        return text.AsSpan().ContainsAny(Unwanted) ? string.Concat(text.Where(c => !Unwanted.Contains(c))).Trim() : text.Trim();
    }

    /// <summary>Of a piece of text, with references replaced.</summary>
    public string Text()
    {
        if (isLiteral) return text[content];

        // The end of a section that nobody opened, or of one within another.
        return entities.Replace(text[content]).Replace("]]>", "", StringComparison.Ordinal);
    }

    /// <summary>Of a start tag, by name as written; a name given twice counts once.</summary>
    public IEnumerable<(string Name, string Value)> Attributes() =>
        attributes.Select(attribute => (text[attribute.Name], entities.Replace(text[attribute.Value])));

    /// <summary>Moves on to the next piece.</summary>
    public bool Read()
    {
        while (at < text.Length)
        {
            Position = at;
            var rest = text.AsSpan(at);
            if (rest[0] != '<') return TakeText(rest.IndexOf('<') is var length and >= 0 ? at + length : text.Length);
            if (rest.Length > 1 && IsNameStart(rest[1]))
            {
                if (TakeStart()) return true;
            }
            else if (rest.Length > 2 && rest[1] == '/' && IsNameStart(rest[2]))
            {
                return TakeEnd();
            }
            else if (rest.StartsWith(Section, StringComparison.OrdinalIgnoreCase))
            {
                return TakeSection();
            }
            else if (rest.Length > 1 && rest[1] is '!' or '?')
            {
                PassOver(rest);
                continue;
            }

            return TakeText(at + 1);
        }

        return false;
    }

    private bool TakeText(int end)
    {
        (Kind, content, isLiteral) = (MarkupKind.Text, at..end, false);
        at = end;
        return true;
    }

    private bool TakeEnd()
    {
        var end = EndOfName(at + 2);
        (Kind, Name) = (MarkupKind.End, text[(at + 2)..end]);
        at = text.AsSpan(end).IndexOfAny('<', '>') is var length and >= 0 ? end + length : text.Length;
        if (at < text.Length && text[at] == '>') at++;
        return true;
    }

    /// <returns>Nothing taken when this is no tag but a sign in a text ("5 &lt;b and c").</returns>
    private bool TakeStart()
    {
        attributes.Clear();
        var nameEnd = EndOfName(at + 1);
        var hasValues = false;
        var i = nameEnd;
        while (i < text.Length && text[i] is not ('<' or '>'))
        {
            if (char.IsWhiteSpace(text[i]) || text[i] is '/' or '=' or '"' or '\'') i++;
            else i = TakeAttribute(i, ref hasValues);
        }

        var isClosed = i < text.Length && text[i] == '>';
        if (!isClosed)
        {
            if (!hasValues) return false;
            Note(at, $"<{text[(at + 1)..Math.Min(nameEnd, at + 40)]} has no >");
        }

        (Kind, Name, ClosesItself) = (MarkupKind.Start, text[(at + 1)..nameEnd], text[i - 1] == '/');
        at = isClosed ? i + 1 : i;
        return true;
    }

    private int TakeAttribute(int start, ref bool hasValues)
    {
        var end = start;
        while (end < text.Length && !char.IsWhiteSpace(text[end]) && text[end] is not ('=' or '<' or '>' or '/' or '"' or '\'')) end++;
        var value = AfterBlanks(end);
        if (value >= text.Length || text[value] != '=') return end;

        hasValues = true;
        value = AfterBlanks(value + 1);
        var isQuoted = value < text.Length && text[value] is '"' or '\'';
        var valueEnd = isQuoted ? EndOfQuoted(value) : EndOfUnquoted(value);
        if (attributes.Count < MostAttributes) attributes.Add((start..end, (isQuoted ? value + 1 : value)..valueEnd));
        return isQuoted && valueEnd < text.Length && text[valueEnd] == text[value] ? valueEnd + 1 : valueEnd;
    }

    // A value may hold a ">" and, against the rules, a "<"; a ">" before a "<" is the tag's own, and the quotation mark was forgotten.
    private int EndOfQuoted(int open)
    {
        var end = open + 1 + Length(open + 1, text[open], '<');
        if (end == text.Length || text[end] == text[open]) return end;
        if (text.AsSpan(open + 1, end - open - 1).IndexOf('>') is var early and >= 0) return open + 1 + early;

        return end + Length(end, text[open], '>');
    }

    private int EndOfUnquoted(int start)
    {
        while (start < text.Length && !char.IsWhiteSpace(text[start]) && text[start] is not ('<' or '>')) start++;
        return start;
    }

    // Where the end of a section was forgotten, its element ends all the same, before another section begins.
    private bool TakeSection()
    {
        var start = at + Section.Length;
        var end = IndexOf("]]>", start);
        var body = text.AsSpan(start..(end ?? text.Length));
        if (body.TrimStart().StartsWith(Section)) start += body.IndexOf(Section) + Section.Length;
        body = text.AsSpan(start..(end ?? text.Length));
        var next = body.IndexOf(Section);
        var own = next < 0 ? body : body[..next];
        var length = end is null || next >= 0 ? own.IndexOf($"</{Name}", StringComparison.OrdinalIgnoreCase) : -1;
        if (end is null || length >= 0) Note(at, "a CDATA section has no end");
        if (length < 0) length = end is null ? own.Length : body.Length;
        (Kind, content, isLiteral) = (MarkupKind.Text, start..(start + length), true);
        at = start + length == end ? start + length + "]]>".Length : start + length;
        return true;
    }

    private void PassOver(ReadOnlySpan<char> rest)
    {
        if (!hasDocumentType && rest.StartsWith("<!DOCTYPE", StringComparison.OrdinalIgnoreCase))
        {
            hasDocumentType = true;
            var end = EndOfDocumentType();
            entities.Declare(text[at..end]);
            at = end;
            return;
        }

        var mark = rest.StartsWith("<!--") ? "-->" : rest[1] == '?' ? "?>" : ">";
        if (IndexOf(mark, at + 2) is { } found)
        {
            at = found + mark.Length;
            return;
        }

        Note(at, $"{rest[..Math.Min(rest.Length, 4)]} has no {mark}");
        at += mark == "-->" ? "<!--".Length : "<!".Length;
    }

    // Its own ">" is the first one outside quotes, comments and brackets; where they do not fit together, the first one there is.
    private int EndOfDocumentType()
    {
        var isInside = false;
        for (var i = at + 1; i < text.Length; i++)
        {
            if (text[i] == '>' && !isInside) return i + 1;
            if (text[i] is '[' or ']') isInside = text[i] == '[';
            var mark = text[i] is '"' or '\'' ? text[i].ToString() : text.AsSpan(i).StartsWith("<!--") ? "-->" : null;
            if (mark is null) continue;

            var end = text.IndexOf(mark, i + 1, StringComparison.Ordinal);
            if (end < 0 || (!isInside && mark.Length == 1 && text.AsSpan(i, end - i).Contains('<'))) break;

            i = end + mark.Length - 1;
        }

        return text.IndexOf('>', at) is var first and >= 0 ? first + 1 : text.Length;
    }

    // What was found or missed once is not looked for again: that would take a time that grows with the square of the document.
    private int? IndexOf(string mark, int from)
    {
        if (!marks.TryGetValue(mark, out var found) || (found >= 0 && found < from))
            marks[mark] = found = text.IndexOf(mark, from, StringComparison.Ordinal);
        return found < 0 ? null : found;
    }

    private int Length(int from, char one, char other) =>
        text.AsSpan(from).IndexOfAny(one, other) is var length and >= 0 ? length : text.Length - from;

    private int EndOfName(int start)
    {
        while (start < text.Length && !char.IsWhiteSpace(text[start]) && text[start] is not ('<' or '>' or '/' or '"' or '\'' or '=')) start++;
        return start;
    }

    private int AfterBlanks(int start)
    {
        while (start < text.Length && char.IsWhiteSpace(text[start])) start++;
        return start;
    }

    private void Note(int position, string what) => Fault ??= (position, what);

    private static bool IsNameStart(char c) => char.IsLetter(c) || c is '_' or ':';
}
