using CsCheck;
using Notify.Articles;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Articles;

/// <summary>One story, one alert, whatever becomes of its names; and two stories are two, whatever names they share.</summary>
public sealed class IdentityTests(PostgresServer postgres)
{
    private static readonly DateTimeOffset Monday = new(2026, 11, 23, 7, 0, 0, TimeSpan.Zero);

    [Theory, ClassData<Databases>]
    public async Task A_story_keeps_being_one_when_its_names_change(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, clock: new ManualClock(Monday.AddHours(1)));
        var first = await BringAsync(bench, Item("http://yid-info.example/kim", "1", "Kim offers support", "He will help, he says.", Monday));

        (string Why, ArticleDraft Draft)[] again =
        [
            ("the same", Item("http://yid-info.example/kim", "1", "Kim offers support", "He will help, he says.", Monday)),
            ("https and another guid", Item("https://www.yid-info.example/kim?utm_source=rss", "https://yid-info.example/?p=1", "Kim offers support", "He will help, he says.", Monday)),
            ("another headline under the same address", Item("https://yid-info.example/kim", "2", "Kim takes it back", "He will not help.", Monday)),
            ("another address, the same guid and headline", Item("https://yid-info.example/2026/kim", "1", "Kim offers support!", "Other words.", null)),
            ("another address and headline, the same guid and date", Item("https://yid-info.example/2026/kim-again", "1", "Kim is said to offer support", "Other words.", Monday)),
            ("a new home for the whole feed", Item("https://news.yid-info.example/a/1", "urn:uuid:1", "Kim offers support", "He will help,   he says", Monday)),
            ("the same story in another feed", Item("https://partner.example/kim", "p-1", "KIM OFFERS SUPPORT", "He will help, he says.", Monday.AddHours(2)) with { CameFrom = "https://partner.example/feed" }),
        ];

        foreach (var (why, draft) in again)
        {
            var (id, _, isNew) = await BringAsync(bench, draft);
            Assert.True(!isNew && id == first.Id, $"{why}: it was taken for another");
        }

        Assert.Equal(1, await bench.CountAsync("alerts"));
    }

    [Theory, ClassData<Databases>]
    public async Task Two_stories_stay_two_when_they_share_a_name(DatabaseProvider database)
    {
        var clock = new ManualClock(Monday.AddHours(1));
        await using var bench = await Workbench.OpenAsync(database, postgres, clock: clock);
        await BringAsync(bench, Item("https://yid-info.example/briefing-23", "b23", "Morning briefing", "All you have to know this morning.", Monday));
        await BringAsync(bench, Item("https://yid-info.example/one", "1", "One", "The first.", Monday));
        clock.Advance(TimeSpan.FromDays(1));

        var (_, _, briefing) = await BringAsync(bench, Item("https://yid-info.example/briefing-24", "b24", "Morning briefing", "All you have to know this morning.", Monday.AddDays(1)));
        var (sharedId, _, shared) = await BringAsync(bench, Item("https://yid-info.example/two", "1", "Two", "The second.", Monday.AddDays(1)));
        var (_, _, sharedUndated) = await BringAsync(bench, Item("https://yid-info.example/three", "1", "Three", "The third.", null));
        var (again, _, isNew) = await BringAsync(bench, Item("https://yid-info.example/two", "1", "Two", "The second, longer.", Monday.AddDays(1)));
        var (_, _, titleAlone) = await BringAsync(bench, Item("https://yid-info.example/one-more", "9", "One", null, Monday));

        Assert.True(briefing, "Tuesday's briefing was taken for Monday's");
        Assert.True(shared && sharedUndated, "a name that a program gives to everything swallowed an article");
        Assert.Equal((sharedId, false), (again, isNew));
        Assert.True(titleAlone, "the title alone made them one");
    }

    /// <summary>A feed that invents its names anew with every look must not fill the database.</summary>
    [Theory, ClassData<Databases>]
    public async Task Names_of_one_article_have_an_end(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        for (var i = 0; i < 100; i++)
        {
            await BringAsync(bench, Item("https://yid-info.example/kim", $"random-{i}", "Kim", "Words.", Monday));
        }

        Assert.Equal(1, await bench.CountAsync("articles"));
        Assert.InRange(await bench.CountAsync("article_keys"), 2, 45);
    }

    /// <summary>Any sequence of looks at two feeds that move, rename, syndicate and repeat: each story has one alert.</summary>
    [Fact]
    public async Task Whatever_feeds_do_each_story_has_one_alert()
    {
        var clock = new ManualClock(Monday.AddHours(1));
        await using var bench = await Workbench.OpenAsync(DatabaseProvider.Sqlite, postgres, clock: clock);
        var round = 0;
        var look = Gen.Select(Gen.Int[0, 5], Gen.Int[0, 3], Gen.Int[0, 4], Gen.Bool, (story, address, name, other) => (Story: story, Address: address, Name: name, Other: other));

        await look.List[1, 25].SampleAsync(async looks =>
        {
            var here = round++;
            var before = await bench.CountAsync("alerts");
            foreach (var (story, address, name, other) in looks)
            {
                // Each story differs in date and words; the last two share a guid in every feed.
                var path = $"{here}/{story}";
                var link = address switch { 0 => $"http://yid-info.example/{path}", 1 => $"https://www.yid-info.example/{path}/?utm_campaign=x#top", 2 => $"https://new.example/moved/{path}", _ => $"https://yid-info.example/{path}?fbclid=1" };
                var guid = story >= 4 ? $"shared-{here}" : name switch { 0 => $"g{path}", 1 => link, 2 => $"urn:moved:{path}", 3 => $"tag:{path}", _ => "" };
                await BringAsync(bench, Item(link, guid, $"Story {path}", $"What story {path} says.", Monday.AddMinutes(story * 7)) with { CameFrom = other ? "https://partner.example/feed" : "https://yid-info.example/feed" });
            }

            Assert.Equal(looks.Select(l => l.Story).Distinct().Count(), await bench.CountAsync("alerts") - before);
        }, iter: 60, threads: 1);

        Assert.Equal(await bench.CountAsync("alerts"), await bench.CountAsync("articles"));
    }

    private static Task<(Guid Id, Guid? Alert, bool IsNew)> BringAsync(Workbench bench, ArticleDraft draft) => bench.WriteAsync(write => bench.Get<INewsdesk>().PublishAsync(write, draft, new Handling()));

    private static ArticleDraft Item(string link, string guid, string title, string? summary, DateTimeOffset? published) =>
        new(new Uri(link), title, summary, [], published, null, ArticlePriority.Normal, "https://yid-info.example/feed", guid.Length > 0 ? ["guid:" + guid] : []);
}
