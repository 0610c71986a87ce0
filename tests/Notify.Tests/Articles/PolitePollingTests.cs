using System.Text;
using Notify.Articles;
using Notify.Jobs;
using Notify.Storage;
using Notify.Tests.Support;
using Notify.Tests.Web;

namespace Notify.Tests.Articles;

/// <summary>What a feed's server sees of us, and what becomes of a feed whatever its server says.</summary>
public sealed class PolitePollingTests(PostgresServer postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task Validators_go_back_byte_for_byte_and_an_unchanged_feed_is_not_read(DatabaseProvider database)
    {
        var validators = "\r\nETag: W/\"a\u00E9,b\"\r\nLast-Modified: yesterday, about noon";
        string[] items = ["1"];
        var isUnchanged = false;
        await using var world = await FeedWorld.OpenAsync(database, postgres, _ => isUnchanged ? RawServer.Answer("304 Not Modified") : FeedWorld.Feed(items, validators));

        await world.RunAsync();
        validators = "\r\nETag: \"two\"";
        await world.NextAsync(); // the same document under another tag
        isUnchanged = true;
        await world.NextAsync();
        var state = await world.StateAsync();
        (isUnchanged, items) = (false, ["2", "1"]);
        await world.NextAsync();

        var asked = world.Server.Requests.ToArray();
        Assert.DoesNotContain("If-", asked[0], StringComparison.Ordinal);
        Assert.Contains("If-None-Match: W/\"a\u00E9,b\"\r\n", asked[1], StringComparison.Ordinal);
        Assert.Contains("If-Modified-Since: yesterday, about noon\r\n", asked[1], StringComparison.Ordinal);
        Assert.Contains("If-None-Match: \"two\"\r\n", asked[2], StringComparison.Ordinal);
        Assert.DoesNotContain("If-Modified-Since", asked[2], StringComparison.Ordinal);
        Assert.Equal((304, 0, null), (state.LastStatus, state.Failures, state.Problem));
        Assert.Equal((2, 1), await world.CountsAsync());
    }

    [Theory, ClassData<Databases>]
    public async Task Of_many_nodes_one_looks_and_a_dead_ones_turn_passes_on(DatabaseProvider database)
    {
        var isSilent = true;
        await using var world = await FeedWorld.OpenAsync(database, postgres, _ => isSilent ? null : FeedWorld.Feed(["1"]));
        using var life = new CancellationTokenSource();

        var dying = world.RunAsync(life.Token);
        await world.Server.Asked.Task.WaitAsync(Token);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => world.RunAsync()));
        var askedMeanwhile = world.Server.Requests.Count;
        await life.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dying);
        isSilent = false;
        world.Clock.Advance(FeedBook.Turn - TimeSpan.FromMilliseconds(1));
        await world.RunAsync();
        var askedBefore = world.Server.Requests.Count;
        world.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => world.RunAsync()));

        Assert.Equal((1, 1, 2), (askedMeanwhile, askedBefore, world.Server.Requests.Count));
        Assert.NotNull((await world.StateAsync()).SeededAt);
        Assert.Equal((1, 0), await world.CountsAsync());
    }

    [Theory, ClassData<Databases>]
    public async Task Who_comes_back_too_late_writes_nothing(DatabaseProvider database)
    {
        await using var world = await FeedWorld.OpenAsync(database, postgres, _ => FeedWorld.Feed(["1"]));
        var book = world.Bench.Get<FeedBook>();
        var feed = new FeedOptions { Url = FeedWorld.Url };
        var late = await book.TakeAsync(feed, Token);
        world.Clock.Advance(FeedBook.Turn);
        var owner = await book.TakeAsync(feed, Token);

        var (isLateKept, isOwnerKept) = (await EndAsync(late!, "late"), await EndAsync(owner!, "owner"));

        Assert.Equal((false, true), (isLateKept, isOwnerKept));
        Assert.Equal("owner", (await world.StateAsync()).Problem);

        Task<bool> EndAsync(FeedTurn turn, string problem) => book.EndAsync(turn, (_, row, now) =>
        {
            (row.Problem, row.NextAt) = (problem, now + feed.Every);
            return Task.CompletedTask;
        }, Token);
    }

    [Theory, ClassData<Databases>]
    public async Task A_host_is_asked_one_thing_at_a_time_and_not_at_once_again(DatabaseProvider database)
    {
        await using var world = await FeedWorld.OpenAsync(
            database, postgres, _ => FeedWorld.Feed(["1"]), ("Feeds:1:Url", "http://news.example/sport.xml"), ("Feeds:2:Url", "http://other.example/feed.xml"));

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => world.RunAsync()));
        var first = world.Paths;
        world.Clock.Advance(FeedBook.Spacing - TimeSpan.FromMilliseconds(1));
        await world.RunAsync();
        var before = world.Paths.Length;
        world.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await world.RunAsync();

        Assert.Equal(2, first.Length);
        Assert.Equal((2, 3), (before, world.Paths.Length));
        Assert.Contains("/sport.xml", world.Paths);
    }

    [Theory, ClassData<Databases>]
    public async Task The_servers_and_the_feeds_own_wishes_are_kept_to_over_an_unchanged_answer(DatabaseProvider database)
    {
        Func<byte[]> answer = () => FeedWorld.Feed(["1"], "\r\nCache-Control: max-age=1200");
        await using var world = await FeedWorld.OpenAsync(database, postgres, _ => answer());

        await world.RunAsync();
        var afterMaxAge = await world.NextAsync();
        answer = () => FeedWorld.Feed(["2", "1"], channel: "<ttl>45</ttl>");
        await world.NextAsync();
        answer = () => RawServer.Answer("304 Not Modified");
        var afterTtl = await world.NextAsync();
        var afterUnchanged = await world.NextAsync();
        answer = () => RawServer.Answer("503 Busy\r\nRetry-After: 7200");
        await world.NextAsync();
        answer = () => RawServer.Answer($"429 Slow down\r\nRetry-After: {world.Clock.GetUtcNow().AddHours(3):r}");
        var afterSeconds = await world.NextAsync();
        answer = () => RawServer.Answer("500 Broken");
        var afterDate = await world.NextAsync();
        var afterNothing = await world.NextAsync();

        Assert.Equal(
            [20, 45, 45, 120, 180, 40],
            ((TimeSpan[])[afterMaxAge, afterTtl, afterUnchanged, afterSeconds, afterDate, afterNothing]).Select(wait => (int)wait.TotalMinutes));
        Assert.Equal("the server answered 500", (await world.StateAsync()).Problem);
    }

    [Theory, ClassData<Databases>]
    public async Task A_feed_that_moved_for_good_is_followed_after_a_day_and_stays_the_same_feed(DatabaseProvider database)
    {
        string[] items = ["1"];
        var status = "301 Moved";
        await using var world = await FeedWorld.OpenAsync(database, postgres, head => head.Split(' ')[1].StartsWith("/feed.xml", StringComparison.Ordinal)
            ? RawServer.Answer($"{status}\r\nLocation: http://new.example/all.xml") : FeedWorld.Feed(items));

        await world.RunAsync();
        for (var look = 0; look < 5; look++) await world.NextAsync();
        var soon = await world.StateAsync();
        world.Clock.Advance(TimeSpan.FromDays(1));
        status = "308 Moved";
        await world.RunAsync();
        var moved = await world.StateAsync();
        items = ["2", "1"];
        var before = world.Paths.Length;
        await world.NextAsync();

        Assert.Equal((null, "http://new.example/all.xml"), (soon.Address, soon.MovedTo));
        Assert.Equal(("http://new.example/all.xml", null, soon.SeededAt), (moved.Address, moved.MovedTo, moved.SeededAt));
        Assert.Equal(["/all.xml"], world.Paths[before..]);
        Assert.Equal((2, 1), await world.CountsAsync());
        // A number is a name within its feed, wherever that lies.
        Assert.Equal(2, await world.Bench.CountAsync($"article_keys WHERE key LIKE 'guid:{FeedWorld.Url}|%'"));
    }

    [Theory, ClassData<Databases>]
    public async Task A_redirect_that_comes_and_goes_moves_nothing(DatabaseProvider database)
    {
        var target = "http://new.example/all.xml";
        await using var world = await FeedWorld.OpenAsync(database, postgres, head => head.Split(' ')[1].StartsWith("/feed.xml", StringComparison.Ordinal) && target.Length > 0
            ? RawServer.Answer($"301 Moved\r\nLocation: {target}") : FeedWorld.Feed(["1"]));

        foreach (var next in (string[])["http://new.example/all.xml", "", "http://new.example/all.xml", "http://other.example/all.xml", "http://new.example/all.xml"])
        {
            target = next;
            await world.RunAsync();
            world.Clock.Advance(TimeSpan.FromDays(1));
        }

        var state = await world.StateAsync();
        Assert.Equal((null, 1), (state.Address, state.MovedTimes));
    }

    [Theory, ClassData<Databases>]
    public async Task A_new_address_that_stops_working_is_given_up_for_the_one_in_the_settings(DatabaseProvider database)
    {
        var status = "301 Moved\r\nLocation: http://new.example/all.xml";
        await using var world = await FeedWorld.OpenAsync(database, postgres, head => head.Split(' ')[1].StartsWith("/feed.xml", StringComparison.Ordinal) && status.Length > 0
            ? RawServer.Answer(status) : status.Length > 0 ? FeedWorld.Feed(["1"]) : head.Contains("/all.xml", StringComparison.Ordinal) ? RawServer.Answer("410 Gone") : FeedWorld.Feed(["2", "1"]));
        for (var look = 0; look < 3; look++)
        {
            await world.RunAsync();
            world.Clock.Advance(TimeSpan.FromDays(1));
        }

        Assert.NotNull((await world.StateAsync()).Address);
        status = "";
        for (var look = 0; look < 4; look++) await world.NextAsync();

        var state = await world.StateAsync();
        Assert.Equal((null, null, 0), (state.Address, state.GoneAt, state.Failures));
        Assert.Equal((2, 1), await world.CountsAsync());
    }

    [Theory, ClassData<Databases>]
    public async Task Under_its_new_address_in_the_settings_it_is_no_new_feed(DatabaseProvider database)
    {
        await using var world = await FeedWorld.OpenAsync(database, postgres, _ => FeedWorld.Feed(["2", "1"]), ("Feeds:1:Url", "http://new.example/all.xml"));
        await world.Bench.ExecuteAsync(
            "INSERT INTO feeds (url, next_at, failures, seeded_at, moved_to) VALUES ('http://old.example/', 9999999999999, 0, @then, 'http://new.example/all.xml')", ("then", world.Clock.GetUtcNow().AddDays(-9)));

        await world.Bench.ExecuteAsync("INSERT INTO feeds (url, next_at, failures) VALUES (@url, 9999999999999, 0)", ("url", FeedWorld.Url));
        await world.RunAsync();

        Assert.Equal((2, 2), await world.CountsAsync());
    }

    [Theory, ClassData<Databases>]
    public async Task A_feed_that_is_gone_is_not_asked_again_and_says_so_until_somebody_does_something(DatabaseProvider database)
    {
        var status = "410 Gone";
        await using var world = await FeedWorld.OpenAsync(database, postgres, _ => status == "200" ? FeedWorld.Feed(["1"]) : RawServer.Answer(status));

        await world.RunAsync();
        world.Clock.Advance(TimeSpan.FromDays(3));
        await world.RunAsync();
        await world.WatchAsync();
        var (asked, alarms, line) = (world.Server.Requests.Count, await world.AlarmsAsync(), (await LinesAsync(world))[0]);
        status = "200";
        await world.Bench.WriteAsync(write => FeedBook.HurryAsync(write, FeedWorld.Url));
        await world.RunAsync();

        Assert.Equal(1, asked);
        Assert.Equal("Feeds:0 (news.example) is gone for good (410) and is not asked any more. Set its new address in Url, take it out, or let it be looked at again under Feeds in the console.", Assert.Single(alarms));
        Assert.Equal(("feed Feeds:0 (news.example)", CheckMark.Bad), (line.What, line.Mark));
        Assert.Empty(await world.AlarmsAsync());
        Assert.Equal(2, world.Server.Requests.Count);
    }

    [Theory, ClassData<Databases>]
    public async Task Taken_out_and_set_again_a_feed_that_was_gone_is_asked_again(DatabaseProvider database)
    {
        await using var world = await FeedWorld.OpenAsync(database, postgres, _ => FeedWorld.Feed(["1"]));
        await world.Bench.ExecuteAsync("INSERT INTO feeds (url, next_at, failures, gone_at) VALUES ('http://old.example/feed', 0, 0, 1)");

        await world.WatchAsync();

        Assert.Equal(0, await world.Bench.CountAsync("feeds WHERE gone_at IS NOT NULL"));
    }

    [Theory, ClassData<Databases>]
    public async Task A_silent_feed_is_an_alarm_once_that_names_the_setting_and_no_secret(DatabaseProvider database)
    {
        string[] items = ["1"];
        await using var world = await FeedWorld.OpenAsync(database, postgres, _ => FeedWorld.Feed(items), ("Feeds:0:SilentAfter", "06:00:00"));
        await world.RunAsync();

        world.Clock.Advance(TimeSpan.FromHours(6));
        await world.RunAsync();
        await world.WatchAsync();
        var early = await world.AlarmsAsync();
        world.Clock.Advance(TimeSpan.FromMinutes(1));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => world.WatchAsync()));
        var (raised, line, times) = (await world.AlarmsAsync(), (await LinesAsync(world))[0], await world.Bench.QueryAsync("SELECT times FROM alarms", row => row.GetInt32(0)));
        items = ["2", "1"];
        await world.NextAsync();
        await world.WatchAsync();

        Assert.Empty(early);
        Assert.Equal("Feeds:0 (news.example) has brought nothing new since 2023-09-13 12:00 UTC. Look whether it still shows what is published; SilentAfter says how long is too long.", Assert.Single(raised));
        Assert.Equal([1], times);
        Assert.Equal(CheckMark.Bad, line.Mark);
        Assert.Empty(await world.AlarmsAsync());
        Assert.Equal(CheckMark.Good, (await LinesAsync(world))[0].Mark);
    }

    [Theory, ClassData<Databases>]
    public async Task A_feed_that_cannot_be_read_for_an_hour_is_an_alarm_and_nothing_tells_its_address(DatabaseProvider database)
    {
        var isDown = true;
        await using var world = await FeedWorld.OpenAsync(database, postgres, _ => isDown ? "nonsense"u8.ToArray() : FeedWorld.Feed(["1"]));

        await world.RunAsync();
        await world.NextAsync();
        await world.WatchAsync();
        var early = await world.AlarmsAsync();
        await world.NextAsync();
        await world.WatchAsync();
        var (raised, lines, state) = (await world.AlarmsAsync(), await LinesAsync(world), await world.StateAsync());
        isDown = false;
        await world.NextAsync();
        await world.WatchAsync();

        Assert.Empty(early);
        Assert.StartsWith("Feeds:0 (news.example) cannot be read: news.example could not be reached", Assert.Single(raised), StringComparison.Ordinal);
        Assert.Empty(await world.AlarmsAsync());
        var said = string.Join('\n', [.. raised, .. lines.Select(line => line.ToString()), state.Problem!, world.Log.ToString(), .. await world.Bench.QueryAsync("SELECT name FROM alarms", row => row.GetString(0))]);
        Assert.Contains("Feeds:0 (news.example) could not be reached", said, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", said, StringComparison.Ordinal);
    }

    [Theory, ClassData<Databases>]
    public async Task What_was_old_at_the_first_look_waits_for_an_editor_when_a_feed_shows_it_later(DatabaseProvider database)
    {
        var items = "";
        await using var world = await FeedWorld.OpenAsync(database, postgres, _ => RawServer.Answer("200 OK", Encoding.UTF8.GetBytes($"<rss version='2.0'><channel><title>N</title>{items}</channel></rss>")));
        await world.RunAsync();
        var seeded = world.Clock.GetUtcNow();

        items = Item("old", seeded.AddDays(-2)) + Item("late", seeded.AddHours(-2)) + "<item><title>undated</title><link>https://news.example/undated</link></item>";
        await world.NextAsync();

        Assert.Equal((3, 3), await world.CountsAsync());
        Assert.Equal(["old"], await world.Bench.QueryAsync("SELECT r.title FROM alerts a JOIN articles r ON r.id = a.article_id WHERE a.hold", row => row.GetString(0)));

        static string Item(string name, DateTimeOffset at) => $"<item><title>{name}</title><link>https://news.example/{name}</link><pubDate>{at:r}</pubDate></item>";
    }

    [Theory, ClassData<Databases>]
    public async Task A_redirect_into_our_own_network_is_trouble_and_nothing_else(DatabaseProvider database)
    {
        await using var world = await FeedWorld.OpenAsync(database, postgres, _ => RawServer.Answer("301 Moved\r\nLocation: http://inside.example/feed.xml"));

        await world.RunAsync();

        Assert.Equal("inside.example leads to an address that is not public.", (await world.StateAsync()).Problem);
        Assert.Single(world.Server.Requests);
    }

    private static Task<IReadOnlyList<CheckResult>> LinesAsync(FeedWorld world) => world.Bench.Get<FeedChecks>().CheckAsync(Token);
}
