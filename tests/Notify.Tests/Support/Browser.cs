using System.Collections.Concurrent;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Notify.Tests.Support;

/// <summary>Chromium without a window, as it is installed; each person gets a context, so nobody sees another's cookies.</summary>
internal sealed class Browser : IAsyncDisposable
{
    /// <summary>How long a page may take to show what is waited for; a machine that builds at the same time is slow.</summary>
    private const float Patience = 30_000;

    /// <summary>The width at which nothing may have to be scrolled sideways (WCAG 2.2, 1.4.10 Reflow).</summary>
    private const int Narrow = 320;

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
            return new Browser(playwright, await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Headless = true, Args = ["--disable-dev-shm-usage"] }));
        }
        catch
        {
            playwright.Dispose();
            throw;
        }
    }

    /// <summary>A tab of somebody who was never here before.</summary>
    /// <param name="script">Whether pages may run scripts.</param>
    /// <param name="scheme">Whether this person likes it dark.</param>
    public async Task<IPage> SomebodyAsync(bool script = true, ColorScheme scheme = ColorScheme.Light)
    {
        var context = await _browser.NewContextAsync(new() { JavaScriptEnabled = script, ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce, Locale = "en-US" });
        context.SetDefaultTimeout(Patience);
        context.Page += (_, page) =>
        {
            page.PageError += (_, error) => _complaints.Enqueue($"{page.Url}: {error}");
            page.Console += (_, line) => Keep(page, line);
        };
        return await context.NewPageAsync();
    }

    /// <summary>Nothing that axe-core knows to look for is wrong with what is shown, and nothing has to be scrolled sideways on a narrow screen.</summary>
    public static async Task CanBeUsedByEverybodyAsync(IPage page)
    {
        var found = await page.RunAxe();

        Assert.True(found.Violations.Length == 0, $"{page.Url}:\n" + string.Join('\n', found.Violations.SelectMany(violation =>
            violation.Nodes.Select(node => $"{violation.Id} ({violation.Help}): {node.Html} {string.Join(' ', node.Any.Concat(node.All).Concat(node.None).Select(c => c.Message))}"))));
        var size = page.ViewportSize!;
        await page.SetViewportSizeAsync(Narrow, size.Height);
        var beyond = await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");
        await page.SetViewportSizeAsync(size.Width, size.Height);
        Assert.True(beyond <= 0, $"{page.Url} is {beyond} pixels too wide for a screen of {Narrow}.");
    }

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
