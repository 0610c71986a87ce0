using Notify.Articles;
using Notify.Consent;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Deliveries;

/// <summary>What a lane may take, in which order, and that no two take the same.</summary>
public sealed class ClaimTests(PostgresServer postgres)
{
    private static readonly DeliveryOptions Options = new();

    [Theory, ClassData<Databases>]
    public async Task Lanes_beside_each_other_never_claim_the_same_row(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        await bench.AddReadersAsync(400);
        await bench.PublishAsync("Kim offers support");
        var rows = bench.Get<LaneLedger>();

        var claimed = await Task.WhenAll(Enumerable.Range(0, Workbench.Texts.Slots).Select(async slot =>
        {
            var lease = await rows.TakeAsync(Workbench.Texts, slot, TestContext.Current.CancellationToken);
            var mine = new List<long>();
            while (await rows.TurnAsync(lease!, [], room: 7, Options) is { Claimed.Count: > 0 } turn)
            {
                mine.AddRange(turn.Claimed.Select(row => row.Id));
            }

            return mine;
        }));

        var all = claimed.SelectMany(ids => ids).ToArray();
        Assert.Equal(400, all.Length);
        Assert.Equal(400, all.Distinct().Count());
        Assert.All(await bench.RowsAsync(), row => Assert.Equal((DeliveryStatus.Sending, 1), (row.Status, row.Attempts)));
    }

