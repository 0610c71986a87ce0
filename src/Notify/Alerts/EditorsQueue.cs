using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Notify.Articles;
using Notify.Deliveries;
using Notify.Messages;
using Notify.Publication;
using Notify.Storage;

namespace Notify.Alerts;

/// <summary>An alert that waits for an editor, with what the editor has to know.</summary>
/// <param name="Why">Why it waits, in words.</param>
/// <param name="Text">As it will go out.</param>
/// <param name="Dear">What makes it cost more than it had to; null: nothing.</param>
/// <param name="Texts">Who is told at once by text.</param>
/// <param name="Mails">Who is told at once by mail.</param>
/// <param name="Digests">Who finds it in a digest.</param>
/// <param name="Cost">Of its texts by country, the dearest first; empty where no prices are known.</param>
public sealed record QueuedAlert(
    Alert Alert, Article Article, bool IsBreaking, string State, string Why, CompiledMessage.Text Text, TextEncoding Encoding, DearText? Dear, long Texts, long Mails, long Digests, IReadOnlyList<CostLine> Cost);

/// <summary>What waits for an editor: what somebody asked to hold, what a rule or a gate holds, what costs too much, and what missed its time. The oldest first.</summary>
internal sealed class EditorsQueue(Database database, Audience audience, CostGate costs, IOptionsMonitor<PublicationOptions> site)
{
    public const int Length = 50;

    /// <summary>After that it is no question any more whether it still goes.</summary>
    private static readonly TimeSpan Missed = TimeSpan.FromDays(2);

    public async Task<(IReadOnlyList<QueuedAlert> Waiting, bool HasMore)> ReadAsync(CancellationToken cancellationToken)
    {
        var now = await database.NowAsync(cancellationToken);
        await using var db = database.Read();
        var (sources, articles, since) = (db.Sources, db.Articles, now - Missed);
        var rows = await db.Alerts.AsNoTracking().Where(a => a.Hold || a.ExpiredAt > since)
            .Join(sources, a => a.Id, s => s.Id, (a, s) => new { Alert = a, Source = s })
            .Where(x => !x.Source.Cancelled || (x.Source.Why == "late" && x.Alert.ExpiredAt != null))
            .Join(articles, x => x.Alert.ArticleId, r => r.Id, (x, r) => new { x.Alert, x.Source, Article = r })
            .OrderBy(x => x.Alert.CreatedAt).Take(Length + 1).ToListAsync(cancellationToken);
        var counts = new Dictionary<string, (long Texts, long Mails, long Digests, IReadOnlyList<CostLine> Cost)>(StringComparer.Ordinal);
        var waiting = new List<QueuedAlert>();
        foreach (var row in rows.Take(Length))
        {
            var text = AlertMessages.Text(row.Article, site.CurrentValue, isCorrection: row.Alert.Audience == AlertAudience.Told);
            if (!counts.TryGetValue(row.Article.Topics, out var figures))
            {
                var (texts, mails) = await audience.CountAsync(row.Article.TopicKeys, cancellationToken);
                counts[row.Article.Topics] = figures = (texts, mails, await audience.InDigestsAsync(row.Article.TopicKeys, cancellationToken), await costs.EstimateAsync(row.Article.TopicKeys, 1, cancellationToken));
            }

            waiting.Add(new QueuedAlert(
                row.Alert, row.Article, row.Source.Priority == Priority.Breaking, AlertView.StateOf(row.Alert, row.Source, now), Why(row.Alert), text, Segments.Count(text.Body).Encoding,
                DearText.Of(text.Body, site.CurrentValue.FoldAccents), figures.Texts, figures.Mails, figures.Digests, [.. figures.Cost.Select(line => line with { Segments = text.Segments })]));
        }

        return (waiting, rows.Count > Length);
    }

    private static string Why(Alert alert) =>
        alert.ExpiredAt is not null ? "its time passed while it could not begin" : alert.HoldReason ?? "whoever handed it in asked for an editor's word";
}
