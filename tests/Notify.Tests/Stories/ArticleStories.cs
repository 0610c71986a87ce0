using System.Net;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>One article, one alert, however often and however spelt it is handed in; and only to those who asked for it.</summary>
public sealed class ArticleStories(PostgresServer postgres)
{
    [Theory, ClassData<Databases>]
    public async Task The_same_article_in_other_spellings_is_one_alert(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        var (phones, _) = await room.AddReadersAsync(byText: 1, byMail: 0);
        const string Url = "https://yid-info.example/world/kim";
        var (created, first) = await room.PostArticleAsync(new { url = Url, title = "Kim offers support", guid = "tag:yid-info,1" }, "key-1");
        object[] again =
        [
            new { url = Url, title = "Kim offers support" },
            new { url = "HTTPS://YID-Info.example:443/world/kim#top", title = "Kim offers more" },
            new { url = Url + "?utm_source=feed&utm_medium=rss", title = "Kim offers support" },
            new { url = "https://yid-info.example/p/77", title = "Kim offers support", guid = "tag:yid-info,1" },
        ];

        foreach (var article in again)
        {
            var (status, answer) = await room.PostArticleAsync(article);
            Assert.Equal(HttpStatusCode.OK, status);
            Assert.Equal(first.GetRawText(), answer.GetRawText());
        }

        var (byKey, sameKey) = await room.PostArticleAsync(new { url = Url, title = "Kim offers support", guid = "tag:yid-info,1" }, "key-1");
        var (otherBody, refused) = await room.PostArticleAsync(new { url = "https://yid-info.example/p/78", title = "Kim offers support" }, "key-1");
        await room.FinishedAsync(first.GetProperty("alertId").GetGuid());

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK), (created, byKey));
        Assert.Equal(first.GetRawText(), sameKey.GetRawText());
        Assert.Equal(HttpStatusCode.UnprocessableEntity, otherBody);
        Assert.Contains("key of its own", refused.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Single(await room.TextsAsync(phones[0]));
        Assert.Single(await room.QueryAsync("SELECT id FROM alerts", row => row.GetGuid(0)));
    }

    [Theory, ClassData<Databases>]
    public async Task Twenty_who_hand_in_the_same_article_at_once_make_one_alert(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        var (phones, _) = await room.AddReadersAsync(byText: 1, byMail: 0);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => room.PostArticleAsync(
            new { url = "https://yid-info.example/world/kim", title = "Kim offers support", guid = i % 2 == 0 ? "guid-a" : null }, i % 6 == 0 ? "key" : null)));
        await room.FinishedAsync(answers[0].Answer.GetProperty("alertId").GetGuid());

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
        Assert.Equal(19, answers.Count(answer => answer.Status == HttpStatusCode.OK));
        Assert.Single(answers.Select(answer => answer.Answer.GetRawText()).Distinct(StringComparer.Ordinal));
        Assert.Single(await room.TextsAsync(phones[0]));
    }

    [Theory, ClassData<Databases>]
    public async Task An_article_goes_to_those_who_chose_one_of_its_topics_and_to_those_who_take_all(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        const string All = "+12125550140", Politics = "+12125550141", World = "+12125550142", Both = "+12125550143";
        await room.SignUpAndConfirmTextAsync(All);
        await room.SignUpAndConfirmTextAsync(Politics, "politics");
        await room.SignUpAndConfirmTextAsync(World, "world-news");
        await room.SignUpAndConfirmTextAsync(Both, "politics", "world-news");

        await room.FinishedAsync(await room.PublishAsync("About politics", topics: "politics"));
        await room.FinishedAsync(await room.PublishAsync("About both", topics: ["politics", "world-news"]));
        await room.FinishedAsync(await room.PublishAsync("About nothing"));

        Assert.Equal(["About politics", "About both", "About nothing"], await HeadlinesAsync(room, All));
        Assert.Equal(["About politics", "About both"], await HeadlinesAsync(room, Politics));
        Assert.Equal(["About both"], await HeadlinesAsync(room, World));
        Assert.Equal(["About politics", "About both"], await HeadlinesAsync(room, Both));
    }

    [Theory, ClassData<Databases>]
    public async Task Without_a_key_or_with_the_wrong_one_nothing_is_published(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        using var content = new StringContent("""{ "url": "https://yid-info.example/x", "title": "X" }""", System.Text.Encoding.UTF8, "application/json");

        using var anonymous = await room.Public.PostAsync("/api/articles", content, TestContext.Current.CancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/articles") { Content = content, Headers = { Authorization = new("Bearer", "guess") } };
        using var guessed = await room.Public.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), (anonymous.StatusCode, guessed.StatusCode));
        Assert.Empty(await room.QueryAsync("SELECT id FROM articles", row => row.GetGuid(0)));
    }

    [Theory, ClassData<Databases>]
    public async Task Where_nothing_can_be_sent_an_article_is_refused_and_not_stored(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres, ("Sandbox:Enabled", "false"));

        var (status, answer) = await room.PostArticleAsync(new { url = "https://yid-info.example/x", title = "X" });

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("hand the article in again", answer.GetProperty("errors").GetProperty("senders")[0].GetString(), StringComparison.Ordinal);
        Assert.Empty(await room.QueryAsync("SELECT id FROM articles", row => row.GetGuid(0)));
        Assert.Empty(await room.QueryAsync("SELECT id FROM alerts", row => row.GetGuid(0)));
    }

    private static async Task<IEnumerable<string>> HeadlinesAsync(Newsroom room, string phone) =>
        (await room.TextsAsync(phone)).Where(text => text.Contains("https://", StringComparison.Ordinal) && text.Contains("About", StringComparison.Ordinal))
            .Select(text => text[(text.IndexOf("About", StringComparison.Ordinal))..text.IndexOf(" https", StringComparison.Ordinal)]);
}
