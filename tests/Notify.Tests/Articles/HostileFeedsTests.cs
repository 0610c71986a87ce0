using System.Diagnostics;
using System.Text;
using CsCheck;
using Notify.Articles;

namespace Notify.Tests.Articles;

/// <summary>A feed comes from outside: whatever is in it, reading it ends soon, needs nothing else, and never throws.</summary>
public sealed class HostileFeedsTests
{
    private static readonly Uri Source = new("https://news.example/feed.xml");

    private static readonly byte[] Seed = Encoding.UTF8.GetBytes("""
        <?xml version="1.0" encoding="utf-8"?>
        <!DOCTYPE rss [<!ENTITY own "ours"> <!-- ] --> <!ENTITY other 'theirs &#233;'>]>
        <rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xml:base="http://base.example/a/"><channel><title>Néws &own;</title>
        <item><title>One &lt;b style="x>y"&gt;b&lt;/b&gt; &nbsp; &amp;#150;</title><link>/one?a=%7e</link><guid>http://xn--a.example/1</guid>
        <pubDate>Thu, 01 Jan 2026 08:05:00 +0100</pubDate><description><![CDATA[<script>a</script><p>Tëxt</p><!-- x -->]]></description></item>
        <item xml:base="b/"><dc:title>Two</dc:title><link>two</link><dc:date>2026-01-02T03:04:05.678-03:30</dc:date><category>News</category></item>
        <!-- between --><item><title>Three</title><description><p>a<br/>b</p></description><x:y z:w="1">&#x1F600;</x:y></item>
        </channel></rss>
        """);

    private static readonly string[] Scraps =
    [
        "<", ">", "&", "\"", "'", "]]>", "<![CDATA[", "<!--", "-->", "<?", "<!DOCTYPE", "<item", "<item>", "</item>", "<entry/>", "&#0;", "&#xD800;", "&own;", "\0",
        "xmlns=\"\"", " xmlns:x=\"\"", "x:", "xml:base=\"\u0000\"", "%", "http://[", "https://xn--a/", "\u202E", "\uD800", "9999-12-31T24:00:00-23:59", "<rss>", "</rss>",
    ];

    [Fact]
    public void A_feed_with_any_bytes_changed_is_read_without_throwing()
    {
        var change = Gen.Select(Gen.Int[0, Seed.Length], Gen.Int[0, 40], Gen.OneOf(Gen.Byte.Array[0, 4], OneOf(Scraps).Select(Encoding.UTF8.GetBytes)));
        var charset = OneOf<string?>(null, "text/xml", "text/xml; charset=utf-8", "text/xml; charset=\"utf-16\"", "text/xml; charset=big5", "text/xml;charset=utf-7", ";;", "a/b; charset=none");

        Gen.Select(change.Array[1, 6], charset).Sample((changes, type) => Check(FeedReader.Read(changes.Aggregate(Seed, Apply), type, Source)), iter: 3_000);
    }

    [Fact]
    public void Any_bytes_at_all_are_read_without_throwing() =>
        Gen.Byte.Array[0, 400].Sample(bytes => Check(FeedReader.Read(bytes, null, Source)), iter: 3_000);

    [Fact]
    public void Any_text_in_an_item_is_read_without_throwing() =>
        Gen.Select(OneOf("title", "link", "guid", "pubDate", "description", "category", "dc:date"), Gen.String[0, 60]).Sample(
            (name, text) => Check(FeedReader.Read(Encoding.UTF8.GetBytes($"<rss><channel><item><{name}>{text}</{name}></item></channel></rss>"), null, Source)), iter: 3_000);

