using System.Globalization;
using System.Text;
using Notify.Articles;

namespace Notify.Tests.Articles;

/// <summary>
/// Whatever is thrown at the feed reader: it answers, within its bounds, and takes memory in proportion. The seed is printed;
/// <c>NOTIFY_FUZZ_SEED</c> repeats a run, <c>NOTIFY_FUZZ_FEEDS</c> makes it longer.
/// </summary>
public sealed class FeedFuzz(ITestOutputHelper output)
{
    // Octets allocated for each of the input (all told, not at once), and for none.
    private const int EachOctet = 400;
    private const int Ground = 2 * 1024 * 1024;

    private static readonly Uri[] Sources = [new("https://news.example/a/feed.xml"), new("file:///tmp/feed.xml")];

    private static readonly byte[][] Samples = [.. FeedSamples.All.Select(Encoding.UTF8.GetBytes), Encoding.Unicode.GetBytes(FeedSamples.Rss2), Encoding.Latin1.GetBytes(FeedSamples.Atom1)];

    private static readonly byte[][] Scraps =
    [
        .. new[]
        {
            "<", ">", "&", "\"", "'", "/", "=", "<b", "</", "]]>", "<![CDATA[", "<!--", "-->", "<?", "?>", "<!DOCTYPE", "<!DOCTYPE x [<!ENTITY a \"", "&a;", "&#0;", "&#xD800;", "&own;", "&nbsp;", "<item", "<item>", "</item>", "<entry/>", "<url>", "<title>", "</title>",
            "<link>", "</channel>", "<rss>", "</rss>", "xmlns=\"\"", " xmlns:x=\"y\"", "x:", " xml:base=\"\u0000\"", " xml:base=\"http://[\"", " mode=\"base64\"", " type='image/png'", "%", "http://[", "https://xn--a/", "\u202E", "\0", "9999-12-31T24:00:00-23:59", "29 Feb 2026",
            "{", "}", "[", "]", ",", ":", "null", "\\u", "\\ud83d", "{\"id\":7}", "\"items\":[", "/*", "encoding=\"utf-16\"", "encoding='big5'", "<meta charset=gbk>", "é",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF, 0xFE], [0xFE, 0xFF], [0xEF, 0xBB, 0xBF], [0x80], [0xC3], [0xED, 0xA0, 0x80], [0, 0, 0, 0x3C], [0x4C, 0x6F, 0xA7, 0x94],
    ];

    private static readonly string?[] Types = [null, "text/xml", "text/xml; charset=utf-8", "text/xml; charset=\"utf-16\"", "application/json", "text/xml; charset=big5", "text/xml; charset=iso-2022-jp", "text/xml;charset=utf-7", "text/xml; charset=x-\u00e9", ";;", "a/b; charset=none"];

    [Fact]
    public void Nothing_breaks_the_feed_reader()
    {
        var feeds = Setting("NOTIFY_FUZZ_FEEDS", 2_000);
        var seed = Setting("NOTIFY_FUZZ_SEED", Random.Shared.Next());
        output.WriteLine($"seed {seed}, {feeds} feeds");
        // What is made once, such as tables, is nobody's.
        Array.ForEach(Samples, sample => FeedReader.Read(sample, null, Sources[0]));
        var (items, told, most) = (0L, 0, 0L);
        for (var i = 0; i < feeds; i++)
        {
            var random = new Random(unchecked((seed * 1_000_003) + i));
            var body = Make(random);
            var (type, source) = (Pick(random, Types), Pick(random, Sources));
            try
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                var feed = FeedReader.Read(body, type, source);
                var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                FeedBounds.Check(feed);
                Assert.InRange(allocated, 0, Ground + ((long)EachOctet * body.Length));
                (items, told, most) = (items + feed.Items.Count, told + (feed.Problems.Count > 0 ? 1 : 0), Math.Max(most, allocated));
            }
            catch (Exception e)
            {
                Assert.Fail($"Feed {i} of seed {seed} ({type}, {source}): {e}\n{Convert.ToBase64String(body)}");
            }
        }

        output.WriteLine($"{items} items read, {told} feeds with problems, at most {most / 1024} KiB allocated for one; peak {Environment.WorkingSet / 1024 / 1024} MiB of the process now");
        // A mutator that leaves nothing to read would prove nothing.
        Assert.InRange(items, feeds / 4, long.MaxValue);
        Assert.InRange(told, feeds / 4, feeds);
    }

    private static byte[] Make(Random random)
    {
        if (random.Next(50) == 0)
        {
            var noise = new byte[random.Next(2_000)];
            random.NextBytes(noise);
            return noise;
        }

        var body = new List<byte>(Pick(random, Samples));
        for (var changes = random.Next(1, 9); changes > 0 && body.Count > 0; changes--) Change(random, body);
        return [.. body];
    }

    private static void Change(Random random, List<byte> body)
    {
        var at = random.Next(body.Count);
        var length = Math.Min(random.Next(random.Next(2) == 0 ? 6 : 300), body.Count - at);
        switch (random.Next(9))
        {
            case 0: body.RemoveRange(at, length); break;
            case 1: body.InsertRange(random.Next(body.Count), body.GetRange(at, length)); break;
            case 2: body[at] = (byte)random.Next(256); break;
            case 3: body[at] ^= (byte)(1 << random.Next(8)); break;
            case 4: body.RemoveRange(at, random.Next(4) == 0 ? body.Count - at : length); break;
            case 5 when random.Next(8) == 0: body.InsertRange(at, Enumerable.Repeat(Pick(random, Scraps), random.Next(3_000)).SelectMany(scrap => scrap)); break;
            case 6 when random.Next(4) == 0: body.InsertRange(at, Pick(random, Samples)); break;
            default: body.InsertRange(at, Pick(random, Scraps)); break;
        }
    }

    private static T Pick<T>(Random random, T[] from) => from[random.Next(from.Length)];

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
