using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Notify.Articles;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Publication;
using Notify.Storage;

namespace Notify.Alerts.Rules;

/// <summary>One article of the past, under the rules of today.</summary>
/// <param name="Rule">What decides, in words; null: no rule fits, so it goes at once.</param>
/// <param name="Texts">Readers told by text at once; of a digest none.</param>
/// <param name="Digests">Readers who find it in a digest, by the rule or by their own choice.</param>
/// <param name="Segments">Of one text.</param>
/// <param name="Cost">Of its texts, in the budget's currency.</param>
internal sealed record DryArticle(Guid Id, string Title, DateTimeOffset At, RuleOutcome Outcome, string? Rule, long Texts, long Mails, long Digests, int Segments, decimal Cost);

/// <param name="Days">How far back it looked.</param>
/// <param name="IsCut">There were more articles than are looked at.</param>
/// <param name="MostTexts">The most texts one reader would have had on one day.</param>
/// <param name="MedianTexts">Of all readers and days half had no more.</param>
internal sealed record DryRunResult(int Days, IReadOnlyList<DryArticle> Articles, bool IsCut, int MostTexts, int MedianTexts)
{
    public long Texts => Articles.Sum(a => a.Texts);

    public long Mails => Articles.Sum(a => a.Mails);

    public decimal Cost => Articles.Sum(a => a.Cost);
}

/// <summary>
/// What the last days would have sent to whom under these rules and to the readers of now. It reads only: the articles, also those that were stored without telling anybody, and one figure for
/// each combination of topics that readers take.
/// </summary>
internal sealed class DryRun(Database database, Prices prices, IOptionsMonitor<PublicationOptions> site)
{
    public const int Days = 7;

    /// <summary>More than a newsroom writes in a week.</summary>
    public const int MostArticles = 500;

    public async Task<DryRunResult> RunAsync(IReadOnlyList<Rule> rules, CancellationToken cancellationToken)
    {
        var now = await database.NowAsync(cancellationToken);
        var since = now.AddDays(-Days);
        await using var db = database.Read();
        var articles = await db.Articles.AsNoTracking().Where(a => a.CreatedAt >= since && a.UnpublishedAt == null).OrderByDescending(a => a.CreatedAt).Take(MostArticles + 1).ToListAsync(cancellationToken);
        var readers = await ReadersAsync(cancellationToken);
        var options = site.CurrentValue;
        DryArticle[] dry = [.. articles.Take(MostArticles).Select(article => Judge(article, rules, readers, options))];
        var (most, median) = PerDay(articles.Take(MostArticles).Zip(dry), readers, options);
        return new DryRunResult(Days, dry, articles.Count > MostArticles, most, median);
    }

    private DryArticle Judge(Article article, IReadOnlyList<Rule> rules, IReadOnlyList<Readers> readers, PublicationOptions options)
    {
        // At the hour it is dated, as far as it came in near it.
        var ruling = RuleBook.Decide(rules, Facts.Of(article), article.CreatedAt, options);
        var isDigest = ruling.Outcome == RuleOutcome.Digest && article.Priority != ArticlePriority.Breaking;
        var topics = article.TopicKeys;
        var told = readers.Where(r => r.Takes(topics)).ToList();
        var segments = AlertMessages.Text(article, options).Segments;
        var texts = told.Where(r => r is { IsInstant: true, Channel: Channel.Text }).ToList();
        var count = texts.Sum(r => r.Count);
        return new DryArticle(
            article.Id, article.Title, article.CreatedAt, isDigest || ruling.Outcome != RuleOutcome.Digest ? ruling.Outcome : RuleOutcome.Instant, ruling.Words,
            isDigest ? 0 : count, isDigest ? 0 : told.Where(r => r is { IsInstant: true, Channel: Channel.Mail }).Sum(r => r.Count), told.Where(r => isDigest || !r.IsInstant).Sum(r => r.Count), segments, isDigest ? 0 : texts.Sum(r => r.Count * segments * prices.Of(r.Region)));
    }

    /// <summary>Texts of one reader who takes each article at once on one day of the publication; the cap of a day holds some of them back.</summary>
    private static (int Most, int Median) PerDay(IEnumerable<(Article Article, DryArticle Dry)> told, IReadOnlyList<Readers> readers, PublicationOptions options)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(options.TimeZone);
        var days = told.Where(pair => pair.Dry.Outcome != RuleOutcome.Digest).GroupBy(pair => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(pair.Article.CreatedAt, zone).DateTime))
            .Select(day => day.Select(pair => pair.Article.TopicKeys).ToList()).ToList();
        var texters = readers.Where(r => r is { IsInstant: true, Channel: Channel.Text }).GroupBy(r => r.Topics, StringComparer.Ordinal).Select(g => (Reader: g.First(), Count: g.Sum(r => r.Count))).ToList();
        // A day without an article counts too: nobody had a text on it.
        var figures = texters.SelectMany(t => days.Select(day => (Texts: day.Count(t.Reader.Takes), t.Count)).Append((Texts: 0, Count: t.Count * Math.Max(0, Days - days.Count)))).OrderBy(f => f.Texts).ToList();
        var (all, seen) = (figures.Sum(f => f.Count), 0L);
        if (all == 0)
        {
            return (0, 0);
        }

        var median = figures.First(f => (seen += f.Count) * 2 >= all).Texts;
        return (figures[^1].Texts, median);
    }

    /// <summary>How many readers there are of each combination of topics, by channel and country.</summary>
    private async Task<IReadOnlyList<Readers>> ReadersAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT f.channel, f.region, f.topics, count(*), f.at_once FROM (
              SELECT c.channel, c.region, CASE WHEN s.frequency = 1 THEN 1 ELSE 0 END AS at_once, CASE WHEN s.all_topics THEN '*' ELSE COALESCE((SELECT string_agg(t.topic, ' ') FROM subscription_topics t WHERE t.contact_id = s.contact_id), '') END AS topics
              FROM subscriptions s JOIN contacts c ON c.id = s.contact_id
              WHERE s.state = 2 AND c.address IS NOT NULL AND NOT EXISTS (SELECT 1 FROM suppressions x WHERE x.contact_id = s.contact_id AND x.scope = '')) f
            GROUP BY f.channel, f.region, f.topics, f.at_once
            """;
        var found = new List<Readers>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            // In whatever order the database found them.
            var topics = string.Join(' ', Rule.Words(reader.GetString(2)).Order(StringComparer.Ordinal));
            found.Add(new Readers((Channel)reader.GetInt32(0), reader.Text(1), topics, Convert.ToInt64(reader.GetValue(3), CultureInfo.InvariantCulture), Convert.ToInt32(reader.GetValue(4), CultureInfo.InvariantCulture) == 1));
        }

        return found;
    }

    private sealed record Readers(Channel Channel, string? Region, string Topics, long Count, bool IsInstant)
    {
        private readonly string[] _topics = Rule.Words(Topics);

        public bool Takes(string[] topics) => Topics == "*" || _topics.Intersect(topics, StringComparer.Ordinal).Any();
    }
}
