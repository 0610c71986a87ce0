using System.Globalization;
using Microsoft.Extensions.Options;
using Notify.Articles;
using Notify.Deliveries;
using Notify.Jobs;
using Notify.Publication;
using Notify.Storage;

namespace Notify.Alerts;

/// <summary>What the texts of an article to the readers of one country cost.</summary>
/// <param name="Region">ISO 3166; null when unknown.</param>
/// <param name="Price">Of one segment.</param>
public sealed record CostLine(string? Region, long Readers, int Segments, decimal Price)
{
    public decimal Amount => Readers * Segments * Price;
}

/// <summary>Says what an alert will cost before it goes, and holds one that is more than the soft stop allows until a person has said yes.</summary>
public sealed class CostGate
{
    /// <summary>
    /// What other alerts will spend yet. Of one whose audience stands no more texts can be open than rows are: while its mails are open too it counts in full, so never too little.
    /// </summary>
    private const string UnderWay = """
        SELECT CAST(COALESCE(SUM(CASE WHEN a.planned_at IS NOT NULL AND s.pending + s.held + s.sending + s.in_doubt < a.cost_texts
          THEN a.cost_micros / a.cost_texts * (s.pending + s.held + s.sending + s.in_doubt) ELSE a.cost_micros END), 0) AS bigint)
        FROM alerts a JOIN sources s ON s.id = a.id
        WHERE a.finished_at IS NULL AND a.id <> @id AND a.cost_micros > 0 AND NOT a.hold AND NOT s.cancelled
        """;

    private readonly Database _database;
    private readonly Audience _audience;
    private readonly Prices _prices;
    private readonly Spending _spending;
    private readonly IOptionsMonitor<BudgetOptions> _budget;
    private readonly IOptionsMonitor<PublicationOptions> _site;
    private readonly IAlarm _alarm;

    internal CostGate(
        Database database, Audience audience, Prices prices, Spending spending, IOptionsMonitor<BudgetOptions> budget, IOptionsMonitor<PublicationOptions> site, IAlarm alarm) =>
        (_database, _audience, _prices, _spending, _budget, _site, _alarm) = (database, audience, prices, spending, budget, site, alarm);

    /// <summary>By country, the dearest first; an estimate, for readers come and go.</summary>
    /// <param name="topics">The article's topic keys.</param>
    public async Task<IReadOnlyList<CostLine>> EstimateAsync(IReadOnlyList<string> topics, int segments, CancellationToken cancellationToken) =>
        [.. (await _audience.TextsByCountryAsync(topics, cancellationToken)).Select(c => new CostLine(c.Region, c.Readers, segments, _prices.Of(c.Region))).OrderByDescending(line => line.Amount)];

    /// <summary>Looks at an alert that is about to begin, or will when its time has come: one that is asked about only from then on could begin between the question and the plan.</summary>
    internal async Task AskAsync(Guid alertId, CancellationToken cancellationToken)
    {
        var options = _budget.CurrentValue;
        if (!options.IsSet || await FindAsync(alertId, cancellationToken) is not var (article, isBreaking))
        {
            return;
        }

        var lines = await EstimateAsync(article.TopicKeys, AlertMessages.Text(article, _site.CurrentValue).Segments, cancellationToken);
        var (cost, texts) = (lines.Sum(line => line.Amount), lines.Sum(line => line.Readers));
        await _database.WriteAsync(async write =>
        {
            if (write.IsPostgres)
            {
                // Two that begin at the same moment would not see each other's estimate.
                await write.ExecuteAsync("SELECT pg_advisory_xact_lock(7305431926114004)");
            }

            // Beside whoever cancels it: one of the two sees the other, and nobody is asked about what is cancelled.
            if (await write.QueryAsync("SELECT cancelled FROM sources WHERE id = @id" + (write.IsPostgres ? " FOR UPDATE" : ""), row => row.GetBoolean(0), ("id", alertId)) is [true])
            {
                return false;
            }

            var (now, spent) = (await write.NowAsync(), await _spending.SpentAsync(write));
            var underWay = await write.ScalarAsync<long>(UnderWay, ("id", alertId)) / 1_000_000m;
            var which = Beyond(options, spent, underWay, cost);
            var isNew = await write.ExecuteAsync("""
                UPDATE alerts SET cost_micros = @micros, cost_texts = @texts, cost_asked_at = @asked, hold = @hold, hold_reason = CASE WHEN @hold THEN 'it costs more than the budget lets go by itself' ELSE hold_reason END
                WHERE id = @id AND cost_asked_at IS NULL AND planned_to = 0 AND hold = @no
                """,
                ("micros", (long)(cost * 1_000_000m)), ("texts", texts), ("asked", which is null ? null : now), ("hold", which is not null && !isBreaking), ("no", false), ("id", alertId)) == 1;
            if (isNew && which is not null)
            {
                await _alarm.RaiseAsync(write, AlarmOf(alertId), string.Create(CultureInfo.InvariantCulture,
                    $"An alert costs about {options.Say(cost)}, and {which}. {(isBreaking ? "It is breaking, so it goes." : "It waits for your word: send or cancel it on its page.")}"));
            }

            return isNew;
        }, cancellationToken);
    }

    /// <summary>The name of the alarm that asks about an alert.</summary>
    internal static string AlarmOf(Guid alertId) => $"alert {alertId} cost";

    /// <param name="underWay">What alerts that were let go have not spent yet.</param>
    private static string? Beyond(BudgetOptions options, Spent spent, decimal underWay, decimal cost)
    {
        var soft = (decimal)options.Soft;
        var and = underWay > 0 ? $", {options.Say(underWay)} more by alerts on their way" : "";
        return options.PerDay > 0 && spent.Today + underWay + cost > options.PerDay * soft ? $"{options.Say(spent.Today)} of today's {options.Say(options.PerDay)} are spent{and}"
            : options.PerMonth > 0 && spent.Month + underWay + cost > options.PerMonth * soft ? $"{options.Say(spent.Month)} of this month's {options.Say(options.PerMonth)} are spent{and}"
            : null;
    }

    /// <summary>The article of an alert nobody was asked about, and of which nothing was planned yet. A correction goes on an editor's word, and to fewer than this could tell; a digest has no texts of its own.</summary>
    private async Task<(Article Article, bool IsBreaking)?> FindAsync(Guid alertId, CancellationToken cancellationToken)
    {
        await using var db = _database.Read();
        var (alerts, articles) = (db.Alerts, db.Articles);
        var alert = alerts.FirstOrDefault(a => a.Id == alertId && a.CostAskedAt == null && a.PlannedTo == 0 && !a.Hold && a.Route == AlertRoute.Instant && a.Audience != AlertAudience.Told);
        return alert is not null && articles.FirstOrDefault(r => r.Id == alert.ArticleId) is { } article ? (article, article.Priority == ArticlePriority.Breaking) : null;
    }
}
