using Notify.Alerts;
using Notify.Alerts.Rules;
using Notify.Articles;
using Notify.Publication;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Alerts.Rules;

/// <summary>The first rule that fits decides, in the transaction in which the article is stored, and it is said which.</summary>
public sealed class RulesTests(PostgresServer postgres)
{
    /// <summary>A Monday, 13:00 in Berlin.</summary>
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private static readonly PublicationOptions Site = new() { TimeZone = "Europe/Berlin", Topics = [new TopicOptions { Key = "sport", Name = "Sport" }] };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sport", "", "", "", "", "", "", true)]
    [InlineData("politics", "", "", "", "", "", "", false)]
    [InlineData("politics sport", "", "", "", "", "", "", true)]
    [InlineData("", "jane doe", "", "", "", "", "", true)]
    [InlineData("", "Doe", "", "", "", "", "", true)]
    [InlineData("", "Jan", "", "", "", "", "", false)]
    [InlineData("", "", "elysée", "", "", "", "", true)]
    [InlineData("", "", "nothing\nELYSEE palace", "", "", "", "", true)]
    [InlineData("", "", "lys", "", "", "", "", false)]
    [InlineData("", "", "goals", "", "", "", "", true)]
    [InlineData("", "", "goal", "", "", "", "", false)]
    [InlineData("", "", "", "YID-info.example", "", "", "", true)]
    [InlineData("", "", "", "partner", "", "", "", false)]
    [InlineData("", "", "", "", "Mon Tue", "", "", true)]
    [InlineData("", "", "", "", "Sat Sun", "", "", false)]
    [InlineData("", "", "", "", "", "13:00", "14:00", true)]
    [InlineData("", "", "", "", "", "12:00", "13:00", false)]
    [InlineData("", "", "", "", "", "22:00", "13:01", true)]
    [InlineData("sport", "Doe", "Elysee", "feed", "Mon", "12:00", "14:00", true)]
    [InlineData("sport", "Doe", "Elysee", "feed", "Tue", "12:00", "14:00", false)]
    public void Every_condition_has_to_fit_and_of_each_list_one(string topics, string authors, string keywords, string cameFrom, string days, string from, string to, bool fits)
    {
        var rule = Of(RuleOutcome.Ask);
        (rule.Topics, rule.Authors, rule.Keywords, rule.CameFrom, rule.Days, rule.FromTime, rule.ToTime) = (topics, authors, keywords, cameFrom, days, from, to);
        var facts = Facts.Of(Draft("At the \u00c9lys\u00e9e Palace") with { Summary = "Three goals.", Topics = ["sport"], Author = "Jane Doe, Max", CameFrom = "https://yid-info.example/feed" });

        Assert.Equal(fits, rule.Fits(facts, Noon, Site));
    }

    [Theory, ClassData<Databases>]
    public async Task The_first_that_fits_decides_and_is_named(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        await AddAsync(bench, Of(RuleOutcome.Digest, keywords: "weather"), Of(RuleOutcome.Ask, keywords: "storm"), Of(RuleOutcome.Instant, keywords: "storm"));

        await PublishAsync(bench, "The weather, no storm");
        await PublishAsync(bench, "A storm");
        await PublishAsync(bench, "Nothing of both");
        await PublishAsync(bench, "Held storm", new Handling { Hold = true });
        await PublishAsync(bench, "An editor's storm", new Handling { IsDecided = true });
        await PublishAsync(bench, "Breaking weather", priority: ArticlePriority.Breaking);
        await PublishAsync(bench, "Breaking storm", priority: ArticlePriority.Breaking);

        Assert.Equal(
            [
                ("A storm", true, "rule 2 asks an editor", 1, "rule 2: an article says \"storm\" waits for an editor"),
                ("An editor's storm", false, null, 1, null),
                ("Breaking storm", true, "rule 2 asks an editor", 1, "rule 2: an article says \"storm\" waits for an editor"),
                ("Breaking weather", false, null, 1, "rule 1: an article says \"weather\" goes into the digests; but it is breaking, so it goes at once"),
                ("Held storm", true, null, 1, "rule 2: an article says \"storm\" waits for an editor"),
                ("Nothing of both", false, null, 1, null),
                ("The weather, no storm", false, null, 2, "rule 1: an article says \"weather\" goes into the digests"),
            ],
            await bench.QueryAsync("SELECT r.title, a.hold, a.hold_reason, a.route, a.rule FROM alerts a JOIN articles r ON r.id = a.article_id ORDER BY r.title",
                row => (row.GetString(0), row.GetBoolean(1), row.Text(2), row.GetInt32(3), row.Text(4))));
    }

    [Theory, ClassData<Databases>]
    public async Task Nobody_gets_a_text_of_what_a_rule_puts_into_the_digests(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        await bench.AddReadersAsync(3);
        await AddAsync(bench, Of(RuleOutcome.Digest));
        var alert = await PublishAsync(bench, "For the digest");

        await bench.Get<FanOut>().RunAsync(alert, Token);
        await bench.RunLaneAsync(stopping: Token);

        Assert.Equal((0, 1), (bench.Sent, await bench.CountAsync("alerts WHERE planned_at IS NOT NULL AND route = 2")));
    }

