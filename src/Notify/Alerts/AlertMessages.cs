using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Notify.Articles;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Messages;
using Notify.Messages.Templates;
using Notify.Publication;
using Notify.Storage;

namespace Notify.Alerts;

/// <summary>What an alert says, by text and by mail.</summary>
internal sealed class AlertMessages(Database database, MailTemplates templates, SentMails sent, IOptionsMonitor<PublicationOptions> options) : IMessageSource
{
    public SourceKind Kind => SourceKind.Alert;

    public async Task<CompiledMessage?> CompileAsync(Wanted wanted, CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        var (alerts, articles) = (db.Alerts, db.Articles);
        var found = await alerts.Where(a => a.Id == wanted.SubjectId).Join(articles, a => a.ArticleId, r => r.Id, (a, r) => new { Article = r, a.Audience }).AsNoTracking().FirstOrDefaultAsync(cancellationToken);
        if (found is null or { Article.UnpublishedAt: not null })
        {
            return null;
        }

        var words = await db.AlertWords.AsNoTracking().FirstOrDefaultAsync(w => w.AlertId == wanted.SubjectId, cancellationToken);
        var (article, site, isCorrection) = (words?.In(found.Article) ?? found.Article, options.CurrentValue, found.Audience == AlertAudience.Told);
        return wanted.Channel == Channel.Text ? Text(article, site, wanted.Others, isCorrection) : await MailAsync(wanted, article, site, isCorrection, cancellationToken);
    }

    /// <param name="others">How many other articles it stands for; they are where the site's front page is.</param>
    /// <param name="isCorrection">Whether it begins with the word for one, in the publication's language as the rest of the text.</param>
    internal static CompiledMessage.Text Text(Article article, PublicationOptions site, int others = 0, bool isCorrection = false)
    {
        var link = others > 0 ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{article.Url} (+{others}: {site.Url})") : article.Url;
        var body = AlertText.Compose(site.Name, isCorrection ? Corrected(article.Title, site.Locale, site) : article.Title, link, site.MaxSegments, site.OptOutText, site.FoldAccents);
        return new CompiledMessage.Text(body, Segments.Count(body).Segments);
    }

    private async Task<CompiledMessage.Mail> MailAsync(Wanted wanted, Article article, PublicationOptions site, bool isCorrection, CancellationToken cancellationToken)
    {
        var (unsubscribe, view) = (CompiledMessage.Mail.NewMark(), CompiledMessage.Mail.NewMark());
        var title = article.Title;
        var rendered = await templates.RenderAsync(MailPart.Alert, wanted.Locale, language =>
        {
            title = isCorrection ? Corrected(article.Title, language, site) : article.Title;
            return Values(article, title, site, language) with { Unsubscribe = unsubscribe, View = view };
        }, cancellationToken);
        var link = await sent.KeepAsync(wanted.SubjectId, rendered.Html, unsubscribe, view, cancellationToken);
        return new CompiledMessage.Mail(
            title, rendered.Text.Replace(view, link, StringComparison.Ordinal), rendered.Html.Replace(view, link, StringComparison.Ordinal), ListName: "news", unsubscribe);
    }

    private static string Corrected(string title, string language, PublicationOptions site) => $"{MailValues.Word(Web.Languages.PrimaryOf(language), "correction", site)}: {title}";

    private static MailValues Values(Article article, string title, PublicationOptions site, string language) => new()
    {
        Site = site,
        Language = language,
        Subject = title,
        Article = ValuesOf(article, site) with { Title = title },
    };

    internal static ArticleValues ValuesOf(Article article, PublicationOptions site) => new(
        article.Title, article.Summary, article.Url, article.ImageUrl, [.. article.TopicKeys.Select(key => site.Topics.FirstOrDefault(t => t.Key == key)?.Name ?? key)],
        article.Priority == ArticlePriority.Breaking);
}
