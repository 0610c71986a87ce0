using CsCheck;
using Notify.Articles;

namespace Notify.Tests.Articles;

public sealed class PlainTextTests
{
    [Theory]
    [InlineData("<p>One</p><p>two</p>", "One two")]
    [InlineData("in<b>line</b>d", "inlined")]
    [InlineData(" \n a\t\u00A0 b ", "a b")]
    [InlineData("Tom &amp; Jerry &#8211; caf&eacute; &#x1F600;", "Tom & Jerry \u2013 caf\u00E9 \U0001F600")]
    [InlineData("it&#146;s", "it\u2019s")]
    [InlineData("&lt;blink&gt; tag", "<blink> tag")]
    [InlineData("5 < 6 and 7 > 6", "5 < 6 and 7 > 6")]
    [InlineData("I <3 this <i>town</i>", "I <3 this town")]
    [InlineData("a <b title=\"1 > 0\">b</b> c", "a b c")]
    [InlineData("a <b title=\"open>b</b> c", "a b c")]
    [InlineData("a <b", "a <b")]
    [InlineData("a<script>if (a<b) { \"</b>\" }</script>b", "ab")]
    [InlineData("a<STYLE type='x'>b</STYLE\n>c", "ac")]
    [InlineData("a<script>never closed", "a")]
    [InlineData("a<script src='x'/>b", "ab")]
    [InlineData("a<!-- <b> -->b<!doctype html>c<?php echo ?>d", "abcd")]
    [InlineData("x\u0000\u001B[31m\u202Ey\u200B\u00AD", "x[31my")]
    [InlineData("\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645", "\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645")]
    public void Html_becomes_one_readable_line(string html, string expected) => Assert.Equal(expected, PlainText.FromHtml(html));

    [Fact]
    public void Half_a_character_is_replaced() => Assert.Equal("lone \uFFFD half", PlainText.FromHtml("lone \uD83D half"));

    [Theory]
    [InlineData("short enough", 12, "short enough")]
    [InlineData("one two three", 12, "one two\u2026")]
    [InlineData("one two, three", 12, "one two\u2026")]
    [InlineData("unbreakable", 5, "unbr\u2026")]
    [InlineData("abc\U0001F600def", 5, "abc\u2026")]
    public void A_text_that_is_too_long_ends_at_a_word(string text, int longest, string expected) =>
        Assert.Equal(expected, PlainText.Cut(text, longest));

    [Fact]
    public void No_text_is_cut_longer_than_asked_or_inside_a_character() =>
        Gen.Select(Gen.String[0, 80].Select(PlainText.Tidy), Gen.Int[2, 60]).Sample((text, longest) =>
        {
            var cut = PlainText.Cut(text, longest);
            return cut.Length <= longest && PlainText.Tidy(cut) == cut;
        });
}
