using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using CsvHelper;
using Microsoft.Data.Sqlite;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>
/// The README, as a newcomer follows it: its commands are run as they stand there. Only the environment moves the ports and the data folder, so
/// that nothing else on this machine is in the way.
/// </summary>
public sealed partial class ReadmeTests
{
    private const string StartsEverything = "dotnet run --project src/Notify";
    private const string ChecksEverything = "tests/run.sh";
    private const string StartsEmpty = "Demo=false dotnet run --project src/Notify";
    private const string SeedArticle = "Kim Jong Un Offers";

    /// <summary>The first run builds, on a machine that is busy with other tests.</summary>
    private static readonly TimeSpan BuildsWithin = TimeSpan.FromMinutes(4);

    private static readonly TimeSpan ComesWithin = TimeSpan.FromSeconds(120);

    /// <summary>What is promised after Ctrl-C.</summary>
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(25);

    private static readonly string Text = File.ReadAllText(RepositoryRoot.At("README.md"));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_command_block_is_one_that_is_tried_here()
    {
        string[] blocks = [.. Blocks().Matches(Text).Select(block => block.Groups["command"].Value.Trim())];

        Assert.Equal([StartsEverything, ChecksEverything], blocks);
        Assert.Equal([StartsEmpty], Spans().Matches(Text).Select(span => span.Groups["command"].Value));
    }

