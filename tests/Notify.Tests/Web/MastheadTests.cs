using Notify.Web;

namespace Notify.Tests.Web;

public sealed class MastheadTests
{
    [Theory]
    [InlineData("az-Arab", "rtl")]
    [InlineData("ks-Deva", "ltr")]
    [InlineData("he-Latn-IL", "ltr")]
    [InlineData("HE_il", "rtl")]
    [InlineData("en-IL", "ltr")]
    [InlineData("", "ltr")]
    public void A_script_named_in_a_tag_decides_the_direction_else_the_language_does(string locale, string direction)
    {
        var masthead = new Masthead { Name = "The Example", Url = "https://news.example", Locale = locale };

        Assert.Equal(direction, masthead.Direction);
    }

    [Theory]
    [InlineData("https://news.example/help", "https://news.example/help")]
    [InlineData("help@news.example", "mailto:help@news.example")]
    [InlineData("tel:+12025550143", "tel:+12025550143")]
    [InlineData("+1 202 555 0143", null)]
    [InlineData("Write to help@news.example", null)]
    [InlineData("javascript:alert(1)", null)]
    [InlineData("data:text/html,x", null)]
    [InlineData("", null)]
    public void Only_what_is_an_address_becomes_a_link(string setting, string? href) => Assert.Equal(href, Masthead.HrefOf(setting));
}
