using CsCheck;
using Notify.Alerts;
using Notify.Articles;
using Notify.Inbound;
using Notify.Messages;
using Notify.Publication;

namespace Notify.Tests.Messages;

public sealed class AccentFoldingTests
{
    private const string Link = "https://news.example/a/7f3k";

    /// <summary>Latin with every kind of accent, what GSM-7 has and what it lacks, and what no folding reaches.</summary>
    private static readonly Gen<string> Texts = Gen.OneOf(
        Gen.Char["aeo AEO\nàèéìòùñäöüßæøåÇÄÖÑÜÉáâãçêëíîïóôõúûýÿčďěňřšťůžłđħıœŒªºşğțģķạếợữĞİŁĐ{}€^"].Array[0, 200].Select(c => new string(c)),
        Gen.OneOf("é", "ç", "e\u0301", "ǜ", "Ǻ", "Ł\u0301", "q\u0323\u0302", " ", "ş", "€", "😜", "ש", "я", "Ώ", "ð", "̈", "a@ç.example", "https://façade.example/x", "U.S.", "\n").Array[0, 60].Select(string.Concat),
        Gen.String);

    [Theory]
    [InlineData("áâãå ç íî óõ úû ý ÿ", "aaaå c ii oo uu y y")]
    [InlineData("à è é ì ò ù ñ ä ö ü ß æ ø å Ç É Ñ š", "à è é ì ò ù ñ ä ö ü ß æ ø å Ç É Ñ s")]
    [InlineData("São Paulo, İstanbul, Łódź, Đà Nẵng, Għarb, Čeština, București", "Sao Paulo, Istanbul, Lodz, Dà Nang, Gharb, Cestina, Bucuresti")]
    [InlineData("cœur, Œuvre, 1º, 2ª", "coeur, OEuvre, 1o, 2a")]
    [InlineData("e\u0301 c\u0327 ǜ Ǻ Ł\u0301", "é c ü Å L")]
    [InlineData("año señal Perú", "año señal Peru")]
    public void A_letter_keeps_what_GSM_7_has_of_it(string text, string expected) => Assert.Equal(expected, AccentFolding.Fold(text));

    [Theory]
    [InlineData("Perú и Россия")]
    [InlineData("Perú 😜")]
    [InlineData("Perú שלום")]
    [InlineData("Perú Ώρα")]
    [InlineData("Þórður á")]
    [InlineData("ú \u0301")]
    [InlineData("Lea: á@façade.example")]
    [InlineData("á https://façade.example/x")]
    [InlineData("á façade.example")]
    public void Where_one_character_stays_beyond_GSM_7_all_of_them_stay(string text) => Assert.Equal(text, AccentFolding.Fold(text));

    [Fact]
    public void An_address_is_never_touched()
    {
        Assert.Equal("Peru https://news.example/é", AccentFolding.Fold("Perú https://news.example/é"));
        Assert.Equal($"Site: Peru {Link}", AlertText.Compose("Site", "Perú", Link, 1, foldAccents: true));
        Assert.Equal($"Site: Perú {Link}ç", AlertText.Compose("Site", "Perú", Link + "ç", 1, foldAccents: true));
    }

    [Fact]
    public void A_folded_text_has_never_more_segments_and_folding_again_changes_nothing() => Texts.Sample(text =>
    {
        var folded = AccentFolding.Fold(text);

        Assert.Equal(folded, AccentFolding.Fold(folded));
        Assert.True(Segments.Count(folded).Segments <= Segments.Count(text).Segments, text);
        Assert.True(folded == text || Segments.Count(folded).Encoding == TextEncoding.Gsm7, text);
        Assert.Equal(Segments.Count(folded).Encoding == TextEncoding.Gsm7, AccentFolding.Beyond(text).Count == 0 && !HasForeignAddress(text));
    }, iter: 20_000);

