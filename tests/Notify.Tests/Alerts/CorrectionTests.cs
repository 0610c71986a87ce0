using Notify.Alerts;
using Notify.Articles;
using Notify.Consent;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Storage;
using Notify.Subscribers;
using Notify.Tests.Support;
using NSubstitute;

namespace Notify.Tests.Alerts;

/// <summary>A correction goes to exactly those who have the wrong words, once, and is never swallowed.</summary>
public sealed class CorrectionTests(PostgresServer postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task It_goes_to_those_who_got_it_by_the_same_channel_with_the_word_in_front(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        var texts = await bench.AddReadersAsync(8);
        var mails = await bench.AddReadersAsync(2, Channel.Mail);
        await bench.ExecuteAsync("UPDATE subscriptions SET locale = 'de' WHERE contact_id = @id", ("id", mails[1]));
        var (article, alert) = await EditTests.PublishAsync(bench, "Kim gives ten");
        await bench.Get<FanOut>().RunAsync(alert, Token);
        await bench.RunLaneAsync(stopping: Token);
        await bench.RunLaneAsync(Workbench.Mails, stopping: Token);
        var late = await bench.AddReadersAsync(1);
        // What became of each: delivered, in doubt, unknown, refused, left out, undelivered, stopped since, accepted.
        foreach (var (contact, status) in texts.Zip(new[] { 4, 8, 9, 6, 7, 5, 3, 3 }))
        {
            await bench.ExecuteAsync("UPDATE deliveries SET status = @status, due_at = 4102444800000 WHERE contact_id = @contact", ("status", status), ("contact", contact));
        }

        await StopAsync(bench, texts[6]);
        var edited = await CorrectAsync(bench, article, EditTests.Draft("Kim gives two"));
        await bench.Get<FanOut>().RunAsync(edited!.CorrectionId!.Value, Token);
        var before = EditTests.Texts(bench).Count;
        await bench.RunLaneAsync(stopping: Token);
        await bench.RunLaneAsync(Workbench.Mails, stopping: Token);

        Assert.Equal((EditEffect.Correction, alert), (edited.Effect, edited.AlertId));
        var told = (await bench.RowsAsync()).Where(row => row.Source == edited.CorrectionId && row.Status != DeliveryStatus.Skipped).Select(row => row.Contact).ToList();
        Assert.Equal([texts[0], texts[1], texts[2], texts[7], .. mails], told.Order());
        Assert.DoesNotContain(late[0], told);
        Assert.All(EditTests.Texts(bench).Skip(before), text => Assert.StartsWith("Yid-Info: Correction: Kim gives two https://", text, StringComparison.Ordinal));
        var subjects = bench.Provider.ReceivedCalls().SelectMany(call => call.GetArguments()).OfType<OutgoingMail>().Select(mail => mail.Message.Subject).ToList();
        Assert.Equal(["Kim gives ten", "Kim gives ten", "Correction: Kim gives two", "Berichtigung: Kim gives two"], subjects.OrderBy(s => s.Contains(':', StringComparison.Ordinal)).ThenByDescending(s => s, StringComparer.Ordinal));
    }

    [Theory, ClassData<Databases>]
    public async Task A_correction_that_turns_out_wrong_goes_no_further(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        await bench.AddReadersAsync(2);
        var (article, alert) = await EditTests.PublishAsync(bench, "Ten");
        await bench.Get<FanOut>().RunAsync(alert, Token);
        await bench.RunLaneAsync(stopping: Token);
        var wrong = await CorrectAsync(bench, article, EditTests.Draft("Two"));
        await bench.Get<FanOut>().RunAsync(wrong!.CorrectionId!.Value, Token);

        var right = await CorrectAsync(bench, article, EditTests.Draft("Three"));
        await bench.Get<FanOut>().RunAsync(right!.CorrectionId!.Value, Token);
        await bench.RunLaneAsync(stopping: Token);

        Assert.Equal(["Ten", "Ten", "Three", "Three"], EditTests.Texts(bench).Select(text => text[..text.IndexOf(" https", StringComparison.Ordinal)].Split(' ')[^1]));
    }

    [Theory, ClassData<Databases>]
    public async Task The_same_correction_twice_or_at_once_is_one_and_another_is_another(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        await bench.AddReadersAsync(2);
        var (article, alert) = await EditTests.PublishAsync(bench, "Ten");
        await bench.Get<FanOut>().RunAsync(alert, Token);
        await bench.RunLaneAsync(stopping: Token);

        var same = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => CorrectAsync(bench, article, EditTests.Draft("Two")), Token)));
        var first = Assert.Single(same.Select(e => e!.CorrectionId).Distinct());
        await bench.Get<FanOut>().RunAsync(first!.Value, Token);
        await bench.RunLaneAsync(stopping: Token);
        var again = await CorrectAsync(bench, article, EditTests.Draft("Two"));
        var other = await CorrectAsync(bench, article, EditTests.Draft("Three"));
        var otherBefore = await CorrectAsync(bench, article, EditTests.Draft("Four"));
        await bench.Get<FanOut>().RunAsync(other!.CorrectionId!.Value, Token);
        await bench.RunLaneAsync(stopping: Token);

        Assert.Equal(first, again!.CorrectionId);
        Assert.NotEqual(first, other.CorrectionId);
        // It had not begun, so it is the same with better words.
        Assert.Equal(other.CorrectionId, otherBefore!.CorrectionId);
        Assert.Equal(["Ten", "Ten", "Two", "Two", "Four", "Four"], EditTests.Texts(bench).Select(text => text[..text.IndexOf(" https", StringComparison.Ordinal)].Split(' ')[^1]));
    }

    [Theory, ClassData<Databases>]
    public async Task While_the_wrong_words_still_go_out_they_stop_and_the_rest_gets_the_right_ones(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        var readers = await bench.AddReadersAsync(6);
        var (article, alert) = await EditTests.PublishAsync(bench, "Wrong");
        await bench.Get<FanOut>().RunAsync(alert, Token);
        await bench.ExecuteAsync("UPDATE deliveries SET due_at = 4102444800000, expires_at = 4102444900000 WHERE contact_id > @id", ("id", readers[1]));
        await bench.ExecuteAsync("UPDATE deliveries SET status = 1 WHERE contact_id = @id", ("id", readers[5]));
        await bench.ExecuteAsync("UPDATE sources SET pending = pending - 1, held = held + 1 WHERE id = @id", ("id", alert));
        await bench.RunLaneAsync(stopping: Token);

        var edited = await CorrectAsync(bench, article, EditTests.Draft("Right"));
        var rest = (await bench.QueryAsync("SELECT id FROM alerts WHERE audience = 2", row => row.GetGuid(0)))[0];
        // The lanes go on while the rest is written, and one dies and is started again.
        await bench.Get<FanOut>().RunAsync(rest, Token);
        await bench.Get<FanOut>().RunAsync(edited!.CorrectionId!.Value, Token);
        await bench.RunLaneAsync(stopping: Token);
        await bench.ReconcileAsync();
        await bench.Get<FanOut>().RunAsync(rest, Token);
        await bench.RunLaneAsync(stopping: Token);

        var texts = EditTests.Texts(bench);
        Assert.Equal(2, texts.Count(text => text.StartsWith("Yid-Info: Wrong ", StringComparison.Ordinal)));
        Assert.Equal(2, texts.Count(text => text.StartsWith("Yid-Info: Correction: Right ", StringComparison.Ordinal)));
        Assert.Equal(4, texts.Count(text => text.StartsWith("Yid-Info: Right ", StringComparison.Ordinal)));
        Assert.All((await bench.RowsAsync()).Where(row => row.Source == alert && row.Status == DeliveryStatus.Skipped), row => Assert.Equal("corrected", row.Reason));
        Assert.Equal(4, (await bench.RowsAsync()).Count(row => row.Source == alert && row.Status == DeliveryStatus.Skipped));
    }

    [Theory, ClassData<Databases>]
    public async Task Who_had_it_in_a_digest_is_told_and_a_digest_that_waits_says_what_is_right(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        var readers = await bench.AddReadersAsync(3);
        await bench.ExecuteAsync("UPDATE subscriptions SET frequency = 2");
        var (article, alert) = await EditTests.PublishAsync(bench, "Ten");
        await bench.Get<FanOut>().RunAsync(alert, Token);
        var digest = Guid.CreateVersion7();
        await bench.ExecuteAsync("INSERT INTO digests (id, created_at) VALUES (@id, 1)", ("id", digest));
        await bench.ExecuteAsync("INSERT INTO digest_articles (digest_id, place, alert_id) VALUES (@id, 0, @alert)", ("id", digest), ("alert", alert));
        foreach (var (contact, status) in readers.Zip(new[] { 4, 0 }))
        {
            await bench.ExecuteAsync("""
                INSERT INTO deliveries (source_id, subject_id, contact_id, channel, sender, scope, status, due_at, expires_at, created_at, changed_at)
                VALUES (@source, @id, @contact, 1, 'texts', '', @status, 4102444800000, 4102444900000, 1, 1)
                """, ("source", Source.Notices), ("id", digest), ("contact", contact), ("status", status));
        }

        var edited = await CorrectAsync(bench, article, EditTests.Draft("Two"));
        await bench.Get<FanOut>().RunAsync(edited!.CorrectionId!.Value, Token);
        await bench.RunLaneAsync(stopping: Token);
        await using var db = bench.Database.Read();
        var (articles, _) = await DigestMessages.ArticlesAsync(db, digest, Token);

        Assert.Equal([readers[0]], (await bench.RowsAsync()).Where(row => row.Source == edited.CorrectionId).Select(row => row.Contact));
        Assert.Contains("Correction: Two", Assert.Single(EditTests.Texts(bench)), StringComparison.Ordinal);
        Assert.Equal("Two", Assert.Single(articles).Title);
        Assert.Equal(0, await bench.CountAsync("alerts WHERE audience = 1 AND digest_at IS NOT NULL"));
    }

    /// <summary>A second correction reaches those who were told after the first, too.</summary>
    [Theory, ClassData<Databases>]
    public async Task Who_was_told_afterwards_is_among_those_who_are_corrected_next(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        var readers = await bench.AddReadersAsync(2);
        var (article, alert) = await EditTests.PublishAsync(bench, "One");
        await bench.Get<FanOut>().RunAsync(alert, Token);
        await bench.ExecuteAsync("UPDATE deliveries SET due_at = 4102444800000, expires_at = 4102444900000 WHERE contact_id = @id", ("id", readers[1]));
        await bench.RunLaneAsync(stopping: Token);
        var first = await CorrectAsync(bench, article, EditTests.Draft("Two"));
        foreach (var id in await bench.QueryAsync("SELECT id FROM alerts WHERE corrects IS NOT NULL", row => row.GetGuid(0)))
        {
            await bench.Get<FanOut>().RunAsync(id, Token);
        }

        await bench.RunLaneAsync(stopping: Token);
        var second = await CorrectAsync(bench, article, EditTests.Draft("Three"));
        await bench.Get<FanOut>().RunAsync(second!.CorrectionId!.Value, Token);
        await bench.RunLaneAsync(stopping: Token);

        Assert.NotEqual(first!.CorrectionId, second.CorrectionId);
        Assert.Equal(2, EditTests.Texts(bench).Count(text => text.Contains("Correction: Three", StringComparison.Ordinal)));
        Assert.Single(EditTests.Texts(bench), text => text.Contains("Correction: Two", StringComparison.Ordinal));
    }

    [Theory, ClassData<Databases>]
    public async Task Where_nobody_has_wrong_words_there_is_nothing_to_correct(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await Workbench.OpenAsync(database, postgres, clock: clock, settings: ("Delivery:UndoSeconds", "20"));
        await bench.AddReadersAsync(1);
        var (article, alert) = await EditTests.PublishAsync(bench, "Ofers");

        var beforeStart = await CorrectAsync(bench, article, EditTests.Draft("Offers"));
        clock.Advance(TimeSpan.FromSeconds(21));
        await bench.Get<FanOut>().RunAsync(alert, Token);
        var asItWentOut = await CorrectAsync(bench, article, EditTests.Draft("Offers"));

        Assert.Equal((EditEffect.GoesOut, (Guid?)null), (beforeStart!.Effect, beforeStart.CorrectionId));
        Assert.Equal((EditEffect.Nothing, (Guid?)null), (asItWentOut!.Effect, asItWentOut.CorrectionId));
        Assert.Equal(1, await bench.CountAsync("alerts"));
    }

    /// <summary>The first has just taken its words when the second looks at it.</summary>
    [Theory, ClassData<Databases>]
    public async Task A_correction_beside_the_beginning_of_the_one_before_is_another(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        await bench.AddReadersAsync(2);
        var (article, alert) = await EditTests.PublishAsync(bench, "Ten");
        await bench.Get<FanOut>().RunAsync(alert, Token);
        await bench.RunLaneAsync(stopping: Token);
        var first = (await CorrectAsync(bench, article, EditTests.Draft("Two")))!.CorrectionId!.Value;
        var (begun, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());

        var begins = Task.Run(() => bench.WriteAsync(async write =>
        {
            if (write.IsPostgres)
            {
                await write.ExecuteAsync("SELECT 1 FROM alerts WHERE id = @id FOR UPDATE", ("id", first));
            }

            await AlertWords.KeepAsync(write, first, await write.NowAsync());
            begun.SetResult();
            await goOn.Task;
            return 0;
        }), Token);
        await begun.Task;
        var corrects = Task.Run(() => CorrectAsync(bench, article, EditTests.Draft("Three")), Token);
        while (database == DatabaseProvider.Postgres && await bench.CountAsync("pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()") == 0)
        {
            await Task.Yield();
        }

        goOn.SetResult();
        await begins;
        var second = (await corrects)!.CorrectionId!.Value;
        await bench.Get<FanOut>().RunAsync(second, Token);
        await bench.RunLaneAsync(stopping: Token);

        Assert.NotEqual(first, second);
        Assert.Equal(2, EditTests.Texts(bench).Count(text => text.Contains("Correction: Three", StringComparison.Ordinal)));
    }

    /// <summary>Whether it arrives decides who was told, and a lane keeps what it composed for a moment.</summary>
    [Theory, ClassData<Databases>]
    public async Task A_correction_waits_for_a_digest_that_was_on_the_wire_with_the_former_words(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await Workbench.OpenAsync(database, postgres, clock: clock, settings: ("Publication:DigestAt", "12:30"));
        var readers = await bench.AddReadersAsync(1);
        await bench.WriteAsync(async write =>
        {
            await bench.Get<Rhythm>().BeginAsync(write, readers[0], new Cadence(Frequency.Daily));
            return 0;
        });
        var (article, alert) = await EditTests.PublishAsync(bench, "Ten");
        await bench.Get<FanOut>().RunAsync(alert, Token);
        clock.Advance(TimeSpan.FromDays(1));
        await bench.Get<Digests>().RunAsync(Token);
        await bench.ExecuteAsync("UPDATE deliveries SET status = 2, lease_owner = 'a lane', handed_at = @now", ("now", clock.GetUtcNow().ToUnixTimeMilliseconds()));
        var correction = (await CorrectAsync(bench, article, EditTests.Draft("Two")))!.CorrectionId!.Value;

        var begins = Task.Run(() => bench.Get<FanOut>().RunAsync(correction, Token), Token);
        for (var second = 0; second < 8; second++)
        {
            await Task.WhenAny(begins, clock.ArmedAsync(1, Token));
            Assert.False(begins.IsCompleted);
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        await Task.WhenAny(begins, clock.ArmedAsync(1, Token));
        await bench.ExecuteAsync("UPDATE deliveries SET status = 3, lease_owner = NULL");
        clock.Advance(TimeSpan.FromSeconds(1));
        await begins;

        Assert.Equal(readers, await bench.QueryAsync("SELECT contact_id FROM deliveries WHERE source_id = @id", row => row.GetInt64(0), ("id", correction)));
    }

    /// <summary>A reader who had as many texts as was agreed gets it the next day, and not as "+1" of something else.</summary>
    [Theory, ClassData<Databases>]
    public async Task What_is_held_back_never_speaks_for_a_correction_nor_it_for_others(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await Workbench.OpenAsync(database, postgres, clock: clock, settings: ("Publication:MaxTextsPerDay", "1"));
        await bench.AddReadersAsync(1);
        var (article, alert) = await EditTests.PublishAsync(bench, "Ten");
        await bench.Get<FanOut>().RunAsync(alert, Token);
        await bench.RunLaneAsync(stopping: Token);
        var edited = await CorrectAsync(bench, article, EditTests.Draft("Two"));
        await bench.Get<FanOut>().RunAsync(edited!.CorrectionId!.Value, Token);
        await bench.PublishAsync("Other A");
        await bench.PublishAsync("Other B");
        await bench.RunLaneAsync(stopping: Token);
        var today = EditTests.Texts(bench).Count;

        clock.Advance(TimeSpan.FromHours(17));
        await bench.Get<IEnumerable<Notify.Jobs.IReconcile>>().OfType<HeldRows>().Single().ReconcileAsync(Token);

        Assert.Equal(1, today);
        var rows = await bench.QueryAsync("SELECT d.status, d.others, s.alone FROM deliveries d JOIN sources s ON s.id = d.source_id WHERE d.source_id <> @id ORDER BY d.id",
            row => (Status: row.GetInt32(0), Others: row.GetInt32(1), IsCorrection: row.GetBoolean(2)), ("id", alert));
        Assert.Equal([(0, 0, true), (7, 0, false), (0, 1, false)], rows);
    }

    private static Task<Edited?> CorrectAsync(Workbench bench, Guid article, ArticleDraft draft) => bench.WriteAsync(write => bench.Get<Corrections>().CorrectAsync(write, article, draft));

    private static Task<bool> StopAsync(Workbench bench, long contact) => bench.WriteAsync(async write =>
    {
        var hash = await write.ScalarAsync<string>("SELECT hash FROM contacts WHERE id = @id", ("id", contact));
        var entry = await bench.Get<Ledger>().AppendAsync(write, ConsentKind.Stopped, hash!, Channel.Text, "reply", new ConsentEvidence());
        return await Suppressions.AddAsync(write, contact, Suppressions.Everything, "stopped", entry);
    });
}
