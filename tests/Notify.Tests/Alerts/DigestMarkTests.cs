using Notify.Alerts;
using Notify.Articles;
using Notify.Contacts;
using Notify.Storage;
using Notify.Subscribers;
using Notify.Tests.Support;

namespace Notify.Tests.Alerts;

/// <summary>Who takes each article at once has a digest only while an article asks for one. It may be due at the worst moment: it is not the last then.</summary>
public sealed class DigestMarkTests(PostgresServer postgres)
{
    private static readonly DateTimeOffset Morning = new(2026, 6, 1, 9, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Hour = new(2026, 6, 1, 17, 30, 0, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task An_article_of_the_very_moment_at_which_a_digest_is_written_is_in_the_next(DatabaseProvider database)
    {
        var clock = new ManualClock(Morning);
        await using var bench = await OpenAsync(database, clock);
        await PublishAsync(bench);
        clock.Advance(Hour - Morning);
        var late = await PublishAsync(bench);

        await bench.Get<Digests>().RunAsync(Token);
        Assert.Equal(0, await ToldAsync(bench, late));

        clock.Advance(TimeSpan.FromDays(1));
        await bench.Get<Digests>().RunAsync(Token);
        Assert.Equal(1, await ToldAsync(bench, late));
    }

    [Theory, ClassData<Databases>]
    public async Task An_article_whose_readers_are_still_being_marked_is_in_the_next(DatabaseProvider database)
    {
        var clock = new ManualClock(Morning);
        await using var bench = await OpenAsync(database, clock);
        var slow = await PublishAsync(bench);
        // As if it had died behind its last reader.
        await bench.ExecuteAsync("UPDATE alerts SET planned_at = NULL, digest_at = NULL WHERE id = @id", ("id", slow));
        clock.Advance(Hour - Morning);

        await bench.Get<Digests>().RunAsync(Token);
        clock.Advance(TimeSpan.FromMinutes(1));
        await bench.Get<FanOut>().RunAsync(slow, Token);
        Assert.Equal(0, await ToldAsync(bench, slow));

        clock.Advance(TimeSpan.FromDays(1));
        await bench.Get<Digests>().RunAsync(Token);
        Assert.Equal(1, await ToldAsync(bench, slow));
    }

    [Theory, ClassData<Databases>]
    public async Task Who_was_told_at_once_and_changed_to_digests_is_not_told_again_though_the_fan_out_ends_that_very_moment(DatabaseProvider database)
    {
        var clock = new ManualClock(Morning);
        await using var bench = await OpenAsync(database, clock);
        var slow = await PublishAsync(bench, AlertRoute.Instant);
        Assert.Equal(1, await bench.CountAsync("deliveries"));
        await bench.ExecuteAsync("UPDATE alerts SET planned_at = NULL, digest_at = NULL WHERE id = @id", ("id", slow));
        clock.Advance(TimeSpan.FromMinutes(5));
        await bench.WriteAsync(async write =>
        {
            await bench.Get<Rhythm>().ChangeAsync(write, (await write.QueryAsync("SELECT contact_id FROM subscriptions", row => row.GetInt64(0))).Single(), new Cadence(Frequency.Daily));
            return 0;
        });
        clock.Advance(Hour - clock.GetUtcNow());

        await bench.Get<FanOut>().RunAsync(slow, Token);
        await bench.Get<Digests>().RunAsync(Token);
        clock.Advance(TimeSpan.FromDays(1));
        await bench.Get<Digests>().RunAsync(Token);

        Assert.Equal(0, await ToldAsync(bench, slow));
        Assert.Equal(1, await bench.CountAsync("deliveries"));
    }

    [Theory, ClassData<Databases>]
    public async Task Once_nothing_asks_for_it_there_is_no_digest_any_more(DatabaseProvider database)
    {
        var clock = new ManualClock(Morning);
        await using var bench = await OpenAsync(database, clock);
        var told = await PublishAsync(bench);
        clock.Advance(Hour - Morning);

        await bench.Get<Digests>().RunAsync(Token);

        Assert.Equal(1, await ToldAsync(bench, told));
        Assert.Equal(1, await bench.CountAsync("subscriptions WHERE digest_at IS NULL"));
    }

    private async Task<Workbench> OpenAsync(DatabaseProvider database, ManualClock clock)
    {
        var bench = await Workbench.OpenAsync(database, postgres, clock: clock, settings: [("Publication:TimeZone", "UTC"), ("Publication:DigestAt", "17:30")]);
        await bench.AddReadersAsync(1, Channel.Mail);
        return bench;
    }

    private static async Task<Guid> PublishAsync(Workbench bench, AlertRoute route = AlertRoute.Digest)
    {
        var draft = new ArticleDraft(new Uri($"https://yid-info.example/{Guid.CreateVersion7():N}"), "News", null, [], null, null, ArticlePriority.Normal, "test", []);
        var (_, id, _) = await bench.WriteAsync(write => bench.Get<INewsdesk>().PublishAsync(write, draft, hold: false));
        await bench.ExecuteAsync("UPDATE alerts SET route = @route, starts_at = 0 WHERE id = @id", ("route", route), ("id", id));
        await bench.Get<FanOut>().RunAsync(id!.Value, Token);
        return id.Value;
    }

    private static async Task<int> ToldAsync(Workbench bench, Guid alert) => (await bench.QueryAsync(
        "SELECT d.contact_id FROM deliveries d JOIN digest_articles x ON x.digest_id = d.subject_id WHERE x.alert_id = @alert", row => row.GetInt64(0), ("alert", alert))).Count;
}
