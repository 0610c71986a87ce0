using System.Text;
using Notify.Articles;
using Notify.Articles.Push;
using Notify.Web;

namespace Notify.Tests.Articles;

/// <summary>When a feed is looked at next: never before its server wants it, never sooner than a person set, and not all feeds at once.</summary>
public sealed class FeedScheduleTests
{
    private static readonly FeedOptions Feed = new() { Url = "https://news.example/feed", Every = TimeSpan.FromMinutes(5), Slowest = TimeSpan.FromMinutes(30) };
    private static readonly DateTimeOffset Now = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(null, 5)] // nothing is known
    [InlineData(10, 5)] // an article each ten minutes: not below Every
    [InlineData(100, 10)] // a tenth of it
    [InlineData(10_000, 30)] // not above Slowest
    public void The_pace_of_the_feed_sets_the_pace_of_the_looks(int? pace, int minutes) =>
        Assert.Equal(TimeSpan.FromMinutes(minutes), After(new FeedHeard(null, null, pace is { } known ? TimeSpan.FromMinutes(known) : null, IsPushed: false)));

    [Theory]
    [InlineData(60, null, 60)] // max-age
    [InlineData(null, 120, 120)] // ttl, sy:updatePeriod
    [InlineData(60, 120, 120)]
    [InlineData(120, 60, 120)]
    [InlineData(1, 1, 5)]
    [InlineData(600_000, null, 1_440)] // a year is a mistake
    public void Nobody_is_asked_sooner_than_they_ask_for(int? fresh, int? asks, int minutes) =>
        Assert.Equal(TimeSpan.FromMinutes(minutes), After(new FeedHeard(Minutes(fresh), Minutes(asks), null, IsPushed: false)));

    [Fact]
    public void While_a_hub_pushes_a_look_is_only_a_safety_net() => Assert.Equal(FeedSchedule.BesidePush, After(new FeedHeard(null, null, TimeSpan.FromMinutes(1), IsPushed: true)));

    [Fact]
    public void Only_the_local_carrier_is_asked_more_often_than_once_a_minute()
    {
        var hasty = new FeedOptions { Every = TimeSpan.FromSeconds(5), Slowest = TimeSpan.FromSeconds(5) };
        var heard = new FeedHeard(TimeSpan.FromHours(1), TimeSpan.FromHours(1), null, IsPushed: false);

        Assert.Equal(TimeSpan.FromSeconds(5), FeedSchedule.AfterGood(hasty, isOurs: true, heard, new Never()));
        Assert.Equal(TimeSpan.FromHours(1), FeedSchedule.AfterGood(hasty, isOurs: false, heard, new Never()));
        Assert.Equal(TimeSpan.FromMinutes(1), FeedSchedule.AfterGood(hasty, isOurs: false, new FeedHeard(null, null, null, IsPushed: false), new Never()));
    }

    [Theory]
    [InlineData(1, null, 10)]
    [InlineData(2, null, 20)]
    [InlineData(9, null, 60)]
    [InlineData(1, 120, 120)] // what the server asks for
    [InlineData(3, 1, 40)]
    [InlineData(1, 100_000, 1_440)]
    public void After_trouble_it_takes_longer_each_time_and_as_long_as_the_server_asks(int failures, int? asked, int minutes) =>
        Assert.Equal(TimeSpan.FromMinutes(minutes), FeedSchedule.AfterFailure(Feed, failures, Minutes(asked), new Never()));

    [Fact]
    public void Chance_makes_it_later_and_never_sooner()
    {
        var waits = Enumerable.Range(0, 200).Select(seed => FeedSchedule.AfterGood(Feed, isOurs: false, new FeedHeard(null, null, null, IsPushed: false), new Random(seed))).ToList();

        Assert.All(waits, wait => Assert.InRange(wait, Feed.Every, Feed.Every * 1.1));
        Assert.InRange(waits.Distinct().Count(), 150, 200);
    }

    [Theory]
    [InlineData("max-age=600", null, null, 600)]
    [InlineData("public, Max-Age=\"600\"", null, null, 600)]
    [InlineData("max-age=600", "200", null, 400)]
    [InlineData("max-age=600", "700", null, null)]
    [InlineData("no-cache, max-age=600", null, null, null)]
    [InlineData("max-age=soon", null, "Sun, 29 Nov 2026 12:05:00 GMT", 300)]
    [InlineData(null, null, "Sun, 29 Nov 2026 12:05:00 GMT", 300)]
    [InlineData(null, null, "Sun, 29 Nov 2026 11:05:00 GMT", null)]
    [InlineData(null, null, "0", null)]
    [InlineData("max-age=99999999999999999999", null, null, null)]
    public void Headers_say_for_how_long_nothing_new_can_come(string? cache, string? age, string? expires, int? seconds)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["date"] = "Sun, 29 Nov 2026 12:00:00 GMT" };
        foreach (var (name, value) in new[] { ("cache-control", cache), ("age", age), ("expires", expires) })
        {
            if (value is not null) headers[name] = value;
        }

        Assert.Equal(seconds is { } known ? TimeSpan.FromSeconds(known) : null, FeedSchedule.FreshFor(headers));
    }

    [Fact]
    public void The_usual_time_is_the_median_and_dates_of_the_future_do_not_count()
    {
        DateTimeOffset?[] dates = [Now.AddYears(5), Now, null, Now.AddHours(-1), Now.AddHours(-1), Now.AddHours(-3), Now.AddDays(-30)];

        Assert.Equal(TimeSpan.FromHours(2), FeedSchedule.Pace(dates, Now));
        Assert.Null(FeedSchedule.Pace(dates[..4], Now));
    }

    [Theory]
    [InlineData("<rss><channel><ttl>90</ttl><item><title>a</title></item></channel></rss>", 90)]
    [InlineData("<rss><channel><item><title>a</title></item><ttl> 90 </ttl></channel></rss>", 90)]
    [InlineData("<rss xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'><channel><sy:updatePeriod>\n hourly </sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency><item/></channel></rss>", 30)]
    [InlineData("<rss><channel><sy:updatePeriod>daily</sy:updatePeriod><ttl>60</ttl><item/></channel></rss>", 1_440)]
    [InlineData("<rss><channel><ttl>-5</ttl><sy:updatePeriod>sometimes</sy:updatePeriod><item/></channel></rss>", null)]
    [InlineData("<rss><channel><item><title>a</title><ttl>90</ttl></item></channel></rss>", null)] // of an item
    public void What_a_document_asks_for_is_read(string document, int? minutes) =>
        Assert.Equal(Minutes(minutes), Read(document).Hints.AtMostEvery);

    [Fact]
    public void A_wish_that_is_never_closed_costs_no_item() =>
        Assert.Equal(2, Read("<rss><channel><ttl>90<item><title>a</title></item><item><title>b</title></item></channel></rss>").Items.Count);

    [Theory]
    [InlineData("<feed xmlns='http://www.w3.org/2005/Atom'><link rel='hub' href='https://hub.example/'/><link rel='self' href='/own'/><entry><link rel='hub' href='https://other.example/'/></entry></feed>", null, "https://hub.example/", "https://news.example/own")]
    [InlineData("<rss xmlns:atom='http://www.w3.org/2005/Atom'><channel><atom:link rel='hub' href='https://hub.example/'/></channel></rss>", null, "https://hub.example/", "https://news.example/feed")]
    [InlineData("{\"version\":\"https://jsonfeed.org/version/1.1\",\"feed_url\":\"https://news.example/own.json\",\"hubs\":[{\"type\":\"WebSub\",\"url\":\"https://hub.example/\"}],\"items\":[]}", null, "https://hub.example/", "https://news.example/own.json")]
    [InlineData("<rss><channel><atom:link rel='hub' href='https://hub.example/'/></channel></rss>", "<https://first.example/>; rel=\"hub\", </own>; rel=self; title=\"a, b\"", "https://first.example/", "https://news.example/own")]
    [InlineData("<rss><channel/></rss>", "<https://first.example/>; title=\"x; rel=hub\", <https://second.example/>;rel=\"alternate hub\"", "https://second.example/", "https://news.example/feed")]
    [InlineData("<rss><channel><atom:link rel='hub' href='ftp://hub.example/'/></channel></rss>", null, null, null)]
    [InlineData("<rss><channel><atom:link rel='hub' href='https://me:secret@hub.example/'/></channel></rss>", null, null, null)]
    [InlineData("<rss><channel/></rss>", "<<<>;;;\"rel=hub", null, null)]
    public void A_hub_is_found_in_the_header_first_and_in_the_document_then(string document, string? header, string? hub, string? topic)
    {
        var result = new FetchResult(200, [], null, null, null, null, new Uri("https://news.example/feed"), false)
        {
            Headers = header is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["Link"] = header },
        };

        var found = Hubs.Of(result, Read(document).Hints);

        Assert.Equal((hub, topic), (found?.Hub.AbsoluteUri, found?.Topic.AbsoluteUri));
    }

    private static TimeSpan After(FeedHeard heard) => FeedSchedule.AfterGood(Feed, isOurs: false, heard, new Never());

    private static TimeSpan? Minutes(int? minutes) => minutes is { } known ? TimeSpan.FromMinutes(known) : null;

    private static Feed Read(string document) => FeedReader.Read(Encoding.UTF8.GetBytes(document), null, new Uri("https://news.example/feed"));

    /// <summary>Chance that adds nothing.</summary>
    internal sealed class Never : Random
    {
        public override double NextDouble() => 0;
    }
}
