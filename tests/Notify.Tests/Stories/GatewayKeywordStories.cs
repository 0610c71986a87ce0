using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>Who answers what at a gateway: Notify, or the gateway itself what the settings list, and never both.</summary>
public sealed class GatewayKeywordStories(PostgresServer postgres)
{
    private static readonly string[] Listed = ["STOP", "revoke", "END", "START", "HELP"];

    public static TheoryData<DatabaseProvider, bool, string, bool, bool, bool> Rows()
    {
        var rows = new TheoryData<DatabaseProvider, bool, string, bool, bool, bool>();
        foreach (var database in Enum.GetValues<DatabaseProvider>())
        {
            foreach (var (answersItself, body, theirs, ours, active) in new[]
            {
                (true, "STOP", true, false, false),
                (true, "Revoke", true, false, false),
                (true, "HELP", true, false, true),
                (true, "opt out", false, true, false),
                (true, "please stop texting me", false, true, false),
                (true, "list", false, true, true),
                (true, "Great story, thanks!", false, false, true),
                // Whether it overlooks the blank nobody knows: better none than two.
                (true, "STOP ", false, false, false),
                (false, "STOP", false, true, false),
                (false, "HELP", false, true, true),
            })
            {
                rows.Add(database, answersItself, body, theirs, ours, active);
            }
        }

        return rows;
    }

    [Theory, MemberData(nameof(Rows))]
    public async Task Answers(DatabaseProvider database, bool answersItself, string body, bool theirs, bool ours, bool active)
    {
        (string, string)[] settings = answersItself ? [("HttpTexts:0:Senders:0:KeywordReplies", "Provider"), .. Listed.Select((word, i) => ($"HttpTexts:0:Senders:0:Keywords:{i}", word))] : [];
        await using var room = await Newsroom.OpenGatewayAsync(database, postgres, settings);
        await room.FaultAsync(new { keywords = answersItself });
        var (phones, _) = await room.AddReadersAsync(byText: 1, byMail: 0);
        await room.FinishedAsync(await room.PublishAsync("First"));

        await room.ReplyAsync(phones[0], body);
        await room.EventuallyAsync(async () => (await room.QueryAsync("SELECT count(*) FROM deliveries WHERE status IN (0, 2)", row => row.GetInt32(0)))[0] == 0, "nothing waits to leave");

        Assert.Equal(1 + (theirs ? 1 : 0) + (ours ? 1 : 0), (await room.TextsAsync(phones[0])).Count);
        Assert.Equal([ours ? 2 : 1], await room.QueryAsync("SELECT count(*) FROM deliveries", row => row.GetInt32(0)));
        Assert.Equal([active ? 2 : 3], await room.QueryAsync("SELECT state FROM subscriptions", row => row.GetInt32(0)));
    }
}
