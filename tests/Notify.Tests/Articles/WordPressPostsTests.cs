using System.Globalization;
using System.Text.Json;
using Notify.Articles;
using Notify.Storage;
using Notify.Tests.Support;
using Notify.Tests.Web;

namespace Notify.Tests.Articles;

/// <summary>A WordPress site that is asked for its posts: what is new is told, what is edited is edited, what is old is silent, and no page is missed.</summary>
public sealed class WordPressPostsTests(PostgresServer postgres)
{
    private static readonly DateTimeOffset Start = new ManualClock().GetUtcNow();

    private static readonly (string, string)[] Settings = [("Feeds:0:Url", "http://news.example/blog/"), ("Feeds:0:Kind", "WordPress")];

    [Theory, ClassData<Databases>]
    public async Task New_posts_are_told_edits_are_edits_and_old_ones_stay_silent(DatabaseProvider database)
    {
        List<Post> posts = [new(1, "First", Start.AddDays(-3), Start.AddDays(-3))];
        await using var world = await FeedWorld.OpenAsync(database, postgres, head => Answer(head, posts), Settings);
        await world.RunAsync();
        var seeded = await world.CountsAsync();

        posts = [posts[0] with { Title = "First, corrected", Changed = Start.AddMinutes(1) }, new(2, "Second &amp; new", Start.AddMinutes(2), Start.AddMinutes(2)), new(3, "Of last year", Start.AddDays(-400), Start.AddMinutes(3))];
        world.Clock.Advance(TimeSpan.FromMinutes(5));
        await world.RunAsync();
        world.Clock.Advance(TimeSpan.FromMinutes(30));
        await world.RunAsync();

        Assert.Equal((1, 0), seeded);
        Assert.Equal((3, 1), await world.CountsAsync());
        Assert.Equal(["First, corrected", "Of last year", "Second & new"], await world.Bench.QueryAsync("SELECT title FROM articles ORDER BY title", row => row.GetString(0)));
        Assert.Equal(["Second & new"], await world.Bench.QueryAsync("SELECT a.title FROM alerts l JOIN articles a ON a.id = l.article_id", row => row.GetString(0)));
        Assert.Equal(1, await world.Bench.CountAsync("article_keys WHERE key = 'guid:https://news.example/?p=2'"));
        Assert.StartsWith("/blog/wp-json/wp/v2/posts?per_page=100&orderby=modified&order=desc", world.Paths[0], StringComparison.Ordinal);
        Assert.DoesNotContain("modified_after", world.Paths[0], StringComparison.Ordinal);
        Assert.EndsWith("&page=1&modified_after=2023-09-10T11:59:58Z", world.Paths[1], StringComparison.Ordinal);
    }

    [Theory, ClassData<Databases>]
    public async Task What_a_person_took_back_stays_so_though_each_look_brings_it_again(DatabaseProvider database)
    {
        List<Post> posts = [new(1, "First", Start.AddDays(-3), Start.AddDays(-3))];
        await using var world = await FeedWorld.OpenAsync(database, postgres, head => Answer(head, posts), Settings);
        await world.RunAsync();
        posts = [.. posts, new(2, "Second", Start.AddMinutes(2), Start.AddMinutes(2))];
        world.Clock.Advance(TimeSpan.FromMinutes(5));
        await world.RunAsync();
        var second = (await world.Bench.QueryAsync("SELECT id FROM articles WHERE title = 'Second'", row => row.GetGuid(0)))[0];

        await world.Bench.WriteAsync(write => world.Bench.Get<INewsdesk>().UnpublishAsync(write, second));
        world.Clock.Advance(TimeSpan.FromMinutes(30));
        await world.RunAsync();

        Assert.Equal(1, await world.Bench.CountAsync("articles WHERE title = 'Second' AND unpublished_at IS NOT NULL"));
    }

