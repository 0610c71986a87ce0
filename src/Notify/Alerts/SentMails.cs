using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Notify.Articles;
using Notify.Deliveries;
using Notify.Jobs;
using Notify.Storage;
using Notify.Web;

namespace Notify.Alerts;

/// <summary>A mail as it went out to many, without any of them.</summary>
public sealed class SentMail
{
    /// <summary>Made from what it says, so that the same mail is kept once and every change is kept too.</summary>
    public required Guid Id { get; init; }

    /// <summary>The alert.</summary>
    public required Guid SourceId { get; init; }

    public required string Html { get; init; }

    public required DateTimeOffset At { get; init; }
}

/// <summary>Keeps mails for who looks at one in the browser: exactly what was sent, whatever becomes of the article or the template, for as long as deliveries are kept.</summary>
internal sealed class SentMails(Database database, LinkTokens tokens, PublicAddress address, IOptions<DeliveryOptions> options, TimeProvider clock) : IReconcile
{
    /// <summary>Where a copy's unsubscribe link leads: it holds no reader, so nobody can be unsubscribed with it.</summary>
    private const string NobodysLink = "/u";

    /// <summary>More than are under way at once; the memory only saves asking the database again.</summary>
    private const int Most = 256;

    private static readonly TimeSpan Every = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private readonly HashSet<Guid> _known = [];
    private DateTimeOffset _next;

    /// <summary>Keeps a mail before the first of it leaves.</summary>
    /// <param name="unsubscribe">The mark of the reader's own link.</param>
    /// <param name="view">The mark of the link to what is kept.</param>
    /// <returns>The link: the same for everyone who gets this mail.</returns>
    public async Task<string> KeepAsync(Guid alertId, string html, string unsubscribe, string view, CancellationToken cancellationToken)
    {
        var said = html.Replace(unsubscribe, NobodysLink, StringComparison.Ordinal);
        var id = IdOf(alertId, said.Replace(view, "", StringComparison.Ordinal));
        var link = address.Link("/view/" + tokens.Make(LinkPurpose.View, id));
        if (IsKnown(id))
        {
            return link;
        }

        await database.WriteAsync(async write => await write.ExecuteAsync(
            "INSERT INTO sent_mails (id, source_id, html, at) VALUES (@id, @source, @html, @now) ON CONFLICT (id) DO NOTHING",
            ("id", id), ("source", alertId), ("html", said.Replace(view, link, StringComparison.Ordinal)), ("now", await write.NowAsync())), cancellationToken);
        Know(id);
        return link;
    }

    /// <summary>Null when it is not kept any more, or its article was taken back.</summary>
    public async Task<string?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        var (mails, alerts, articles) = (db.SentMails, db.Alerts, db.Articles);
        return await (from mail in mails
                      join alert in alerts on mail.SourceId equals alert.Id
                      join article in articles on alert.ArticleId equals article.Id
                      where mail.Id == id && article.UnpublishedAt == null
                      select mail.Html).FirstOrDefaultAsync(cancellationToken);
    }

    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        if (clock.GetUtcNow() < _next)
        {
            return;
        }

        // An alert has as many as it has languages, so those of an hour are few.
        await database.WriteAsync(async write => await write.ExecuteAsync("DELETE FROM sent_mails WHERE at < @before", ("before", await write.NowAsync() - options.Value.Retention)), cancellationToken);
        _next = clock.GetUtcNow() + Every;
    }

    private static Guid IdOf(Guid alertId, string html) => new(SHA256.HashData(Encoding.UTF8.GetBytes($"{alertId}\n{html}")).AsSpan(0, 16), bigEndian: true);

    private bool IsKnown(Guid id)
    {
        lock (_lock)
        {
            return _known.Contains(id);
        }
    }

    private void Know(Guid id)
    {
        lock (_lock)
        {
            if (_known.Count >= Most)
            {
                _known.Clear();
            }

            _known.Add(id);
        }
    }
}
