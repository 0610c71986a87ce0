using System.Globalization;
using Notify.Alerts;
using Notify.Articles;
using Notify.Contacts;
using Notify.Publication;
using Notify.Storage;

namespace Notify.Tests.Alerts;

/// <summary>Holds what readers got against what they were promised; looks at their handsets and mailboxes first, and at the rows only for the reasons.</summary>
internal sealed class FortnightAudit(Fortnight life)
{
    private const int MostTexts = 3;

    private static readonly TimeZoneInfo Home = TimeZoneInfo.FindSystemTimeZoneById("America/New_York");

    private readonly List<string> _faults = [];

    public async Task<IReadOnlyList<string>> FaultsAsync(CancellationToken cancellationToken)
    {
        var corrections = (await life.Bench.QueryAsync(
            "SELECT d.id FROM deliveries d JOIN alerts a ON a.id = d.subject_id WHERE a.audience = @told", row => row.GetInt64(0), ("told", AlertAudience.Told))).ToHashSet();
        await ReadDigestsAsync();
        var news = life.Received.Where(message => !corrections.Contains(message.DeliveryId)).ToList();
        HasContent(news, corrections.Count);
        OnceEach(news);
        AtCivilHours();
        WithinTheCap();
        foreach (var reader in life.Readers)
        {
            PutRight(reader, news, life.Received.Where(message => corrections.Contains(message.DeliveryId) && message.Address == reader.Contact.Value).ToList());
        }

        await StoredOnceAsync();
        await NothingIsOpenAsync();
        await ExplainedAsync(news, cancellationToken);
        return _faults;
    }

    /// <summary>A digest by text names its first story and leads to a page with all.</summary>
    private async Task ReadDigestsAsync()
    {
        var pages = (await life.Bench.QueryAsync("""
            SELECT d.id, r.title FROM deliveries d JOIN digest_articles x ON x.digest_id = d.subject_id JOIN alerts a ON a.id = x.alert_id JOIN articles r ON r.id = a.article_id
            WHERE r.title LIKE 'Story %'
            """, row => (Delivery: row.GetInt64(0), Story: int.Parse(row.GetString(1).AsSpan("Story ".Length, 3), CultureInfo.InvariantCulture)))).ToLookup(entry => entry.Delivery, entry => entry.Story);
        foreach (var message in life.Received)
        {
            message.Stories.UnionWith(pages[message.DeliveryId]);
        }
    }

    /// <summary>A fortnight in which nothing happened proves nothing.</summary>
    private void HasContent(List<Received> news, int corrections)
    {
        Check(news.Count(m => m.Channel == Channel.Text) > 150 && news.Count(m => m.Channel == Channel.Mail) > 150, $"only {news.Count} messages");
        Check(corrections > 10, $"only {corrections} corrections");
        Check(news.Any(m => m.Stories.Count > 3), "no digest with several stories");
        Check(news.Any(m => m.Words.Contains("in better words", StringComparison.Ordinal)), "no edit went out");
    }

    private void OnceEach(List<Received> news)
    {
        foreach (var again in news.SelectMany(m => m.Stories.Select(story => (m.Address, story))).GroupBy(told => told).Where(group => group.Count() > 1))
        {
            Fault($"{again.Key.Address} was told story {again.Key.story} {again.Count()} times");
        }

        foreach (var stray in life.Received.Where(m => m.Words.Contains("Archive ", StringComparison.Ordinal)))
        {
            Fault($"{stray.Address} was told of the archive");
        }
    }

    private void AtCivilHours()
    {
        foreach (var message in life.Received.Where(m => m.Channel == Channel.Text))
        {
            var reader = ReaderOf(message);
            var local = TimeOnly.FromDateTime(TimeZoneInfo.ConvertTime(message.At, reader.Zone).DateTime);
            var isOwnNight = OwnQuiet.TryRead(reader.Quiet, out var since, out var until) && local.IsBetween(since, until);
            var mayDisturb = reader.AtNight && message.Stories.All(story => life.Told[story].IsBreaking);
            Check(mayDisturb || !(local.IsBetween(new TimeOnly(21, 0), new TimeOnly(8, 0)) || isOwnNight), $"{reader.Name} got a text at {local} of its day, {message.At:O}: {message.Words}");
        }
    }

