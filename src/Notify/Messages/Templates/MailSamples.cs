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
        var confirm = part == MailPart.Confirmation;
        return new MailValues
        {
            Site = whole,
            Language = language,
            Subject = confirm ? MailValues.Word(language, "confirmSubject", whole) : title,
            Article = confirm ? null : shape switch
            {
                Shape.Full => new ArticleValues(title, MailValues.Word(language, "sampleSummary", whole), "https://news.example/bridge", Picture, [.. whole.Topics.Take(2).Select(t => t.Name)], IsBreaking: true),
                Shape.Bare => new ArticleValues(title, null, "https://news.example/bridge", null, [], IsBreaking: false),
                _ => new ArticleValues(new string('"', 5_000), new string('"', 50_000), "https://news.example/" + new string('a', 1_900), Picture + "?" + new string('a', 1_900), [.. whole.Topics.Select(t => t.Name)], IsBreaking: true),
            },
            Unsubscribe = confirm ? null : "https://notify.example/u/" + Mark(),
            View = confirm ? null : "https://notify.example/view/" + new string('a', 60),
            Confirm = confirm ? "https://notify.example/confirm/" + new string('a', 60) : null,
        };
    }

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
