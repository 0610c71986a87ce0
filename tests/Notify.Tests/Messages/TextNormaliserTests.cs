using CsCheck;
using Notify.Messages;

namespace Notify.Tests.Messages;

public sealed class TextNormaliserTests
{
    [Theory]
    [InlineData("“Full support”, ‘he’ said", "\"Full support\", 'he' said")]
    [InlineData("„Gänsefüße“ «guillemets» ‹one›", "\"Gänsefüße\" \"guillemets\" 'one'")]
    [InlineData("it´s `quoted` 5′ 3″", "it's 'quoted' 5' 3\"")]
    [InlineData("2020–2024 — a‑b ‐ −1 • item", "2020-2024 - a-b - -1 - item")]
    [InlineData("wait…", "wait...")]
    [InlineData("10\u00A0000\u202Fkm\u2009\u3000x\ty", "10 000 km  x y")]
    [InlineData("zero\u200B\u2060\uFEFF\u00ADwidth\u200E\u202E", "zerowidth")]
    [InlineData("a\r\nb\rc\u2028d\u0085e", "a\nb\nc\nd\ne")]
    [InlineData("a\0b\u0007c\u001Bd\u000Be\u009Ff", "abcdef")]
    [InlineData("e\u0301\u212B", "éÅ")]
    [InlineData("e\u200B\u0301", "é")]
    [InlineData("half \uD83D of a pair \uDE00\uFFFD", "half  of a pair ")]
    [InlineData("", "")]
    public void Says_the_same_in_plain_characters(string text, string expected) => Assert.Equal(expected, TextNormaliser.Normalise(text));

    [Theory]
    [InlineData("🏳️‍🌈")]
    [InlineData("👨‍👩‍👧‍👦")]
    [InlineData("👩🏽‍🚀")]
    [InlineData("🤷‍♀️")]
    [InlineData("❤️")]
    [InlineData("1️⃣")]
    [InlineData("🏴󠁧󠁢󠁥󠁮󠁧󠁿")]
    [InlineData("ℹ️ ↔️ ‼️")]
    public void Leaves_emoji_whole(string emoji) => Assert.Equal(emoji, TextNormaliser.Normalise(emoji));

    [Theory]
    [InlineData("a\u200Db", "ab")]
    [InlineData("a\uFE0Fb", "ab")]
    [InlineData("😀\u200Da", "😀a")]
    [InlineData("a\U000E0067b", "ab")]
    public void Takes_joiners_and_selectors_away_where_they_join_nothing(string text, string expected) => Assert.Equal(expected, TextNormaliser.Normalise(text));

    [Theory]
    [InlineData("می\u200Cخواهم")]
    [InlineData("ශ්\u200Dරී")]
    public void Leaves_the_joiners_that_are_spelling(string word) => Assert.Equal(word, TextNormaliser.Normalise(word));

    [Fact]
    public void A_headline_of_a_word_processor_fits_one_segment_again()
    {
        const string Headline = "Yid-Info: Kim Jong Un Offers Vladimir Putin and Russia North Korea’s “Full Support” – live… https://news.example/a/7f3k";

        Assert.Equal(2, Segments.Count(Headline).Segments);
        Assert.Equal(TextEncoding.Gsm7, Segments.Count(TextNormaliser.Normalise(Headline)).Encoding);
        Assert.Equal(1, Segments.Count(TextNormaliser.Normalise(Headline)).Segments);
    }

    [Fact]
    public void Twice_is_the_same_as_once_and_leaves_nothing_invisible_but_joiners()
    {
        var text = Gen.OneOf(Gen.Char["a’–…\u00A0\u200B\u200C\u200D\uFE0F\u0301\u0338\u1FEF\u037E<=\r\n\t\u0007یم❤\uD83C\uDFF4\uDDEE\uDB40\uDC67"].Array[0, 30].Select(c => new string(c)), Gen.String);

        text.Sample(sample =>
        {
            var once = TextNormaliser.Normalise(sample);

            Assert.Equal(once, TextNormaliser.Normalise(once));
            Assert.True(once.IsNormalized());
            Assert.DoesNotContain(once, c => char.IsControl(c) && c != '\n');
        }, iter: 20_000);
    }
}
