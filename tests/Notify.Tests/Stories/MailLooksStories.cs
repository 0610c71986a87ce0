using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Notify.Messages.Templates;
using Notify.Tests.Messages.Templates;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>The mails that come with Notify, looked at in a browser: in both directions of writing, light and dark, wide and on a narrow telephone.</summary>
public sealed class MailLooksStories
{
    private static readonly string? Pictures = Environment.GetEnvironmentVariable("NOTIFY_PICTURES");

    [Theory]
    [InlineData(MailPart.Alert, "en")]
    [InlineData(MailPart.Alert, "he")]
    [InlineData(MailPart.Alert, "yi")]
    [InlineData(MailPart.Confirmation, "en")]
    [InlineData(MailPart.Confirmation, "he")]
    internal async Task Everybody_can_read_it(MailPart part, string language)
    {
        await using var browser = await Browser.OpenAsync();
        var page = await browser.SomebodyAsync(script: true);
        foreach (var shape in part == MailPart.Alert ? [MailSamples.Shape.Full, MailSamples.Shape.Bare, MailSamples.Shape.Longest] : (MailSamples.Shape[])[MailSamples.Shape.Full])
        {
            var mail = await Mails.RenderAsync(Mails.Sample(part, language, shape));
            await page.SetContentAsync(mail.Html);
            foreach (var scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
            {
                await page.EmulateMediaAsync(new() { ColorScheme = scheme });
                foreach (var width in (int[])[700, 320])
                {
                    await page.SetViewportSizeAsync(width, 900);
                    var beyond = await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");
                    Assert.True(beyond <= 0, $"{part} {language} {shape} is {beyond} pixels too wide for a screen of {width}.");
                    if (Pictures is not null && shape != MailSamples.Shape.Longest)
                    {
                        await page.ScreenshotAsync(new() { Path = Path.Combine(Pictures, $"{part}-{language}-{shape}-{scheme}-{width}.png"), FullPage = true });
                    }
                }

                // A mail stands in the page of a mail program, which has the landmarks.
                var found = await page.RunAxe(new AxeRunOptions { RunOnly = new RunOnlyOptions { Type = "tag", Values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] } });
                Assert.True(found.Violations.Length == 0, $"{part} {language} {shape} {scheme}: " + string.Join('\n', found.Violations.SelectMany(v => v.Nodes.Select(node => $"{v.Id}: {node.Html}"))));
            }

            Assert.Equal(MailWords.Has(language) && language is "he" or "yi" ? "rtl" : "ltr", await page.EvaluateAsync<string>("() => getComputedStyle(document.querySelector('.body')).direction"));
        }
    }
}
