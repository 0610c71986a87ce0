using System.Text;
using Notify.Articles;
using Notify.Storage;
using Notify.Tests.Support;
using Notify.Tests.Web;

namespace Notify.Tests.Articles;

/// <summary>The first look at a feed tells nobody, and an error page is no first look.</summary>
public sealed class FeedPollerTests(PostgresServer postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task An_error_page_with_status_200_does_not_seed_a_feed(DatabaseProvider database)
    {
        string[] items = ["one", "two"];
        var page = "<!DOCTYPE html><html><body><h1>We are back soon</h1></body></html>";
        await using var server = new RawServer(_ => RawServer.Answer("200 OK\r\nETag: \"e\"", Encoding.UTF8.GetBytes(page)));
        await using var bench = await Workbench.OpenAsync(
            database, postgres, null, null, ("Feeds:0:Url", server.At("/feed.xml").AbsoluteUri), ("Feeds:0:AllowPrivate", "true"), ("Sandbox:Enabled", "true"));

        await LookAsync(bench);
        var (seededByPage, askedFirst) = (await bench.CountAsync("feeds WHERE seeded_at IS NOT NULL OR etag IS NOT NULL"), server.Requests.Count);
        page = Rss(items);
        await LookAsync(bench);
        var (articles, alerts) = (await bench.CountAsync("articles"), await bench.CountAsync("alerts"));
        page = Rss([.. items, "three"]);
        await LookAsync(bench);

        Assert.Equal((0, 1), (seededByPage, askedFirst));
        Assert.Equal((2, 0), (articles, alerts));
        Assert.Equal((3, 1), (await bench.CountAsync("articles"), await bench.CountAsync("alerts")));
    }

    private static async Task LookAsync(Workbench bench)
    {
        await bench.ExecuteAsync("UPDATE feeds SET next_at = 0");
        await bench.Get<FeedPoller>().RunAsync(Token);
    }

    private static string Rss(string[] items) =>
        $"""<rss version="2.0"><channel><title>News</title>{string.Concat(items.Reverse().Select(item => $"<item><title>{item}</title><link>https://yid-info.example/{item}</link><guid>https://yid-info.example/{item}</guid></item>"))}</channel></rss>""";
}
