using System.Text.RegularExpressions;

namespace Notify.Messages.Templates;

/// <summary>A piece of a template: Liquid, or what stands around it.</summary>
/// <param name="Line">The line it begins in, from 1.</param>
internal readonly record struct Piece(string Text, bool IsLiquid, int Line)
{
    /// <summary>The variable it shows and nothing else; null when it is anything else.</summary>
    public string? Variable => IsLiquid && TemplateText.OneVariable.Match(Text) is { Success: true } match ? match.Groups["name"].Value : null;

    public bool IsComment => IsLiquid && Text.AsSpan(2).TrimStart("- \t\r\n") is var inner && (inner.StartsWith("#", StringComparison.Ordinal) || inner.StartsWith("comment", StringComparison.Ordinal));

    /// <summary>The tag it is, such as <c>if</c>; null when it is none.</summary>
    public string? Tag => IsLiquid && TemplateText.OneTag.Match(Text) is { Success: true } match ? match.Groups["name"].Value : null;
}

/// <summary>Cuts a template into Liquid and the rest. What cannot be cut without doubt is refused before, by <see cref="LiquidRules"/>.</summary>
internal static partial class TemplateText
{
    public static List<Piece> Cut(string source)
    {
        var pieces = new List<Piece>();
        var (at, line) = (0, 1);
        foreach (Match liquid in Liquid.Matches(source))
        {
            Add(source[at..liquid.Index], false);
            Add(liquid.Value, true);
            at = liquid.Index + liquid.Length;
        }

        Add(source[at..], false);
        return pieces;

        void Add(string text, bool isLiquid)
        {
            if (text.Length > 0)
            {
                pieces.Add(new Piece(text, isLiquid, line));
                line += text.AsSpan().Count('\n');
            }
        }
    }

    /// <summary>A comment up to its end, else what stands between two braces; a quoted brace ends nothing.</summary>
    [GeneratedRegex("""
        \{%-?\s*comment\s*-?%\} [\s\S]*? \{%-?\s*endcomment\s*-?%\} | \{%-?\s*\# [\s\S]*? %\}
        | \{\{ (?: "[^"]*" | '[^']*' | [^"'] )*? \}\} | \{% (?: "[^"]*" | '[^']*' | [^"'] )*? %\}
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Liquid { get; }

    [GeneratedRegex(@"^\{\{-?\s*(?<name>[\w.]+)\s*-?\}\}$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    internal static partial Regex OneVariable { get; }

    [GeneratedRegex(@"^\{%-?\s*(?<name>\w+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    internal static partial Regex OneTag { get; }
}