    [Theory, ClassData<Databases>]
    public async Task Every_page_is_read_also_when_a_post_is_changed_meanwhile(DatabaseProvider database)
    {
        List<Post> posts = [new(0, "Zero", Start.AddDays(-3), Start.AddDays(-3))];
        await using var world = await FeedWorld.OpenAsync(database, postgres, head =>
        {
            var answer = Answer(head, posts);
            // Between two pages the oldest change becomes the newest.
            if (head.Contains("&page=1&modified_after", StringComparison.Ordinal)) posts[1] = posts[1] with { Changed = posts.Max(p => p.Changed).AddSeconds(1) };
            return answer;
        }, Settings);
        await world.RunAsync();

        posts = [.. posts, .. Enumerable.Range(1, 250).Select(i => new Post(i, $"Post {i}", Start.AddSeconds(i), Start.AddSeconds(i)))];
        world.Clock.Advance(TimeSpan.FromMinutes(10));
        await world.RunAsync();
        world.Clock.Advance(TimeSpan.FromMinutes(30));
        await world.RunAsync();

        Assert.Equal((251, 250), await world.CountsAsync());
        Assert.Equal([1, 1, 2, 3, 1], world.Paths.Select(path => path[path.IndexOf("&page=", StringComparison.Ordinal) + 6] - '0'));
    }

    [Theory, ClassData<Databases>]
    public async Task What_is_no_list_of_posts_is_said_and_seeds_nothing(DatabaseProvider database)
    {
        var body = "<html>";
        await using var world = await FeedWorld.OpenAsync(database, postgres, _ => RawServer.Answer("200 OK", System.Text.Encoding.UTF8.GetBytes(body)), Settings);

        await world.RunAsync();
        body = """{"code":"rest_no_route"}""";
        await world.NextAsync();
        var state = await world.StateAsync("http://news.example/blog/");
        body = """[{"id":1,"link":"javascript:alert(1)","title":{"rendered":"a"}},{"title":7},{"link":"https://news.example/a","title":{"rendered":"\ud83d"}},null,"x"]""";
        await world.NextAsync();

        Assert.Equal((null, "this is no list of posts; Url must be a WordPress site, or the list itself (…/wp-json/wp/v2/posts)"), (state.SeededAt, state.Problem));
        Assert.Equal((0, 0), await world.CountsAsync());
    }

    [Fact]
    public void A_list_that_is_named_itself_is_asked_as_it_is()
    {
        var state = new FeedState { Url = "http://news.example/?rest_route=/wp/v2/posts&categories=7", NextAt = Start };

        Assert.StartsWith("http://news.example/?rest_route=/wp/v2/posts&categories=7&per_page=100", WordPressPosts.Address(state, 1).AbsoluteUri, StringComparison.Ordinal);
    }

    /// <summary>As the site answers: its posts that were changed since, the latest change first, a hundred a page.</summary>
    private static byte[] Answer(string head, List<Post> posts)
    {
        var query = System.Web.HttpUtility.ParseQueryString(new Uri("http://x" + head.Split(' ')[1]).Query);
        var since = query["modified_after"] is { } given ? DateTimeOffset.Parse(given, CultureInfo.InvariantCulture) : DateTimeOffset.MinValue;
        Post[] all = [.. posts.Where(post => post.Changed > since).OrderByDescending(post => post.Changed)];
        var page = int.Parse(query["page"]!, CultureInfo.InvariantCulture);
        var json = JsonSerializer.SerializeToUtf8Bytes(all.Skip((page - 1) * 100).Take(100).Select(post => new Dictionary<string, object>
        {
            ["id"] = post.Id,
            ["guid"] = new { rendered = $"https://news.example/?p={post.Id}" },
            ["link"] = $"https://news.example/{post.Id}",
            ["title"] = new { rendered = post.Title },
            ["excerpt"] = new { rendered = "<p>Words</p>\n" },
            ["date_gmt"] = post.Published.UtcDateTime.ToString("s", CultureInfo.InvariantCulture),
            ["modified_gmt"] = post.Changed.UtcDateTime.ToString("s", CultureInfo.InvariantCulture),
            ["_embedded"] = new Dictionary<string, object> { ["wp:term"] = new[] { new[] { new { name = "World &amp; News", slug = "world" } } } },
        }));
        return page > 1 && all.Length <= (page - 1) * 100 ? RawServer.Answer("400 Bad Request") : RawServer.Answer($"200 OK\r\nX-WP-TotalPages: {(all.Length + 99) / 100}", json);
    }

    private sealed record Post(int Id, string Title, DateTimeOffset Published, DateTimeOffset Changed);
}
