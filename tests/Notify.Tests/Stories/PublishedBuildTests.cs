using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using AngleSharp.Html.Parser;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>What the container image is made of: <c>dotnet publish</c>, as the Dockerfile says it, and the program that comes of it in earnest.</summary>
public sealed class PublishedBuildTests(PublishedBuildTests.Published published) : IClassFixture<PublishedBuildTests.Published>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_local_carrier_is_not_in_it()
    {
        var app = await published.AppAsync();

        await using var carrier = ChildProcess.Start(["dotnet", Path.Combine(app, "Notify.dll"), "carrier"]);
        var exitCode = await carrier.EndsAsync(Patience);

        Assert.DoesNotContain(Directory.GetFiles(app, "*", SearchOption.AllDirectories), file => Path.GetFileName(file).Contains("Sandbox", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(1, exitCode);
        Assert.Contains("There is no verb 'carrier'. The verbs are: serve, migrate, seed, check, key, operator, explain.", carrier.Output, StringComparison.Ordinal);
    }

    /// <summary>Started from another folder than its own, in which the files of its pages once were empty.</summary>
    [Fact]
    public async Task It_serves_in_Production_with_everything_its_pages_are_made_of()
    {
        var notify = Path.Combine(await published.AppAsync(), "Notify.dll");
        using var folder = new TemporaryFolder();
        var url = new Uri($"http://127.0.0.1:{FreePort.Next().ToString(CultureInfo.InvariantCulture)}");
        var settings = InEarnest(url, folder.Path);
        await using var migrate = ChildProcess.Start(["dotnet", notify, "migrate"], settings);
        Assert.True(await migrate.EndsAsync(Patience) == 0, migrate.Output);
        await using var maker = ChildProcess.Start(["dotnet", notify, "operator", "create", "--email", "ed@yid-info.example", "--role", "admin"], settings);
        Assert.True(await maker.EndsAsync(Patience) == 0, maker.Output);

        await using var serve = ChildProcess.Start(["dotnet", notify], settings);
        await serve.SaysAsync("Notify is up at");
        using var browser = new HttpClient(new HttpClientHandler { CookieContainer = new CookieContainer() }) { BaseAddress = url };
        using var ready = await browser.GetAsync("/health/ready", Token);
        await AllPartsAnswerAsync(browser, "/subscribe");
        using var entered = await browser.PostAsync(new Uri(maker.Output.Trim()), content: null, Token);
        var parts = await AllPartsAnswerAsync(browser, "/ops");
        await AllPartsAnswerAsync(browser, "/ops/jobs");
        await AllPartsAnswerAsync(browser, "/docs/api");
        await serve.InterruptAsync();

        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        Assert.Equal(HttpStatusCode.OK, entered.StatusCode);
        Assert.Contains(parts, part => part.Contains("_framework/blazor", StringComparison.Ordinal));
        Assert.Contains(parts, part => part.Contains("_content/MudBlazor", StringComparison.Ordinal));
        Assert.True(await serve.EndsAsync(TimeSpan.FromSeconds(25)) == 0, serve.Output);
    }

    [Fact]
    public async Task Without_settings_it_says_what_it_needs_and_does_not_start()
    {
        var notify = Path.Combine(await published.AppAsync(), "Notify.dll");
        using var folder = new TemporaryFolder();

        await using var serve = ChildProcess.Start(["dotnet", notify], new Dictionary<string, string>(StringComparer.Ordinal) { ["Data__Folder"] = folder.Path });
        var exitCode = await serve.EndsAsync(Patience);

        Assert.Equal(1, exitCode);
        Assert.All(["PublicUrl", "Publication:Name", "Publication:Url", "Publication:PostalAddress", "Publication:SupportContact", "Publication:TermsUrl", "Publication:PrivacyUrl"],
            key => Assert.Contains(key, serve.Output, StringComparison.Ordinal));
    }

    /// <summary>The page, and every style sheet, script and picture it names: 200, and not empty.</summary>
    private static async Task<IReadOnlyList<string>> AllPartsAnswerAsync(HttpClient browser, string address)
    {
        using var page = await browser.GetAsync(address, Token);
        Assert.True(page.StatusCode == HttpStatusCode.OK, $"{address} answers {(int)page.StatusCode}");
        var at = page.RequestMessage!.RequestUri!;
        Assert.Equal(address, at.AbsolutePath.TrimEnd('/'));
        using var document = new HtmlParser().ParseDocument(await page.Content.ReadAsStringAsync(Token));
        var home = document.QuerySelector("base")?.GetAttribute("href") is { } given ? new Uri(at, given) : at;
        string[] parts =
        [
            .. document.QuerySelectorAll("link[rel=stylesheet], link[rel=icon], script[src], img[src]")
                .Select(part => part.GetAttribute("href") ?? part.GetAttribute("src") ?? "")
                .Where(part => !part.StartsWith("data:", StringComparison.Ordinal))
                .Select(part => new Uri(home, part).ToString()),
        ];

        foreach (var part in parts)
        {
            using var answer = await browser.GetAsync(part, Token);
            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{part} of {address} answers {(int)answer.StatusCode}");
            Assert.True((await answer.Content.ReadAsByteArrayAsync(Token)).Length > 0, $"{part} of {address} is empty");
        }

        return parts;
    }

    /// <summary>As a newsroom would set it up, in the environment, with providers that are never called here. (Behind a proxy, <c>PublicUrl</c> would begin with https.)</summary>
    private static Dictionary<string, string> InEarnest(Uri url, string folder) => new(StringComparer.Ordinal)
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Production",
        ["ASPNETCORE_URLS"] = url.ToString(),
        ["PublicUrl"] = url.ToString(),
        ["Data__Folder"] = folder,
        ["Keys__Root"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
        ["Operators__BootstrapKey"] = Convert.ToHexString(RandomNumberGenerator.GetBytes(32)),
        ["Publication__Name"] = "Yid-Info",
        ["Publication__Url"] = "https://yid-info.example",
        ["Publication__PostalAddress"] = "1 Example Street, Springfield, NY 10000",
        ["Publication__SupportContact"] = "help@yid-info.example",
        ["Publication__TermsUrl"] = "https://yid-info.example/terms",
        ["Publication__PrivacyUrl"] = "https://yid-info.example/privacy",
        ["Twilio__AccountSid"] = "AC" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)),
        ["Twilio__AuthTokens__0"] = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)),
        ["Twilio__Senders__0__Name"] = "texts",
        ["Twilio__Senders__0__From"] = "+12125550100",
        ["Smtp__Relays__0__Name"] = "mail",
        ["Smtp__Relays__0__Host"] = "relay.yid-info.example",
        ["Smtp__Relays__0__Username"] = "notify",
        ["Smtp__Relays__0__Password"] = "secret",
        ["Smtp__Relays__0__From"] = "Yid-Info <news@yid-info.example>",
    };

    /// <summary>Published once, when the first of these tests asks for it; in a folder of its own, so that it does not disturb the build that is tested.</summary>
    public sealed class Published : IDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private readonly Lazy<Task<string>> _app;

        public Published() => _app = new Lazy<Task<string>>(PublishAsync);

        internal Task<string> AppAsync() => _app.Value;

        /// <remarks>
        /// After a change of packages the lock file of this build is renewed by <c>dotnet restore --force-evaluate src/Notify -p:WithSandbox=false</c>
        /// with an <c>--artifacts-path</c> of its own.
        /// </remarks>
        private async Task<string> PublishAsync()
        {
            var app = Path.Combine(_folder.Path, "app");
            await using var publish = ChildProcess.Start(
                [
                    "dotnet", "publish", "src/Notify", "-c", "Release", "-p:WithSandbox=false", "-p:RestoreLockedMode=true", "-p:RunAnalyzers=false", "--disable-build-servers",
                    "--artifacts-path", Path.Combine(_folder.Path, "artifacts"), "-o", app,
                ],
                new Dictionary<string, string>(StringComparer.Ordinal) { ["MSBUILDDISABLENODEREUSE"] = "1", ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0" });
            Assert.True(await publish.EndsAsync(TimeSpan.FromMinutes(5)) == 0, publish.Output);
            return app;
        }

        public void Dispose() => _folder.Dispose();
    }
}
