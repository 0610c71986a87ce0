using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Notify.Articles;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Messages;
using Notify.Publication;
using Notify.Storage;

namespace Notify.Alerts;

/// <summary>What an alert says, by text and by mail.</summary>
internal sealed class AlertMessages(Database database, IOptionsMonitor<PublicationOptions> options) : IMessageSource
{
    public SourceKind Kind => SourceKind.Alert;

    public async Task<CompiledMessage?> CompileAsync(Guid subjectId, Channel channel, int others, CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        var (alerts, articles) = (db.Alerts, db.Articles);
        var article = await alerts.Where(a => a.Id == subjectId).Join(articles, a => a.ArticleId, r => r.Id, (_, r) => r).AsNoTracking().FirstOrDefaultAsync(cancellationToken);
        if (article is null or { UnpublishedAt: not null })
        {
            return null;
        }

        return channel == Channel.Text ? Text(article, options.CurrentValue, others) : Mail(article, options.CurrentValue);
    }

    /// <param name="others">How many other articles it stands for; they are where the site's front page is.</param>
    internal static CompiledMessage.Text Text(Article article, PublicationOptions site, int others = 0)
    {
        var link = others > 0 ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{article.Url} (+{others}: {site.Url})") : article.Url;
        var body = AlertText.Compose(site.Name, article.Title, link, site.MaxSegments, site.OptOutText, site.FoldAccents);
        return new CompiledMessage.Text(body, Segments.Count(body).Segments);
    }

    internal static CompiledMessage.Mail Mail(Article article, PublicationOptions site)
    {
        var unsubscribe = CompiledMessage.Mail.NewMark();
        var (name, title, summary, url, postal) = (
            WebUtility.HtmlEncode(site.Name), WebUtility.HtmlEncode(article.Title), WebUtility.HtmlEncode(article.Summary ?? ""), WebUtility.HtmlEncode(article.Url), WebUtility.HtmlEncode(site.PostalAddress));
        var text = $"""
            {article.Title}
            {(article.Summary is { } words ? $"\n{words}\n" : "")}
            Read it: {article.Url}

            --
            You get this because you asked {site.Name} for news by e-mail.
            Unsubscribe: {unsubscribe}
            {site.Name}, {site.PostalAddress}
            """;
        var html = $"""
            <!DOCTYPE html>
            <html lang="{site.Locale}" dir="auto"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark"><title>{title}</title></head>
            <body style="margin:0;font-family:Georgia,serif;line-height:1.5">
            <div style="max-width:36rem;margin:0 auto;padding:1.5rem 1rem">
            <p style="font:600 .9rem system-ui,sans-serif;letter-spacing:.04em">{name}</p>
            <h1 style="font-size:1.6rem;line-height:1.25;margin:.5rem 0" dir="auto">{title}</h1>
            {(summary.Length > 0 ? $"<p dir=\"auto\">{summary}</p>" : "")}
            <p><a href="{url}" style="display:inline-block;padding:.7rem 1.4rem;background:#1d4ed8;color:#ffffff;border-radius:.4rem;text-decoration:none;font-family:system-ui,sans-serif">Read the article</a></p>
            <hr><p style="font:.8rem system-ui,sans-serif">You get this because you asked {name} for news by e-mail.
            <a href="{unsubscribe}">Unsubscribe</a><br>{name}, {postal}</p>
            </div></body></html>
            """;
        return new CompiledMessage.Mail(article.Title, text, html, ListName: "news", unsubscribe);
    }
}
