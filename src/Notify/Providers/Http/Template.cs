using System.Text.Json;
using System.Text.RegularExpressions;

namespace Notify.Providers.Http;

/// <summary>
/// Text with placeholders that are all filled at once, so that a message which says <c>{to}</c> is sent as it is. What is filled in is
/// escaped for the place it comes to.
/// </summary>
internal sealed partial class Template(string text, TemplateKind kind)
{
    /// <summary><c>toDigits</c> is the number without its plus.</summary>
    public static readonly string[] Known = ["to", "toDigits", "from", "text", "id", "statusUrl"];

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public bool Asks(string name) => Placeholder.Matches(text).Any(match => match.Groups["name"].Value == name);

    public IEnumerable<string> Unknown(IEnumerable<string> known) => Placeholder.Matches(text).Select(match => match.Groups["name"].Value).Except(known);

    public string Fill(Func<string, string> value) => Placeholder.Replace(text, match => Escape(value(match.Groups["name"].Value)));

    /// <summary>What is wrong with a JSON template; null when every message makes it a document. A value that ends strings shows a placeholder outside of one.</summary>
    public string? JsonFault()
    {
        try
        {
            using var document = JsonDocument.Parse(Fill(_ => "x\"\\\n"));
            return null;
        }
        catch (JsonException e)
        {
            return $"is no JSON once it is filled in (line {e.LineNumber + 1}): each placeholder must stand inside a string, as in \"{{to}}\".";
        }
    }

    private string Escape(string value) => kind == TemplateKind.Json ? JsonSerializer.Serialize(value, Relaxed)[1..^1] : Uri.EscapeDataString(value);

    [GeneratedRegex(@"\{(?<name>[A-Za-z]+)\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Placeholder { get; }
}

/// <summary>What a template becomes part of.</summary>
internal enum TemplateKind
{
    Json,

    /// <summary>An address, or a form.</summary>
    Url,
}
