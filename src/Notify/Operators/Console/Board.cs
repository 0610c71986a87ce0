using Microsoft.EntityFrameworkCore;
using Notify.Alerts;
using Notify.Articles;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Jobs;
using Notify.Storage;
using Notify.Subscribers;

namespace Notify.Operators.Console;

/// <summary>An alert in a list.</summary>
public sealed record AlertLine(
    Guid Id, Guid ArticleId, string Title, string Url, bool IsBreaking, string State, AlertCounts Counts, long Open, DateTimeOffset CreatedAt, DateTimeOffset StartsAt,
    DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, AlertProgress Progress)
{
    /// <summary>What the alert is besides the first about its article, and what decided how it goes: sentences without an end.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>It was cancelled before anybody was told.</summary>
    public bool MayBePutBack { get; init; }
}

/// <summary>A sender and whether it rests.</summary>
internal sealed record SenderLine(string Name, Channel Channel, double PerSecond, DateTimeOffset? RestsUntil, string? Reason);

/// <summary>What the overview shows, read in one go.</summary>
internal sealed record BoardView(
    bool IsPaused, long Waiting, long InDoubt, IReadOnlyList<Alarm> Alarms, IReadOnlyList<AlertLine> Alerts, IReadOnlyList<SenderLine> Senders);

/// <summary>One row of an alert's deliveries; the contact is masked.</summary>
internal sealed record DeliveryLine(
    long Id, long ContactId, string Contact, Channel Channel, DeliveryStatus Status, string? Reason, int Attempts, string Sender, DateTimeOffset ChangedAt);

/// <summary>What the console's pages show: figures that are kept, rows found by an index, never a count over deliveries.</summary>
internal sealed class Board(Database database, ContactBook contacts, Senders senders, Tempo tempo)
{
    public const int PageLength = 50;

    private const int Latest = 12;

    public async Task<BoardView> ReadAsync(CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        var now = await database.NowAsync(cancellationToken);
        var alerts = await AlertsAsync(db, null, Latest, now, cancellationToken);
        var alarms = await db.Alarms.AsNoTracking().Where(a => a.ClearedAt == null).OrderBy(a => a.SeenAt != null).ThenByDescending(a => a.LastAt).Take(20).ToListAsync(cancellationToken);
        var (pending, held, sending, inDoubt) = (await db.Sources.Where(s => s.Pending > 0 || s.Held > 0 || s.Sending > 0 || s.InDoubt > 0)
            .Select(s => new { s.Pending, s.Held, s.Sending, s.InDoubt }).ToListAsync(cancellationToken))
            .Aggregate((0L, 0L, 0L, 0L), (sum, s) => (sum.Item1 + s.Pending, sum.Item2 + s.Held, sum.Item3 + s.Sending, sum.Item4 + s.InDoubt));
        var (isPaused, resting) = await SwitchesAsync(now, cancellationToken);
        return new BoardView(
            isPaused, pending + held + sending, inDoubt, alarms, alerts,
            [.. senders.All.OrderBy(s => s.Channel).ThenBy(s => s.Name, StringComparer.Ordinal).Select(s => resting.TryGetValue(s.Name, out var rest)
                ? new SenderLine(s.Name, s.Channel, s.PerSecond, rest.Until, rest.Reason)
                : new SenderLine(s.Name, s.Channel, s.PerSecond, null, null))]);
    }

    /// <summary>Alerts, the newest first, a page at a time.</summary>
    /// <param name="before">The id of the last one seen; ids grow with time.</param>
    public async Task<IReadOnlyList<AlertLine>> AlertsAsync(Guid? before, CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        return await AlertsAsync(db, before, PageLength, await database.NowAsync(cancellationToken), cancellationToken);
    }

