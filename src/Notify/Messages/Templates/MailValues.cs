using System.Globalization;
using Fluid.Values;
using Notify.Publication;
using Notify.Web;

namespace Notify.Messages.Templates;

/// <summary>What a mail about an article may say of it. Anybody may have written these words.</summary>
public sealed record ArticleValues(string Title, string? Summary, string Url, string? ImageUrl, IReadOnlyList<string> Topics, bool IsBreaking);

/// <summary>What a mail is rendered with: the same for all its readers.</summary>
public sealed record MailValues
{
    private const int MostOfTitle = 500;
    private const int MostOfSummary = 5_000;
    private const int MostOfUrl = 2_000;

    /// <summary>A digest with so many, and each as short as this, is whole in every mail program; the others are where it is shown in the browser.</summary>
    public const int MostInDigest = 20;

    /// <summary>What leads from the reader's own way out to what they can choose.</summary>
    public const string BehindUnsubscribe = "/preferences";

    private const int MostOfDigestTitle = 120;
    private const int MostOfDigestSummary = 160;
    private const int MostOfDigestUrl = 400;

    /// <summary>A mail program shows about so much of it behind the subject.</summary>
    private const int MostOfPreheader = 120;

    public required PublicationOptions Site { get; init; }

    /// <summary>The language of the mail's own words.</summary>
    public required string Language { get; init; }

    public required string Subject { get; init; }

    public ArticleValues? Article { get; init; }

    /// <summary>The articles of a digest, the most important first; null where the mail is none.</summary>
    public IReadOnlyList<ArticleValues>? Digest { get; init; }

    /// <summary>What stands for the reader's link; null where a mail has none.</summary>
    public string? Unsubscribe { get; init; }

    public string? View { get; init; }

    public string? Confirm { get; init; }

    /// <summary>Where the reader chooses what they get; behind the reader's own link where there is one.</summary>
    public string? Preferences { get => field ?? (Unsubscribe is { } link ? link + BehindUnsubscribe : null); init; }

    /// <summary>A word in a language, with the publication's name in it.</summary>
    public static string Word(string language, string key, PublicationOptions site) => Filled(language, key, site.Name);

    /// <summary>How many articles there are, in words of a language.</summary>
    public static string Count(string language, int count) => count == 1
        ? MailWords.In(language)["digestOne"]
        : MailWords.In(language)["digestCount"].Replace("{count}", count.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    internal Dictionary<string, FluidValue> ToModel()
    {
        var model = new Dictionary<string, FluidValue>(StringComparer.Ordinal)
        {
            ["site"] = Object(
                ("name", Site.Name), ("url", Link(Site.Url)), ("language", Site.Locale), ("postal_address", Site.PostalAddress), ("support", Site.SupportContact),
                ("support_url", Masthead.HrefOf(Site.SupportContact)), ("privacy_url", Link(Site.PrivacyUrl)), ("terms_url", Link(Site.TermsUrl))),
            ["mail"] = Object(
                ("subject", Subject), ("preheader", Short(Preheader, MostOfPreheader)), ("language", Language),
                ("direction", IsRightToLeft ? "rtl" : "ltr"), ("align", IsRightToLeft ? "right" : "left")),
            ["links"] = Object(("unsubscribe", Unsubscribe), ("view", View), ("confirm", Confirm), ("preferences", Preferences)),
            ["words"] = Object([.. MailWords.Keys.Select(key => (key, (string?)(key == "digestCount" ? Count(Language, Digest?.Count ?? 0) : Filled(Language, key, Isolated(Site.Name)))))]),
        };
        if (Digest is { } articles)
        {
            model["digest"] = Object(
                [("more", articles.Count > MostInDigest ? (articles.Count - MostInDigest).ToString(CultureInfo.InvariantCulture) : null)],
                [("articles", new ArrayValue([.. articles.Take(MostInDigest).Select(InDigest)]))]);
        }

        if (Article is { } article)
        {
            model["article"] = Object(
                [
                    ("title", Short(article.Title, MostOfTitle)), ("summary", article.Summary is { } summary ? Short(summary, MostOfSummary) : null),
                    ("url", Link(article.Url) ?? Link(Site.Url)), ("image_url", article.ImageUrl?.StartsWith("https://", StringComparison.OrdinalIgnoreCase) == true ? Link(article.ImageUrl) : null),
                ],
                [("topics", Names(article.Topics)), ("is_breaking", BooleanValue.Create(article.IsBreaking))]);
        }

        return model;
    }

    /// <summary>An address that would take too much room leads to where the digest is shown in the browser.</summary>
    private DictionaryValue InDigest(ArticleValues article) => Object(
        [
            ("title", Short(article.Title, MostOfDigestTitle)), ("summary", article.Summary is { } summary ? Short(summary, MostOfDigestSummary) : null),
            ("url", article.Url.Length <= MostOfDigestUrl && Link(article.Url) is { } url ? url : View ?? Link(Site.Url)),
        ],
        [("topics", Names(article.Topics)), ("is_breaking", BooleanValue.Create(article.IsBreaking))]);

    private static FluidValue Names(IReadOnlyList<string> topics) => topics.Count > 0 ? new ArrayValue([.. topics.Select(topic => new StringValue(topic))]) : NilValue.Instance;

    private bool IsRightToLeft => Languages.IsRightToLeft(Language);

    /// <summary>What a mail program shows behind the subject, so never the subject again.</summary>
    private string Preheader => Article is { } article ? article.Summary ?? Site.Name
        : Digest is { } articles ? (articles.Count > 1 ? string.Join(" \u00b7 ", articles.Skip(1).Take(3).Select(a => a.Title)) : (articles.Count == 1 ? articles[0].Summary : null) ?? Site.Name)
        : Filled(Language, Confirm is null ? "linkAsk" : "confirmAsk", Site.Name);

    private static string Filled(string language, string key, string name) => MailWords.In(language)[key].Replace("{site}", name, StringComparison.Ordinal);

    /// <summary>A name in another script keeps its own order within a line that runs the other way (Unicode Bidirectional Algorithm, 2.4: FSI, PDI).</summary>
    private string Isolated(string name) => IsRightToLeft ? $"\u2068{name}\u2069" : name;

    /// <summary>Only an address of the web is a link; what a feed calls one may be anything.</summary>
    private static string? Link(string? text) =>
        text is { Length: > 0 and <= MostOfUrl } && Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0 ? text : null;

    /// <summary>Not cut within what a reader takes for one character.</summary>
    private static string Short(string text, int most)
    {
        if (text.Length <= most)
        {
            return text;
        }

        var at = 0;
        while (at + StringInfo.GetNextTextElementLength(text, at) is var next && next < most)
        {
            at = next;
        }

        return text[..at] + "…";
    }

    private static DictionaryValue Object(params (string Name, string? Value)[] values) => Object(values, []);

    /// <summary>What is empty is nothing, so that a template can ask for it: an empty text counts as something in Liquid.</summary>
    private static DictionaryValue Object((string Name, string? Value)[] values, (string Name, FluidValue Value)[] others) =>
        new(new FluidValueDictionaryFluidIndexable(values.Select(pair => (pair.Name, Value: pair.Value is { Length: > 0 } text ? new StringValue(text) : (FluidValue)NilValue.Instance))
            .Concat(others).ToDictionary(pair => pair.Name, pair => pair.Value, StringComparer.Ordinal)));
}
