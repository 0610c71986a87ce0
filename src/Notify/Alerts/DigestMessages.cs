using System.Buffers.Text;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Notify.Articles;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Messages;
using Notify.Messages.Templates;
using Notify.Publication;
using Notify.Storage;
using Notify.Web;

namespace Notify.Alerts;

/// <summary>What a digest says. An article that was taken back since is left out; with none left there is nothing to say.</summary>
internal sealed class DigestMessages(Database database, MailTemplates templates, PublicAddress address, IOptionsMonitor<PublicationOptions> options) : IMessageSource
{
    public SourceKind Kind => SourceKind.Digest;

    /// <summary>A digest's articles that are still there, in their order, and how many it had.</summary>
    public static async Task<(List<Article> Articles, int Had)> ArticlesAsync(NotifyDb db, Guid digestId, CancellationToken cancellationToken)
    {
        var (places, alerts, articles, sources) = (db.DigestArticles, db.Alerts, db.Articles, db.Sources);
        var all = await (from place in places
                         join alert in alerts on place.AlertId equals alert.Id
                         join article in articles on alert.ArticleId equals article.Id
                         join source in sources on alert.Id equals source.Id
                         where place.DigestId == digestId
                         orderby place.Place
                         select new { Article = article, IsGone = article.UnpublishedAt != null || source.Cancelled }).AsNoTracking().ToListAsync(cancellationToken);
        return ([.. all.Where(entry => !entry.IsGone).Select(entry => entry.Article)], all.Count);
    }

    public async Task<CompiledMessage?> CompileAsync(Wanted wanted, CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        var (articles, had) = await ArticlesAsync(db, wanted.SubjectId, cancellationToken);
        if (articles.Count == 0)
        {
            return null;
        }

        var site = options.CurrentValue;
        // Beside its own it may stand for others that were held back.
        return wanted.Channel == Channel.Text
            ? Text(articles[0], site, articles.Count + Math.Max(0, wanted.Others + 1 - had), Link(wanted.SubjectId))
            : await MailAsync(wanted, articles, site, cancellationToken);
    }

    /// <summary>The page with the digest's articles; the same for everyone who gets it.</summary>
    private string Link(Guid digestId) => address.Link("/d/" + Base64Url.EncodeToString(digestId.ToByteArray(bigEndian: true)));

    internal static CompiledMessage.Text Text(Article first, PublicationOptions site, int stories, string link)
    {
        if (stories == 1)
        {
            return AlertMessages.Text(first, site);
        }

        var count = MailValues.Count(MailWords.Choose(null, site.Locale, MailWords.Has), stories);
        var body = AlertText.Compose(site.Name, $"{count}: {first.Title}", link, site.MaxSegments, site.OptOutText, site.FoldAccents);
        return new CompiledMessage.Text(body, Segments.Count(body).Segments);
    }

    private async Task<CompiledMessage.Mail> MailAsync(Wanted wanted, List<Article> articles, PublicationOptions site, CancellationToken cancellationToken)
    {
        var unsubscribe = CompiledMessage.Mail.NewMark();
        var rendered = await templates.RenderAsync(MailPart.Digest, wanted.Locale, language => new MailValues
        {
            Site = site,
            Language = language,
            Subject = articles.Count == 1 ? articles[0].Title : string.Create(CultureInfo.InvariantCulture, $"{MailValues.Count(language, articles.Count)}: {articles[0].Title}"),
            Digest = [.. articles.Select(article => AlertMessages.ValuesOf(article, site))],
            Unsubscribe = unsubscribe,
            View = Link(wanted.SubjectId),
        }, cancellationToken);
        return new CompiledMessage.Mail(rendered.Subject, rendered.Text, rendered.Html, ListName: "news", unsubscribe);
    }
}
