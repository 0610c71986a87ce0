using Notify.Alerts;
using Notify.Articles;
using Notify.Deliveries;
using Notify.Storage;
using Notify.Tests.Support;
using NSubstitute;

namespace Notify.Tests.Alerts;

/// <summary>What an edit changes, and what it does not any more; and what taking back ends.</summary>
public sealed class EditTests(PostgresServer postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task An_edit_in_the_undo_window_is_what_goes_out(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await Workbench.OpenAsync(database, postgres, clock: clock, settings: ("Delivery:UndoSeconds", "20"));
        await bench.AddReadersAsync(1);
        var (article, alert) = await PublishAsync(bench, "Kim ofers support");

        var edited = await EditAsync(bench, article, Draft("Kim offers support", "world-news"));
        clock.Advance(TimeSpan.FromSeconds(21));
        await bench.Get<FanOut>().RunAsync(alert, Token);
        await bench.RunLaneAsync(stopping: Token);

        Assert.Equal((EditEffect.GoesOut, alert), (edited!.Effect, edited.AlertId));
        Assert.Contains("Kim offers support", Assert.Single(Texts(bench)), StringComparison.Ordinal);
        Assert.Equal(["Kim ofers support", "Kim offers support"], await TitlesAsync(bench, article));
    }

    [Theory, ClassData<Databases>]
    public async Task An_edit_after_the_start_is_for_the_archive_and_the_last_reader_gets_what_the_first_got(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        await bench.AddReadersAsync(5);
        var (article, alert) = await PublishAsync(bench, "First words");
        await bench.Get<FanOut>().RunAsync(alert, Token);
        await bench.ExecuteAsync("UPDATE deliveries SET due_at = due_at + 3600000 WHERE id > (SELECT min(id) FROM deliveries) + 1");
        await bench.RunLaneAsync(stopping: Token);

        var edited = await EditAsync(bench, article, Draft("Other words"));
        var same = await EditAsync(bench, article, Draft("Other words"));
        await bench.ExecuteAsync("UPDATE deliveries SET due_at = 0 WHERE status = 0");
        await bench.RunLaneAsync(stopping: Token);

        Assert.Equal((EditEffect.ArchiveOnly, EditEffect.Nothing), (edited!.Effect, same!.Effect));
        Assert.Equal(5, Texts(bench).Count);
        Assert.All(Texts(bench), text => Assert.Contains("First words", text, StringComparison.Ordinal));
        Assert.Equal(["First words", "Other words"], await TitlesAsync(bench, article));
    }

    /// <summary>Whoever is first: readers get one of the two, all the same, and the editor was told which.</summary>
    [Theory, ClassData<Databases>]
    public async Task An_edit_that_meets_the_start_is_in_all_texts_or_in_none(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        await bench.AddReadersAsync(3);
        for (var i = 0; i < 10; i++)
        {
            bench.Provider.ClearReceivedCalls();
            var (article, alert) = await PublishAsync(bench, $"Before {i}");
            var edit = Task.Run(() => EditAsync(bench, article, Draft($"After {i}")), Token);
            var plan = Task.Run(() => bench.Get<FanOut>().RunAsync(alert, Token), Token);
            await Task.WhenAll(edit, plan);
            await bench.RunLaneAsync(stopping: Token);

            var wanted = (await edit)!.Effect == EditEffect.GoesOut ? $"After {i}" : $"Before {i}";
            Assert.Equal(3, Texts(bench).Count);
            Assert.All(Texts(bench), text => Assert.Contains(wanted, text, StringComparison.Ordinal));
        }
    }

    [Theory, ClassData<Databases>]
    public async Task Taking_back_ends_what_waits_and_an_edit_of_it_is_refused(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        await bench.AddReadersAsync(4);
        var (article, alert) = await PublishAsync(bench, "Too early");
        await bench.Get<FanOut>().RunAsync(alert, Token);
        await bench.ExecuteAsync("UPDATE deliveries SET status = 1, due_at = 4102444800000 WHERE id = (SELECT max(id) FROM deliveries)");
        await bench.ExecuteAsync("UPDATE sources SET pending = pending - 1, held = held + 1 WHERE id = @id", ("id", alert));

        var (first, again) = (await UnpublishAsync(bench, article), await UnpublishAsync(bench, article));
        await bench.RunLaneAsync(stopping: Token);
        var leftAtOnce = bench.Sent;
        await bench.ReconcileAsync();

        Assert.Equal((true, true, 0), (first, again, leftAtOnce));
        Assert.All(await bench.RowsAsync(), row => Assert.Equal((DeliveryStatus.Skipped, "unpublished"), (row.Status, row.Reason)));
        Assert.Null(await bench.WriteAsync(write => bench.Get<Corrections>().CorrectAsync(write, article, Draft("Again"))));
        Assert.False(await UnpublishAsync(bench, Guid.NewGuid()));
    }

    /// <summary>Claims run while it is taken back: what the claim took before is dropped before it is handed over, or had left.</summary>
    [Theory, ClassData<Databases>]
    public async Task Nothing_leaves_once_it_was_answered_that_it_is_taken_back(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        await bench.AddReadersAsync(60);
        var (article, alert) = await PublishAsync(bench, "Going");
        await bench.Get<FanOut>().RunAsync(alert, Token);
        var some = new TaskCompletionSource();
        bench.Answers(_ =>
        {
            some.TrySetResult();
            return new SendOutcome.Accepted(Guid.NewGuid().ToString());
        });

        var lane = Task.Run(() => bench.RunLaneAsync(stopping: Token), Token);
        await some.Task;
        await UnpublishAsync(bench, article);
        var sent = bench.Sent;
        await lane;
        await bench.ReconcileAsync();

        // What had passed its last look by then may still be on the wire: one for each sender of the lane.
        Assert.InRange(bench.Sent, sent, sent + Workbench.Texts.Workers);
        Assert.Equal(60, (await bench.RowsAsync()).Count(row => row.Status is DeliveryStatus.Accepted or DeliveryStatus.Skipped));
    }

    [Theory, ClassData<Databases>]
    public async Task An_edit_to_breaking_goes_at_once_and_one_that_waits_for_a_word_still_waits(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await Workbench.OpenAsync(database, postgres, clock: clock, settings: ("Delivery:UndoSeconds", "60"));
        await bench.AddReadersAsync(1);
        var (article, alert) = await PublishAsync(bench, "One");
        var (heldArticle, held) = await PublishAsync(bench, "Two", new Handling { Hold = true });

        await EditAsync(bench, article, Draft("One") with { Priority = ArticlePriority.Breaking });
        await EditAsync(bench, heldArticle, Draft("Two") with { Priority = ArticlePriority.Breaking });
        await bench.Get<FanOut>().RunAsync(alert, Token);
        await bench.Get<FanOut>().RunAsync(held, Token);

        Assert.Equal(1, await bench.CountAsync("deliveries"));
        Assert.Equal(2, await bench.CountAsync("sources WHERE kind = 1 AND priority = 1"));
    }

    [Theory, ClassData<Databases>]
    public async Task What_became_breaking_is_in_no_digest_whatever_its_time_and_what_is_it_no_more_is(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await Workbench.OpenAsync(database, postgres, clock: clock);
        await bench.AddReadersAsync(1);
        var at = clock.GetUtcNow() + TimeSpan.FromHours(3);
        var (article, breaking) = await PublishAsync(bench, "One", new Handling { SendAt = at });
        var (otherArticle, calm) = await PublishAsync(bench, "Two", new Handling { SendAt = at });
        await bench.ExecuteAsync("UPDATE alerts SET route = 2");

        await EditAsync(bench, article, Draft("One") with { Priority = ArticlePriority.Breaking });
        await EditAsync(bench, otherArticle, Draft("Two") with { Priority = ArticlePriority.Breaking });
        await EditAsync(bench, otherArticle, Draft("Two"));
        clock.Advance(TimeSpan.FromHours(3) + TimeSpan.FromSeconds(1));
        await bench.Get<FanOut>().RunAsync(breaking, Token);
        await bench.Get<FanOut>().RunAsync(calm, Token);

        Assert.Equal([breaking], await bench.QueryAsync("SELECT source_id FROM deliveries", row => row.GetGuid(0)));
        Assert.Equal([(breaking, 1), (calm, 2)], (await bench.QueryAsync("SELECT id, route FROM alerts", row => (row.GetGuid(0), row.GetInt32(1)))).OrderBy(a => a.Item2));
    }

    [Theory, ClassData<Databases>]
    public async Task What_was_cancelled_before_it_began_can_be_put_back_and_waits_for_a_word(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await Workbench.OpenAsync(database, postgres, clock: clock, settings: ("Delivery:UndoSeconds", "20"));
        await bench.AddReadersAsync(1);
        var (article, alert) = await PublishAsync(bench, "Too soon");
        var (begunArticle, begun) = await PublishAsync(bench, "Gone");
        var control = bench.Get<AlertControl>();
        await control.CancelAsync(alert, Token);
        clock.Advance(TimeSpan.FromSeconds(21));
        await bench.Get<FanOut>().RunAsync(begun, Token);
        await control.CancelAsync(begun, Token);
        await UnpublishAsync(bench, begunArticle);
        await UnpublishAsync(bench, article);
        await bench.Get<IEnumerable<Notify.Jobs.IReconcile>>().OfType<AlertReconciler>().Single().ReconcileAsync(Token);

        var takenBack = await PutBackAsync(bench, alert);
        await EditAsync(bench, article, Draft("Just in time"));
        var publicAgain = await PutBackAsync(bench, alert);
        var twice = await PutBackAsync(bench, alert);
        var told = await PutBackAsync(bench, begun);
        await bench.Get<FanOut>().RunAsync(alert, Token);
        var waits = await bench.CountAsync("deliveries WHERE status <> 7");
        var queued = Assert.Single((await bench.Get<EditorsQueue>().ReadAsync(Token)).Waiting);
        await control.ReleaseAsync(alert, new Handling(), AlertRoute.Instant, _ => Task.CompletedTask, Token);
        clock.Advance(TimeSpan.FromSeconds(21));
        await bench.Get<FanOut>().RunAsync(alert, Token);
        await bench.RunLaneAsync(stopping: Token);

        Assert.Equal((false, true, false, false, 0), (takenBack, publicAgain, twice, told, waits));
        Assert.Equal((alert, "it was cancelled and put back"), (queued.Alert.Id, queued.Why));
        Assert.StartsWith("Yid-Info: Just in time ", Assert.Single(Texts(bench)), StringComparison.Ordinal);
    }

    private static Task<bool> PutBackAsync(Workbench bench, Guid alert) => bench.Get<AlertControl>().PutBackAsync(alert, _ => Task.CompletedTask, Token);

    internal static ArticleDraft Draft(string title, params string[] topics) =>
        new(new Uri($"https://yid-info.example/{Uri.EscapeDataString(title)}"), title, null, topics, null, null, ArticlePriority.Normal, "test", []);

    internal static async Task<(Guid Article, Guid Alert)> PublishAsync(Workbench bench, string title, Handling? handling = null)
    {
        var (article, alert, _) = await bench.WriteAsync(write => bench.Get<INewsdesk>().PublishAsync(write, Draft(title), handling ?? new Handling()));
        return (article, alert!.Value);
    }

    internal static Task<Edited?> EditAsync(Workbench bench, Guid article, ArticleDraft draft) => bench.WriteAsync(write => bench.Get<INewsdesk>().EditAsync(write, article, draft));

    internal static List<string> Texts(Workbench bench) => [.. bench.Provider.ReceivedCalls().SelectMany(call => call.GetArguments()).OfType<OutgoingText>().Select(text => text.Body)];

    private static Task<bool> UnpublishAsync(Workbench bench, Guid article) => bench.WriteAsync(write => bench.Get<INewsdesk>().UnpublishAsync(write, article));

    private static Task<List<string>> TitlesAsync(Workbench bench, Guid article) =>
        bench.QueryAsync("SELECT title FROM article_revisions WHERE article_id = @id ORDER BY number", row => row.GetString(0), ("id", article));
}
