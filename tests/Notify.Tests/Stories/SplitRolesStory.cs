using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>As in containers: a process for pages, API and webhooks, and several that send, over one PostgreSQL.</summary>
public sealed class SplitRolesStory(PostgresServer postgres)
{
    private const int Readers = 120;
    private const string Key = "split-roles-key";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_web_and_two_workers_tell_everybody_once()
    {
        using var folder = new TemporaryFolder();
        var (url, carrier) = (Free(), Free());
        string[] settings =
        [
            "--environment=Development", $"--Data:Folder={folder.Path}", "--Database:Provider=Postgres", $"--Database:ConnectionString={await postgres.CreateDatabaseAsync()}",
            $"--PublicUrl={url}", $"--Sandbox:Url={carrier}", $"--Sandbox:SmtpPort={FreePort.Next().ToString(CultureInfo.InvariantCulture)}",
            "--Demo=false", "--Delivery:UndoSeconds=0", $"--Operators:BootstrapKey={Key}",
        ];
        var seeded = await ChildProcess.NotifyAsync(["seed", "--readers", Readers.ToString(CultureInfo.InvariantCulture), .. settings]);
        Assert.True(seeded.ExitCode == 0, seeded.Output);
        await using var web = ChildProcess.StartNotify(["serve", "--role", "web", $"--urls={url}", .. settings]);
        await using var first = ChildProcess.StartNotify(["serve", "--role", "worker", $"--urls={Free()}", .. settings]);
        await using var second = ChildProcess.StartNotify(["serve", "--role", "worker", $"--urls={Free()}", .. settings]);
        await web.SaysAsync("Notify is up at");
        await first.SaysAsync("Notify works");
        await second.SaysAsync("Notify works");
        using var api = new HttpClient { BaseAddress = url };
        api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        using var handsets = new HttpClient { BaseAddress = carrier };

        using var published = await api.PostAsJsonAsync("/api/articles", new { url = "https://yid-info.example/once", title = "Once" }, Token);
        var counts = await FinishedAsync(api, (await published.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("alertId").GetGuid());

        Assert.Equal(HttpStatusCode.Created, published.StatusCode);
        var got = await handsets.GetFromJsonAsync<IReadOnlyList<Got>>("/handsets?take=1000", Token);
        var mailed = await handsets.GetFromJsonAsync<IReadOnlyList<Got>>("/mailboxes?take=1000", Token);
        Assert.All([.. got!, .. mailed!], one => Assert.Equal(1, one.Count));
        Assert.Equal(counts.GetProperty("decided").GetInt64(), got!.Count + mailed!.Count);
        Assert.True(got.Count >= Readers / 2 && mailed.Count >= Readers / 2, $"{got.Count} by text, {mailed.Count} by mail");
        foreach (var process in (ChildProcess[])[first, second, web])
        {
            await process.InterruptAsync();
            Assert.True(await process.EndsAsync(TimeSpan.FromSeconds(25)) == 0, process.Output);
        }
    }

    private static async Task<JsonElement> FinishedAsync(HttpClient api, Guid alert)
    {
        for (var began = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(began) < Patience;)
        {
            var shown = await api.GetFromJsonAsync<JsonElement>($"/api/alerts/{alert}", Token);
            var counts = shown.GetProperty("counts");
            // Mail is done once the relay has it; a text is once the carrier has said that it arrived.
            if (shown.GetProperty("state").GetString() == "finished"
                && counts.GetProperty("decided").GetInt64() == counts.GetProperty("accepted").GetInt64() + counts.GetProperty("delivered").GetInt64())
            {
                return counts;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, Token);
        }

        Assert.Fail($"The alert did not finish: {await api.GetStringAsync($"/api/alerts/{alert}", Token)}");
        return default;
    }

    private static Uri Free() => new($"http://127.0.0.1:{FreePort.Next().ToString(CultureInfo.InvariantCulture)}");

    private sealed record Got(int Count);
}
