using System.Text;
using System.Text.RegularExpressions;

namespace Notify.Tests.Architecture;

/// <summary>A source file of <c>src/Notify</c> as text; <see cref="Path"/> is relative to that folder and uses forward slashes.</summary>
internal sealed partial record SourceFile(string Path, string Text)
{
    /// <summary>The text without comments and with empty string literals; every character that stays keeps its line.</summary>
    public string Code { get; } = IsRazorFile(Path) ? RazorComments.Replace(Text, Blank) : CSharpTokens.Replace(Text, CommentsAndStrings);

    /// <summary>The text without literals that are an address (<c>"/webhooks/…"</c>) or the name of a setting (<c>"Section:Key"</c>).</summary>
    public string TextWithoutAddressesAndSettings { get; } =
        IsRazorFile(Path) ? Text : CSharpTokens.Replace(Text, token => AddressOrSetting.IsMatch(token.Value) ? Blank(token) : token.Value);

    /// <summary>The folder right under <c>src/Notify</c>, or empty for a file of the root.</summary>
    public string Folder => Path.Contains('/', StringComparison.Ordinal) ? Path[..Path.IndexOf('/', StringComparison.Ordinal)] : "";

    public string FileName => Path[(Path.LastIndexOf('/') + 1)..];

    public bool IsRazor => IsRazorFile(Path);

    public static int LineOf(string text, int index) => text.AsSpan(0, index).Count('\n') + 1;

    /// <summary>All C# and Razor files under a folder, generated output left out.</summary>
    public static IReadOnlyList<SourceFile> AllUnder(string folder) =>
    [
        .. from file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
           let path = System.IO.Path.GetRelativePath(folder, file).Replace('\\', '/')
           where file.EndsWith(".cs", StringComparison.Ordinal) || IsRazorFile(file)
           where !path.Split('/').Any(part => part is "bin" or "obj" or "artifacts")
           orderby path
           select new SourceFile(path, File.ReadAllText(file)),
    ];

    private static bool IsRazorFile(string path) => path.EndsWith(".razor", StringComparison.Ordinal);

    private static string CommentsAndStrings(Match token) => token.Value[0] switch
    {
        '/' => Blank(token),
        '\'' => "' '",
        _ => $"\"{Blank(token)}\"",
    };

    private static string Blank(Match token)
    {
        var lines = new StringBuilder();
        return lines.Append('\n', token.Value.AsSpan().Count('\n')).ToString();
    }

    /// <summary>Comments, raw strings, verbatim strings, strings, characters: whichever starts first swallows what looks like the others.</summary>
    [GeneratedRegex("""
        //[^\n]* | /\*[\s\S]*?\*/ | (?<quotes>"{3,})[\s\S]*?\k<quotes> | (?:\$@|@\$|@)"(?:[^"]|"")*" | "(?:\\.|[^"\\\n])*" | '(?:\\[^']+|\\'|[^'\\\n])'
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex CSharpTokens { get; }

    [GeneratedRegex(@"@\*[\s\S]*?\*@|<!--[\s\S]*?-->", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex RazorComments { get; }

    [GeneratedRegex("""^"(/webhooks/[^"]*|[A-Z][A-Za-z]+(:[\w:{}]*)?)"$""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex AddressOrSetting { get; }
}
