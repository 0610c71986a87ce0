using Microsoft.Extensions.DependencyInjection;
using Notify.Inbound;
using Notify.Operators;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>What a reader texts back, and what follows from it.</summary>
public sealed class ReplyStories(PostgresServer postgres)
{
    private const string Reader = "+12125550143";
    private const string Other = "+12125550144";

    private static readonly (string, string)[] Topics =
    [
        ("Publication:Topics:0:Key", "sport"), ("Publication:Topics:0:Name", "Sport"), ("Publication:Topics:1:Key", "local"), ("Publication:Topics:1:Name", "Local news"),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task A_topic_can_be_stopped_and_started_and_the_rest_goes_on(DatabaseProvider database)
    {
        await using var room = await OpenAsync(database);

        var stopped = await room.ReplyAsync(Reader, "Stop sport, please!");
        var again = await room.ReplyAsync(Reader, "stop sport");
        await TellAsync(room, "On sport", "sport");
        await TellAsync(room, "On the town", "local");
        await TellAsync(room, "On both", "sport", "local");
        var listed = await room.ReplyAsync(Reader, "LIST");
        var started = await room.ReplyAsync(Reader, "start sport");
        await TellAsync(room, "Sport again", "sport");

        Assert.Contains("No more texts about Sport", stopped.Reply, StringComparison.Ordinal);
        Assert.Null(again.Reply);
        Assert.Contains("You get Local news.", listed.Reply, StringComparison.Ordinal);
        Assert.Contains("texts about Sport", started.Reply, StringComparison.Ordinal);
        Assert.Equal(["On the town", "On both", "Sport again"], await TitlesAsync(room));
        Assert.Contains(await room.QueryAsync("SELECT reason FROM deliveries WHERE status = 7", row => row.GetString(0)), reason => reason == "stopped this topic");
    }

    [Theory, ClassData<Databases>]
    public async Task A_pause_ends_by_itself_or_by_the_readers_word_and_a_stop_outlives_it(DatabaseProvider database)
    {
        await using var room = await OpenAsync(database);
        await room.SignUpAndConfirmTextAsync(Other);

        var paused = await room.ReplyAsync(Reader, "pause 3 days");
        await room.ReplyAsync(Other, "PAUSE");
        await TellAsync(room, "Not now");
        await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE suppressions SET until = at WHERE until IS NOT NULL AND contact_id = (SELECT min(contact_id) FROM suppressions)"), Token);
        await room.ReconcileAsync();
        await TellAsync(room, "Back");
        var resumed = await room.ReplyAsync(Other, "start");
        await room.ReplyAsync(Reader, "pause 3");
        await room.ReplyAsync(Reader, "STOP");
        await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE suppressions SET until = at WHERE until IS NOT NULL"), Token);
        await room.ReconcileAsync();
        await TellAsync(room, "Later");

        Assert.Contains("No texts for 3 days", paused.Reply, StringComparison.Ordinal);
        Assert.Contains("Thanks for subscribing", resumed.Reply, StringComparison.Ordinal);
        Assert.Equal(["Back"], await TitlesAsync(room));
        Assert.Equal(["Later"], await TitlesAsync(room, Other));
    }

    [Theory, ClassData<Databases>]
    public async Task What_may_be_a_stop_is_silence_until_a_person_has_read_it(DatabaseProvider database)
    {
        await using var room = await OpenAsync(database);
        await room.SignUpAndConfirmTextAsync(Other);

        var replies = new[] { await room.ReplyAsync(Reader, "who is this?"), await room.ReplyAsync(Other, "Why am I getting these?"), await room.ReplyAsync("+12125550199", "who is this?") };
        await TellAsync(room, "Nobody gets this");
        await room.ReconcileAsync();
        var alarms = await AlarmsAsync(room);
        var reviews = room.Services.GetRequiredService<Reviews>();
        var waiting = await reviews.WaitingAsync(Token);
        Assert.True(await DecideAsync(reviews, waiting[0], isStop: true));
        Assert.True(await DecideAsync(reviews, waiting[1], isStop: false));
        Assert.False(await DecideAsync(reviews, waiting[1], isStop: true));
        await room.EventuallyAsync(async () => (await room.TextsAsync(Reader)).Count(text => text.Contains("no more texts", StringComparison.Ordinal)) == 1, "the stop is confirmed, once");
        await TellAsync(room, "One gets this");
        await room.ReconcileAsync();

        Assert.All(replies, reply => Assert.Null(reply.Reply));
        Assert.Equal(["who is this?", "Why am I getting these?"], waiting.Select(text => text.Body));
        Assert.All(waiting, text => Assert.DoesNotContain("555014", text.Contact, StringComparison.Ordinal));
        Assert.Equal([Reviews.Alarm], alarms);
        Assert.Empty(await AlarmsAsync(room));
        Assert.Empty(await TitlesAsync(room));
        Assert.Equal(["One gets this"], await TitlesAsync(room, Other));
    }

    [Theory, ClassData<Databases>]
    public async Task A_clear_word_after_an_unclear_one_needs_no_person(DatabaseProvider database)
    {
        await using var room = await OpenAsync(database);

        await room.ReplyAsync(Reader, "not interested");
        var stopped = await room.ReplyAsync(Reader, "I said please take me off your list");
        var more = await room.ReplyAsync(Reader, "and stop texting me!!");
        await TellAsync(room, "Gone");

        Assert.Contains("no more texts", stopped.Reply, StringComparison.Ordinal);
        Assert.Null(more.Reply);
        Assert.Empty(await room.Services.GetRequiredService<Reviews>().WaitingAsync(Token));
        Assert.Empty(await TitlesAsync(room));
    }

    [Theory]
    [InlineData("help", false), InlineData("list", false), InlineData("stop sport", false)]
    [InlineData("start local", true), InlineData("yes", true)]
    public async Task Only_a_word_about_texts_themselves_answers_the_question(string word, bool answers)
    {
        await using var room = await OpenAsync(DatabaseProvider.Sqlite);

        await room.ReplyAsync(Reader, "not interested");
        await room.ReplyAsync(Reader, word);
        await TellAsync(room, "On the town", "local");

        Assert.Equal(answers ? 0 : 1, (await room.Services.GetRequiredService<Reviews>().WaitingAsync(Token)).Count);
        Assert.Equal(answers ? 1 : 0, (await TitlesAsync(room)).Count);
    }

    [Theory, ClassData<Databases>]
    public async Task Answers_are_in_the_readers_language(DatabaseProvider database)
    {
        await using var room = await OpenAsync(database);
        await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE subscriptions SET locale = 'es-MX'"), Token);

        var help = await room.ReplyAsync(Reader, "ayuda");
        var daily = await room.ReplyAsync(Reader, "menos");
        var less = await room.ReplyAsync(Reader, "menos");
        var stopped = await room.ReplyAsync(Reader, "no quiero más mensajes");

        Assert.Contains("ayuda en help@yid-info.example", help.Reply, StringComparison.Ordinal);
        Assert.Contains("un solo mensaje al día a las 18:00", daily.Reply, StringComparison.Ordinal);
        Assert.Contains("STOP con un tema (Sport, Local news)", less.Reply, StringComparison.Ordinal);
        Assert.Contains("No recibirá más mensajes", stopped.Reply, StringComparison.Ordinal);
    }

    private static Task<bool> DecideAsync(Reviews reviews, Question text, bool isStop) =>
        reviews.DecideAsync(text.Id, isStop, "ada@example.com", (write, contact) => AuditLog.AddAsync(write, "ada@example.com", $"read a text of contact {contact}"), Token);

    private async Task<Newsroom> OpenAsync(DatabaseProvider database)
    {
        var room = await Newsroom.OpenAsync(database, postgres, Topics);
        await room.SignUpAndConfirmTextAsync(Reader);
        return room;
    }

    private static async Task TellAsync(Newsroom room, string title, params string[] topics) => await room.FinishedAsync(await room.PublishAsync(title, topics: topics));

    private static Task<IReadOnlyList<string>> AlarmsAsync(Newsroom room) => room.QueryAsync("SELECT name FROM alarms WHERE cleared_at IS NULL", row => row.GetString(0));

    /// <summary>The titles of the articles that reached a handset, in order.</summary>
    private static async Task<IReadOnlyList<string>> TitlesAsync(Newsroom room, string reader = Reader) =>
        [.. (await room.TextsAsync(reader)).Where(text => text.Contains(" http", StringComparison.Ordinal)).Select(text => text.Split(": ", 2)[1].Split(" http")[0])];
}
