using System.Data.Common;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Notify.Articles;
using Notify.Consent;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Publication;
using Notify.Storage;
using Notify.Subscribers;

namespace Notify.Alerts;

/// <summary>A delivery, or the lack of one, with why: one line of the answer to "did they get it?".</summary>
/// <param name="Id">Null when nothing was ever decided for this contact.</param>
/// <param name="Purpose">What it is for: <c>alert</c>, <c>confirmation</c>, <c>reply</c>, <c>digest</c>, <c>notice</c>, <c>link</c>.</param>
/// <param name="Status">The delivery's state; without a delivery <c>skipped</c>, or <c>pending</c> and <c>held</c> where it may still come.</param>
/// <param name="Reason">One word where there is no delivery; else what the state says.</param>
/// <param name="Explanation">The same for people.</param>
public sealed record DeliveryStory(
    long? Id, string Purpose, Guid? AlertId, Guid? ArticleId, string? ArticleTitle, string Channel, string? Sender, string Status, string? Reason, int Attempts,
    string? ProviderId, DateTimeOffset? DecidedAt, DateTimeOffset? ChangedAt, IReadOnlyList<DeliveryChange> History, string Explanation);

/// <summary>Promise five: for any contact and any article, whether it was told and why or why not, from the rows alone.</summary>
public sealed class Explanations
{
    /// <summary>How many deliveries of one contact are shown at most, the newest ones.</summary>
    private const int MaxStories = 500;

    private readonly Database _database;
    private readonly ContactBook _contacts;
    private readonly Senders _senders;
    private readonly IOptionsMonitor<PublicationOptions> _site;

    internal Explanations(Database database, ContactBook contacts, Senders senders, IOptionsMonitor<PublicationOptions> site) =>
        (_database, _contacts, _senders, _site) = (database, contacts, senders, site);

    /// <summary>The article with this id or address; null when there is none.</summary>
    public async Task<Article?> FindArticleAsync(string idOrUrl, CancellationToken cancellationToken)
    {
        await using var db = _database.Read();
        var articles = db.Articles.AsNoTracking();
        if (Guid.TryParse(idOrUrl, out var id))
        {
            return await articles.FirstOrDefaultAsync(a => a.Id == id, cancellationToken);
        }

        return Uri.TryCreate(idOrUrl, UriKind.Absolute, out var url) && await FindByKeyAsync("url:" + ArticleUrl.Canonicalise(url), cancellationToken) is { } found
            ? await articles.FirstOrDefaultAsync(a => a.Id == found, cancellationToken)
            : null;
    }

    /// <summary>Every delivery to a contact, the newest first; with an article the one about it, or why there is none.</summary>
    public async Task<IReadOnlyList<DeliveryStory>> TellAsync(ContactPoint contact, Article? article, CancellationToken cancellationToken)
    {
        await using var db = _database.Read();
        var hash = _contacts.Hash(contact);
        var known = await db.Contacts.AsNoTracking().FirstOrDefaultAsync(c => c.Hash == hash, cancellationToken);
        return await TellAsync(db, known, hash, contact.Channel, article, cancellationToken);
    }

    /// <inheritdoc cref="TellAsync(ContactPoint, Article, CancellationToken)" />
    public async Task<IReadOnlyList<DeliveryStory>> TellAsync(long contactId, Article? article, CancellationToken cancellationToken)
    {
        await using var db = _database.Read();
        return await db.Contacts.AsNoTracking().FirstOrDefaultAsync(c => c.Id == contactId, cancellationToken) is { } known
            ? await TellAsync(db, known, known.Hash, known.Channel, article, cancellationToken)
            : [];
    }

