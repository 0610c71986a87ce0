using System.Collections.Frozen;

namespace Notify.Messages.Templates;

/// <summary>What an editor can change; the layout stands around the others.</summary>
public enum MailPart
{
    Layout = 1,
    Alert = 2,
    Confirmation = 3,
    Digest = 4,

    /// <summary>The way to a reader's own page, sent when asked for.</summary>
    Link = 5,
}

/// <summary>A part as it is written: Liquid in HTML, and Liquid in text. Neither is made from the other.</summary>
public sealed record PartSource(string Html, string Text)
{
    /// <summary>Characters in each of the two; no mail that a reader's program shows whole needs more.</summary>
    public const int MostCharacters = 64 * 1024;
}

/// <summary>What is wrong with a part, where, in words for whoever wrote it.</summary>
/// <param name="Where"><c>HTML</c> or <c>Text</c>.</param>
/// <param name="Line">Null when it is not in one line, such as something that is missing.</param>
public sealed record TemplateFault(string Where, int? Line, string Says)
{
    public const string Html = "HTML";
    public const string Text = "Text";

    public override string ToString() => Line is { } line ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Where}, line {line}: {Says}") : $"{Where}: {Says}";
}

/// <summary>What comes with Notify, and what each part may speak of.</summary>
internal static class MailParts
{
    private static readonly string[] Everywhere =
    [
        "mail.subject", "mail.preheader", "mail.language", "mail.direction", "mail.align", "site.name", "site.url", "site.language", "site.postal_address", "site.support", "site.support_url",
        "site.privacy_url", "site.terms_url", .. MailWords.Keys.Select(key => "words." + key),
    ];

    private static readonly string[] OfNews = ["links.unsubscribe", "links.view", "links.preferences"];

    private static readonly string[] OfArticles = ["article.title", "article.summary", "article.url", "article.image_url", "article.topics", "article.is_breaking"];

    /// <summary>The articles are gone through as <c>article</c>.</summary>
    private static readonly string[] OfDigests = ["digest.articles", "digest.more"];

    private static readonly FrozenDictionary<MailPart, PartSource> BuiltIn = Enum.GetValues<MailPart>().ToFrozenDictionary(part => part, part => new PartSource(Read(part, "html"), Read(part, "txt")));

    /// <summary>As it is called in the database and in addresses.</summary>
    public static string NameOf(MailPart part) => part.ToString().ToLowerInvariant();

    public static PartSource BuiltInOf(MailPart part) => BuiltIn[part];

    /// <summary>What stands in the layout when it is looked at.</summary>
    public static MailPart ShownIn(MailPart part) => part == MailPart.Layout ? MailPart.Alert : part;

    public static IReadOnlyList<string> VariablesOf(MailPart part) => part switch
    {
        MailPart.Layout => [.. Everywhere, .. OfNews, "content"],
        MailPart.Alert => [.. Everywhere, .. OfNews, .. OfArticles],
        MailPart.Digest => [.. Everywhere, .. OfNews, .. OfDigests, .. OfArticles.Where(name => name != "article.image_url")],
        MailPart.Link => [.. Everywhere, "links.preferences"],
        _ => [.. Everywhere, "links.confirm"],
    };

    private static string Read(MailPart part, string kind)
    {
        using var reader = new StreamReader(typeof(MailParts).Assembly.GetManifestResourceStream($"Messages.Templates.{NameOf(part)}.{kind}")
            ?? throw new InvalidOperationException($"The template {part} is not in this build."));
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
