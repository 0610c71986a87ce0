using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>An article's life as a CMS lives it: handed in, edited, corrected, taken back, and each of these once more.</summary>
public sealed class LifeStories(PostgresServer postgres)
{
    private const string Url = "https://yid-info.example/kim";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task An_edit_while_it_can_be_taken_back_goes_out_and_a_correction_reaches_those_who_got_it(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        var (phones, emails) = await room.AddReadersAsync(byText: 2, byMail: 1);
        var (_, handed) = await room.PostArticleAsync(new { url = Url, title = "Kim ofers ten", hold = true });
        var (article, alert) = (handed.GetProperty("id").GetGuid(), handed.GetProperty("alertId").GetGuid());

        var (_, goesOut) = await PutAsync(room, article, new { url = Url, title = "Kim offers ten" });
        await room.PostAsync($"/api/alerts/{alert}/resume");
        await room.FinishedAsync(alert);
        await room.AddReadersAsync(byText: 1, byMail: 0);
        var (_, archived) = await PutAsync(room, article, new { url = Url, title = "Kim offers two" });
        var (_, corrected) = await PutAsync(room, article, new { url = Url, title = "Kim offers two", correction = true });
        var correction = corrected.GetProperty("correctionAlertId").GetGuid();
        await room.FinishedAsync(correction);
        var (_, again) = await PutAsync(room, article, new { url = Url, title = "Kim offers two", correction = true });

        Assert.Equal(["goesOut", "archiveOnly", "correction"], new[] { goesOut, archived, corrected }.Select(answer => answer.GetProperty("effect").GetString()));
        Assert.Equal(correction, again.GetProperty("correctionAlertId").GetGuid());
        string[] texts = [$"Yid-Info: Kim offers ten {Url} STOP to end", $"Yid-Info: Correction: Kim offers two {Url} STOP to end"];
        Assert.Equal(texts, await room.TextsAsync(phones[0]));
        Assert.Equal(texts, await room.TextsAsync(phones[1]));
        Assert.Equal(["Kim offers ten", "Correction: Kim offers two"], (await room.MailsAsync(emails[0])).Select(mail => mail.Subject));
        Assert.Equal(2, (await room.TextCountsAsync()).Count);
        var why = await room.Api.GetFromJsonAsync<JsonElement>($"/api/deliveries?contact={Uri.EscapeDataString(phones[0])}&article={article}", Token);
        Assert.Equal(2, why.GetArrayLength());
    }

    [Theory, ClassData<Databases>]
    public async Task What_is_taken_back_is_not_sent_and_is_not_looked_at_any_more(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        var (phones, emails) = await room.AddReadersAsync(byText: 1, byMail: 1);
        await room.PostAsync("/api/sending/pause");
        var (_, handed) = await room.PostArticleAsync(new { url = Url, title = "Too early" });
        var (article, alert) = (handed.GetProperty("id").GetGuid(), handed.GetProperty("alertId").GetGuid());
        await room.EventuallyAsync(async () => (await room.AlertAsync(alert)).Counts.Pending == 2, "the audience stands");

        using var deleted = await room.Api.DeleteAsync($"/api/articles/{article}", Token);
        using var again = await room.Api.DeleteAsync($"/api/articles/{article}", Token);
        using var nobodys = await room.Api.DeleteAsync($"/api/articles/{Guid.CreateVersion7()}", Token);
        var (edit, problem) = await PutAsync(room, article, new { url = Url, title = "Again" });
        await room.PostAsync("/api/sending/resume");
        await room.FinishedAsync(alert);

        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NoContent, HttpStatusCode.NotFound, HttpStatusCode.Conflict), (deleted.StatusCode, again.StatusCode, nobodys.StatusCode, edit));
        Assert.Equal("This article was taken back.", problem.GetProperty("title").GetString());
        Assert.Empty(await room.TextsAsync(phones[0]));
        Assert.Empty(await room.MailsAsync(emails[0]));
        Assert.All(await room.QueryAsync("SELECT reason FROM deliveries", row => row.GetString(0)), reason => Assert.Equal("unpublished", reason));
    }

    [Theory, ClassData<Databases>]
    public async Task Twenty_requests_under_one_key_are_one_and_another_body_is_told_so(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        object one = new { url = Url, title = "One" }, other = new { url = Url + "/2", title = "Two" };

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => room.PostArticleAsync(i % 4 == 3 ? other : one, "key")));
        var later = await room.PostArticleAsync(one, "key");

        // Whichever of the two came first holds the key.
        var winner = Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created).Answer.GetRawText();
        Assert.All(answers.Append(later), answer => Assert.True(
            answer.Status == HttpStatusCode.UnprocessableEntity ? answer.Answer.TryGetProperty("detail", out _) : answer.Answer.GetRawText() == winner, answer.Answer.GetRawText()));
        Assert.Single(await room.QueryAsync("SELECT id FROM articles", row => row.GetGuid(0)));
    }

    [Theory, ClassData<Databases>]
    public async Task A_time_is_taken_shown_and_refused_where_it_makes_no_sense(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.AddReadersAsync(byText: 1, byMail: 0);
        var tomorrow = TimeProvider.System.GetUtcNow().AddDays(1);

        var (created, planned) = await room.PostArticleAsync(new { url = Url, title = "Planned", sendAt = tomorrow });
        var (_, local) = await room.PostArticleAsync(new { url = Url + "/local", title = "Local", sendAtLocal = "07:30" });
        (object Article, string Field)[] wrong =
        [
            (new { url = Url, title = "X", sendAt = tomorrow.AddDays(-3) }, "sendAt"), (new { url = Url, title = "X", sendAt = tomorrow.AddDays(200) }, "sendAt"), (new { url = Url, title = "X", sendAtLocal = "7.30" }, "sendAtLocal"),
            (new { url = Url, title = "X", sendAt = tomorrow, expires = tomorrow.AddHours(-1) }, "expires"),
        ];

        var shown = await room.Api.GetFromJsonAsync<JsonElement>($"/api/alerts/{planned.GetProperty("alertId").GetGuid()}", Token);
        var shownLocal = await room.Api.GetFromJsonAsync<JsonElement>($"/api/alerts/{local.GetProperty("alertId").GetGuid()}", Token);
        Assert.Equal((HttpStatusCode.Created, "scheduled", tomorrow.ToUnixTimeSeconds()), (created, shown.GetProperty("state").GetString(), shown.GetProperty("startsAt").GetDateTimeOffset().ToUnixTimeSeconds()));
        Assert.Equal("07:30", shownLocal.GetProperty("sendAtLocal").GetString());
        foreach (var (article, field) in wrong)
        {
            var (status, answer) = await room.PostArticleAsync(article);
            Assert.Equal(HttpStatusCode.BadRequest, status);
            Assert.True(answer.GetProperty("errors").TryGetProperty(field, out _), answer.GetRawText());
        }
    }

    private static async Task<(HttpStatusCode Status, JsonElement Answer)> PutAsync(Newsroom room, Guid article, object body)
    {
        using var response = await room.Api.PutAsJsonAsync($"/api/articles/{article}", body, Token);
        return (response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>(Token));
    }
}
