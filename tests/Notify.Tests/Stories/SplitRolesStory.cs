using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>As in containers: a process for pages, API and webhooks, and several that send, over one PostgreSQL.</summary>
public sealed class SplitRolesStory(PostgresServer postgres)
{
    private const int Readers = 120;

    [Fact]
    public async Task One_web_and_two_workers_tell_everybody_once()
    {
        await using var fleet = await Fleet.OpenAsync(postgres, Readers, workers: 2);

        var counts = await fleet.FinishedAsync(await fleet.PublishAsync("Once"), TimeSpan.FromSeconds(60));

        var (got, mailed) = (await fleet.TextsAsync(), await fleet.MailsAsync());
        Assert.All([.. got, .. mailed], one => Assert.Equal(1, one.Count));
        Assert.Equal(counts.GetProperty("decided").GetInt64(), got.Count + mailed.Count);
        Assert.True(got.Count >= Readers / 2 && mailed.Count >= Readers / 2, $"{got.Count} by text, {mailed.Count} by mail");
        foreach (var process in (ChildProcess[])[.. fleet.Workers, fleet.Web])
        {
            await process.InterruptAsync();
            Assert.True(await process.EndsAsync(TimeSpan.FromSeconds(25)) == 0, process.Output);
        }
    }
}
