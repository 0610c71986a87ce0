using CsCheck;
using Notify.Messages;

namespace Notify.Tests.Messages;

public sealed class AlertTextTests
{
    private const string Link = "https://news.example/a/7f3k";
    private const string Title = "Kim Jong Un Offers Vladimir Putin and Russia North Korea's Full Support";

    [Fact]
    public void A_title_with_room_goes_whole() =>
        Assert.Equal($"Yid-Info: {Title} {Link}", AlertText.Compose("Yid-Info", Title, Link, 1));

    [Fact]
    public void A_long_title_ends_at_a_word()
    {
        var text = AlertText.Compose("Yid-Info", string.Join(' ', Enumerable.Repeat("supercalifragilistic", 20)), Link, 1);

        Assert.Equal($"Yid-Info: {string.Join(' ', Enumerable.Repeat("supercalifragilistic", 5))}... {Link}", text);
        Assert.Equal(new SegmentCount(TextEncoding.Gsm7, 145, 1), Segments.Count(text));
    }

    [Fact]
    public void A_title_of_one_long_word_uses_all_the_room_there_is()
    {
        var one = AlertText.Compose("Site", new string('x', 500), Link, 1);
        var two = AlertText.Compose("Site", new string('x', 500), Link, 2);
        var unicode = AlertText.Compose("Site", new string('ж', 500), Link, 1);

        Assert.Equal(new SegmentCount(TextEncoding.Gsm7, 160, 1), Segments.Count(one));
        Assert.Equal(new SegmentCount(TextEncoding.Gsm7, 306, 2), Segments.Count(two));
        Assert.Equal(new SegmentCount(TextEncoding.Ucs2, 70, 1), Segments.Count(unicode));
    }

    [Fact]
    public void A_word_that_just_fits_is_kept()
    {
        // "Site: " + 123 characters + "..." + blank + link of 27 is 160.
        var words = new string('x', 100) + " " + new string('y', 22);

        var text = AlertText.Compose("Site", words + " and more of it", Link, 1);

        Assert.Equal($"Site: {words}... {Link}", text);
    }

    [Fact]
    public void A_short_word_before_an_endless_one_does_not_cost_the_room()
    {
        var text = AlertText.Compose("Site", "A " + new string('x', 500), Link, 1);

        Assert.Equal(160, Segments.Count(text).Units);
    }

    [Fact]
    public void Never_leaves_half_an_emoji()
    {
        var text = AlertText.Compose("Site", string.Concat(Enumerable.Repeat("👩🏽‍🚀", 30)), Link, 1);

        Assert.Equal($"Site: {string.Concat(Enumerable.Repeat("👩🏽‍🚀", 4))}... {Link}", text);
    }

    [Fact]
    public void Leaves_no_comma_or_dash_before_the_dots()
    {
        var text = AlertText.Compose("Site", string.Join(", ", Enumerable.Repeat("words", 40)), Link, 1);

        Assert.Contains("words... https", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_title_that_leaves_no_room_is_left_out_and_site_and_link_stay_whole()
    {
        var link = "https://news.example/" + new string('y', 200);

        Assert.Equal($"Site: {link}", AlertText.Compose("Site", Title, link, 1));
        Assert.Equal($"Site: {Link}", AlertText.Compose("Site", " \u200B ", Link, 1));
        Assert.Equal($"{Title} {Link}", AlertText.Compose("", Title, Link, 1));
        Assert.Equal(Link, AlertText.Compose("", "", Link, 1));
    }

    [Fact]
    public void The_way_out_comes_last_and_is_never_cut()
    {
        var link = "https://news.example/" + new string('y', 200);

        Assert.Equal($"Site: {Title} {Link} STOP to end", AlertText.Compose("Site", Title, Link, 2, "STOP to end"));
        Assert.Equal($"Site: {link} STOP to end", AlertText.Compose("Site", Title, link, 1, "STOP to end"));
        Assert.Equal($"Site: {Title} {Link} \"STOP\" to end", AlertText.Compose("Site", Title, Link, 2, " “STOP”\u00A0to end "));
        Assert.Equal($"Site: {Title} {Link}", AlertText.Compose("Site", Title, Link, 2, ""));
    }

    /// <summary>One letter beyond GSM-7 in the way out is one in the text.</summary>
    [Fact]
    public void The_way_out_is_counted()
    {
        var plain = AlertText.Compose("Site", new string('x', 500), Link, 1, "STOP to end");
        var hebrew = AlertText.Compose("Site", new string('x', 500), Link, 1, "STOP להסרה");

        Assert.Equal(new SegmentCount(TextEncoding.Gsm7, 160, 1), Segments.Count(plain));
        Assert.Equal(new SegmentCount(TextEncoding.Ucs2, 70, 1), Segments.Count(hebrew));
        Assert.EndsWith("... " + Link + " STOP להסרה", hebrew, StringComparison.Ordinal);
    }

    [Fact]
    public void Title_and_site_become_one_plain_line_and_the_link_is_left_alone()
    {
        const string Odd = "https://news.example/a–b?q=“x”";

        var text = AlertText.Compose(" Yid–Info\n", "Line one\r\n  line “two”\u00A0…", Odd, 3);

        Assert.Equal($"Yid-Info: Line one line \"two\" ... {Odd}", text);
    }

    [Fact]
    public void A_limit_below_one_segment_is_a_mistake_of_the_caller() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => AlertText.Compose("Site", Title, Link, 0));

    [Fact]
    public void A_title_of_a_hundred_thousand_characters_is_cut_at_once()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        AlertText.Compose("Site", string.Concat(Enumerable.Repeat("жest ", 20_000)), Link, 2);

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(2), $"took {clock.Elapsed}");
    }

    [Fact]
    public void Whatever_the_title_site_and_link_are_whole_and_the_limit_holds()
    {
        var title = Gen.OneOf(Gen.Char["ab €[úж  ,.-👨\u200D\uFE0F\u0301\n"].Array[0, 300].Select(c => new string(c)), Gen.String);

        Gen.Select(title, Gen.Int[1, 4]).Sample((words, limit) =>
        {
            var text = AlertText.Compose("Yid-Info", words, Link, limit, "STOP to end");

            Assert.StartsWith("Yid-Info: ", text, StringComparison.Ordinal);
            Assert.EndsWith(" " + Link + " STOP to end", text, StringComparison.Ordinal);
            Assert.True(Segments.Count(text).Segments <= limit, text);
        }, iter: 5000);
    }
}
