using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>Readers who take some topics, stop some, and come back for one.</summary>
public sealed class TopicStories(PostgresServer postgres)
{
    private const string All = "+12125550143";
    private const string Sport = "+12125550144";
    private const string SportAndLocal = "+12125550145";

    private static readonly (string, string)[] Topics =
    [
        ("Publication:Topics:0:Key", "sport"), ("Publication:Topics:0:Name", "Sport"), ("Publication:Topics:1:Key", "local"), ("Publication:Topics:1:Name", "Local news"),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task A_stopped_topic_comes_by_no_other_way(DatabaseProvider database)
    {
        await using var room = await OpenAsync(database);
        await room.SignUpAndConfirmTextAsync(All);
        await room.SignUpAndConfirmTextAsync(Sport, "sport");
        await room.SignUpAndConfirmTextAsync(SportAndLocal, "sport", "local");

        foreach (var reader in (string[])[All, Sport, SportAndLocal])
        {
            await room.ReplyAsync(reader, "STOP SPORT");
        }

        await TellAsync(room, "On both", "sport", "local");
        await room.ReplyAsync(All, "stop local news");
        await room.ReplyAsync(SportAndLocal, "stop local");
        await TellAsync(room, "On both again", "sport", "local");
        await TellAsync(room, "On nothing");

        Assert.Empty(await TitlesAsync(room, Sport));
        Assert.Equal(["On both"], await TitlesAsync(room, SportAndLocal));
        Assert.Equal(["On both", "On nothing"], await TitlesAsync(room, All));
        Assert.Equal(Enumerable.Repeat("stopped this topic", 4), await room.QueryAsync("SELECT reason FROM deliveries WHERE status = 7", row => row.GetString(0)));
    }

    [Theory, ClassData<Databases>]
    public async Task Who_comes_back_or_begins_with_one_topic_gets_that_one(DatabaseProvider database)
    {
        await using var room = await OpenAsync(database);
        const string Stopped = All, Stranger = "+12125550146", Asked = "+12125550147";
        await room.SignUpAndConfirmTextAsync(Stopped);
        await room.ReplyAsync(Stopped, "STOP");
        await room.SignUpAsync(Asked);
        await room.EventuallyAsync(async () => (await room.TextsAsync(Asked)).Count == 1, "the reader is asked");
        string[] readers = [Stopped, Stranger, Asked];

        foreach (var reader in readers)
        {
            Assert.Contains("Thanks for subscribing", (await room.ReplyAsync(reader, "Start sport")).Reply, StringComparison.Ordinal);
        }

        await TellAsync(room, "On the town", "local");
        await TellAsync(room, "On nothing");
        await TellAsync(room, "On sport", "sport");
        foreach (var reader in readers)
        {
            Assert.Equal(["On sport"], await TitlesAsync(room, reader));
            Assert.Contains("You get Sport.", (await room.ReplyAsync(reader, "LIST")).Reply, StringComparison.Ordinal);
        }
    }

    [Theory, ClassData<Databases>]
    public async Task Start_leaves_a_stopped_topic_stopped_unless_nothing_else_is_left(DatabaseProvider database)
    {
        await using var room = await OpenAsync(database);
        await room.SignUpAndConfirmTextAsync(All);
        await room.SignUpAndConfirmTextAsync(Sport, "sport");

        await room.ReplyAsync(All, "stop sport");
        await room.ReplyAsync(All, "STOP");
        await room.ReplyAsync(All, "START");
        await room.ReplyAsync(Sport, "stop sport");
        var listed = await room.ReplyAsync(Sport, "LIST");
        await room.ReplyAsync(Sport, "START");
        await TellAsync(room, "On sport", "sport");
        await TellAsync(room, "On the town", "local");

        Assert.Contains("Reply START to get them", listed.Reply, StringComparison.Ordinal);
        Assert.Equal(["On the town"], await TitlesAsync(room, All));
        Assert.Equal(["On sport"], await TitlesAsync(room, Sport));
    }

    private Task<Newsroom> OpenAsync(DatabaseProvider database) => Newsroom.OpenAsync(database, postgres, Topics);

    private static async Task TellAsync(Newsroom room, string title, params string[] topics) => await room.FinishedAsync(await room.PublishAsync(title, topics: topics));

    /// <summary>The titles of the articles that reached a handset, in order.</summary>
    private static async Task<IReadOnlyList<string>> TitlesAsync(Newsroom room, string reader) =>
        [.. (await room.TextsAsync(reader)).Where(text => text.Contains(" http", StringComparison.Ordinal)).Select(text => text.Split(": ", 2)[1].Split(" http")[0])];
}
