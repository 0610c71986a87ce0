using System.Text;
using Notify.Articles;

namespace Notify.Tests.Articles;

/// <summary>Every format says the same in its own words, and what is read of it is the same.</summary>
public sealed class FeedFormatsTests
{
    private static readonly Uri Source = new("https://news.example/feed");

    private static readonly DateTimeOffset First = new(2026, 1, 1, 7, 5, 0, TimeSpan.Zero);

    private static readonly DateTimeOffset Second = new(2026, 1, 2, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(FeedSamples.Rss2, "RSS 2.0", "post-7", "summary published categories second")]
    [InlineData(FeedSamples.Rss091, "RSS 0.91", null, "summary")]
    [InlineData(FeedSamples.Rss090, "RSS 0.90", null, "")]
    [InlineData(FeedSamples.Rss1, "RSS 1.0", "https://news.example/storm", "summary published categories")]
    [InlineData(FeedSamples.Rss11, "RSS 1.1", "https://news.example/storm", "summary")]
    [InlineData(FeedSamples.Atom1, "Atom 1.0", "post-7", "summary published categories second")]
    [InlineData(FeedSamples.Atom03, "Atom 0.3", "post-7", "summary published second")]
    [InlineData(FeedSamples.Json, "JSON Feed 1.1", "post-7", "summary published categories second")]
    [InlineData(FeedSamples.NewsSitemap, "News sitemap", "https://news.example/storm", "published categories second")]
    public void An_item_is_the_same_in_every_format(string document, string format, string? id, string says)
    {
        var feed = FeedReader.Read(Encoding.UTF8.GetBytes(document), null, Source);

        Assert.Equal((format, true), (feed.Format, feed.IsFeed));
        Assert.Empty(feed.Problems);
        Assert.Equal(["Storm & flood", "Council votes"], feed.Items.Select(item => item.Title));
        Assert.Equal(["https://news.example/storm", "https://news.example/council"], feed.Items.Select(item => item.Link?.AbsoluteUri));
        Assert.Equal(id, feed.Items[0].Id);
        Assert.Equal(says.Contains("summary", StringComparison.Ordinal) ? "Gusts of 110 km/h." : null, feed.Items[0].Summary);
        Assert.Equal(says.Contains("published", StringComparison.Ordinal) ? First : null, feed.Items[0].Published);
        Assert.Equal(says.Contains("categories", StringComparison.Ordinal) ? ["Weather", "Harbour"] : [], feed.Items[0].Categories);
        Assert.Equal(says.Contains("second", StringComparison.Ordinal) ? Second : null, feed.Items[1].Updated);
    }

    [Theory]
    [InlineData("<title mode='escaped'>A &lt;b&gt;b&lt;/b&gt;</title>", "A b")]
    [InlineData("<title mode='escaped' type='text/plain'>A &lt;b&gt;</title>", "A <b>")]
    [InlineData("<title mode='base64' type='text/plain'>QSA8Yj4=</title>", "A <b>")]
    [InlineData("<title mode='base64'>\n QSA8Yj4=\n</title>", "A")]
    [InlineData("<title mode='base64'>not base 64!</title>", "")]
    [InlineData("<title type='application/xhtml+xml'><div>A &lt;b&gt;</div></title>", "A <b>")]
    [InlineData("<title type='text/html; charset=utf-8'>A &amp;lt;b&amp;gt;</title>", "A <b>")]
    [InlineData("<title type='application/octet-stream'>QSA8aT5iPC9pPg==</title>", "A b")]
    [InlineData("<title type='image/png'>iVBORw0KGgo=</title>", "")]
    [InlineData("<title>A &lt;b&gt; &amp;amp;</title>", "A <b> &amp;")]
    public void Atom_says_what_its_texts_are(string title, string expected)
    {
        var feed = FeedReader.Read(Encoding.UTF8.GetBytes($"<feed version='0.3'><entry>{title}<link href='https://a.example/'/></entry></feed>"), null, Source);

        Assert.Equal(expected, Assert.Single(feed.Items).Title);
    }

    [Theory]
    [InlineData("""{"items":[{"id":"1","title":"One"},{"id":"2","title":"Bad "quotes" here"},{"id":"3","title":"Three","author":{"name":"Kim","url":"https://a.example/"}}]}""", "One Three", true)]
    [InlineData("""{"items":[{"id":"1","title":"One"},{"id":"2","title":"Two\uD83D"},7,{"id":"3","title":"Three",},],}""", "One Two\uFFFD Three", true)]
    [InlineData("""{"items":[{"id":"1","title":"One"},{"id":"2","title":"Tw""", "One", true)]
    [InlineData("""{"version":"https://jsonfeed.org/version/1","x":{{,"items":[{"id":"1","title":"One"}]}""", "One", true)]
    [InlineData("{\"items\":[{\"id\":\"1\",\"title\":\"O\nn\te\"}], /* end */ \"items_\":[]}", "O n e", false)]
    public void A_broken_item_of_a_JSON_Feed_takes_no_other_with_it(string document, string titles, bool isTold)
    {
        var feed = FeedReader.Read(Encoding.UTF8.GetBytes(document), "application/feed+json", Source);

        Assert.Equal(titles, string.Join(' ', feed.Items.Select(item => item.Title)));
        Assert.Equal((true, isTold), (feed.IsFeed, feed.Problems.Any(problem => !problem.Contains("link", StringComparison.Ordinal))));
    }

    [Fact]
    public void A_sitemap_without_news_is_no_feed_and_its_pages_have_no_titles()
    {
        var feed = FeedReader.Read("<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>https://a.example/1</loc></url></urlset>"u8.ToArray(), null, Source);

        Assert.Equal(("Sitemap", false, "https://a.example/1", ""), (feed.Format, feed.IsFeed, feed.Items[0].Link!.AbsoluteUri, feed.Items[0].Title));
        Assert.Contains("gives addresses and no titles", Assert.Single(feed.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<rss><channel><link>https://site.example/x/</link><item><link>story</link></item></channel></rss>", "https://site.example/x/story")]
    [InlineData("<rss xmlns:atom='http://www.w3.org/2005/Atom'><channel><link>https://site.example/</link><atom:link rel='self' href='https://site.example/f/feed'/><item><link>story</link></item></channel></rss>", "https://site.example/f/story")]
    [InlineData("<feed xml:base='https://base.example/'><entry><link href='story'/></entry></feed>", "https://base.example/story")]
    [InlineData("<rss><channel><item><link>story</link></item></channel></rss>", null)]
    public void A_document_from_a_file_says_itself_where_it_is_from(string document, string? link) =>
        Assert.Equal(link, Assert.Single(FeedReader.Read(Encoding.UTF8.GetBytes(document), null, new Uri("file:///tmp/feed.xml")).Items).Link?.AbsoluteUri);
}
