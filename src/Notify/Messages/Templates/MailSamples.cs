using System.Security.Cryptography;
using Notify.Publication;

namespace Notify.Messages.Templates;

/// <summary>Mails to look at and to check with: made-up articles in the reader's language, and a publication with everything set.</summary>
internal static class MailSamples
{
    /// <summary>Where a sample's picture would lie; a preview shows another in its place.</summary>
    public const string Picture = "https://news.example/bridge.jpg";

    /// <summary>What an article can have, or not have: each makes a template go another way.</summary>
    public enum Shape
    {
        Full,
        Bare,

        /// <summary>As long as an article can be, in characters that take the most room.</summary>
        Longest,
    }

    public static MailValues Of(MailPart part, string language, PublicationOptions site, Shape shape = Shape.Full)
    {
        var whole = Whole(site);
        var title = MailValues.Word(language, "sampleTitle", whole);
        var isNews = part is not (MailPart.Confirmation or MailPart.Link);
        return new MailValues
        {
            Site = whole,
            Language = language,
            Subject = part switch
            {
                MailPart.Confirmation => MailValues.Word(language, "confirmSubject", whole),
                MailPart.Link => MailValues.Word(language, "linkSubject", whole),
                _ => title,
            },
            Article = isNews && part != MailPart.Digest ? Article(shape, title, language, whole) : null,
            Digest = part == MailPart.Digest ? [.. Enumerable.Repeat(Article(shape, title, language, whole), shape switch { Shape.Full => 3, Shape.Bare => 1, _ => MailValues.MostInDigest + 5 })] : null,
            Unsubscribe = isNews ? "https://notify.example/u/" + Mark() : null,
            View = isNews ? "https://notify.example/view/" + new string('a', 60) : null,
            Confirm = part == MailPart.Confirmation ? "https://notify.example/confirm/" + new string('a', 60) : null,
            Preferences = part == MailPart.Link ? "https://notify.example/preferences/" + new string('a', 60) : null,
        };
    }

    private static ArticleValues Article(Shape shape, string title, string language, PublicationOptions site) => shape switch
    {
        Shape.Full => new ArticleValues(title, MailValues.Word(language, "sampleSummary", site), "https://news.example/bridge", Picture, [.. site.Topics.Take(2).Select(t => t.Name)], IsBreaking: true),
        Shape.Bare => new ArticleValues(title, null, "https://news.example/bridge", null, [], IsBreaking: false),
        _ => new ArticleValues(new string('"', 5_000), new string('"', 50_000), "https://news.example/" + new string('a', 1_900), Picture + "?" + new string('a', 1_900), [.. site.Topics.Select(t => t.Name)], IsBreaking: true),
    };

    /// <summary>What no template can hold by chance.</summary>
    private static string Mark() => RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <summary>A publication on its first day has no postal address yet; a template must show it all the same.</summary>
    private static PublicationOptions Whole(PublicationOptions site) => new()
    {
        Name = site.Name,
        Url = site.Url,
        Locale = site.Locale,
        Topics = site.Topics,
        PostalAddress = Or(site.PostalAddress, "1 Example Street, Example Town"),
        SupportContact = Or(site.SupportContact, "help@news.example"),
        TermsUrl = Or(site.TermsUrl, "https://news.example/terms"),
        PrivacyUrl = Or(site.PrivacyUrl, "https://news.example/privacy"),
    };

    private static string Or(string text, string otherwise) => text.Length > 0 ? text : otherwise;
}
