using Microsoft.Extensions.DependencyInjection;
using Notify.Inbound;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>Texts that may be stops, and what goes on once a person has read them.</summary>
public sealed class QuestionStories(PostgresServer postgres)
{
    private const string Reader = "+12125550143";
    private const long AMonth = 30L * 24 * 60 * 60 * 1000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task A_pause_outlives_a_question_that_was_no_stop(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.SignUpAndConfirmTextAsync(Reader);

        await room.ReplyAsync(Reader, "PAUSE 30");
        var until = await UntilAsync(room);
        await room.ReplyAsync(Reader, "who is this?");
        await room.ReplyAsync(Reader, "and why do I get this");
        var questioned = await UntilAsync(room);
        await NoStopAsync(room);
        var oneLeft = await UntilAsync(room);
        await NoStopAsync(room);

        Assert.True(questioned[0] > until[0] + AMonth);
        Assert.Equal(questioned, oneLeft);
        Assert.Equal(until, await UntilAsync(room));
        Assert.Equal(["paused by the reader"], await room.QueryAsync("SELECT reason FROM suppressions", row => row.GetString(0)));
        await room.FinishedAsync(await room.PublishAsync("Not now"));
        Assert.DoesNotContain(await room.TextsAsync(Reader), text => text.Contains("Not now", StringComparison.Ordinal));
    }

    [Theory, ClassData<Databases>]
    public async Task A_pause_that_ended_meanwhile_has_ended(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.SignUpAndConfirmTextAsync(Reader);

        await room.ReplyAsync(Reader, "PAUSE 30");
        await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE suppressions SET until = at + 1"), Token);
        await room.ReplyAsync(Reader, "who is this?");
        await NoStopAsync(room);

        Assert.Empty(await UntilAsync(room));
    }

    [Theory, ClassData<Databases>]
    public async Task Who_wonders_about_the_question_is_asked_no_more_until_a_person_has_read_it(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.SignUpAsync(Reader);
        await room.EventuallyAsync(async () => (await room.TextsAsync(Reader)).Count == 1, "the reader is asked");

        var reply = await room.ReplyAsync(Reader, "who is this?");
        var waiting = await room.Services.GetRequiredService<Reviews>().WaitingAsync(Token);
        await DayPassesAsync(room);
        await room.SignUpAsync(Reader);
        var asked = await AskedAsync(room);
        await NoStopAsync(room);
        await room.SignUpAsync(Reader);

        Assert.Null(reply.Reply);
        Assert.Equal(["who is this?"], waiting.Select(text => text.Body));
        Assert.Equal((1, 2), (asked, await AskedAsync(room)));
    }

    [Theory, ClassData<Databases>]
    public async Task A_yes_after_wondering_is_a_yes(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.SignUpAsync(Reader);
        await room.EventuallyAsync(async () => (await room.TextsAsync(Reader)).Count == 1, "the reader is asked");

        await room.ReplyAsync(Reader, "who is this?");
        var reply = await room.ReplyAsync(Reader, "Y");

        Assert.Contains("Thanks for subscribing", reply.Reply, StringComparison.Ordinal);
        Assert.Empty(await UntilAsync(room));
        Assert.Empty(await room.Services.GetRequiredService<Reviews>().WaitingAsync(Token));
    }

    /// <summary>There is nothing to pause yet, so a pause says neither yes nor stop.</summary>
    [Theory, ClassData<Databases>]
    public async Task A_pause_by_somebody_who_was_only_asked_leaves_its_question_to_a_person(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.SignUpAsync(Reader);
        await room.EventuallyAsync(async () => (await room.TextsAsync(Reader)).Count == 1, "the reader is asked");

        await room.ReplyAsync(Reader, "who is this?");
        await room.ReplyAsync(Reader, "PAUSE 7");

        Assert.Equal(["who is this?"], (await room.Services.GetRequiredService<Reviews>().WaitingAsync(Token)).Select(text => text.Body));
        await NoStopAsync(room);
        Assert.Empty(await UntilAsync(room));
    }

    /// <summary>A stranger enters the number of somebody who left on the form, and whoever left wonders.</summary>
    [Theory, ClassData<Databases>]
    public async Task Who_stopped_was_asked_again_and_wonders_has_stopped_once_more(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.SignUpAndConfirmTextAsync(Reader);
        await room.ReplyAsync(Reader, "STOP");
        await DayPassesAsync(room);
        await room.SignUpAsync(Reader);
        Assert.Equal(2, await AskedAsync(room));

        var reply = await room.ReplyAsync(Reader, "who is this?");
        await room.ReplyAsync(Reader, "Y");
        // Only the question is a day old.
        await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE deliveries SET created_at = created_at - 90000000"), Token);
        await room.SignUpAsync(Reader);

        Assert.Null(reply.Reply);
        Assert.Equal(2, await AskedAsync(room));
        Assert.Equal([3], await room.QueryAsync("SELECT state FROM subscriptions", row => row.GetInt32(0)));
        Assert.Equal([(true, "the reader")], await room.QueryAsync("SELECT is_stop, reviewed_by FROM inbox WHERE read_as = 7", row => (row.GetBoolean(0), row.GetString(1))));
        Assert.Equal(["stopped"], await room.QueryAsync("SELECT reason FROM suppressions WHERE until IS NULL", row => row.GetString(0)));
    }

    /// <summary>A person reads the oldest that waits, and finds no stop in it.</summary>
    private static async Task NoStopAsync(Newsroom room)
    {
        var reviews = room.Services.GetRequiredService<Reviews>();
        Assert.True(await reviews.DecideAsync((await reviews.WaitingAsync(Token))[0].Id, isStop: false, "ada@example.com", (_, _) => Task.CompletedTask, Token));
    }

    private static Task<IReadOnlyList<long>> UntilAsync(Newsroom room) => room.QueryAsync("SELECT until FROM suppressions", row => row.GetInt64(0));

    private static async Task<int> AskedAsync(Newsroom room) => (await room.QueryAsync("SELECT id FROM deliveries WHERE scope IS NULL AND body IS NULL", row => row.GetInt64(0))).Count;

    private static Task DayPassesAsync(Newsroom room) => room.Database.WriteAsync(async write =>
    {
        await write.ExecuteAsync("UPDATE deliveries SET created_at = created_at - 90000000");
        await write.ExecuteAsync("UPDATE suppressions SET at = at - 90000000");
    }, Token);
}
