using Notify.Articles;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Articles;

/// <summary>What a feed brings goes out by itself only while it is new and no more than a newsroom writes.</summary>
public sealed class IntakeTests(PostgresServer postgres)
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly FeedOptions Feed = new() { Url = "https://yid-info.example/feed", MostAtOnce = 3 };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task The_first_look_is_silent_and_a_few_new_items_go_out(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, clock: new ManualClock(Noon));

        Assert.True(await TakeInAsync(bench, Items(0, 20), isFirst: true));
        var silent = await bench.CountAsync("alerts");
        await TakeInAsync(bench, Items(0, 23));

        Assert.Equal((0, 23), (silent, await bench.CountAsync("articles")));
        Assert.Equal((3, 0), (await bench.CountAsync("alerts"), await bench.CountAsync("alerts WHERE hold")));
    }

    [Theory, ClassData<Databases>]
    public async Task A_flood_waits_for_an_editor_all_of_it_also_what_a_broken_look_left(DatabaseProvider database)
    {
        var clock = new ManualClock(Noon);
        await using var bench = await Workbench.OpenAsync(database, postgres, clock: clock);

        await TakeInAsync(bench, Items(0, 4));
        var held = await bench.QueryAsync("SELECT hold_reason FROM alerts WHERE hold", row => row.GetString(0));
        // A process that ended half-way has stored some; the next look brings two more than it knows, which alone would be few.
        await TakeInAsync(bench, Items(0, 6));
        var rest = await bench.CountAsync("alerts WHERE hold");
        clock.Advance(TimeSpan.FromMinutes(61));
        await TakeInAsync(bench, Items(0, 7));

        Assert.Equal(4, held.Count);
        Assert.All(held, reason => Assert.Equal("many new items came at once", reason));
        Assert.Equal(6, rest);
        Assert.Equal((7, 6), (await bench.CountAsync("alerts"), await bench.CountAsync("alerts WHERE hold")));
        Assert.Equal(1, await bench.CountAsync("alarms WHERE name = 'feed https://yid-info.example/feed flood' AND text LIKE '%4 new items at once%'"));
    }

    [Theory, ClassData<Databases>]
    public async Task What_is_older_than_a_day_waits_and_what_has_no_date_goes(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, clock: new ManualClock(Noon));

        await TakeInAsync(bench, [Item("old", Noon.AddHours(-25)), Item("young", Noon.AddHours(-23)), Item("undated", null)]);

        Assert.Equal(["it is dated 22 November 2026, 11:00 UTC"], await bench.QueryAsync("SELECT hold_reason FROM alerts WHERE hold", row => row.GetString(0)));
        Assert.Equal(2, await bench.CountAsync("alerts WHERE NOT hold"));
    }

    [Theory, ClassData<Databases>]
    public async Task A_feed_edits_its_own_articles_until_a_person_has(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, clock: new ManualClock(Noon));
        await TakeInAsync(bench, [Item("a", Noon), Item("b", Noon)]);
        var (a, b) = (await IdAsync(bench, "Title a"), await IdAsync(bench, "Title b"));
        await bench.WriteAsync(write => bench.Get<INewsdesk>().EditAsync(write, b, Item("b", Noon) with { Title = "An editor's title", CameFrom = "editor@example.com" }));

        await TakeInAsync(bench, [Item("a", Noon) with { Title = "A better title" }, Item("b", Noon) with { Title = "The feed's second title" }]);
        await bench.WriteAsync(write => bench.Get<INewsdesk>().PublishAsync(write, Item("a", Noon) with { Title = "A partner's title", CameFrom = "https://partner.example/feed" }, new Handling()));
        await TakeInAsync(bench, [Item("a", Noon) with { Title = "A better title" }]);

        Assert.Equal(["A better title"], await bench.QueryAsync("SELECT title FROM articles WHERE id = @id", row => row.GetString(0), ("id", a)));
        Assert.Equal(["An editor's title"], await bench.QueryAsync("SELECT title FROM articles WHERE id = @id", row => row.GetString(0), ("id", b)));
        Assert.Equal([(1, "Title a"), (2, "A better title")], await bench.QueryAsync("SELECT number, title FROM article_revisions WHERE article_id = @id ORDER BY number", row => (row.GetInt32(0), row.GetString(1)), ("id", a)));
    }

    /// <summary>A program that gives all items of a document one guid names none of them.</summary>
    [Theory, ClassData<Databases>]
    public async Task A_name_that_several_items_of_a_document_bear_is_none(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, clock: new ManualClock(Noon));
        ArticleDraft[] items = [Item("a", Noon) with { Keys = ["guid:same"] }, Item("b", Noon) with { Keys = ["guid:same"] }, Item("c", Noon) with { Keys = ["guid:same"] }];

        await TakeInAsync(bench, items);

        Assert.Equal((3, 0), (await bench.CountAsync("alerts"), await bench.CountAsync("article_keys WHERE key = 'guid:same'")));
    }

    private static async Task<bool> TakeInAsync(Workbench bench, IReadOnlyList<ArticleDraft> drafts, bool isFirst = false) =>
        (await bench.Get<Intake>().TakeInAsync(Feed, drafts, isFirst ? null : DateTimeOffset.UnixEpoch, Token)).IsComplete;

    private static async Task<Guid> IdAsync(Workbench bench, string title) => (await bench.QueryAsync("SELECT id FROM articles WHERE title = @title", row => row.GetGuid(0), ("title", title)))[0];

    private static ArticleDraft[] Items(int from, int to) => [.. Enumerable.Range(from, to - from).Select(i => Item($"item-{i}", Noon))];

    private static ArticleDraft Item(string name, DateTimeOffset? published) =>
        new(new Uri($"https://yid-info.example/{name}"), $"Title {name}", $"Words of {name}.", [], published, null, ArticlePriority.Normal, Feed.Url, [$"guid:{Feed.Url}|{name}"]);
}