    private async Task<IReadOnlyList<DeliveryStory>> TellAsync(
        NotifyDb db, Contact? contact, string hash, Channel channel, Article? article, CancellationToken cancellationToken)
    {
        var when = When();
        var (alerts, articles) = (db.Alerts, db.Articles);
        // Also what put it right afterwards; why there is nothing is asked of the first.
        var ofArticle = article is null ? [] : await alerts.AsNoTracking().Where(a => a.ArticleId == article.Id).ToListAsync(cancellationToken);
        var alert = ofArticle.Find(a => a.Corrects is null);
        var stories = new List<DeliveryStory>();
        if (contact is not null && (article is null || alert is not null))
        {
            var told = ofArticle.ConvertAll(a => a.Id);
            var (deliveries, sources, places) = (db.Deliveries, db.Sources, db.DigestArticles);
            var own = deliveries.AsNoTracking().Where(d => d.ContactId == contact.Id);
            var wanted = article is null ? own : own.Where(d => told.Contains(d.SubjectId) || places.Any(p => told.Contains(p.AlertId) && p.DigestId == d.SubjectId));
            var rows = await wanted.OrderByDescending(d => d.Id).Take(MaxStories)
                .Join(sources, d => d.SourceId, s => s.Id, (d, s) => new { Delivery = d, s.Kind }).ToListAsync(cancellationToken);
            var subjects = rows.Select(r => r.Delivery.SubjectId).Distinct().ToList();
            var about = await alerts.Where(a => subjects.Contains(a.Id)).Join(articles, a => a.ArticleId, r => r.Id, (a, r) => new Told(a.Id, r.Id, r.Title)).ToDictionaryAsync(a => a.AlertId, cancellationToken);
            var listed = (await (from place in places
                                 join a in alerts on place.AlertId equals a.Id
                                 join r in articles on a.ArticleId equals r.Id
                                 where subjects.Contains(place.DigestId)
                                 orderby place.DigestId, place.Place
                                 select new { place.DigestId, Told = new Told(a.Id, r.Id, r.Title) }).ToListAsync(cancellationToken)).ToLookup(entry => entry.DigestId, entry => entry.Told);
            stories.AddRange(rows.OrderByDescending(r => r.Delivery.Id).Select(r => r.Kind == SourceKind.Digest
                ? InDigest(r.Delivery, [.. listed[r.Delivery.SubjectId]], article?.Id, when)
                : Story(r.Delivery, r.Kind, about.GetValueOrDefault(r.Delivery.SubjectId), when)));
        }

        if (article is not null && stories.Count == 0)
        {
            var absence = await ReadAbsenceAsync(db, contact, hash, channel, article, alert, cancellationToken);
            var why = WhyNot.Explain(absence, when, key => _site.CurrentValue.Topics.FirstOrDefault(t => t.Key == key)?.Name ?? key);
            stories.Add(new DeliveryStory(
                null, Name(SourceKind.Alert), alert?.Id, article.Id, article.Title, Name(channel), null, why.Status, why.Reason, 0, null, null, null, [], why.Sentence));
        }

        return stories;
    }

    private async Task<Absence> ReadAbsenceAsync(
        NotifyDb db, Contact? contact, string hash, Channel channel, Article article, Alert? alert, CancellationToken cancellationToken)
    {
        var id = contact?.Id ?? 0;
        return new Absence
        {
            Article = article,
            Alert = alert,
            Source = alert is null ? null : await db.Sources.AsNoTracking().FirstAsync(s => s.Id == alert.Id, cancellationToken),
            Contact = contact,
            Channel = channel,
            Subscription = await db.Subscriptions.AsNoTracking().FirstOrDefaultAsync(s => s.ContactId == id, cancellationToken),
            Topics = await db.SubscriptionTopics.Where(t => t.ContactId == id).Select(t => t.Topic).ToListAsync(cancellationToken),
            Entries = await db.ConsentEntries.AsNoTracking().Where(e => e.ContactHash == hash).OrderBy(e => e.At).ThenBy(e => e.Kind).ToListAsync(cancellationToken),
            LastOptIn = await db.OptIns.AsNoTracking().Where(o => o.ContactId == id).OrderByDescending(o => o.At).FirstOrDefaultAsync(cancellationToken),
            HasSender = _senders.Has(channel),
            Now = await _database.NowAsync(cancellationToken),
        };
    }

    private static DeliveryStory Story(Delivery d, SourceKind kind, Told? told, Func<DateTimeOffset, string> when) => new(
        d.Id, Name(kind), told?.AlertId, told?.ArticleId, told?.Title, Name(d.Channel), d.Sender, DeliveryChange.Name(d.Status), d.Reason, d.Attempts,
        d.ProviderId, d.CreatedAt, d.ChangedAt, DeliveryChange.Read(d), DeliveryWords.Say(d, when));

    /// <summary>A digest, told of as one of its articles where that was asked for.</summary>
    private static DeliveryStory InDigest(Delivery d, List<Told> list, Guid? articleId, Func<DateTimeOffset, string> when)
    {
        var one = list.Find(told => told.ArticleId == articleId);
        var story = Story(d, SourceKind.Digest, one, when);
        return one is not null
            ? story with { Explanation = $"It is in the digest of {when(d.CreatedAt)}. {story.Explanation}" }
            : story with { ArticleTitle = list.Count > 1 ? string.Create(CultureInfo.InvariantCulture, $"{list[0].Title} (+{list.Count - 1})") : list.FirstOrDefault()?.Title };
    }

    /// <summary>Instants as the newsroom reads them, in the publication's zone.</summary>
    private Func<DateTimeOffset, string> When()
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(_site.CurrentValue.TimeZone);
        return at => string.Create(CultureInfo.InvariantCulture, $"{TimeZoneInfo.ConvertTime(at, zone):d MMM yyyy HH:mm:ss} ({_site.CurrentValue.TimeZone})");
    }

    private async Task<Guid?> FindByKeyAsync(string key, CancellationToken cancellationToken)
    {
        await using var connection = await _database.ConnectAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT article_id FROM article_keys WHERE key = @key";
        Sql.Bind(command, "key", key);
        await using DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? reader.GetGuid(0) : null;
    }

    private static string Name<T>(T value) where T : struct, Enum => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    private sealed record Told(Guid AlertId, Guid ArticleId, string Title);
}