    private void WithinTheCap()
    {
        foreach (var day in life.Received.Where(m => m.Channel == Channel.Text).GroupBy(m => (m.Address, DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(m.At, Home).DateTime))))
        {
            Check(day.Count() <= MostTexts, $"{day.Key.Address} got {day.Count()} texts on {day.Key.Item2}");
        }
    }

    /// <summary>A correction comes to exactly those who have the former words, once.</summary>
    private void PutRight(Fortnight.Reader reader, List<Received> news, List<Received> corrections)
    {
        foreach (var message in corrections)
        {
            var story = message.Stories.Single();
            Check(news.Any(m => m.Address == message.Address && m.At < message.At && m.Stories.Contains(story)), $"{reader.Name} was told that story {story} was wrong and had not got it");
            Check(corrections.Count(m => m.Stories.Contains(story)) == 1, $"{reader.Name} was told twice that story {story} was wrong");
        }

        foreach (var story in life.Told.Values.Where(s => s.CorrectedAt is not null && !reader.WasAway))
        {
            var hadIt = news.Any(m => m.Address == reader.Contact.Value && m.Stories.Contains(story.Number) && m.At < story.CorrectedAt);
            Check(!hadIt || corrections.Exists(m => m.Stories.Contains(story.Number)), $"{reader.Name} had story {story.Number} and was never told that it was wrong");
        }
    }

    private async Task StoredOnceAsync()
    {
        var titles = await life.Bench.QueryAsync("SELECT title FROM articles WHERE title LIKE 'Story %'", row => row.GetString(0)["Story ".Length..][..3]);
        foreach (var twice in titles.GroupBy(title => title).Where(group => group.Count() > 1))
        {
            Fault($"story {twice.Key} is {twice.Count()} articles");
        }

        Check(titles.Distinct().Count() == Fortnight.Stories, $"{titles.Distinct().Count()} stories came in");
    }

    private async Task NothingIsOpenAsync()
    {
        foreach (var open in await life.Bench.QueryAsync("SELECT id, status, reason FROM deliveries WHERE status IN (0, 1, 2, 8, 9)", row => $"delivery {row.GetInt64(0)} stands at {row.GetInt32(1)}: {row.Text(2)}"))
        {
            Fault(open);
        }

        foreach (var silent in await life.Bench.QueryAsync("SELECT id FROM deliveries WHERE status IN (5, 6, 7) AND COALESCE(reason, '') = ''", row => row.GetInt64(0)))
        {
            Fault($"delivery {silent} was dropped without a reason");
        }
    }

    private async Task ExplainedAsync(List<Received> news, CancellationToken cancellationToken)
    {
        var explanations = life.Bench.Get<Explanations>();
        foreach (var story in life.Told.Values)
        {
            var article = await explanations.FindArticleAsync($"https://news.example/{story.Number.ToString(CultureInfo.InvariantCulture)}", cancellationToken);
            if (article is null)
            {
                Fault($"story {story.Number} is no article");
                continue;
            }

            foreach (var reader in life.Readers)
            {
                await ExplainedAsync(explanations, reader, story, article, news.Any(m => m.Address == reader.Contact.Value && m.Stories.Contains(story.Number)), cancellationToken);
            }
        }
    }

    private async Task ExplainedAsync(Explanations explanations, Fortnight.Reader reader, Fortnight.Story story, Article article, bool hasIt, CancellationToken cancellationToken)
    {
        var why = await explanations.TellAsync(reader.Id, article, cancellationToken);
        Check(why.Count > 0 && why.All(line => line.Explanation.Length > 0), $"nobody can say why {reader.Name} {(hasIt ? "got" : "did not get")} story {story.Number}");
        Check(hasIt == why.Any(line => line.Status is "accepted" or "delivered"), $"{reader.Name} {(hasIt ? "got" : "did not get")} story {story.Number}, and it is told otherwise: {string.Join("; ", why.Select(line => line.Explanation))}");
        if (!hasIt && !reader.WasAway && !story.IsTakenBack && reader.Contact.Channel == Channel.Mail && (reader.Topics.Count == 0 || reader.Topics.Contains(story.Topic)))
        {
            // Nothing limits a mail: whoever takes its topic gets it.
            Fault($"{reader.Name} never got story {story.Number}: {string.Join("; ", why.Select(line => line.Explanation))}");
        }
    }

    private Fortnight.Reader ReaderOf(Received message) => life.Readers.Find(reader => reader.Contact.Value == message.Address)!;

    private void Check(bool isRight, string fault)
    {
        if (!isRight)
        {
            Fault(fault);
        }
    }

    private void Fault(string fault) => _faults.Add(fault);
}
