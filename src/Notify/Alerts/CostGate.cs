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

    /// <summary>Looks at an alert that is about to begin.</summary>
    internal async Task AskAsync(Guid alertId, CancellationToken cancellationToken)
    {
        var options = _budget.CurrentValue;
        if (!options.IsSet || await FindAsync(alertId, cancellationToken) is not var (article, isBreaking))
        {
            return;
        }

        var cost = (await EstimateAsync(article.TopicKeys, AlertMessages.Text(article, _site.CurrentValue).Segments, cancellationToken)).Sum(line => line.Amount);
        var spent = await _spending.SpentAsync(cancellationToken);
        if (Beyond(options, spent, cost) is not { } which)
        {
            return;
        }

        var isNew = await _database.WriteAsync(async write => await write.ExecuteAsync(
            "UPDATE alerts SET cost_asked_at = @now, hold = @hold WHERE id = @id AND cost_asked_at IS NULL AND planned_to = 0",
            ("now", await write.NowAsync()), ("hold", !isBreaking), ("id", alertId)) == 1, cancellationToken);
        if (isNew)
        {
            await _alarm.RaiseAsync($"alert {alertId} cost", string.Create(CultureInfo.InvariantCulture,
                $"An alert costs about {options.Say(cost)}, and {which}. {(isBreaking ? "It is breaking, so it goes." : "It waits for your word: send or cancel it on its page.")}"), cancellationToken);
        }
    }

    private static string? Beyond(BudgetOptions options, Spent spent, decimal cost)
    {
        var soft = (decimal)options.Soft;
        return options.PerDay > 0 && spent.Today + cost > options.PerDay * soft ? $"{options.Say(spent.Today)} of today's {options.Say(options.PerDay)} are spent"
            : options.PerMonth > 0 && spent.Month + cost > options.PerMonth * soft ? $"{options.Say(spent.Month)} of this month's {options.Say(options.PerMonth)} are spent"
            : null;
    }

    /// <summary>The article of an alert nobody was asked about, and of which nothing was planned yet.</summary>
    private async Task<(Article Article, bool IsBreaking)?> FindAsync(Guid alertId, CancellationToken cancellationToken)
    {
        var now = await _database.NowAsync(cancellationToken);
        await using var db = _database.Read();
        var (alerts, articles) = (db.Alerts, db.Articles);
        var alert = alerts.FirstOrDefault(a => a.Id == alertId && a.CostAskedAt == null && a.PlannedTo == 0 && !a.Hold && a.StartsAt <= now);
        return alert is not null && articles.FirstOrDefault(r => r.Id == alert.ArticleId) is { } article ? (article, article.Priority == ArticlePriority.Breaking) : null;
    }
}
