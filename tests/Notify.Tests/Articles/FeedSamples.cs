namespace Notify.Tests.Articles;

/// <summary>The same two items as each format writes them; of what a format has no word for, nothing is expected.</summary>
internal static class FeedSamples
{
    public const string Rss2 = """
        <?xml version="1.0" encoding="utf-8"?>
        <!DOCTYPE rss [<!ENTITY own "ours"> <!-- ] --> <!ENTITY other 'theirs &#233;'>]>
        <rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>News &own;</title>
        <link>https://news.example/</link><item><title>Storm &amp;amp; flood</title><link>https://news.example/storm</link><guid isPermaLink="false">post-7</guid>
        <description><![CDATA[<p>Gusts of 110&nbsp;km/h.</p>]]></description><content:encoded>&lt;p&gt;The whole story.&lt;/p&gt;</content:encoded>
        <pubDate>Thu, 1 Jan 2026 08:05:00 +0100</pubDate><category>Weather</category><category domain="x">Harbour</category></item>
        <!-- between --><item><title>Council votes</title><link>https://news.example/council</link><guid>post-8</guid><dc:date>2026-01-02T00:00:00Z</dc:date></item>
        </channel></rss>
        """;

    public const string Rss091 = """
        <!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://none.example/rss-0.91.dtd">
        <rss version="0.91"><channel><title>News</title><link>https://news.example/</link><language>en</language>
        <image><title>Logo</title><url>https://news.example/logo.png</url><link>https://news.example/</link></image>
        <item><title>Storm &amp; flood</title><link>https://news.example/storm</link><description>Gusts of 110 km/h.</description></item>
        <item><title>Council votes</title><link>https://news.example/council</link></item></channel></rss>
        """;

    public const string Rss090 = """
        <?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://my.netscape.com/rdf/simple/0.9/">
        <channel><title>News</title><link>https://news.example/</link></channel><image><title>Logo</title></image>
        <item><title>Storm &amp; flood</title><link>https://news.example/storm</link></item>
        <item><title>Council votes</title><link>https://news.example/council</link></item></rdf:RDF>
        """;

    public const string Rss1 = """
        <?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:r="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
        <r:channel rdf:about="https://news.example/feed"><r:title>News</r:title><r:items><rdf:Seq><rdf:li rdf:resource="https://news.example/storm"/></rdf:Seq></r:items></r:channel>
        <r:item rdf:about="https://news.example/storm"><r:title>Storm &amp; flood</r:title><r:link>https://news.example/storm</r:link>
        <r:description>Gusts of 110 km/h.</r:description><dc:date>2026-01-01T08:05:00+01:00</dc:date><dc:subject>Weather</dc:subject><dc:subject>Harbour</dc:subject></r:item>
        <r:item rdf:about="https://news.example/council"><r:title>Council votes</r:title></r:item></rdf:RDF>
        """;

    public const string Rss11 = """
        <Channel xmlns="http://purl.org/net/rss1.1#" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" rdf:about="https://news.example/feed">
        <title>News</title><link>https://news.example/</link><items rdf:parseType="Collection">
        <item rdf:about="https://news.example/storm"><title>Storm &amp; flood</title><link>https://news.example/storm</link><description>Gusts of 110 km/h.</description></item>
        <item rdf:about="https://news.example/council"><title>Council votes</title><link>https://news.example/council</link></item></items></Channel>
        """;

    public const string Atom1 = """
        <feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://news.example/a/"><title>News</title><link rel="self" href="feed"/>
        <entry xml:base="/"><id>post-7</id><title type="html">Storm &amp;amp; &lt;i&gt;flood&lt;/i&gt;</title><link rel="alternate" type="text/html" href="storm"/><link rel="replies" href="c"/>
        <summary type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Gusts of <b>110</b>&#160;km/h.</p><script>t()</script></div></summary>
        <published>2026-01-01T08:05:00+01:00</published><category term="Weather" label="The weather"/><category term="Harbour"/></entry>
        <entry><id>post-8</id><title>Council votes</title><link href="../council"/><updated>2026-01-02T00:00:00Z</updated><source><title>Not this</title></source></entry></feed>
        """;

    public const string Atom03 = """
        <feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>News</title><link rel="alternate" type="text/html" href="https://news.example/"/>
        <entry><id>post-7</id><title mode="escaped" type="text/html">Storm &amp;amp; &lt;i&gt;flood&lt;/i&gt;</title><link rel="alternate" type="text/html" href="https://news.example/storm"/>
        <summary mode="base64">PHA+R3VzdHMgb2YgMTEwJm5ic3A7a20vaC48L3A+</summary><issued>2026-01-01T08:05:00+01:00</issued></entry>
        <entry><id>post-8</id><title>Council votes</title><link rel="alternate" href="https://news.example/council"/><modified>2026-01-02T00:00:00Z</modified></entry></feed>
        """;

    public const string Json = """
        {"version":"https://jsonfeed.org/version/1.1","title":"News","authors":[{"name":"No item","url":"https://news.example/who"}],"items":[
        {"id":"post-7","url":"https://news.example/storm","external_url":"https://other.example/","title":"Storm & flood","content_html":"<p>Gusts of 110&nbsp;km/h.</p>",
        "date_published":"2026-01-01T08:05:00+01:00","tags":["Weather","Harbour"],"attachments":[{"url":"https://news.example/a.mp3","title":"No item","mime_type":"audio/mpeg"}]},
        {"id":8,"url":"council","title":"Council\u0020votes","summary":null,"date_modified":"2026-01-02T00:00:00Z"}]}
        """;

    public const string NewsSitemap = """
        <?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
        xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"><url><loc>https://news.example/storm</loc><image:image><image:loc>https://news.example/i.png</image:loc>
        <image:title>Not this</image:title></image:image><news:news><news:publication><news:name>News</news:name><news:language>en</news:language></news:publication>
        <news:publication_date>2026-01-01T08:05:00+01:00</news:publication_date><news:title>Storm &amp; flood</news:title><news:keywords>Weather, Harbour</news:keywords></news:news></url>
        <url><loc>https://news.example/council</loc><lastmod>2026-01-02</lastmod><news:news><news:title>Council votes</news:title></news:news></url></urlset>
        """;

    public static readonly string[] All = [Rss2, Rss091, Rss090, Rss1, Rss11, Atom1, Atom03, Json, NewsSitemap];
}