    [Theory, ClassData<Databases>]
    public async Task Rules_keep_an_order_without_gaps_whoever_moves_them(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        await AddAsync(bench, [.. "abcdef".Select(letter => Of(RuleOutcome.Ask, keywords: letter.ToString()))]);
        var ids = (await bench.Get<RuleBook>().ListAsync(Token)).Select(rule => rule.Id).ToList();

        await bench.WriteAsync(write => bench.Get<RuleBook>().MoveAsync(write, ids[1], up: true));
        await bench.WriteAsync(write => bench.Get<RuleBook>().DeleteAsync(write, ids[3]));
        var stays = await bench.WriteAsync(write => bench.Get<RuleBook>().MoveAsync(write, ids[1], up: true));
        await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Task.Run(() => bench.WriteAsync(write => bench.Get<RuleBook>().MoveAsync(write, ids[i % 2 == 0 ? 4 : 5], up: i % 3 == 0)), Token)));

        var rules = await bench.Get<RuleBook>().ListAsync(Token);
        Assert.Null(stays);
        Assert.Equal([1, 2, 3, 4, 5], rules.Select(rule => rule.Position));
        Assert.Equal(["a", "b", "c", "e", "f"], rules.Select(rule => rule.Keywords).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_rule_that_cannot_be_meant_is_refused()
    {
        Assert.Equal("Give two different times, such as 22:00 and 06:00, or none.", Changed(rule => rule.FromTime = "22:00"));
        Assert.Equal("There is no such topic any more.", Changed(rule => rule.Topics = "weather"));
        Assert.Equal("A keyword or a name needs a letter or a digit.", Changed(rule => rule.Keywords = "?!"));
        Assert.Equal("Write days as Mon, Tue, Wed, Thu, Fri, Sat, Sun.", Changed(rule => rule.Days = "Monday"));
        Assert.Null(Changed(rule => rule.Topics = "sport"));

        static string? Changed(Action<Rule> change)
        {
            var rule = Of(RuleOutcome.Ask);
            change(rule);
            return rule.Fault(Site);
        }
    }

    /// <summary>A dry run says what goes to whom, and changes nothing.</summary>
    [Theory, ClassData<Databases>]
    public async Task The_dry_run_says_what_last_week_would_have_sent(DatabaseProvider database)
    {
        var clock = new ManualClock(Noon);
        await using var bench = await Workbench.OpenAsync(
            database, postgres, null, clock, ("Publication:Topics:0:Key", "sport"), ("Publication:Topics:0:Name", "Sport"), ("Publication:Topics:1:Key", "city"), ("Publication:Topics:1:Name", "City"));
        var texts = await bench.AddReadersAsync(3);
        var mails = await bench.AddReadersAsync(2, Notify.Contacts.Channel.Mail);
        await bench.ExecuteAsync("UPDATE subscriptions SET frequency = 2 WHERE contact_id = @id", ("id", mails[0]));
        await bench.ExecuteAsync("UPDATE subscriptions SET all_topics = @no WHERE contact_id = @id", ("no", false), ("id", texts[0]));
        await bench.ExecuteAsync("INSERT INTO subscription_topics (contact_id, topic) VALUES (@id, 'sport')", ("id", texts[0]));
        await PublishAsync(bench, "Older than a week", topics: "sport");
        clock.Advance(TimeSpan.FromDays(8));
        await bench.WriteAsync(write => bench.Get<Archive>().AddAsync(write, Draft("Seeded silently") with { Topics = ["sport"] }));
        await PublishAsync(bench, "City", topics: "city");
        await PublishAsync(bench, "Weather", topics: "city");
        await AddAsync(bench, Of(RuleOutcome.Digest, keywords: "weather"), Of(RuleOutcome.Ask, topics: "sport"));
        var (alerts, audit) = (await bench.CountAsync("alerts"), await bench.CountAsync("audit"));

        var result = await bench.Get<DryRun>().RunAsync(await bench.Get<RuleBook>().ListAsync(Token), Token);

        Assert.Equal(
            [("City", RuleOutcome.Instant, 2, 1, 1), ("Seeded silently", RuleOutcome.Ask, 3, 1, 1), ("Weather", RuleOutcome.Digest, 0, 0, 4)],
            result.Articles.Select(a => (a.Title, a.Outcome, (int)a.Texts, (int)a.Mails, (int)a.Digests)).OrderBy(a => a.Title, StringComparer.Ordinal));
        Assert.Equal((5L, 2L, 2, 0), (result.Texts, result.Mails, result.MostTexts, result.MedianTexts));
        Assert.True(result.Cost > 0);
        Assert.Equal((alerts, audit), (await bench.CountAsync("alerts"), await bench.CountAsync("audit")));
    }

    private static Task AddAsync(Workbench bench, params Rule[] rules) => bench.WriteAsync(async write =>
    {
        foreach (var rule in rules)
        {
            Assert.Null(await bench.Get<RuleBook>().AddAsync(write, rule));
        }

        return true;
    });

    private static async Task<Guid> PublishAsync(Workbench bench, string title, Handling? handling = null, ArticlePriority priority = ArticlePriority.Normal, params string[] topics) =>
        (await bench.WriteAsync(write => bench.Get<INewsdesk>().PublishAsync(write, Draft(title) with { Priority = priority, Topics = topics }, handling ?? new Handling()))).AlertId!.Value;

    private static ArticleDraft Draft(string title) => EditTests.Draft(title);

    private static Rule Of(RuleOutcome outcome, string topics = "", string keywords = "") =>
        new() { Id = Guid.CreateVersion7(), Position = 0, Topics = topics, Keywords = keywords, Outcome = outcome, ChangedAt = Noon, ChangedBy = "editor@example.com" };
}