    public async Task<AlertLine?> AlertAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        var (sources, articles) = (db.Sources, db.Articles);
        var row = await db.Alerts.AsNoTracking().Where(a => a.Id == id)
            .Join(sources, a => a.Id, s => s.Id, (a, s) => new { Alert = a, Source = s })
            .Join(articles, x => x.Alert.ArticleId, r => r.Id, (x, r) => new { x.Alert, x.Source, Article = r })
            .FirstOrDefaultAsync(cancellationToken);
        return row is null ? null : Line(row.Alert, row.Source, row.Article, await database.NowAsync(cancellationToken));
    }

    /// <summary>An article and what it was before, the newest first.</summary>
    public async Task<(Article? Article, IReadOnlyList<ArticleRevision> Revisions)> ArticleAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        return (await db.Articles.AsNoTracking().FirstOrDefaultAsync(a => a.Id == id, cancellationToken),
            await db.ArticleRevisions.AsNoTracking().Where(r => r.ArticleId == id).OrderByDescending(r => r.Number).Take(PageLength).ToListAsync(cancellationToken));
    }

    /// <summary>An alert's deliveries in the order of their contacts, a page at a time.</summary>
    /// <param name="after">The contact of the last one seen; 0 begins.</param>
    public async Task<IReadOnlyList<DeliveryLine>> DeliveriesAsync(Guid alertId, DeliveryStatus? status, long after, CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        return await LinesAsync(db, db.Deliveries.AsNoTracking()
            .Where(d => d.SubjectId == alertId && d.ContactId > after && (status == null || d.Status == status)).OrderBy(d => d.ContactId).Take(PageLength), cancellationToken);
    }

    /// <summary>What providers said against an alert's messages, the most frequent first.</summary>
    public async Task<IReadOnlyList<FaultCount>> FaultsAsync(Guid alertId, CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        return await db.FaultCounts.AsNoTracking().Where(f => f.SourceId == alertId).OrderByDescending(f => f.Count).Take(PageLength).ToListAsync(cancellationToken);
    }

    /// <summary>How many left within two minutes of its mail.</summary>
    public async Task<long> QuickLeavesAsync(Guid alertId, CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        return await db.QuickLeaves.Where(q => q.SourceId == alertId).Select(q => q.Count).FirstOrDefaultAsync(cancellationToken);
    }

    /// <summary>The first rows of an alert that a person must decide on.</summary>
    public async Task<IReadOnlyList<DeliveryLine>> UnknownAsync(Guid alertId, CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        return await LinesAsync(db, db.Deliveries.AsNoTracking()
            .Where(d => d.SourceId == alertId && d.Status == DeliveryStatus.Unknown).OrderBy(d => d.Id).Take(PageLength), cancellationToken);
    }

    private static async Task<IReadOnlyList<DeliveryLine>> LinesAsync(NotifyDb db, IQueryable<Delivery> deliveries, CancellationToken cancellationToken)
    {
        var contacts = db.Contacts;
        var rows = await deliveries.Join(contacts, d => d.ContactId, c => c.Id, (d, c) => new { Delivery = d, c.Address }).ToListAsync(cancellationToken);
        return [.. rows.OrderBy(r => r.Delivery.ContactId).Select(r => new DeliveryLine(
            r.Delivery.Id, r.Delivery.ContactId, ReaderFiles.Mask(r.Delivery.Channel, r.Address), r.Delivery.Channel, r.Delivery.Status, r.Delivery.Reason,
            r.Delivery.Attempts, r.Delivery.Sender, r.Delivery.ChangedAt))];
    }

    /// <summary>The row of a contact; null when nothing is known of it.</summary>
    public async Task<long?> ContactAsync(ContactPoint contact, CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        return await contacts.FindAsync(db, contact, cancellationToken);
    }

    /// <summary>The latest articles to choose from, and the one already chosen.</summary>
    public async Task<IReadOnlyList<(Guid Id, string Title)>> ArticlesAsync(Guid? chosen, CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        var articles = db.Articles.AsNoTracking();
        var latest = await articles.OrderByDescending(a => a.CreatedAt).Take(PageLength).Select(a => new { a.Id, a.Title }).ToListAsync(cancellationToken);
        if (chosen is { } id && latest.All(a => a.Id != id))
        {
            latest.AddRange(await articles.Where(a => a.Id == id).Select(a => new { a.Id, a.Title }).ToListAsync(cancellationToken));
        }

        return [.. latest.Select(a => (a.Id, a.Title))];
    }

    public async Task<IReadOnlyList<ApiKey>> KeysAsync(CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        return await db.ApiKeys.AsNoTracking().OrderBy(k => k.RevokedAt != null).ThenByDescending(k => k.CreatedAt).ToListAsync(cancellationToken);
    }

    public async Task<IReadOnlyList<Operator>> OperatorsAsync(CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        return await db.Operators.AsNoTracking().OrderBy(o => o.Email).ToListAsync(cancellationToken);
    }

    /// <summary>The audit log, the newest first, a page at a time.</summary>
    /// <param name="before">The last one seen.</param>
    public async Task<IReadOnlyList<AuditEntry>> AuditAsync(AuditEntry? before, CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        var entries = db.Audit.AsNoTracking();
        var older = before is null ? entries : entries.Where(a => a.At < before.At);
        return await older.OrderByDescending(a => a.At).ThenByDescending(a => a.Id).Take(PageLength).ToListAsync(cancellationToken);
    }

    private async Task<IReadOnlyList<AlertLine>> AlertsAsync(NotifyDb db, Guid? before, int count, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (sources, articles, alerts) = (db.Sources, db.Articles, db.Alerts);
        var from = before is null ? null : await alerts.AsNoTracking().FirstOrDefaultAsync(a => a.Id == before, cancellationToken);
        var older = from is null ? alerts.AsNoTracking() : alerts.AsNoTracking().Where(a => a.CreatedAt < from.CreatedAt);
        var rows = await older.OrderByDescending(a => a.CreatedAt).Take(count)
            .Join(sources, a => a.Id, s => s.Id, (a, s) => new { Alert = a, Source = s })
            .Join(articles, x => x.Alert.ArticleId, r => r.Id, (x, r) => new { x.Alert, x.Source, Article = r })
            .ToListAsync(cancellationToken);
        return [.. rows.OrderByDescending(r => r.Alert.CreatedAt).Select(r => Line(r.Alert, r.Source, r.Article, now))];
    }

    private AlertLine Line(Alert alert, Source source, Article article, DateTimeOffset now)
    {
        var state = AlertView.StateOf(alert, source, now);
        return new(
            alert.Id, article.Id, article.Title, article.Url, source.Priority == Priority.Breaking, state, AlertCounts.Of(source), source.Open,
            alert.CreatedAt, alert.StartsAt, alert.StartedAt, AlertView.EndedAt(alert, source), tempo.Of(source, state, now))
        {
            Notes = AlertNotes.Of(alert),
            MayBePutBack = state == "cancelled" && alert is { Corrects: null, PlannedTo: 0, PlannedAt: null, StartedAt: null } && source.Why is null or "unpublished" && article.UnpublishedAt is null,
        };
    }

    private async Task<(bool IsPaused, Dictionary<string, (DateTimeOffset Until, string Reason)> Resting)> SwitchesAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT '', 0, '' FROM sending WHERE paused
            UNION ALL SELECT name, rests_until, reason FROM senders WHERE rests_until > @now
            """;
        Sql.Bind(command, "now", now);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var (isPaused, resting) = (false, new Dictionary<string, (DateTimeOffset, string)>(StringComparer.Ordinal));
        while (await reader.ReadAsync(cancellationToken))
        {
            var name = reader.GetString(0);
            if (name.Length == 0)
            {
                isPaused = true;
                continue;
            }

            resting[name] = (reader.Instant(1), reader.GetString(2));
        }

        return (isPaused, resting);
    }
}
