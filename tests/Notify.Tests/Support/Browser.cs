using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Notify.Tests.Support;

/// <summary>Chromium without a window, as it is installed; each person gets a context, so nobody sees another's cookies.</summary>
internal sealed class Browser : IAsyncDisposable
{
    /// <summary>How long a page may take to show what is waited for; a machine that builds at the same time is slow.</summary>
    private const float Patience = 60_000;

    /// <summary>The width at which nothing may have to be scrolled sideways (WCAG 2.2, 1.4.10 Reflow).</summary>
    private const int Narrow = 320;

    /// <summary>What a sheet of A4 leaves between margins of 16 mm, in CSS pixels.</summary>
    private const int Sheet = 672;

    /// <summary>In a frame that may run nothing axe-core is waited for in vain. The one there is shows mails, and <see cref="Stories.MailLooksStories"/> looks at those.</summary>
    private static readonly AxeRunContext AllThatRuns = new() { Exclude = [new("iframe[sandbox='']")] };

    private static readonly AxeRunOptions OnlyColours = new() { RunOnly = RunOnlyOptions.Rules("color-contrast") };

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;
    private readonly ConcurrentQueue<string> _complaints = new();

    private Browser(IPlaywright playwright, IBrowser browser) => (_playwright, _browser) = (playwright, browser);

    /// <summary>What pages complained about: scripts that failed, styles and scripts that a page's policy refused.</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    /// <summary>Skips the test where Chromium is not installed.</summary>
    public static async Task<Browser> OpenAsync()
    {
        var chromium = Programs.Require("chromium");
        Assertions.SetDefaultExpectTimeout(Patience);
        var playwright = await Playwright.CreateAsync();
        try
        {
            return new Browser(playwright, await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Headless = true, Args = ["--disable-dev-shm-usage", "--disable-gpu"] }));
        }
        catch
        {
            playwright.Dispose();
            throw;
        }
    }

    /// <summary>A tab of somebody who was never here before.</summary>
    /// <param name="script">Whether pages may run scripts.</param>
    public async Task<IPage> SomebodyAsync(bool script = true)
    {
        var context = await _browser.NewContextAsync(new() { JavaScriptEnabled = script, ReducedMotion = ReducedMotion.Reduce, Locale = "en-US" });
        context.SetDefaultTimeout(Patience);
        context.Page += (_, page) =>
        {
            page.PageError += (_, error) => _complaints.Enqueue($"{page.Url}: {error}");
            page.Console += (_, line) => Keep(page, line);
        };
        return await context.NewPageAsync();
    }

    /// <summary>Nothing that axe-core knows to look for is wrong with what is shown, in light and in dark, and nothing has to be scrolled sideways on a narrow screen.</summary>
    public static async Task CanBeUsedByEverybodyAsync(IPage page)
    {
        // What is there is the same in both; only its colours are not.
        foreach (var (scheme, options) in ((ColorScheme, AxeRunOptions?)[])[(ColorScheme.Dark, OnlyColours), (ColorScheme.Light, null)])
        {
            await page.EmulateMediaAsync(new() { ColorScheme = scheme });
            await page.EvaluateAsync("() => Promise.allSettled(document.getAnimations().filter(a => a.effect.getComputedTiming().endTime < Infinity).map(a => a.finished))");
            var found = await BarriersAsync(page, options);
            Assert.True(found.Count == 0, $"{page.Url}, {scheme}:\n" + string.Join('\n', found));
        }

        var size = page.ViewportSize!;
        await page.SetViewportSizeAsync(Narrow, size.Height);
        var beyond = await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");
        var wide = beyond > 0 ? await BeyondAsync(page) : [];
        await page.SetViewportSizeAsync(size.Width, size.Height);
        Assert.True(beyond <= 0, $"{page.Url} is {beyond} pixels too wide for a screen of {Narrow}: {string.Join('\n', wide)}");
    }

    /// <summary>What axe-core finds wrong with what is shown.</summary>
    /// <param name="page">Where it looks.</param>
    /// <param name="options">What it looks for, if not for everything.</param>
    /// <exception cref="TimeoutException">It waits for a frame that will never answer; by itself it would wait for ever.</exception>
    public static async Task<IReadOnlyList<string>> BarriersAsync(IPage page, AxeRunOptions? options = null)
    {
        var found = await page.RunAxe(AllThatRuns, options).WaitAsync(TimeSpan.FromMinutes(2));
        return [.. found.Violations.SelectMany(violation =>
            violation.Nodes.Select(node => $"{violation.Id} ({violation.Help}): {node.Html} {string.Join(' ', node.Any.Concat(node.All).Concat(node.None).Select(c => c.Message))}"))];
    }

    /// <summary>On paper a page is dark on white whatever the screen is, nothing is cut off at the right, and it can be made.</summary>
    /// <returns>How many sheets it takes.</returns>
    public static async Task<int> CanBePrintedAsync(IPage page)
    {
        var size = page.ViewportSize!;
        await page.EmulateMediaAsync(new() { Media = Media.Print, ColorScheme = ColorScheme.Dark });
        await page.SetViewportSizeAsync(Sheet, size.Height);
        var wide = await BeyondAsync(page);
        var colours = await page.EvaluateAsync<string[]>("""
            () => [...new Set([...document.querySelectorAll('body, body *')].filter(e => e.innerText?.trim()).flatMap(e => {
              const light = c => c.match(/[\d.]+/g).slice(0, 3).reduce((sum, n) => sum + Number(n), 0) / 3;
              const s = getComputedStyle(e);
              return [light(s.color) > 128 ? `${e.tagName} writes in ${s.color}` : '', !/, 0\)$/.test(s.backgroundColor) && light(s.backgroundColor) < 230 ? `${e.tagName} is on ${s.backgroundColor}` : ''];
            }))].filter(fault => fault)
            """);
        var sheets = Regex.Count(Encoding.Latin1.GetString(await page.PdfAsync(new() { Format = "A4", PreferCSSPageSize = true })), @"/Type\s*/Page\b", RegexOptions.None, TimeSpan.FromSeconds(5));
        await page.EmulateMediaAsync(new() { Media = Media.Null, ColorScheme = ColorScheme.Light });
        await page.SetViewportSizeAsync(size.Width, size.Height);
        Assert.True(wide.Length == 0, $"{page.Url} is cut off on paper: {string.Join('\n', wide)}");
        Assert.True(colours.Length == 0, $"{page.Url} on paper: {string.Join(", ", colours)}");
        return sheets;
    }

    /// <summary>What reaches beyond the right edge, or holds words that do, from the outside in.</summary>
    private static Task<string[]> BeyondAsync(IPage page) => page.EvaluateAsync<string[]>("""
        () => [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1
          || (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline')).map(e => e.outerHTML.slice(0, 120))
        """);

    private void Keep(IPage page, IConsoleMessage line)
    {
        // What a server refused is told by the browser as an error too; a form with faults is answered 400 on purpose.
        if (line.Type == "error" && !line.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
        {
            _complaints.Enqueue($"{page.Url}: {line.Text}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
