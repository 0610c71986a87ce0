using CsCheck;
using Notify.Articles;

namespace Notify.Tests.Articles;

public sealed class ArticleUrlTests
{
    [Theory]
    [InlineData("http://news.example/storm")]
    [InlineData("HTTPS://NEWS.Example/storm")]
    [InlineData("https://www.news.example/storm")]
    [InlineData("https://news.example./storm")]
    [InlineData("https://news.example:443/storm")]
    [InlineData("http://news.example:80/storm")]
    [InlineData("http://news.example:443/storm")]
    [InlineData("https://news.example/storm/")]
    [InlineData("https://news.example/storm#comments")]
    [InlineData("https://news.example/storm?")]
    [InlineData("https://news.example/a/../storm")]
    [InlineData("https://news.example/%73t%6Frm")]
    [InlineData("https://news.example/storm?utm_source=x&utm_medium=y&UTM_Campaign=z")]
    [InlineData("https://news.example/storm?fbclid=x&gclid=y&mc_cid=1&mc_eid=2&_ga=3")]
    [InlineData("https://news.example/storm?u%74m_source=x&&#top")]
    [InlineData("https://reader:secret@news.example/storm")]
    public void Ways_to_write_one_address_have_one_key(string address) =>
        Assert.Equal("news.example/storm", ArticleUrl.Canonicalise(new Uri(address)));

    [Theory]
    [InlineData("https://news.example/", "news.example")]
    [InlineData("https://news.example/Storm", "news.example/Storm")]
    [InlineData("https://news.example:8080/storm", "news.example:8080/storm")]
    [InlineData("https://m.news.example/storm", "m.news.example/storm")]
    [InlineData("https://www.example/storm", "www.example/storm")]
    [InlineData("https://news.example/?p=7&utm_source=x&lang=de", "news.example?p=7&lang=de")]
    [InlineData("https://news.example/s?b=2&a=1", "news.example/s?b=2&a=1")]
    [InlineData("https://news.example/s?q=a%2fb%26c", "news.example/s?q=a%2Fb%26c")]
    [InlineData("https://news.example/%e2%82%ac", "news.example/%E2%82%AC")]
    [InlineData("https://news.example/\u20AC", "news.example/%E2%82%AC")]
    [InlineData("https://b\u00FCcher.example/a", "xn--bcher-kva.example/a")]
    [InlineData("https://news.example/s?utm=1&source=utm_", "news.example/s?utm=1&source=utm_")]
    [InlineData("https://[2001:DB8::1]/a", "[2001:db8::1]/a")]
    [InlineData("tag:news.example,2026:7", "tag:news.example,2026:7")]
    public void What_makes_another_article_stays(string address, string expected) =>
        Assert.Equal(expected, ArticleUrl.Canonicalise(new Uri(address)));

    [Fact]
    public void A_key_is_the_same_when_made_again() =>
        Gen.String[Gen.OneOf(Gen.Char.AlphaNumeric, Gen.Char["%2fF&=?#/.:~+ \u00FC"]), 0, 30].Sample(rest =>
        {
            var key = ArticleUrl.Canonicalise(new Uri("https://news.example/" + rest));

            return ArticleUrl.Canonicalise(new Uri("http://" + key)) == key;
        }, iter: 5_000);

    /// <summary>Found by the one above.</summary>
    [Theory, InlineData("https://news.example/a?&?7=1"), InlineData("https://news.example/a?x=1&?utm_source=n"), InlineData("https://news.example/a???b")]
    public void Question_marks_too_many_do_not_make_another_key(string url)
    {
        var key = ArticleUrl.Canonicalise(new Uri(url));

        Assert.Equal(key, ArticleUrl.Canonicalise(new Uri("http://" + key)));
    }
}
