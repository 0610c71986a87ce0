using System.Globalization;
using System.Net;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>A hub that tells what is new, over real HTTP: what comes is news at once, what is forged is nothing, and without a hub the feed is looked at as ever.</summary>
public sealed class HubStories(PostgresServer postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task A_hub_is_found_asked_and_believed_and_what_it_sends_is_told_once(DatabaseProvider database)
    {
        await using var hub = await Hub.StartAsync();
        await using var room = await OpenAsync(database, hub);
        var (phones, _) = await room.AddReadersAsync(byText: 1, byMail: 0);
        await SubscribedAsync(room, hub);
        var subscription = Assert.Single(hub.Subscriptions);

        hub.Items = ["2", "1"];
        foreach (var method in (string[])["sha1", "sha256", "sha384", "sha512"])
        {
            Assert.Equal(202, await hub.DistributeAsync(method));
        }

        await room.EventuallyAsync(async () => (await room.TextsAsync(phones[0])).Count == 1, "the reader is told");
        // A look finds the same article, and it is the same.
        await LookAsync(room, hub);
        Assert.Equal((2, 1), await CountsAsync(room));
        Assert.Single(await room.TextsAsync(phones[0]));
        Assert.StartsWith(room.Url + "webhooks/articles/websub/", subscription.Callback, StringComparison.Ordinal);
        Assert.True(subscription.Callback.Length > (room.Url + "webhooks/articles/websub/").Length + 30, "A callback that can be guessed.");
        Assert.InRange(subscription.Secret.Length, 32, 199);
        Assert.Equal(hub.Feed.AbsoluteUri, subscription.Topic);
        Assert.DoesNotContain(subscription.Secret, string.Join(' ', await room.QueryAsync("SELECT feed || callback || hub || topic || COALESCE(problem, '') FROM feed_pushes", row => row.GetString(0))), StringComparison.Ordinal);
    }

    [Theory, ClassData<Databases>]
    public async Task What_is_forged_unsigned_or_not_asked_for_changes_nothing(DatabaseProvider database)
    {
        await using var hub = await Hub.StartAsync();
        await using var room = await OpenAsync(database, hub);
        await SubscribedAsync(room, hub);
        var subscription = Assert.Single(hub.Subscriptions);
        await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE feed_pushes SET asked_at = asked_at - 7200000"), Token);
        var before = await PushAsync(room);

        hub.Items = ["2", "1"];
        Assert.Equal(202, await hub.DistributeAsync(secret: "another"));
        Assert.Equal(202, await hub.DistributeAsync("md5"));
        Assert.Equal(403, await hub.DistributeAsync(method: null));
        var nobody = subscription with { Callback = subscription.Callback[..^5] + "AAAAA" };
        Assert.Equal(404, (await hub.ComeAsync(subscription, "subscribe")).Status); // nobody has asked for an hour
        Assert.Equal(404, (await hub.ComeAsync(subscription, "unsubscribe")).Status);
        Assert.Equal(404, (await hub.ComeAsync(subscription, "subscribe", "https://other.example/feed")).Status);
        Assert.Equal(404, (await hub.ComeAsync(subscription, "denied", "https://other.example/feed")).Status);
        Assert.Equal(404, (await hub.ComeAsync(nobody, "subscribe")).Status);
        Assert.Equal(404, (await hub.ComeAsync(nobody, "denied")).Status);
        using var unknown = await room.Public.PostAsync(new Uri(nobody.Callback), new StringContent("x"), Token);

        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Equal((1, 0), await CountsAsync(room));
        Assert.Equal(before, await PushAsync(room));
        Assert.True(room.Log.Says("What a hub sent of Feeds:0 (127.0.0.1) was ignored"), room.Log.ToString());
        Assert.False(room.Log.Says(subscription.Callback[^32..]), "A log names no callback.");
    }

    [Theory, ClassData<Databases>]
    public async Task While_it_pushes_the_feed_is_hardly_looked_at_until_it_is_found_to_have_missed_something(DatabaseProvider database)
    {
        await using var hub = await Hub.StartAsync();
        await using var room = await OpenAsync(database, hub);
        await SubscribedAsync(room, hub);
        // One that began before the hub was relied on misses nothing.
        await LookAsync(room, hub);

        hub.Items = ["2", "1"];
        await LookAsync(room, hub);
        var missed = await room.QueryAsync("SELECT missed_at IS NOT NULL AND (last_at IS NULL OR last_at <= missed_at) FROM feed_pushes", row => row.GetBoolean(0));
        await hub.DistributeAsync();
        var heard = await room.QueryAsync("SELECT last_at > missed_at FROM feed_pushes", row => row.GetBoolean(0));

        Assert.Equal([true], missed);
        Assert.Equal([true], heard);
    }

    [Theory, ClassData<Databases>]
    public async Task A_lease_is_renewed_under_the_same_callback_when_two_thirds_are_over(DatabaseProvider database)
    {
        await using var hub = await Hub.StartAsync();
        await using var room = await OpenAsync(database, hub);
        await SubscribedAsync(room, hub);
        var callback = Assert.Single(hub.Subscriptions).Callback;
        var (until, renew) = (await room.QueryAsync("SELECT live_until, next_at FROM feed_pushes", row => (row.GetInt64(0), row.GetInt64(1))))[0];
        await room.ReconcileAsync();
        var early = hub.Asked;

        hub.LeaseSeconds = 1_200;
        await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE feed_pushes SET next_at = 0"), Token);
        await room.EventuallyAsync(async () => (await room.QueryAsync("SELECT live_until FROM feed_pushes", row => row.GetInt64(0)))[0] > until + 300_000, "the lease is longer", hurry: true);

        Assert.Equal(200_000, until - renew);
        Assert.Equal((1, 2), (early, hub.Asked));
        Assert.Equal(callback, Assert.Single(hub.Subscriptions).Callback);
    }

    [Theory, ClassData<Databases>]
    public async Task A_hub_that_refuses_fails_or_never_comes_leaves_the_feed_to_looks_and_says_so(DatabaseProvider database)
    {
        await using var hub = await Hub.StartAsync();
        hub.Manners = Hub.Manner.Deny;
        await using var room = await OpenAsync(database, hub);
        await LookAsync(room, hub);
        await room.EventuallyAsync(async () => (await PushAsync(room)) is { State: 3 }, "the hub refuses", hurry: true);
        var denied = await PushAsync(room);

        hub.Manners = Hub.Manner.Fail;
        await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE feed_pushes SET next_at = 0"), Token);
        await room.EventuallyAsync(async () => (await PushAsync(room)).Problem == "the hub answered 500", "the hub fails", hurry: true);
        var after = (await room.QueryAsync("SELECT next_at - asked_at, failures FROM feed_pushes", row => (row.GetInt64(0), row.GetInt32(1))))[0];
        hub.Items = ["2", "1"];
        await LookAsync(room, hub);

        Assert.Equal("the hub refused: not you", denied.Problem);
        Assert.True(after.Item1 >= 15 * 60_000, "It is not asked again at once.");
        Assert.True(after.Item2 >= 1);
        Assert.Equal((2, 1), await CountsAsync(room));
    }

    [Theory, ClassData<Databases>]
    public async Task What_cannot_be_read_is_a_hint_and_a_restart_forgets_nothing(DatabaseProvider database)
    {
        await using var hub = await Hub.StartAsync();
        await using var room = await OpenAsync(database, hub);
        await SubscribedAsync(room, hub);

        await room.RestartAsync();
        hub.Items = ["2", "1"];
        Assert.Equal(202, await hub.DistributeAsync(body: "fat ping"));
        await room.EventuallyAsync(async () => await CountsAsync(room) is (2, 1), "the feed is looked at", hurry: true);

        Assert.Equal(1, hub.Asked);
    }

    [Theory, ClassData<Databases>]
    public async Task A_feed_that_is_set_no_more_is_told_of_no_more(DatabaseProvider database)
    {
        await using var hub = await Hub.StartAsync();
        await using var room = await OpenAsync(database, hub);
        await SubscribedAsync(room, hub);

        await room.RestartAsync(("Feeds:0:Push", "false"));
        hub.Items = ["2", "1"];
        var status = await hub.DistributeAsync();
        await room.EventuallyAsync(async () => (await room.QueryAsync("SELECT feed FROM feed_pushes", row => row.GetString(0))).Count == 0, "the subscription is forgotten", hurry: true);

        Assert.True(status is 410 or 404, status.ToString(CultureInfo.InvariantCulture));
        Assert.Equal(404, await hub.DistributeAsync());
    }

    private Task<Newsroom> OpenAsync(DatabaseProvider database, Hub hub) =>
        Newsroom.OpenAsync(database, postgres, ("Feeds:0:Url", hub.Feed.AbsoluteUri), ("Feeds:0:Every", "01:00:00"), ("Feeds:0:AllowPrivate", "true"));

    private static Task SubscribedAsync(Newsroom room, Hub hub) => room.EventuallyAsync(() => Task.FromResult(hub.Subscriptions.Count == 1), "the hub has a subscriber", hurry: true);

    /// <summary>The feed's time has come.</summary>
    private static async Task LookAsync(Newsroom room, Hub hub)
    {
        var looks = hub.Looks;
        await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE feeds SET next_at = 0"), Token);
        await room.EventuallyAsync(async () => hub.Looks > looks && (await room.QueryAsync("SELECT count(*) FROM feeds WHERE next_at > 0 AND next_at > last_at + 120000", row => row.GetInt64(0)))[0] == 1, "the feed is looked at", hurry: true);
    }

    private static async Task<(long Articles, long Alerts)> CountsAsync(Newsroom room) =>
        (await room.QueryAsync("SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM alerts)", row => (row.GetInt64(0), row.GetInt64(1))))[0];

    private static async Task<(int State, string? Problem)> PushAsync(Newsroom room) =>
        (await room.QueryAsync("SELECT state, problem FROM feed_pushes", row => (row.GetInt32(0), row.Text(1)))) is [var push] ? push : (0, null);
}
