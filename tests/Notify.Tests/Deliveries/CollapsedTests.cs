using System.Globalization;
using Notify.Alerts;
using Notify.Consent;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Jobs;
using Notify.Storage;
using Notify.Subscribers;
using Notify.Tests.Support;
using NSubstitute;

namespace Notify.Tests.Deliveries;

/// <summary>Several articles that went out as one: what becomes of the others when the one that speaks for them does not leave after all.</summary>
public sealed class CollapsedTests(PostgresServer postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task An_alert_that_is_paused_does_not_speak_for_others(DatabaseProvider database)
    {
        await using var bench = await OpenAsync(database);
        await bench.AddReadersAsync(2);
        await bench.PublishAsync("One");
        var second = await bench.PublishAsync("Two");
        var paused = await bench.PublishAsync("Three");
        await bench.Get<AlertControl>().PauseAsync(paused, Token);

        await MorningAsync(bench);
        await bench.RunLaneAsync(stopping: Token);

        Assert.All((await bench.RowsAsync()).Where(row => row.Source == second), row => Assert.Equal(DeliveryStatus.Accepted, row.Status));
        Assert.Equal(2, bench.Sent);
    }

    [Theory, ClassData<Databases>]
    public async Task Where_the_one_that_spoke_is_cancelled_the_others_are_told(DatabaseProvider database)
    {
        await using var bench = await OpenAsync(database);
        await bench.AddReadersAsync(2);
        var (first, second, last) = (await bench.PublishAsync("One"), await bench.PublishAsync("Two"), await bench.PublishAsync("Three"));
        await MorningAsync(bench);

        await bench.Get<AlertControl>().CancelAsync(last, Token);
        await ReleaseAsync(bench);
        await bench.RunLaneAsync(stopping: Token);

        Assert.All(Bodies(bench), body => Assert.Contains(": Two ", body, StringComparison.Ordinal));
        Assert.All(Bodies(bench), body => Assert.Contains("(+1: ", body, StringComparison.Ordinal));
        Assert.Equal(2, bench.Sent);
        Assert.Equal([(2, 0, 2), (2, 2, 0), (2, 0, 2)], await Task.WhenAll(new[] { first, second, last }.Select(source => FiguresAsync(bench, source))));
    }

    [Theory, ClassData<Databases>]
    public async Task Where_its_article_is_taken_back_or_its_topic_stopped_or_it_is_stale_the_others_are_told(DatabaseProvider database)
    {
        await using var bench = await OpenAsync(database);
        var readers = await bench.AddReadersAsync(3);
        await bench.PublishAsync("One");
        var last = await bench.PublishAsync("Two");
        await MorningAsync(bench);

        await bench.ExecuteAsync("UPDATE deliveries SET scope = 'sport' WHERE source_id = @id AND contact_id = @contact", ("id", last), ("contact", readers[0]));
        await bench.WriteAsync(write => bench.Get<Preferences>().StopTopicAsync(write, readers[0], "hash", Channel.Text, "sport", "reply", new ConsentEvidence()));
        await bench.ExecuteAsync("UPDATE deliveries SET expires_at = 1 WHERE source_id = @id AND contact_id = @contact", ("id", last), ("contact", readers[1]));
        await bench.WriteAsync(PostOffice.SkipStaleAsync);
        await bench.ExecuteAsync("UPDATE articles SET unpublished_at = @now WHERE title = 'Two'", ("now", DateTimeOffset.UtcNow));
        await bench.RunLaneAsync(stopping: Token);
        await ReleaseAsync(bench);
        await bench.RunLaneAsync(stopping: Token);

        Assert.Equal(3, bench.Sent);
        Assert.All(Bodies(bench), body => Assert.Contains(": One https", body, StringComparison.Ordinal));
    }

    /// <summary>The lane holds the row and waits for its pace when the reader stops the topic of this one article.</summary>
    [Theory, ClassData<Databases>]
    public async Task Where_its_topic_is_stopped_just_before_it_leaves_the_others_are_told(DatabaseProvider database)
    {
        await using var bench = await OpenAsync(database);
        var readers = await bench.AddReadersAsync(1);
        await bench.PublishAsync("One");
        var last = await bench.PublishAsync("Two");
        await bench.ExecuteAsync("UPDATE deliveries SET scope = 'sport' WHERE source_id = @id", ("id", last));
        await MorningAsync(bench);
        var rows = bench.Get<LaneLedger>();
        var lease = (await rows.TakeAsync(Workbench.Texts, 0, Token))!;
        var row = Assert.Single((await rows.TurnAsync(lease, [], room: 1, new DeliveryOptions())).Claimed);

        await bench.WriteAsync(write => bench.Get<Preferences>().StopTopicAsync(write, readers[0], "hash", Channel.Text, "sport", "reply", new ConsentEvidence()));
        await using var look = new LastLook(bench.Database);
        var drop = await look.AskAsync(row);
        await rows.TurnAsync(lease, [new RowResult(row, null, drop)], room: 0, new DeliveryOptions());
        await rows.LeaveAsync(lease);
        await ReleaseAsync(bench);
        await bench.RunLaneAsync(stopping: Token);

        Assert.Equal(DropReason.Stopped, drop);
        Assert.Contains(": One https", Assert.Single(Bodies(bench)), StringComparison.Ordinal);
        Assert.Equal("stopped this topic", (await bench.RowsAsync()).Single(r => r.Source == last).Reason);
    }

    [Theory, ClassData<Databases>]
    public async Task Where_the_one_that_spoke_is_refused_the_others_are_told_and_whoever_is_gone_is_not(DatabaseProvider database)
    {
        await using var bench = await OpenAsync(database);
        var readers = await bench.AddReadersAsync(2);
        var (first, last) = (await bench.PublishAsync("One"), await bench.PublishAsync("Two"));
        await MorningAsync(bench);
        var gone = (await bench.QueryAsync("SELECT address FROM contacts WHERE id = @id", row => row.GetString(0), ("id", readers[1])))[0];
        bench.Answers(message => message.Address == gone ? new SendOutcome.RecipientGone("a landline")
            : ((OutgoingText)message).Body.Contains(": Two ", StringComparison.Ordinal) ? new SendOutcome.Rejected("its words were refused") : new SendOutcome.Accepted("SM1"));

        await bench.RunLaneAsync(stopping: Token);
        await ReleaseAsync(bench);
        await bench.RunLaneAsync(stopping: Token);
        await ReleaseAsync(bench);

        Assert.Equal(3, bench.Sent);
        Assert.Contains(": One https", Bodies(bench)[^1], StringComparison.Ordinal);
        Assert.Equal([(2, 1, 1), (2, 0, 0)], await Task.WhenAll(new[] { first, last }.Select(source => FiguresAsync(bench, source))));
        Assert.Equal(0, await bench.CountAsync("deliveries WHERE status = 1 OR others > 0"));
    }

    [Theory, ClassData<Databases>]
    public async Task Whoever_says_stop_is_told_nothing_more(DatabaseProvider database)
    {
        await using var bench = await OpenAsync(database);
        var readers = await bench.AddReadersAsync(1);
        await bench.PublishAsync("One");
        await bench.PublishAsync("Two");
        await MorningAsync(bench);

        await bench.WriteAsync(write => PostOffice.SkipContactAsync(write, readers[0], "stopped"));
        await ReleaseAsync(bench);

        Assert.All(await bench.RowsAsync(), row => Assert.Equal(DeliveryStatus.Skipped, row.Status));
    }

    /// <summary>
    /// A STOP that was under way when the hour came: what it takes away is not counted a second time. Only PostgreSQL, for SQLite lets nobody write beside.
    /// </summary>
    [Fact]
    public async Task A_stop_beside_the_hour_is_counted_once()
    {
        await using var bench = await OpenAsync(DatabaseProvider.Postgres);
        var readers = await bench.AddReadersAsync(1);
        var (first, second) = (await bench.PublishAsync("One"), await bench.PublishAsync("Two"));
        await bench.ExecuteAsync("UPDATE deliveries SET due_at = 1, whereabouts_id = NULL");
        var (stopped, seen) = (new TaskCompletionSource(), new TaskCompletionSource());
        var stop = bench.WriteAsync(async write =>
        {
            var count = await PostOffice.SkipContactAsync(write, readers[0], "stopped");
            stopped.SetResult();
            await seen.Task;
            return count;
        });
        await stopped.Task;

        var release = ReleaseAsync(bench);
        while ((await bench.QueryAsync("SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE NOT l.granted AND a.datname = current_database()", row => row.GetInt64(0)))[0] == 0)
        {
            Assert.False(release.IsCompleted, "Nobody waited for the STOP.");
        }

        seen.SetResult();
        await Task.WhenAll(stop, release);

        Assert.Equal(2, await stop);
        Assert.Equal([(1, 0, 1), (1, 0, 1)], await Task.WhenAll(new[] { first, second }.Select(source => FiguresAsync(bench, source))));
        Assert.Equal([(0, 0), (0, 0)], await bench.QueryAsync("SELECT pending, held FROM sources WHERE kind = 1", row => (row.GetInt32(0), row.GetInt32(1))));
    }

    /// <summary>Quiet hours around the present moment, where the publication is.</summary>
    private Task<Workbench> OpenAsync(DatabaseProvider database) => Workbench.OpenAsync(
        database, postgres, settings: [("Publication:TimeZone", "UTC"), ("Publication:QuietHours:From", Clock(-3)), ("Publication:QuietHours:To", Clock(3))]);

    private static string Clock(int hours) => DateTimeOffset.UtcNow.AddHours(hours).ToString("HH:mm", CultureInfo.InvariantCulture);

    /// <summary>The hour has come at which what is held may leave.</summary>
    private static async Task MorningAsync(Workbench bench)
    {
        await bench.ExecuteAsync("UPDATE deliveries SET due_at = 1, whereabouts_id = NULL");
        await ReleaseAsync(bench);
    }

    private static Task ReleaseAsync(Workbench bench) => bench.Get<IEnumerable<IReconcile>>().OfType<HeldRows>().Single().ReconcileAsync(Token);

    private static List<string> Bodies(Workbench bench) =>
        [.. bench.Provider.ReceivedCalls().Where(call => call.GetMethodInfo().Name == nameof(ITakeMessages.SendAsync)).Select(call => ((OutgoingText)call.GetArguments()[0]!).Body)];

    private static async Task<(int Decided, int Accepted, int Skipped)> FiguresAsync(Workbench bench, Guid source) =>
        (await bench.QueryAsync("SELECT decided, accepted, skipped FROM sources WHERE id = @id", row => (row.GetInt32(0), row.GetInt32(1), row.GetInt32(2)), ("id", source)))[0];
}
