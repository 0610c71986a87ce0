using System.Text;
using Notify.Articles;

namespace Notify.Tests.Articles;

public sealed class FeedReaderTests
{
    private static readonly Uri Source = new("https://news.example/feeds/all.xml");

    [Fact]
    public void An_rss_item_is_read_with_all_it_says()
    {
        var feed = Rss("""
            <item>
              <title>Storm &amp;amp; flood: &lt;b&gt;ferries&lt;/b&gt; stay in port</title>
              <link> https://news.example/storm?id=7 </link>
              <guid isPermaLink="false">post-7</guid>
              <description><![CDATA[<p>Gusts of 110&nbsp;km/h.</p><p>No crossings until Friday.</p><script>track()</script>]]></description>
              <content:encoded>&lt;p&gt;The whole story.&lt;/p&gt;</content:encoded>
              <pubDate>Thu, 1 Jan 2026 08:05:00 +0100</pubDate>
              <category>Weather</category><category>Harbour</category><category>Weather</category>
            </item>
            """);

        var item = Assert.Single(feed.Items);
        Assert.Equal("RSS 2.0", feed.Format);
        Assert.Empty(feed.Problems);
        Assert.Equal("Storm & flood: ferries stay in port", item.Title);
        Assert.Equal("https://news.example/storm?id=7", item.Link!.AbsoluteUri);
        Assert.Equal("post-7", item.Id);
        Assert.Equal("Gusts of 110 km/h. No crossings until Friday.", item.Summary);
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 7, 5, 0, TimeSpan.Zero), item.Published);
        Assert.Equal(TimeSpan.Zero, item.Published!.Value.Offset);
        Assert.Null(item.Updated);
        Assert.Equal(["Weather", "Harbour"], item.Categories);
    }

    [Theory]
    [InlineData("""<author>jane@news.example (Jane Doe)</author>""", "Jane Doe")]
    [InlineData("""<author>jane@news.example</author>""", null)]
    [InlineData("""<author>Jane Doe</author><dc:creator>jane doe</dc:creator><dc:creator><![CDATA[Max &amp; Moritz]]></dc:creator>""", "Jane Doe, Max & Moritz")]
    [InlineData("""<a:author xmlns:a="http://www.w3.org/2005/Atom"><a:name>Jane Doe</a:name><a:email>jane@news.example</a:email></a:author>""", "Jane Doe")]
    [InlineData("""<a:contributor xmlns:a="http://www.w3.org/2005/Atom"><a:name>Not she</a:name></a:contributor>""", null)]
    public void Who_wrote_an_rss_item_is_a_name(string said, string? author)
    {
        var feed = Rss($"<item><title>A</title><link>https://news.example/a</link>{said}</item>");

        Assert.Equal(author, Assert.Single(feed.Items).Author);
    }

    [Fact]
    public void Who_wrote_an_entry_is_a_name_in_atom_and_in_json()
    {
        var atom = FeedReader.Read(Encoding.UTF8.GetBytes("""
            <feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><author><name>The feed's</name></author>
              <entry><title>A</title><link href="https://news.example/a"/><author><name>Jane Doe</name><uri>https://jane.example</uri></author><author><name>Max</name></author></entry>
              <entry><title>B</title><link href="https://news.example/b"/><source><author><name>Another's</name></author></source></entry>
              <entry><title>C</title><link href="https://news.example/c"/><author>Bare <!-- as found --> Name</author><id>c</id></entry>
            </feed>
            """), null, Source);
        var json = FeedReader.Read(Encoding.UTF8.GetBytes("""
            { "version": "https://jsonfeed.org/version/1.1", "items": [
              { "id": 1, "url": "https://news.example/a", "title": "A", "authors": [{ "name": "Jane Doe" }, { "url": "https://max.example" }, "Odd", { "name": 7 }] },
              { "id": 2, "url": "https://news.example/b", "title": "B", "author": { "name": "Max" } }] }
            """), null, Source);

        Assert.Equal(["Jane Doe, Max", null, "Bare Name"], atom.Items.Select(item => item.Author));
        Assert.Equal("c", atom.Items[2].Id);
        Assert.Equal(["Jane Doe", "Max"], json.Items.Select(item => item.Author));
    }

    [Fact]
    public void An_atom_entry_is_read_with_all_it_says()
    {
        var feed = Read("""
            <feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://other.example/">
              <title>All news</title>
              <entry xml:base="2026/">
                <id>tag:news.example,2026:7</id>
                <title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Council <i>votes</i><style>b{}</style></div></title>
                <link rel="self" href="7.atom"/>
                <link rel="alternate" type="application/json" href="7.json"/>
                <link type="text/html" href="council-votes"/>
                <summary type="text">5 &lt; 6 &amp;amp; so on</summary>
                <content type="html">&lt;p&gt;All of it&lt;/p&gt;</content>
                <published>2026-01-01T08:05:00+01:00</published><updated>2026-01-02T00:00:00.5Z</updated>
                <category term="politics" label="Politics"/>
                <source><title>Not this</title><id>nor-this</id></source>
              </entry>
            </feed>
            """);

        var item = Assert.Single(feed.Items);
        Assert.Equal("Atom 1.0", feed.Format);
        Assert.Empty(feed.Problems);
        Assert.Equal("Council votes", item.Title);
        Assert.Equal("https://other.example/2026/council-votes", item.Link!.AbsoluteUri);
        Assert.Equal("tag:news.example,2026:7", item.Id);
        Assert.Equal("5 < 6 &amp; so on", item.Summary);
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 7, 5, 0, TimeSpan.Zero), item.Published);
        Assert.Equal(new DateTimeOffset(2026, 1, 2, 0, 0, 0, 500, TimeSpan.Zero), item.Updated);
        Assert.Equal(["politics"], item.Categories);
    }

    [Theory]
    [InlineData("<link>/story</link>", "https://news.example/story")]
    [InlineData("<link>story</link>", "https://news.example/feeds/story")]
    [InlineData("<link>//cdn.example/story</link>", "https://cdn.example/story")]
    [InlineData("<link>?p=7</link>", "https://news.example/feeds/all.xml?p=7")]
    [InlineData("<link xml:base=\"http://base.example/a/\">story</link>", "http://base.example/a/story")]
    [InlineData("<link>https://news.example/\n   story</link>", "https://news.example/%20%20%20story")]
    [InlineData("<link href=\"https://news.example/story\"/>", "https://news.example/story")]
    [InlineData("<atom:link rel=\"alternate\" href=\"/atom\"/><link>/own</link>", "https://news.example/own")]
    [InlineData("<atom:link rel=\"self\" href=\"/self\"/>", null)]
    [InlineData("<guid>https://news.example/story</guid>", "https://news.example/story")]
    [InlineData("<guid isPermaLink=\"false\">https://news.example/story</guid>", null)]
    [InlineData("<guid>12345</guid>", null)]
    [InlineData("<guid>https://news.example/guid</guid><link>/link</link>", "https://news.example/link")]
    [InlineData("<link>javascript:alert(1)</link>", null)]
    [InlineData("<link>file:///etc/passwd</link>", null)]
    [InlineData("<link>http://</link>", null)]
    [InlineData("<link>https://news.example/?a=1&b=2</link>", "https://news.example/?a=1&b=2")]
    public void The_link_is_an_absolute_address_on_the_web_or_none(string elements, string? expected)
    {
        var feed = Rss($"<item><title>A story</title>{elements}</item>");

        Assert.Equal(expected, Assert.Single(feed.Items).Link?.AbsoluteUri);
    }

    [Theory]
    [InlineData("<description>short</description><content:encoded>long</content:encoded>", "short")]
    [InlineData("<content:encoded>long</content:encoded><description>short</description>", "short")]
    [InlineData("<content:encoded>long</content:encoded><description> </description>", "long")]
    [InlineData("<description>&lt;img src='a.png'&gt;</description><content:encoded>long</content:encoded>", "long")]
    [InlineData("<dc:description>module</dc:description><content:encoded>long</content:encoded>", "module")]
    [InlineData("<description><p>Not <b>escaped</b></p><p>at all</p></description>", "Not escaped at all")]
    [InlineData("<description><script>one()</script>two<br/>three</description>", "two three")]
    public void The_summary_is_the_short_text_before_the_long_one(string elements, string expected)
    {
        var feed = Rss($"<item><title>A story</title>{elements}</item>");

        Assert.Equal(expected, Assert.Single(feed.Items).Summary);
    }

    [Fact]
    public void A_long_summary_ends_at_a_word()
    {
        var feed = Rss($"<item><title>A story</title><description>{string.Concat(Enumerable.Repeat("breaking ", 200))}</description></item>");

        var summary = Assert.Single(feed.Items).Summary!;
        Assert.InRange(summary.Length, 480, 500);
        Assert.EndsWith(" breaking\u2026", summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_date_that_is_none_costs_the_item_nothing_else()
    {
        var feed = Rss("<item><title>One</title><pubDate>yesterday</pubDate></item><item><title>Two</title></item>");

        Assert.Equal(["One", "Two"], feed.Items.Select(i => i.Title));
        Assert.Null(feed.Items[0].Published);
        Assert.Equal(["Item 1: \"yesterday\" is not a date."], feed.Problems);
    }

    [Theory]
    [InlineData("<item><title>Bad<b></title><link>2</link></item>", "<b> is not closed")]
    [InlineData("<item><title>Bad</title><link>2</link>", "<item> is not closed")]
    [InlineData("<item><title>Bad<link>2</link></item>", "<title> is not closed")]
    [InlineData("<item><title>Bad<link>2<guid isPermaLink='false'>x</item>", "<title> is not closed")]
    [InlineData("<item><title>Bad</titel><link>2</link></item>", "<title> is not closed")]
    [InlineData("<item><title>Bad</title></b><link>2</link></item>", "</b> ends nothing")]
    [InlineData("<item><title>Bad</title><description><i><u>and</i></u></description><link>2</link></item>", "<u> is not closed")]
    [InlineData("<item><title><![CDATA[Bad</title><link>2</link></item>", "a CDATA section has no end")]
    [InlineData("<item><title>Bad</title><link>2</link><enclosure url=\"a.mp3></item>", "<enclosure> is not closed")]
    [InlineData("<item><title>Bad</title><enclosure url='a.mp3' <link>2</link></item>", "<enclosure has no >")]
    [InlineData("<item><title>Bad<!-- </title><link>2</link></item>", "<!-- has no -->")]
    public void A_broken_item_is_mended_and_takes_no_other_with_it(string broken, string fault)
    {
        var feed = Rss($"<item><title>One</title></item>\n{broken}\n<item><title>Three</title><link>3</link></item>\n<item><title>Four &nbsp; & more</title></item>");

        Assert.Equal(["One", "Bad", "Three", "Four & more"], feed.Items.Select(i => i.Title));
        Assert.Equal(["https://news.example/feeds/2", "https://news.example/feeds/3"], feed.Items.Select(i => i.Link?.AbsoluteUri).OfType<string>());
        Assert.Equal($"The markup is broken, first in line 5: {fault}.", feed.Problems[0]);
    }

    [Theory]
    [InlineData("<title><![CDATA[Bad</title></item><item><title><![CDATA[Good]]></title>", "Bad|Good")]
    [InlineData("<title><![CDATA[<![CDATA[Twice]]>]]></title>", "Twice")]
    [InlineData("<title>&lt;![CDATA[Escaped]]&gt;</title>", "Escaped")]
    [InlineData("<title><![CDATA[]]></title><dc:title>Module</dc:title>", "Module")]
    [InlineData("<title><![CDATA[a]]> & <![CDATA[b]]></title>", "a & b")]
    [InlineData("<title>Undeclared</title><itunes:title>no</itunes:title><x:link>9</x:link>", "Undeclared")]
    [InlineData("<TITLE>Capital</Title>", "Capital")]
    [InlineData("<title a=\"1\" a=\"2\" b c=3>Attributes</title>", "Attributes")]
    [InlineData("<title>5 <6 and a <b and c</title>", "5 <6 and a <b and c")]
    [InlineData("<title x=\"a < b\">Sign</title>", "Sign")]
    [InlineData("<title>Bell\u0007 &#7;&#x0; &eacute; &unknown; &amp;amp;</title>", "Bell \uFFFD\uFFFD \u00E9 &unknown; &")]
    public void What_XML_would_not_allow_is_read_as_it_was_meant(string parts, string titles) =>
        Assert.Equal(titles.Split('|'), Rss($"<item>{parts}</item>").Items.Select(i => i.Title));

    [Fact]
    public void What_is_written_around_a_feed_by_mistake_is_passed_over()
    {
        var feed = Read("<br />\n<b>Warning</b>: undefined in <b>feed.php</b> on line <b>7</b><br>\n<?xml version='1.0'?><rss version='2.0'><channel><item><title>Here</title></item></channel></rss>\n<!-- cached --><script>track()</script><item/>");

        Assert.Equal(("RSS 2.0", "Here"), (feed.Format, Assert.Single(feed.Items).Title));
    }

    [Fact]
    public void A_broken_channel_does_not_hide_its_items()
    {
        var feed = Read("""
            <r:rss xmlns:r="urn:own" version="2.0"><r:channel xml:base="http://base.example/"><r:image><r:url></r:image>
            <r:item><r:title>One</r:title><r:link>1</r:link></r:item>
            """);

        Assert.Equal("http://base.example/1", Assert.Single(feed.Items).Link!.AbsoluteUri);
        Assert.Contains("line 1", feed.Problems[0], StringComparison.Ordinal);
    }

    [Fact]
    public void What_came_before_a_download_was_cut_off_is_kept_and_the_cut_is_told()
    {
        var whole = Encoding.UTF8.GetBytes(Document("<item><title>Caf\u00E9 one</title></item>\n<item><title>Caf\u00E9 two</title></item>\n<item><title>Caf\u00E9"));

        var feed = FeedReader.Read(whole.AsMemory(0, Array.LastIndexOf(whole, (byte)0xC3) + 1), null, Source);

        Assert.Equal(["Caf\u00E9 one", "Caf\u00E9 two"], feed.Items.Select(i => i.Title));
        Assert.Contains("Item 3 is cut off and was left out.", feed.Problems);
        Assert.Contains("The document is cut off at its end.", feed.Problems);
    }

    [Theory]
    [InlineData("<title>A title</title><link>https://news.example/1</link><description>Half a", "A title", null)]
    [InlineData("<title>A title</title><description>Whole</description><link>https://news.example/1</link><guid", "A title", "Whole")]
    [InlineData("<link>https://news.example/1</link><title>Half a", "", null)]
    public void Of_an_item_that_is_cut_off_nothing_half_is_told(string start, string title, string? summary)
    {
        var item = Assert.Single(Read($"<rss><channel><item>{start}").Items);

        Assert.Equal((title, "https://news.example/1", summary), (item.Title, item.Link?.AbsoluteUri, item.Summary));
    }

    [Theory]
    [InlineData("<rss version='0.91'><channel><item><title>Here</title></item></channel></rss>", "RSS 0.91")]
    [InlineData("<rss><channel/><item><title>Here</title></item></rss>", "RSS")]
    [InlineData("<RSS version='2.0'><Channel><Item><Title>Here</Title></Item></Channel></RSS>", "RSS 2.0")]
    [InlineData("<feed><entry><title>Here</title></entry></feed>", "Atom 1.0")]
    [InlineData("<feed xmlns='https://www.w3.org/2005/atom/'><e:entry xmlns:e='http://www.w3.org/2005/Atom'><title>Here</title></e:entry></feed>", "Atom 1.0")]
    [InlineData("<rss xmlns:d='http://purl.org/dc/elements/1.0/'><channel><item><d:title>Here</d:title></item></channel></rss>", "RSS")]
    [InlineData("<entry xmlns='http://www.w3.org/2005/Atom'><title>Here</title></entry>", "Atom 1.0")]
    [InlineData("<channel><item><title>Here</title></item></channel>", "RSS")]
    [InlineData("<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:entry><a:title>Here</a:title></a:entry></a:feed>", "Atom 1.0")]
    [InlineData("\n<!-- late --><?xml version='1.1'?><rss version='2.0'><channel><item><x:y>\u0001</x:y><title>He\u0001re</title></item></channel></rss> end", "RSS 2.0")]
    [InlineData("<!DOCTYPE rss PUBLIC '-//Netscape//DTD RSS 0.91//EN' 'http://none.example/rss.dtd'><rss version='0.91'><channel><item><title>Here</title></item></channel></rss>", "RSS 0.91")]
    public void Feeds_that_nearly_are_what_they_should_be_are_read(string document, string format)
    {
        var feed = Read(document);

        Assert.Equal(format, feed.Format);
        Assert.Equal("Here", Assert.Single(feed.Items).Title);
        Assert.Empty(feed.Problems);
    }

    [Theory]
    [InlineData("", "unknown")]
    [InlineData("  ", "unknown")]
    [InlineData("Service unavailable", "unknown")]
    [InlineData("{\"status\":\"down\"}", "JSON")]
    [InlineData("<!doctype html><html><body><p>Not found<br></p></body></html>", "HTML")]
    [InlineData("<CHANNEL HREF='http://a.example/'><ITEM HREF='http://a.example/1'/></CHANNEL>", "CDF")]
    [InlineData("<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><sitemap><loc>http://a.example/news.xml</loc></sitemap></sitemapindex>", "Sitemap index")]
    [InlineData("<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'/>", "Sitemap")]
    public void What_is_no_feed_is_named_and_explained(string document, string format)
    {
        var feed = Read(document);

        Assert.Equal((format, false), (feed.Format, feed.IsFeed));
        Assert.Empty(feed.Items);
        Assert.Single(feed.Problems);
    }

    [Theory]
    [InlineData("<rss version='2.0'><channel/></rss>")]
    [InlineData("<feed xmlns='http://www.w3.org/2005/Atom'/>")]
    [InlineData("<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'/>")]
    [InlineData("<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'/>")]
    [InlineData("{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[]}")]
    public void A_feed_without_items_is_a_feed(string document)
    {
        var feed = Read(document);

        Assert.True(feed.IsFeed);
        Assert.Empty(feed.Problems);
    }

    private static Feed Rss(string items) => Read(Document(items));

    private static string Document(string items) => $"""
        <?xml version="1.0" encoding="UTF-8"?>
        <rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom"><channel>
        <title>All news</title><link>https://news.example/</link><atom:link rel="self" href="https://news.example/feeds/all.xml"/>
        {items}
        </channel></rss>
        """;

    private static Feed Read(string document) => FeedReader.Read(Encoding.UTF8.GetBytes(document), "application/xml", Source);
}