    /// <summary>To run it here would run this test again, and so on: that it does what it says shows in every run of it.</summary>
    [Fact]
    public async Task The_command_that_checks_everything_can_be_started()
    {
        await using var parsed = ChildProcess.Start(["bash", "-n", ChecksEverything]);

        Assert.True(await parsed.EndsAsync(EndsWithin) == 0, parsed.Output);
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(RepositoryRoot.At(ChecksEverything)).HasFlag(UnixFileMode.UserExecute));
    }

    [Fact]
    public async Task The_first_command_shows_what_is_promised_and_the_next_start_goes_on()
    {
        using var place = new Place();
        string[] addresses = [.. Addresses().Matches(Text).Select(row => place.Moved(row.Groups["address"].Value))];
        Assert.Equal(5, addresses.Length);

        await using (var first = await place.RunAsync(StartsEverything))
        {
            Assert.All(addresses, address => Assert.Contains(address, first.Output, StringComparison.Ordinal));
            await AllAnswerAsync(addresses, SignInLink(first.Output));
            await EventuallyAsync(async () => (await place.ReachedAsync(SeedArticle)).Count == SeedReaders(), () => $"the article has reached {SeedReaders()} readers. It said:\n{first.Output}");
            await EndAsync(first);
        }

        await using var second = await place.RunAsync(StartsEverything);
        var looked = await place.ScalarAsync("SELECT last_at FROM feeds");
        for (var looks = 0; looks < 2; looks++)
        {
            var last = looked;
            await EventuallyAsync(async () => (looked = await place.ScalarAsync("SELECT last_at FROM feeds")) > last, () => $"the feed is looked at again. It said:\n{second.Output}");
        }

        Assert.Equal(1, await place.ScalarAsync("SELECT count(*) FROM alerts"));
        Assert.Equal(0, await place.ScalarAsync("SELECT count(*) FROM deliveries WHERE status IN (0, 1, 2, 8)"));
        var reached = await place.ReachedAsync(SeedArticle);
        Assert.Equal(SeedReaders(), reached.Count);
        Assert.All(reached, reader => Assert.True(reader.Value == 1, $"{reader.Key} got it {reader.Value} times"));
        await EndAsync(second);
    }

    [Fact]
    public async Task Without_the_demo_it_starts_empty()
    {
        using var place = new Place();

        await using var run = await place.RunAsync(StartsEmpty);

        Assert.Equal(0, await place.ScalarAsync("SELECT (SELECT count(*) FROM contacts) + (SELECT count(*) FROM subscriptions) + (SELECT count(*) FROM articles) + (SELECT count(*) FROM feeds)"));
        Assert.Empty(await place.ReachedAsync(""));
        await EndAsync(run);
    }

    /// <summary>Whom the demo tells: each number and each address of the confirmed. The article is of every topic.</summary>
    private static int SeedReaders()
    {
        using var csv = CsvReader.Create(new StreamReader(RepositoryRoot.At("seeds/readers.csv")), CsvReaderOptions.Default, leaveOpen: false);
        var readers = 0;
        while (csv.Read())
        {
            if (csv.GetString("state") == "active")
            {
                readers += (csv.GetString("phone").Length > 0 ? 1 : 0) + (csv.GetString("email").Length > 0 ? 1 : 0);
            }
        }

        return readers;
    }

    /// <summary>Signed in, every address answers with a page, and none leads elsewhere; before, what is the operators' asks for a sign-in.</summary>
    private static async Task AllAnswerAsync(IEnumerable<string> addresses, Uri signIn)
    {
        using var browser = new HttpClient(new HttpClientHandler { CookieContainer = new CookieContainer() });
        using var door = await browser.GetAsync(new Uri(signIn, "/ops"), Token);
        Assert.Equal("/ops/sign-in", door.RequestMessage!.RequestUri!.AbsolutePath);

        using var entered = await browser.PostAsync(signIn, content: null, Token);
        Assert.Equal(HttpStatusCode.OK, entered.StatusCode);

        foreach (var address in addresses)
        {
            using var answer = await browser.GetAsync(new Uri(address), Token);
            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{address} answers {(int)answer.StatusCode}");
            Assert.Equal(address.TrimEnd('/'), answer.RequestMessage!.RequestUri!.GetLeftPart(UriPartial.Path).TrimEnd('/'));
            Assert.Contains("</html>", await answer.Content.ReadAsStringAsync(Token), StringComparison.OrdinalIgnoreCase);
        }
    }

    private static async Task EndAsync(ChildProcess run)
    {
        await run.InterruptAsync();
        Assert.True(await run.EndsAsync(EndsWithin) == 0, run.Output);
    }

    private static async Task EventuallyAsync(Func<Task<bool>> condition, Func<string> what)
    {
        for (var began = TimeProvider.System.GetTimestamp(); !await condition();)
        {
            if (TimeProvider.System.GetElapsedTime(began) > ComesWithin)
            {
                Assert.Fail($"It never came true that {what()}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System, Token);
        }
    }

    private static Uri SignInLink(string output) => new(Links().Match(output) is { Success: true } link ? link.Value : throw new Xunit.Sdk.XunitException($"There is no sign-in link in:\n{output}"));

    [GeneratedRegex("^```(?:bash|sh|shell|console)\n(?<command>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Blocks();

    /// <summary>Commands in the middle of a sentence.</summary>
    [GeneratedRegex("`(?<command>[^`\n]*dotnet [^`\n]*)`", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Spans();

    [GeneratedRegex(@"^\| `(?<address>http[^`]+)` \|", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Addresses();

    [GeneratedRegex(@"http\S+/ops/sign-in/\S+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Links();

    /// <summary>Free ports and a data folder, the same for one start after another.</summary>
    private sealed class Place : IDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private readonly string _notify = Port();
        private readonly string _carrier = Port();
        private readonly string _smtp = Port();

        /// <summary>An address of the README, where it is here.</summary>
        public string Moved(string address) => address.Replace(":5080", ":" + _notify, StringComparison.Ordinal).Replace(":5081", ":" + _carrier, StringComparison.Ordinal);

        /// <summary>Runs the words of the README in a shell, until the program says where it is.</summary>
        public async Task<ChildProcess> RunAsync(string command)
        {
            var run = ChildProcess.Start(["bash", "-c", command], new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Data__Folder"] = _folder.Path,
                ["ASPNETCORE_URLS"] = Moved("http://localhost:5080"),
                ["Sandbox__Url"] = Moved("http://localhost:5081"),
                ["Sandbox__SmtpPort"] = _smtp,
                // Build servers would outlive the command and hold on to its output.
                ["MSBUILDDISABLENODEREUSE"] = "1",
                ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0",
                ["UseSharedCompilation"] = "false",
                // The build of these tests has looked at the style already.
                ["RunAnalyzers"] = "false",
            });
            try
            {
                // The last line of the block.
                await run.SaysAsync($"  API                     {Moved("http://localhost:5080")}/docs/api", BuildsWithin);
                return run;
            }
            catch
            {
                await run.DisposeAsync();
                throw;
            }
        }

        /// <summary>How often each handset and each mailbox got this.</summary>
        public async Task<IReadOnlyDictionary<string, int>> ReachedAsync(string text)
        {
            using var carrier = new HttpClient { BaseAddress = new Uri(Moved("http://localhost:5081")) };
            var reached = new Dictionary<string, int>(StringComparer.Ordinal);
            foreach (var kind in (string[])["handsets", "mailboxes"])
            {
                foreach (var (address, _) in (await carrier.GetFromJsonAsync<IReadOnlyList<Box>>($"/{kind}?take=1000", Token))!)
                {
                    var messages = (await carrier.GetFromJsonAsync<IReadOnlyList<Message>>($"/{kind}/{Uri.EscapeDataString(address)}/messages", Token))!;
                    if (messages.Count(message => (message.Subject ?? message.Body ?? "").Contains(text, StringComparison.Ordinal)) is > 0 and var count)
                    {
                        reached[address] = count;
                    }
                }
            }

            return reached;
        }

        /// <summary>A look behind the pages, for what has no address: when the feed was last looked at.</summary>
        public async Task<long> ScalarAsync(string sql)
        {
            await using var connection = new SqliteConnection($"Data Source={Path.Combine(_folder.Path, "notify.db")};Pooling=false");
            await connection.OpenAsync(Token);
            await using var command = connection.CreateCommand();
            command.CommandText = sql;
            return await command.ExecuteScalarAsync(Token) is long value ? value : 0;
        }

        public void Dispose() => _folder.Dispose();

        private static string Port() => FreePort.Next().ToString(CultureInfo.InvariantCulture);

        private sealed record Box(string Address, int Count);

        private sealed record Message(string? Subject, string? Body);
    }
}
