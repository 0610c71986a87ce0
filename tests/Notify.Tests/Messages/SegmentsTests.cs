using System.Globalization;
using CsCheck;
using Notify.Messages;

namespace Notify.Tests.Messages;

public sealed class SegmentsTests
{
    // 3GPP TS 23.038 section 6.2.1, typed from the table by rows of sixteen, apart from the table in the code.
    private static readonly string[] GsmRows =
    [
        "@£$¥èéùìòÇ\nØø\rÅå", "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ", " !\"#¤%&'()*+,-./", "0123456789:;<=>?",
        "¡ABCDEFGHIJKLMNO", "PQRSTUVWXYZÄÖÑÜ§", "¿abcdefghijklmno", "pqrstuvwxyzäöñüà",
    ];

    [Fact]
    public void Knows_the_127_characters_of_one_septet_and_the_ten_of_two()
    {
        var basic = string.Concat(GsmRows);
        const string Extension = "\f^{}\\[~]|€";

        Assert.Equal(127, basic.Length);
        Assert.All(basic, c => Assert.Equal(new SegmentCount(TextEncoding.Gsm7, 1, 1), Segments.Count(c.ToString())));
        Assert.All(Extension, c => Assert.Equal(new SegmentCount(TextEncoding.Gsm7, 2, 1), Segments.Count(c.ToString())));
        Assert.Equal(137, Enumerable.Range(0, 0x10000).Count(c => !char.IsSurrogate((char)c) && Segments.Count(((char)c).ToString()).Encoding == TextEncoding.Gsm7));
    }

    /// <summary>Letters of Western languages that are not in the alphabet, and turn a headline into UCS-2.</summary>
    [Theory]
    [InlineData("ç"), InlineData("á"), InlineData("í"), InlineData("ó"), InlineData("ú"), InlineData("Á"), InlineData("Í"), InlineData("Ó"), InlineData("Ú")]
    [InlineData("ê"), InlineData("â"), InlineData("î"), InlineData("ô"), InlineData("û"), InlineData("ë"), InlineData("ï")]
    [InlineData("`"), InlineData("“"), InlineData("’"), InlineData("–"), InlineData("—"), InlineData("…"), InlineData("ш"), InlineData("א"), InlineData("\t")]
    public void One_character_outside_the_alphabet_changes_the_whole_text(string character) =>
        Assert.Equal(new SegmentCount(TextEncoding.Ucs2, 160, 3), Segments.Count(new string('a', 159) + character));

    /// <summary>The vectors of TwilioDevEd/message-segment-calculator, tests/index.test.js, and the boundaries around them.</summary>
    [Theory]
    [InlineData("", "a", 0, 1)]
    [InlineData("", "a", 160, 1)]
    [InlineData("", "a", 161, 2)]
    [InlineData("", "a", 306, 2)]
    [InlineData("", "a", 307, 3)]
    [InlineData("", "a", 459, 3)]
    [InlineData("", "a", 460, 4)]
    [InlineData("€", "a", 158, 1)]
    [InlineData("€", "a", 159, 2)]
    [InlineData("", "ú", 70, 1)]
    [InlineData("", "ú", 71, 2)]
    [InlineData("", "ú", 134, 2)]
    [InlineData("", "ú", 135, 3)]
    [InlineData("😜", "1", 68, 1)]
    [InlineData("😜", "1", 69, 2)]
    [InlineData("😜", "1", 132, 2)]
    [InlineData("😜", "1", 133, 3)]
    [InlineData("🇮🇹", "1", 66, 1)]
    [InlineData("🇮🇹", "1", 67, 2)]
    [InlineData("🏳️‍🌈", "1", 64, 1)]
    [InlineData("🏳️‍🌈", "1", 65, 2)]
    [InlineData("😀", "]", 68, 1)]
    [InlineData("😀", "]", 69, 2)]
    [InlineData("e\u0301e\u0301", "a", 66, 1)]
    [InlineData("e\u0301e\u0301", "a", 67, 2)]
    public void Counts_as_the_provider_does(string start, string filler, int times, int segments)
    {
        var text = start + string.Concat(Enumerable.Repeat(filler, times));

        Assert.Equal(segments, Segments.Count(text).Segments);
    }

