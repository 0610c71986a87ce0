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
        var article = await alerts.Where(a => a.Id == wanted.SubjectId).Join(articles, a => a.ArticleId, r => r.Id, (_, r) => r).AsNoTracking().FirstOrDefaultAsync(cancellationToken);
        if (article is null or { UnpublishedAt: not null })
        {
            return null;
        }

        var site = options.CurrentValue;
        return wanted.Channel == Channel.Text ? Text(article, site, wanted.Others) : await MailAsync(wanted, article, site, cancellationToken);
    }

    /// <param name="others">How many other articles it stands for; they are where the site's front page is.</param>
    internal static CompiledMessage.Text Text(Article article, PublicationOptions site, int others = 0)
    {
        var link = others > 0 ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{article.Url} (+{others}: {site.Url})") : article.Url;
        var body = AlertText.Compose(site.Name, article.Title, link, site.MaxSegments, site.OptOutText, site.FoldAccents);
        return new CompiledMessage.Text(body, Segments.Count(body).Segments);
    }

    private async Task<CompiledMessage.Mail> MailAsync(Wanted wanted, Article article, PublicationOptions site, CancellationToken cancellationToken)
    {
        var (unsubscribe, view) = (CompiledMessage.Mail.NewMark(), CompiledMessage.Mail.NewMark());
        var rendered = await templates.RenderAsync(MailPart.Alert, wanted.Locale, language => Values(article, site, language) with { Unsubscribe = unsubscribe, View = view }, cancellationToken);
        var link = await sent.KeepAsync(wanted.SubjectId, rendered.Html, unsubscribe, view, cancellationToken);
        return new CompiledMessage.Mail(
            article.Title, rendered.Text.Replace(view, link, StringComparison.Ordinal), rendered.Html.Replace(view, link, StringComparison.Ordinal), ListName: "news", unsubscribe);
    }

    private static MailValues Values(Article article, PublicationOptions site, string language) => new()
    {
        Site = site,
        Language = language,
        Subject = article.Title,
        Article = ValuesOf(article, site),
    };

    internal static ArticleValues ValuesOf(Article article, PublicationOptions site) => new(
        article.Title, article.Summary, article.Url, article.ImageUrl, [.. article.TopicKeys.Select(key => site.Topics.FirstOrDefault(t => t.Key == key)?.Name ?? key)],
        article.Priority == ArticlePriority.Breaking);
}
