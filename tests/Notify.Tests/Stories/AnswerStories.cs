using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>What is answered, how often, and whom nothing is said to.</summary>
public sealed class AnswerStories(PostgresServer postgres)
{
    private const string Abroad = "+447400123456";

    private static readonly (string, string)[] Topics = [("Publication:Topics:0:Key", "sport"), ("Publication:Topics:0:Name", "Sport")];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task A_number_gets_five_answers_a_day_and_help_once(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        var reader = (await room.AddReadersAsync(byText: 1, byMail: 0)).Phones[0];

        var helps = await TextAsync(room, reader, "HELP", "help");
        var lists = await TextAsync(room, reader, "LIST", "LIST", "LIST", "LIST", "LESS", "LIST");
        await DayPassesAsync(room);
        var nextDay = await TextAsync(room, reader, "HELP", "LIST", "help");

        Assert.Equal([true, false], helps);
        Assert.Equal([true, true, true, true, false, false], lists);
        Assert.Equal([true, true, false], nextDay);
    }

    /// <summary>What is not answered is done all the same.</summary>
    [Theory]
    [InlineData(DatabaseProvider.Sqlite, "STOP", "START")]
    [InlineData(DatabaseProvider.Postgres, "STOP", "START")]
    [InlineData(DatabaseProvider.Sqlite, "stop sport", "start sport")]
    [InlineData(DatabaseProvider.Postgres, "stop sport", "start sport")]
    public async Task Two_machines_that_answer_each_other_fall_silent(DatabaseProvider database, string stop, string start)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres, Topics);
        var reader = (await room.AddReadersAsync(byText: 1, byMail: 0)).Phones[0];

        var answered = await TextAsync(room, reader, [.. Enumerable.Range(0, 5).SelectMany(_ => (string[])[stop, start]), stop]);

        Assert.Equal([.. Enumerable.Repeat(true, 5), .. Enumerable.Repeat(false, 6)], answered);
        Assert.Single(await room.QueryAsync("SELECT scope FROM suppressions", row => row.GetString(0)));
    }

    [Theory, ClassData<Databases>]
    public async Task A_number_the_form_would_not_take_is_neither_signed_up_nor_answered(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres, Topics);
        // Of another country, of a kind that costs more, of a kind nobody carries.
        foreach (var number in (string[])[Abroad, "+19002345678", "+18005550100"])
        {
            Assert.DoesNotContain(true, await TextAsync(room, number, "START", "yes", "start sport", "HELP", "LIST", "LESS", "who is this?", "STOP"));
        }

        var takers = await TextAsync(room, "+12125550143", "HELP", "START");

        Assert.Equal([true, true], takers);
        Assert.Single(await room.QueryAsync("SELECT contact_id FROM subscriptions", row => row.GetInt64(0)));
        Assert.Equal(["stopped", "stopped", "stopped"], await room.QueryAsync("SELECT reason FROM suppressions", row => row.GetString(0)));
        Assert.Equal(2, (await room.QueryAsync("SELECT id FROM deliveries", row => row.GetInt64(0))).Count);
    }

    /// <summary>The list of countries is for those who come, not for those who are there.</summary>
    [Theory, ClassData<Databases>]
    public async Task A_reader_whose_country_was_closed_later_is_answered(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres, ("Publication:Countries:1", "GB"));
        await room.SignUpAndConfirmTextAsync(Abroad);
        await room.RestartAsync(("Publication:Countries:1", "US"));

        Assert.Equal([true, true, true], await TextAsync(room, Abroad, "HELP", "STOP", "START"));
    }

    [Theory]
    [InlineData("yeah", false), InlineData("ok yes", false), InlineData("Confirm", false), InlineData("continue", false), InlineData("Y", false), InlineData("да", false), InlineData("ja bitte", false)]
    [InlineData("START", true), InlineData("yes", true), InlineData("sign me up again", true)]
    public async Task A_word_that_only_answers_brings_nobody_back(string word, bool bringsBack)
    {
        await using var room = await Newsroom.OpenAsync(DatabaseProvider.Sqlite, postgres);
        var reader = (await room.AddReadersAsync(byText: 1, byMail: 0)).Phones[0];
        const string Asked = "+12125550143";
        await room.SignUpAsync(Asked);
        await room.EventuallyAsync(async () => (await room.TextsAsync(Asked)).Count == 1, "the reader is asked");

        await room.ReplyAsync(reader, "STOP");
        var answered = await TextAsync(room, reader, word);
        var confirmed = await TextAsync(room, Asked, word);

        Assert.Equal([bringsBack], answered);
        Assert.Equal([true], confirmed);
        Assert.Equal(bringsBack ? 2 : 1, (await room.QueryAsync("SELECT contact_id FROM subscriptions WHERE state = 2", row => row.GetInt64(0))).Count);
        Assert.Equal(bringsBack ? 0 : 1, (await room.QueryAsync("SELECT contact_id FROM suppressions", row => row.GetInt64(0))).Count);
    }

    /// <returns>Which of them were answered.</returns>
    private static async Task<IReadOnlyList<bool>> TextAsync(Newsroom room, string reader, params string[] bodies)
    {
        var answered = new List<bool>();
        foreach (var body in bodies)
        {
            answered.Add((await room.ReplyAsync(reader, body)).Reply is not null);
        }

        return answered;
    }

    private static Task DayPassesAsync(Newsroom room) => room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE inbox SET at = at - 86400001"), Token);
}