    [Fact]
    public void An_escaped_pair_moves_whole_into_the_next_segment()
    {
        var split = new string('a', 152) + "€" + new string('a', 151);

        Assert.Equal(new SegmentCount(TextEncoding.Gsm7, 305, 2), Segments.Count(split));
        Assert.Equal(new SegmentCount(TextEncoding.Gsm7, 306, 3), Segments.Count(split + "a"));
        Assert.Equal(new SegmentCount(TextEncoding.Gsm7, 306, 2), Segments.Count(new string('a', 151) + "€" + new string('a', 153)));
    }

    [Fact]
    public void What_a_reader_sees_as_one_character_moves_whole_into_the_next_segment()
    {
        const string Family = "👨‍👩‍👧‍👦";
        var split = new string('ú', 60) + Family + new string('ú', 56);

        Assert.Equal(11, Family.Length);
        Assert.Equal(new SegmentCount(TextEncoding.Ucs2, 127, 2), Segments.Count(split));
        Assert.Equal(new SegmentCount(TextEncoding.Ucs2, 128, 3), Segments.Count(split + "ú"));
    }

    [Fact]
    public void A_line_break_of_two_characters_counts_as_two_and_may_be_parted()
    {
        Assert.Equal(2, Segments.Count("\r\n").Units);
        Assert.Equal(new SegmentCount(TextEncoding.Ucs2, 134, 2), Segments.Count(new string('ú', 66) + "\r\n" + new string('ú', 66)));
    }

    [Fact]
    public void A_letter_with_more_marks_than_a_segment_holds_is_still_counted()
    {
        var tower = "a" + new string('\u0301', 199);

        Assert.Equal(new SegmentCount(TextEncoding.Ucs2, 200, 3), Segments.Count(tower));
    }

    /// <summary>Against the plain definition: cut the text into what may not be parted, and fill.</summary>
    [Fact]
    public void Agrees_with_a_slow_count_on_any_text()
    {
        var text = Gen.Char["aZ1 €[^úשe\u0301\u200D\uFE0F\n\uD83D\uDE00\uDC68"].Array[0, 330].Select(c => new string(c));

        text.Sample(sample =>
        {
            var count = Segments.Count(sample);

            Assert.Equal(SlowCount(sample), count);
            Assert.True(Segments.Count(sample + "a").Units >= count.Units + 1);
        }, iter: 3000);
    }

    private static SegmentCount SlowCount(string text)
    {
        const string Two = "\f^{}\\[~]|€";
        var gsm = text.All(c => string.Concat(GsmRows).Contains(c) || Two.Contains(c));
        List<int> pieces = gsm
            ? [.. text.Select(c => Two.Contains(c) ? 2 : 1)]
            : [.. Elements(text).SelectMany(e => e.Length > 67 ? e.EnumerateRunes().Select(r => r.Utf16SequenceLength) : [e.Length])];
        var (alone, several) = gsm ? (160, 153) : (70, 67);
        if (pieces.Sum() <= alone) return new SegmentCount(gsm ? TextEncoding.Gsm7 : TextEncoding.Ucs2, pieces.Sum(), 1);

        var segments = pieces.Aggregate((Full: 1, Used: 0), (s, piece) => s.Used + piece > several ? (s.Full + 1, piece) : (s.Full, s.Used + piece));
        return new SegmentCount(gsm ? TextEncoding.Gsm7 : TextEncoding.Ucs2, pieces.Sum(), segments.Full);
    }

    private static IEnumerable<string> Elements(string text)
    {
        for (var elements = StringInfo.GetTextElementEnumerator(text); elements.MoveNext();) yield return elements.GetTextElement();
    }
}
