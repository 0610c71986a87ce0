using Deque.AxeCore.Commons;
using Microsoft.Playwright;
using Notify.Messages.Templates;
using Notify.Tests.Messages.Templates;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>The mails that come with Notify, looked at in a browser: in every language, light and dark, wide and on a narrow telephone.</summary>
public sealed class MailLooksStories
{
    private const int Wide = 700;

    /// <summary>The width at which nothing may have to be scrolled sideways (WCAG 2.2, 1.4.10 Reflow).</summary>
    private const int Narrow = 320;

    /// <summary>Where pictures of what is looked at are put, for people; a run without it makes none.</summary>
    private static readonly string? Pictures = Environment.GetEnvironmentVariable("NOTIFY_PICTURES");

    public static TheoryData<string> Languages => ["en", "he", "ru", "yi"];

    [Theory, MemberData(nameof(Languages))]
    public async Task Everybody_can_read_it(string language)
    {
        await using var browser = await Browser.OpenAsync();
        var page = await browser.SomebodyAsync();
        await page.Context.RouteAsync(MailSamples.Picture + "**", route => route.FulfillAsync(new() { ContentType = "image/svg+xml", Body = Bridge }));

        await LookAsync(page, MailPart.Alert, language, MailSamples.Shape.Full);
        await LookAsync(page, MailPart.Confirmation, language, MailSamples.Shape.Full);
        if (language is "en" or "he")
        {
            await LookAsync(page, MailPart.Alert, language, MailSamples.Shape.Bare);
            await LookAsync(page, MailPart.Alert, language, MailSamples.Shape.Longest);
        }
    }

    private static async Task LookAsync(IPage page, MailPart part, string language, MailSamples.Shape shape)
    {
        var what = $"{part}-{language}-{shape}";
        await page.SetContentAsync((await Mails.RenderAsync(Mails.Sample(part, language, shape))).Html);
        var grounds = new HashSet<string>(StringComparer.Ordinal);
        foreach (var scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
        {
            await page.EmulateMediaAsync(new() { ColorScheme = scheme });
            foreach (var width in (int[])[Wide, Narrow])
            {
                await page.SetViewportSizeAsync(width, 600);
                var beyond = await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");
                Assert.True(beyond <= 0, $"{what} is {beyond} pixels too wide for a screen of {width}.");
                if (Pictures is not null && shape != MailSamples.Shape.Longest)
                {
                    await page.ScreenshotAsync(new() { Path = Path.Combine(Pictures, $"{what}-{scheme}-{width}.png"), FullPage = true });
                }
            }

            // A mail stands in the page of a mail program, which has the landmarks.
            var found = await Browser.BarriersAsync(page, new AxeRunOptions { RunOnly = new RunOnlyOptions { Type = "tag", Values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] } });
            Assert.True(found.Count == 0, $"{what} {scheme}: " + string.Join('\n', found));
            grounds.Add(await page.EvaluateAsync<string>("() => getComputedStyle(document.querySelector('.sheet')).backgroundColor"));
        }

        Assert.Equal(2, grounds.Count);
        // The button begins where the lines of its language begin.
        var (start, other) = Notify.Web.Languages.IsRightToLeft(language) ? ("right", "left") : ("left", "right");
        await page.SetViewportSizeAsync(Wide, 600);
        Assert.True(await page.EvaluateAsync<bool>(
            $"() => {{ const gap = side => Math.abs(document.querySelector('.button').getBoundingClientRect()[side] - document.querySelector('.masthead').getBoundingClientRect()[side]); return gap('{start}') < 1 && gap('{other}') > 50; }}"),
            $"{what}: the button is not at the {start}.");
    }

    private const string Bridge = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1068 560"><rect width="1068" height="560" fill="#a9c4d6"/><circle cx="820" cy="130" r="54" fill="#f6e3b4"/><path d="M0 330 Q260 240 520 320 T1068 290 V560 H0Z" fill="#7f9fae"/>
        <path d="M0 400 H1068 V420 H0Z" fill="#3a4650"/><path d="M60 410 Q300 150 534 410 Q780 150 1010 410" fill="none" stroke="#3a4650" stroke-width="14"/><path d="M0 450 H1068 V560 H0Z" fill="#4f7386"/></svg>
        """;
}
