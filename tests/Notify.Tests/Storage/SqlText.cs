using System.Text;
using System.Text.RegularExpressions;

namespace Notify.Tests.Storage;

/// <summary>An SQL text as it stands in a source file; a hole of an interpolated one stands as <c>{expression}</c>.</summary>
internal sealed partial record SqlText(string Where, string Text)
{
    /// <summary>Every string of a source file that begins with an SQL verb.</summary>
    public static IEnumerable<SqlText> In(string file, string source)
    {
        foreach (var (at, text) in Strings(source))
        {
            if (Verb().IsMatch(text))
            {
                yield return new SqlText($"{file}:{source.AsSpan(0, at).Count('\n') + 1}", text.Trim());
            }
        }
    }

    private static IEnumerable<(int At, string Text)> Strings(string s)
    {
        for (var i = 0; i < s.Length; i++)
        {
            if (s[i] == '/' && i + 1 < s.Length && s[i + 1] == '/')
            {
                i = End(s, "\n", i) - 1;
            }
            else if (s[i] == '\'')
            {
                i = s[i + 1] == '\\' ? s.IndexOf('\'', i + 3) : i + 2;
            }
            else if (s[i] == '"')
            {
                var isInterpolated = i > 0 && s[i - 1] == '$';
                var quotes = 1;
                while (i + quotes < s.Length && s[i + quotes] == '"')
                {
                    quotes++;
                }

                if (quotes == 2)
                {
                    i++;
                    continue;
                }

                var (text, end) = quotes >= 3 ? Raw(s, i, quotes) : Plain(s, i + 1, isInterpolated);
                yield return (i, text);
                i = end;
            }
        }
    }

    private static (string Text, int End) Raw(string s, int at, int quotes)
    {
        var close = s.IndexOf(new string('"', quotes), at + quotes, StringComparison.Ordinal);
        return (s[(at + quotes)..close], close + quotes - 1);
    }

    private static (string Text, int End) Plain(string s, int at, bool isInterpolated)
    {
        var text = new StringBuilder();
        for (var depth = 0; ; at++)
        {
            if (depth == 0 && s[at] == '"')
            {
                return (text.ToString(), at);
            }

            if (s[at] == '\\')
            {
                text.Append(s[++at] == 'n' ? '\n' : s[at]);
                continue;
            }

            depth += isInterpolated && s[at] == '{' ? 1 : isInterpolated && s[at] == '}' ? -1 : 0;
            text.Append(s[at]);
        }
    }

    private static int End(string s, string what, int from) => s.IndexOf(what, from, StringComparison.Ordinal) is >= 0 and var at ? at + what.Length : s.Length;

    [GeneratedRegex(@"^\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH)\s", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Verb();
}
