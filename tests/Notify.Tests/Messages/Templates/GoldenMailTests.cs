using AngleSharp.Html.Parser;
using Notify.Messages.Templates;
using Notify.Tests.Support;

namespace Notify.Tests.Messages.Templates;

/// <summary>The mails that come with Notify, letter by letter.</summary>
public sealed class GoldenMailTests
{
    [Theory]
    [InlineData(MailPart.Alert, "en", MailSamples.Shape.Full)]
    [InlineData(MailPart.Alert, "de", MailSamples.Shape.Bare)]
    [InlineData(MailPart.Alert, "he", MailSamples.Shape.Full)]
    [InlineData(MailPart.Alert, "yi", MailSamples.Shape.Bare)]
    [InlineData(MailPart.Confirmation, "en", MailSamples.Shape.Full)]
    [InlineData(MailPart.Confirmation, "he", MailSamples.Shape.Full)]
    [InlineData(MailPart.Digest, "en", MailSamples.Shape.Full)]
    [InlineData(MailPart.Digest, "he", MailSamples.Shape.Full)]
    [InlineData(MailPart.Digest, "ru", MailSamples.Shape.Bare)]
    [InlineData(MailPart.Link, "en", MailSamples.Shape.Full)]
    internal async Task A_mail_is_as_somebody_last_saw_it(MailPart part, string language, MailSamples.Shape shape)
    {
        var mail = await Mails.RenderAsync(Mails.Sample(part, language, shape));

        var name = $"Messages/Templates/Golden/{MailParts.NameOf(part)}-{language}-{shape.ToString().ToLowerInvariant()}";
        Golden.Holds(name + ".html", mail.Html);
        Golden.Holds(name + ".txt", mail.Text);
    }

    public static TheoryData<string> Languages => [.. MailWords.Languages];

    [Theory, MemberData(nameof(Languages))]
    public async Task A_mail_is_in_its_language_and_runs_as_it_does(string language)
    {
        var alert = await Mails.RenderAsync(Mails.Sample(MailPart.Alert, language));
        var confirmation = await Mails.RenderAsync(Mails.Sample(MailPart.Confirmation, language));

        var (direction, align) = language is "he" or "yi" ? ("rtl", "right") : ("ltr", "left");
        foreach (var html in (string[])[alert.Html, confirmation.Html])
        {
            using var page = new HtmlParser().ParseDocument(html);
            Assert.Equal((language, direction), (page.DocumentElement.GetAttribute("lang"), page.DocumentElement.GetAttribute("dir")));
            // Some mail programs keep no html element, and Word knows no direction of a cell but its align.
            Assert.All(page.QuerySelectorAll("[role=article], .column, .sheet"), element => Assert.Equal(direction, element.GetAttribute("dir")));
            Assert.All(page.QuerySelectorAll(".bar, .top, .body, .foot"), cell => Assert.Equal(align, cell.GetAttribute("align")));
            Assert.Equal("en", page.QuerySelector(".masthead a")!.GetAttribute("lang"));
        }

        using var seen = new HtmlParser().ParseDocument(alert.Html);
        Assert.Equal(("en", "auto"), (seen.QuerySelector("h1")!.GetAttribute("lang"), seen.QuerySelector("h1")!.GetAttribute("dir")));
        var words = MailWords.In(language);
        Assert.Equal(words["read"], seen.QuerySelector(".button")!.TextContent);
        Assert.Contains($"{words["read"]}: https://news.example/bridge", alert.Text, StringComparison.Ordinal);
        Assert.Contains($"{words["unsubscribe"]}: {Mails.Unsubscribe}", alert.Text, StringComparison.Ordinal);
        Assert.Contains(words["confirmHow"], confirmation.Text, StringComparison.Ordinal);
        Assert.Equal(2, new[] { alert, confirmation }.Count(mail => mail.Text.Contains(Mails.Site.PostalAddress, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_comes_with_Notify_could_be_saved_in_every_language()
    {
        var trial = new TemplateTrial(Mails.Site);
        foreach (var part in Enum.GetValues<MailPart>())
        {
            Assert.Empty(TemplateDesk.Alone(part, MailParts.BuiltInOf(part)));
        }

        foreach (var language in MailWords.Languages)
        {
            foreach (var part in Enum.GetValues<MailPart>().Where(part => part != MailPart.Layout))
            {
                await trial.TryAsync(part, language, MailParts.BuiltInOf(MailPart.Layout), MailParts.BuiltInOf(part), () => new Liquid.Budget(TimeProvider.System, TimeSpan.FromMinutes(1)));
            }
        }

        Assert.Empty(trial.Faults);
        Assert.True(trial.Octets is > 0 and < 12 * 1024 && trial.MostOctets is > 30 * 1024 and < MailSize.Much, $"{trial.Octets} {trial.MostOctets}");
    }

    [Fact]
    public void Every_language_has_all_the_words()
    {
        Assert.Equal(["de", "en", "es", "fr", "he", "it", "pt", "ru", "uk", "yi"], MailWords.Languages);
        foreach (var language in MailWords.Languages)
        {
            var (words, english) = (MailWords.In(language), MailWords.In("en"));
            Assert.Equal(english.Keys.Order(StringComparer.Ordinal), words.Keys.Order(StringComparer.Ordinal));
            Assert.All(english, word => Assert.Equal(word.Value.Contains("{site}", StringComparison.Ordinal), words[word.Key].Contains("{site}", StringComparison.Ordinal)));
            Assert.True(language == "en" || english.Count(word => word.Value == words[word.Key]) <= 1, $"{language} is in English");
        }
    }

    [Theory]
    [InlineData("he", "he", "en")]
    [InlineData("he-IL", "he", "en")]
    [InlineData("nl", "de", "de-AT")]
    [InlineData("nl", "en", "sw")]
    [InlineData(null, "yi", "yi")]
    public void A_reader_is_written_to_in_a_language_there_are_words_in(string? reader, string expected, string publication) =>
        Assert.Equal(expected, MailWords.Choose(reader, publication, MailWords.Has));
}
