using System.Net;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>A yes is a yes to what was asked, not to what somebody else asked for meanwhile.</summary>
public sealed class ConfirmationStories(PostgresServer postgres)
{
    private const string Phone = "+12125550143";
    private const string Email = "reader@example.com";

    [Theory, ClassData<Databases>]
    public async Task A_link_confirms_the_request_it_was_sent_for(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.SignUpAsync(email: Email, topics: "politics");
        await room.EventuallyAsync(async () => (await room.MailsAsync(Email)).Count == 1, "the reader is asked");
        await room.SignUpAsync(email: Email, topics: "world-news");

        using var pressed = await room.Public.PostAsync(new Uri(Newsroom.LinkTo("/confirm/", (await room.MailsAsync(Email))[0].Text)), content: null, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, pressed.StatusCode);
        Assert.Equal(["politics"], await TopicsAsync(room));
    }

    [Theory, ClassData<Databases>]
    public async Task A_texted_yes_confirms_the_request_it_was_asked_about(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.SignUpAsync(Phone, topics: "politics");
        await room.EventuallyAsync(async () => (await room.TextsAsync(Phone)).Count == 1, "the reader is asked");
        await room.SignUpAsync(Phone, topics: "world-news");

        await room.ReplyAsync(Phone, "Y");

        Assert.Equal(["politics"], await TopicsAsync(room));
    }

    [Theory, ClassData<Databases>]
    public async Task A_texted_yes_confirms_no_request_that_nobody_was_asked_about(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.SignUpAndConfirmTextAsync(Phone, "politics");
        await room.SignUpAsync(Phone, topics: "world-news");
        // As if the request had come within the time in which nobody is asked again.
        await room.Database.WriteAsync(async write =>
        {
            await write.ExecuteAsync("DELETE FROM deliveries WHERE subject_id IN (SELECT id FROM opt_ins WHERE confirmed_at IS NULL)");
        }, TestContext.Current.CancellationToken);

        await room.ReplyAsync(Phone, "Y");

        Assert.Equal(["politics"], await TopicsAsync(room));
        Assert.Equal(1, (await room.QueryAsync("SELECT count(*) FROM opt_ins WHERE confirmed_at IS NOT NULL", row => row.GetInt64(0)))[0]);
    }

    private static Task<IReadOnlyList<string>> TopicsAsync(Newsroom room) => room.QueryAsync("SELECT topic FROM subscription_topics", row => row.GetString(0));
}