    [Fact]
    public void What_holds_a_letter_of_another_script_is_untouched() =>
        Gen.Select(Texts, Gen.OneOf("ш", "א", "ω", "你", "ي", "ก", "क"), Texts).Sample((before, letter, after) => Assert.Equal(before + letter + after, AccentFolding.Fold(before + letter + after)), iter: 5_000);

    [Fact]
    public void A_title_that_is_folded_has_the_room_of_GSM_7()
    {
        Assert.Equal(new SegmentCount(TextEncoding.Gsm7, 160, 1), Segments.Count(AlertText.Compose("Site", new string('ú', 500), Link, 1, foldAccents: true)));
    }

    [Fact]
    public void The_limit_holds_for_a_folded_title() => Gen.Select(Texts, Gen.Int[1, 3]).Sample((title, limit) =>
    {
        var folded = AlertText.Compose("Yid-Info", title, Link, limit, foldAccents: true);

        Assert.True(Segments.Count(folded).Segments <= limit, title);
        Assert.EndsWith(" " + Link, folded, StringComparison.Ordinal);
        Assert.True(Segments.Count(folded).Segments <= Segments.Count(AlertText.Compose("Yid-Info", title, Link, limit)).Segments, title);
    }, iter: 5_000);

    [Fact]
    public void What_is_composed_counted_and_priced_is_the_folded_text()
    {
        var site = new PublicationOptions { Name = "El Díario", Url = "https://news.example", FoldAccents = true, MaxSegments = 6, SupportContact = "ayuda@news.example" };
        var article = new Article
        {
            Id = Guid.Empty,
            Url = Link,
            Title = string.Join(' ', Enumerable.Repeat("Perú", 20)),
            Topics = "",
            Priority = ArticlePriority.Normal,
            CreatedAt = DateTimeOffset.UnixEpoch,
            CameFrom = "test",
        };

        var folded = AlertMessages.Text(article, site);
        site.FoldAccents = false;
        var whole = AlertMessages.Text(article, site);
        site.FoldAccents = true;

        Assert.Equal(($"El Diario: {article.Title.Replace('ú', 'u')} {Link} {site.OptOutText}", 1), (folded.Body, folded.Segments));
        Assert.Equal(($"El Díario: {article.Title} {Link} {site.OptOutText}", 3), (whole.Body, whole.Segments));
        Assert.Equal(TextEncoding.Gsm7, Segments.Count(new ReplyWords(site, "es").Welcome).Encoding);
        Assert.StartsWith("El Diario: Gracias por suscribirse", new ReplyWords(site, "es").Welcome, StringComparison.Ordinal);
    }

    /// <summary>A hint at a character that folding takes care of would send an editor the wrong way.</summary>
    [Fact]
    public void Only_what_folding_leaves_is_said_to_make_a_text_dear()
    {
        var text = string.Join(' ', Enumerable.Repeat("Perú", 20)) + " ☃";

        var unfolded = DearText.Of(text, foldAccents: false)!;
        var folded = DearText.Of(text, foldAccents: true)!;

        Assert.Equal(["ú", "☃"], unfolded.Characters);
        Assert.Equal(["☃"], folded.Characters);
        Assert.Equal((1, 1), (unfolded.Segments, folded.Segments));
        Assert.Null(DearText.Of(AccentFolding.Fold(text[..^2]), foldAccents: true));
        Assert.Null(DearText.Of("Perú ☃", foldAccents: true));
    }

    private static bool HasForeignAddress(string text) => text.Split(' ', '\n').Any(word => Segments.Count(word).Encoding == TextEncoding.Ucs2
        && (word.Contains('@', StringComparison.Ordinal) || word.Contains("://", StringComparison.Ordinal) || word.Index().Any(c => c.Item == '.' && c.Index > 0 && c.Index < word.Length - 1 && char.IsLetter(word[c.Index - 1]) && char.IsLetter(word[c.Index + 1]))));
}
