using System.Diagnostics;
using System.Text;
using CsCheck;
using Notify.Articles;

namespace Notify.Tests.Articles;

/// <summary>A feed comes from outside: whatever is in it, reading it ends soon, needs nothing else, and never throws.</summary>
public sealed class HostileFeedsTests
{
    private static readonly Uri Source = new("https://news.example/feed.xml");

    [Fact]
    public void Any_text_in_an_item_is_read_without_throwing() =>
        Gen.Select(OneOf("title", "link", "guid", "pubDate", "description", "category", "dc:date"), Gen.String[0, 60]).Sample(
            (name, text) => FeedBounds.Check(FeedReader.Read(Encoding.UTF8.GetBytes($"<rss><channel><item><{name}>{text}</{name}></item></channel></rss>"), null, Source)), iter: 3_000);

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
    [InlineData("<rss><channel><item>", "<pubDate>1 Jnu 2026 10:00</pubDate>")]
    [InlineData("<rss><channel><item>", "<t><![CDATA[a</t>")]
    [InlineData("<rss><channel><item>", "<b xmlns:a='b'>")]
    [InlineData("<rss><channel><item>", "<b></i></b></i>")]
    [InlineData("<rss><channel>", "<item><title>")]
    [InlineData("<rss><channel><item>", "<b a=\">\" ")]
    [InlineData("<rss><channel><item>", "<!DOCTYPE [")]
    [InlineData("{\"version\":\"1\",\"items\":[", "{\"a\":")]
    [InlineData("{\"version\":\"1\",\"items\":[", "{},")]
    [InlineData("{\"version\":\"1\",\"items\":[", "{\"id\":\"a}")]
    [InlineData("{\"version\":\"1\",\"items\":[{", "\"id\":\"\\ud83d\",")]
    [InlineData("<?xml ", "encoding=' ")]
    [InlineData("", "<!--")]
    [InlineData("", "&")]
    [InlineData("", "<")]
    public void Two_megabytes_of_anything_are_done_with_in_seconds(string start, string again)
    {
        var text = start + string.Concat(Enumerable.Repeat(again, (2 * 1024 * 1024) / again.Length));
        var watch = Stopwatch.StartNew();

        var feed = FeedReader.Read(Encoding.UTF8.GetBytes(text), null, Source);

        // Something quadratic takes hours; a busy machine does not make ten seconds of half a one.
        FeedBounds.Check(feed);
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
        Assert.Equal("a", deep.Items[0].Title);
        Assert.Contains(deep.Problems, p => p.Contains("levels deep", StringComparison.Ordinal));
    }

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);
}