    [Theory, ClassData<Databases>]
    public async Task A_lane_has_one_holder_at_a_time(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        var rows = bench.Get<LaneLedger>();

        var leases = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => rows.TakeAsync(Workbench.Texts, 0, TestContext.Current.CancellationToken)));
        await rows.LeaveAsync(Assert.Single(leases, lease => lease is not null)!);
        var next = await rows.TakeAsync(Workbench.Texts, 0, TestContext.Current.CancellationToken);

        Assert.NotNull(next);
    }

    [Theory, ClassData<Databases>]
    public async Task What_may_not_leave_is_never_claimed(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        var readers = await bench.AddReadersAsync(7);
        var alert = await bench.PublishAsync("Kim offers support");
        var now = await bench.Database.NowAsync(TestContext.Current.CancellationToken);
        await SuppressAsync(bench, readers[0], Suppressions.Everything);
        await bench.ExecuteAsync("UPDATE deliveries SET scope = 'politics' WHERE contact_id IN (@a, @b)", ("a", readers[1]), ("b", readers[2]));
        await SuppressAsync(bench, readers[1], "politics");
        await SuppressAsync(bench, readers[2], "world-news");
        await bench.ExecuteAsync("UPDATE deliveries SET expires_at = @now WHERE contact_id = @c", ("now", now), ("c", readers[3]));
        await bench.ExecuteAsync("UPDATE deliveries SET due_at = @later WHERE contact_id = @c", ("later", now + TimeSpan.FromHours(1)), ("c", readers[4]));
        await bench.ExecuteAsync("UPDATE deliveries SET sender = 'another' WHERE contact_id = @c", ("c", readers[5]));

        var claimed = await ClaimAsync(bench);

        Assert.Equal([readers[2], readers[6]], claimed.Select(row => row.ContactId).Order());
        Assert.Equal(5, await bench.CountAsync("deliveries WHERE status <> 2"));
        Assert.All(claimed, row => Assert.Equal(alert, row.SourceId));
    }

    [Theory, ClassData<Databases>]
    public async Task What_is_wanted_for_several_topics_is_claimed_until_each_of_them_is_stopped(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        var readers = await bench.AddReadersAsync(5);
        await bench.PublishAsync("Kim offers support", topics: ["politics", "world-news"]);
        foreach (var (reader, scopes) in ((long, string[])[])[(readers[0], ["politics"]), (readers[1], ["world-news", "sport", "politics"]), (readers[2], ["politics", "world", "news"]), (readers[3], [Suppressions.Everything])])
        {
            foreach (var scope in scopes)
            {
                await SuppressAsync(bench, reader, scope);
            }
        }

        Assert.Equal([readers[0], readers[2], readers[4]], (await ClaimAsync(bench)).Select(row => row.ContactId).Order());
    }

    [Theory]
    [InlineData(DatabaseProvider.Sqlite, "UPDATE sources SET paused = @yes")]
    [InlineData(DatabaseProvider.Postgres, "UPDATE sources SET paused = @yes")]
    [InlineData(DatabaseProvider.Sqlite, "UPDATE sources SET cancelled = @yes")]
    [InlineData(DatabaseProvider.Postgres, "UPDATE sources SET cancelled = @yes")]
    [InlineData(DatabaseProvider.Sqlite, "UPDATE sending SET paused = @yes")]
    [InlineData(DatabaseProvider.Postgres, "UPDATE sending SET paused = @yes")]
    [InlineData(DatabaseProvider.Sqlite, "INSERT INTO senders (name, rests_until, reason) SELECT 'texts', 99999999999999, 'x' WHERE @yes")]
    [InlineData(DatabaseProvider.Postgres, "INSERT INTO senders (name, rests_until, reason) SELECT 'texts', 99999999999999, 'x' WHERE @yes")]
    public async Task What_is_held_back_is_not_claimed(DatabaseProvider database, string holdBack)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        await bench.AddReadersAsync(3);
        await bench.PublishAsync("Kim offers support");

        await bench.ExecuteAsync(holdBack, ("yes", true));

        Assert.Empty(await ClaimAsync(bench));
    }

    [Theory, ClassData<Databases>]
    public async Task A_confirmation_goes_first_then_what_is_breaking_then_what_waits_longest(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        var readers = await bench.AddReadersAsync(2);
        var first = await bench.PublishAsync("First");
        var second = await bench.PublishAsync("Second");
        var breaking = await bench.PublishAsync("Breaking", ArticlePriority.Breaking);
        await bench.WriteAsync(write => bench.Get<PostOffice>().QueueAsync(
            write, Source.Confirmations, Guid.CreateVersion7(), readers[0], Channel.Text, TimeSpan.FromHours(1)));

        var lease = await bench.Get<LaneLedger>().TakeAsync(Workbench.Texts, 0, TestContext.Current.CancellationToken);
        var order = new List<Guid>();
        while (await bench.Get<LaneLedger>().TurnAsync(lease!, [], room: 1, Options) is { Claimed: [var row] })
        {
            order.Add(row.SourceId);
        }

        Assert.Equal([Source.Confirmations, breaking, breaking, first, first, second, second], order);
    }

    [Theory, ClassData<Databases>]
    public async Task A_confirmation_is_held_back_only_by_a_stop_that_is_younger(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        var readers = await bench.AddReadersAsync(2);
        await SuppressAsync(bench, readers[0], Suppressions.Everything);
        await bench.ExecuteAsync("UPDATE suppressions SET at = at - 1000");
        foreach (var reader in readers)
        {
            await bench.WriteAsync(write => bench.Get<PostOffice>().QueueAsync(write, Source.Confirmations, Guid.CreateVersion7(), reader, Channel.Text, TimeSpan.FromHours(1)));
        }

        await SuppressAsync(bench, readers[1], Suppressions.Everything);

        Assert.Equal([readers[0]], (await ClaimAsync(bench)).Select(row => row.ContactId));
    }

    private static async Task<IReadOnlyList<ClaimedRow>> ClaimAsync(Workbench bench)
    {
        var rows = bench.Get<LaneLedger>();
        var lease = await rows.TakeAsync(Workbench.Texts, 0, TestContext.Current.CancellationToken);
        return (await rows.TurnAsync(lease!, [], room: 100, Options)).Claimed;
    }

    private static Task SuppressAsync(Workbench bench, long contact, string scope) =>
        bench.WriteAsync(write => Suppressions.AddAsync(write, contact, scope, "stopped", Guid.CreateVersion7()));
}