    [Theory]
    [InlineData("<rss><channel><item><title>", "<b>")]
    [InlineData("<rss><channel>", "<item>")]
    [InlineData("<rss><channel>", "<item><![CDATA[")]
    [InlineData("<rss><channel>", "<item/>")]
    [InlineData("<rss><channel>", "<item><title>a</titel>")]
    [InlineData("<rss><channel><item>", "<category>a</category>")]
    [InlineData("<rss><channel><item><title>", "&amp;lt;")]
    [InlineData("<rss><channel><item><title>", "&nbsp;")]
    [InlineData("<rss><channel><item><description><![CDATA[", "<a \">\" <a =\"")]
    [InlineData("<rss><channel><item><description><![CDATA[", "<script>")]
    [InlineData("<rss><channel><item><description><![CDATA[", "<!--")]
    [InlineData("<rss><channel><item><pubDate>", "1 Jan 2026 ")]
    [InlineData("<rss><channel><item a='", " ")]
    [InlineData("<rss ", "a:b='' ")]
    [InlineData("<rss ", "a:b='< '")]
    [InlineData("<rss ", "a:b='<!-- -->'")]
    [InlineData("<rss a='", "<b a=\"")]
    [InlineData("<!DOCTYPE rss [", "<!--")]
    [InlineData("<!DOCTYPE rss [", "<!ENTITY a 'b'>")]
    [InlineData("<!DOCTYPE rss [<!ENTITY a '", "&#65;")]
    [InlineData("<?xml ", "encoding=' ")]
    [InlineData("", "<!--")]
    [InlineData("", "&")]
    [InlineData("", "<")]
    public void Four_megabytes_of_anything_are_done_with_in_seconds(string start, string again)
    {
        var text = start + string.Concat(Enumerable.Repeat(again, (4 * 1024 * 1024) / again.Length));
        var watch = Stopwatch.StartNew();

        var feed = FeedReader.Read(Encoding.UTF8.GetBytes(text), null, Source);

        // Something quadratic takes hours; a busy machine does not make ten seconds of half a one.
        Check(feed);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Entities_that_multiply_stay_small()
    {
        var levels = string.Concat(Enumerable.Range(1, 9).Select(i => $"<!ENTITY e{i} \"{string.Concat(Enumerable.Repeat($"&e{i - 1};", 10))}\">"));
        var wide = $"<!ENTITY w \"{new string('w', 50_000)}\">";

        var repeated = string.Concat(Enumerable.Repeat("&w;", 50_000));
        var body = Encoding.UTF8.GetBytes($"<!DOCTYPE rss [<!ENTITY e0 \"ha\">{levels}{wide}]><rss><channel><item><title>&e9; &e0;</title><guid>{repeated}</guid></item></channel></rss>");
        var before = GC.GetAllocatedBytesForCurrentThread();

        var feed = FeedReader.Read(body, null, Source);

        Assert.Equal("&e9; ha", Assert.Single(feed.Items).Title);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100 * 1024 * 1024);
    }

    [Fact]
    public void Nothing_is_fetched_or_read_from_disk_for_a_document_type()
    {
        var feed = FeedReader.Read("<!DOCTYPE rss [<!ENTITY x SYSTEM \"file:///etc/passwd\"><!ENTITY % y SYSTEM \"http://127.0.0.1:1/\"> %y;]><rss><channel><item><title>[&x;]</title></item></channel></rss>"u8.ToArray(), null, Source);

        Assert.Equal("[&x;]", Assert.Single(feed.Items).Title);
    }

    [Fact]
    public void Too_much_is_cut_and_told()
    {
        var many = FeedReader.Read(Encoding.UTF8.GetBytes($"<rss><channel>{string.Concat(Enumerable.Repeat("<item><title>a</title></item>", FeedReader.MostItems + 1))}</channel></rss>"), null, Source);
        var large = FeedReader.Read(new byte[FeedReader.LargestBody + 1], null, Source);
        var deep = FeedReader.Read(Encoding.UTF8.GetBytes($"<rss><channel><item><title>a</title></item><item>{string.Concat(Enumerable.Repeat("<b>", 300))}{string.Concat(Enumerable.Repeat("</b>", 300))}</item></channel></rss>"), null, Source);

        Assert.Equal(FeedReader.MostItems, many.Items.Count);
        Assert.Contains("more than 5000 items", Assert.Single(many.Problems), StringComparison.Ordinal);
        Assert.Contains("larger than 10 MB", Assert.Single(large.Problems), StringComparison.Ordinal);
        Assert.Single(deep.Items);
        Assert.Contains(deep.Problems, p => p.Contains("levels deep", StringComparison.Ordinal));
    }

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static byte[] Apply(byte[] bytes, (int At, int Removed, byte[] Put) change)
    {
        var at = Math.Min(change.At, bytes.Length);
        return [.. bytes[..at], .. change.Put, .. bytes[Math.Min(at + change.Removed, bytes.Length)..]];
    }

    /// <summary>What holds for every answer, and that what it gives can be used.</summary>
    private static void Check(Feed feed)
    {
        Assert.InRange(feed.Items.Count, 0, FeedReader.MostItems);
        Assert.InRange(feed.Problems.Count, 0, 51);
        Assert.All(feed.Problems, p => Assert.InRange(p.Length, 10, 400));
        foreach (var item in feed.Items)
        {
            Assert.InRange(item.Title.Length, 0, FeedReader.LongestSummary);
            Assert.InRange(item.Summary?.Length ?? 1, 1, FeedReader.LongestSummary);
            Assert.DoesNotContain(item.Title + item.Summary, char.IsControl);
            if (item.Link is null) continue;

            Assert.StartsWith("http", item.Link.AbsoluteUri, StringComparison.Ordinal);
            Assert.NotEmpty(ArticleUrl.Canonicalise(item.Link));
        }
    }
}
