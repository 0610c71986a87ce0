using System.Text;

namespace Notify.Messages.Templates;

/// <param name="IsImportant">Wins over declarations that are not, whatever their selectors.</param>
internal readonly record struct Declaration(string Name, string Value, bool IsImportant);

/// <summary>One selector with what it declares; a rule with a list of selectors is one of these for each.</summary>
internal sealed record StyleRule(string Selector, IReadOnlyList<Declaration> Declarations);

/// <summary>
/// A style sheet as far as it is put into style attributes, read with its values as they were written: what an object model makes of them,
/// such as <c>rgba(…)</c> of a colour, is not understood by every mail program.
/// </summary>
/// <param name="Rules">What can be put into style attributes.</param>
/// <param name="Kept">What cannot: media queries, states, the whole document, a mail program's own marks; as it was written.</param>
internal sealed record StyleSheet(IReadOnlyList<StyleRule> Rules, string Kept)
{
    public static StyleSheet Read(string css)
    {
        var rules = new List<StyleRule>();
        var kept = new StringBuilder();
        var text = WithoutComments(css);
        var at = 0;
        while (true)
        {
            var open = Next(text, at, "{;");
            if (open < 0)
            {
                return new StyleSheet(rules, kept.ToString().Trim());
            }

            var prelude = text[at..open].Trim();
            if (text[open] == ';')
            {
                kept.Append(prelude).Append(";\n");
                at = open + 1;
                continue;
            }

            var close = Close(text, open);
            var isAtRule = prelude.StartsWith('@');
            var body = text[(open + 1)..close];
            foreach (var selector in isAtRule ? [] : Split(prelude, ',').Where(IsForAttributes))
            {
                rules.Add(new StyleRule(selector, Declarations(body)));
            }

            string[] others = isAtRule ? [prelude] : [.. Split(prelude, ',').Where(selector => !IsForAttributes(selector))];
            if (others.Length > 0)
            {
                kept.Append(string.Join(", ", others)).Append(" {").Append(body).Append("}\n");
            }

            at = Math.Min(close + 1, text.Length);
        }
    }

    public static IReadOnlyList<Declaration> Declarations(string text)
    {
        var declarations = new List<Declaration>();
        foreach (var part in Split(WithoutComments(text), ';'))
        {
            var colon = part.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
            {
                continue;
            }

            var (name, value) = (part[..colon].Trim().ToLowerInvariant(), part[(colon + 1)..].Trim());
            var bang = value.LastIndexOf('!');
            var isImportant = bang >= 0 && value[(bang + 1)..].Trim().Equals("important", StringComparison.OrdinalIgnoreCase);
            declarations.Add(new Declaration(name, isImportant ? value[..bang].TrimEnd() : value, isImportant));
        }

        return declarations;
    }

    /// <summary>A state, a part or the root is no element with a style; <c>[data-…]</c> is set by the mail program that shows it.</summary>
    private static bool IsForAttributes(string selector) => !selector.Contains(':', StringComparison.Ordinal) && !selector.Contains("[data-", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<string> Split(string text, char at)
    {
        var from = 0;
        while (from <= text.Length)
        {
            var next = Next(text, from, at.ToString());
            var end = next < 0 ? text.Length : next;
            if (text[from..end].Trim() is { Length: > 0 } part)
            {
                yield return part;
            }

            from = end + 1;
        }
    }

    /// <summary>Where a block that is opened ends; at the end of the text when it is never closed.</summary>
    private static int Close(string text, int open)
    {
        var (depth, at) = (0, open);
        while (at >= 0)
        {
            depth += text[at] == '{' ? 1 : -1;
            if (depth == 0)
            {
                return at;
            }

            at = Next(text, at + 1, "{}");
        }

        return text.Length;
    }

    /// <summary>The next of some characters that is neither quoted nor between parentheses.</summary>
    private static int Next(string text, int from, string any)
    {
        var (quote, parentheses) = ('\0', 0);
        for (var i = from; i < text.Length; i++)
        {
            var c = text[i];
            if (quote != '\0')
            {
                quote = c == quote ? '\0' : quote;
            }
            else if (c is '"' or '\'')
            {
                quote = c;
            }
            else if (parentheses == 0 && any.Contains(c, StringComparison.Ordinal))
            {
                return i;
            }
            else
            {
                parentheses = Math.Max(0, parentheses + (c == '(' ? 1 : c == ')' ? -1 : 0));
            }
        }

        return -1;
    }

    private static string WithoutComments(string css)
    {
        var text = new StringBuilder(css.Length);
        var at = 0;
        while (css.IndexOf("/*", at, StringComparison.Ordinal) is var open and >= 0)
        {
            text.Append(css, at, open - at).Append(' ');
            var close = css.IndexOf("*/", open + 2, StringComparison.Ordinal);
            at = close < 0 ? css.Length : close + 2;
        }

        return text.Append(css, at, css.Length - at).ToString();
    }
}
