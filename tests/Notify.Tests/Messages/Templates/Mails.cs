using Notify.Messages.Templates;
using Notify.Publication;

namespace Notify.Tests.Messages.Templates;

/// <summary>Templates and what they are rendered with, for tests that need no database.</summary>
internal static class Mails
{
    public const string Unsubscribe = "https://notify.example/u/the-readers-own";

    public static readonly PublicationOptions Site = new()
    {
        Name = "Daily & Sons",
        Url = "https://news.example",
        Locale = "en",
        PostalAddress = "1 Example Street, Example Town",
        SupportContact = "help@news.example",
        PrivacyUrl = "https://news.example/privacy",
        TermsUrl = "https://news.example/terms",
        Topics = [new TopicOptions { Key = "local", Name = "Local" }, new TopicOptions { Key = "sport", Name = "Sport" }],
    };

    public static MailValues Sample(MailPart part, string language, MailSamples.Shape shape = MailSamples.Shape.Full) =>
        MailSamples.Of(part, language, Site, shape) is var values && values.Unsubscribe is null ? values : values with { Unsubscribe = Unsubscribe };

    private static MailPart PartOf(MailValues values) => values switch
    {
        { Confirm: not null } => MailPart.Confirmation,
        { Digest: not null } => MailPart.Digest,
        { Article: null } => MailPart.Link,
        _ => MailPart.Alert,
    };

    /// <summary>A mail about an article, with the built-in layout.</summary>
    public static Task<RenderedMail> RenderAsync(ArticleValues article, PartSource? alert = null, string language = "en") =>
        RenderAsync(Sample(MailPart.Alert, language) with { Article = article, Subject = article.Title }, alert);

    public static async Task<RenderedMail> RenderAsync(MailValues values, PartSource? content = null, PartSource? layout = null)
    {
        var compiled = CompiledTemplate.Compile(
            layout ?? MailParts.BuiltInOf(MailPart.Layout), content ?? MailParts.BuiltInOf(PartOf(values)), out var faults);
        Assert.True(compiled is not null, string.Join('\n', faults));
        return await compiled.RenderAsync(values, Budget());
    }

    /// <summary>What would be said to somebody who wants to save an alert's HTML.</summary>
    public static Task<IReadOnlyList<TemplateFault>> JudgeHtmlAsync(string html) => JudgeAsync(MailPart.Alert, new PartSource(html, MailParts.BuiltInOf(MailPart.Alert).Text));

    /// <inheritdoc cref="JudgeHtmlAsync" />
    public static async Task<IReadOnlyList<TemplateFault>> JudgeAsync(MailPart part, PartSource source, TimeProvider? clock = null)
    {
        var alone = TemplateDesk.Alone(part, source);
        if (alone.Count > 0)
        {
            return alone;
        }

        var trial = new TemplateTrial(Site);
        foreach (var mail in part == MailPart.Layout ? [MailPart.Alert, MailPart.Confirmation] : (MailPart[])[part])
        {
            var (layout, content) = part == MailPart.Layout ? (source, MailParts.BuiltInOf(mail)) : (MailParts.BuiltInOf(MailPart.Layout), source);
            await trial.TryAsync(mail, "en", layout, content, () => Budget(clock));
        }

        return trial.Faults;
    }

    private static Liquid.Budget Budget(TimeProvider? clock = null) => new(clock ?? TimeProvider.System, TimeSpan.FromSeconds(30));
}
