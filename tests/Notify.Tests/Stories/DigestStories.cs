using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>One message a day or a week instead of each article at once.</summary>
public sealed class DigestStories(PostgresServer postgres)
{
    private const string Reader = "+12125550143";
    private const string Other = "+12125550188";
    private const string Email = "reader@example.com";

    private static readonly (string, string)[] Topics =
        [("Publication:Topics:0:Key", "sport"), ("Publication:Topics:0:Name", "Sport"), ("Publication:Topics:1:Key", "local"), ("Publication:Topics:1:Name", "Local news")];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task A_daily_reader_gets_all_that_is_new_in_one_text_and_nothing_twice(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres, Topics);
        await SignUpAsync(room, Reader, "daily");
        await room.SignUpAndConfirmTextAsync(Other);
        foreach (var title in (string[])["First story", "Second story", "Third story"])
        {
            await room.FinishedAsync(await room.PublishAsync(title, topics: "sport"));
        }

        Assert.Equal(3, (await TitlesAsync(room, Other)).Count);
        Assert.Empty(await TitlesAsync(room, Reader));
        await DueAsync(room);
        await room.EventuallyAsync(async () => (await TitlesAsync(room, Reader)).Count == 1, "the digest is there", hurry: true);

        var text = Assert.Single(await TitlesAsync(room, Reader));
        Assert.StartsWith("Yid-Info: 3 new stories: Third story ", text, StringComparison.Ordinal);
        Assert.EndsWith(" STOP to end", text, StringComparison.Ordinal);
        using var page = await room.Public.GetAsync(new Uri(Newsroom.LinkTo("/d/", text)), Token);
        var shown = await page.Content.ReadAsStringAsync(Token);
        Assert.All((string[])["First story", "Second story", "Third story"], title => Assert.Contains(title, shown, StringComparison.Ordinal));

        // Nothing new: no digest. One more: that one only, with its own address.
        await DueAsync(room);
        await room.ReconcileAsync();
        await room.EventuallyAsync(async () => !await IsDueAsync(room), "the empty digest is passed over", hurry: true);
        Assert.Single(await TitlesAsync(room, Reader));
        await room.FinishedAsync(await room.PublishAsync("Fourth story", "https://yid-info.example/fourth", "local"));
        await DueAsync(room);
        await room.EventuallyAsync(async () => (await TitlesAsync(room, Reader)).Count == 2, "the next digest is there", hurry: true);
        Assert.Equal("Yid-Info: Fourth story https://yid-info.example/fourth STOP to end", (await TitlesAsync(room, Reader))[1]);
    }

    [Theory, ClassData<Databases>]
    public async Task Why_says_in_which_digest_an_article_was(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await SignUpAsync(room, Reader, "weekly");
        var url = "https://yid-info.example/first";
        await room.FinishedAsync(await room.PublishAsync("First story", url));
        await room.FinishedAsync(await room.PublishAsync("Second story"));

        var before = await WhyAsync(room, url);
        await DueAsync(room);
        await room.EventuallyAsync(async () => (await TitlesAsync(room, Reader)).Count == 1, "the digest is there", hurry: true);
        await room.EventuallyAsync(async () => (await WhyAsync(room, url)).GetProperty("status").GetString() == "delivered", "it is delivered");
        var after = await WhyAsync(room, url);

        Assert.Equal(("pending", "digest"), (before.GetProperty("status").GetString(), before.GetProperty("reason").GetString()));
        Assert.Equal(("digest", "First story"), (after.GetProperty("purpose").GetString(), after.GetProperty("articleTitle").GetString()));
        Assert.Contains("It is in the digest of", after.GetProperty("explanation").GetString(), StringComparison.Ordinal);
        var all = await room.Api.GetFromJsonAsync<JsonElement>($"/api/deliveries?contact={Uri.EscapeDataString(Reader)}", Token);
        Assert.Equal("Second story (+1)", all.EnumerateArray().Single(story => story.GetProperty("purpose").GetString() == "digest").GetProperty("articleTitle").GetString());
    }

    [Theory, ClassData<Databases>]
    public async Task By_mail_it_is_a_list_in_the_readers_language_and_what_was_taken_back_is_not_in_it(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres, Topics);
        await room.SignUpAndConfirmMailAsync(Email);
        await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE subscriptions SET locale = 'he'"), Token);
        await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE subscriptions SET frequency = 2, digest_from = 0, digest_at = 9999999999999"), Token);
        await room.FinishedAsync(await room.PublishAsync("First story", topics: "sport"));
        await room.FinishedAsync(await room.PublishAsync("Taken back"));
        var cancelled = await room.PublishAsync("Cancelled");
        await room.FinishedAsync(cancelled);
        await room.FinishedAsync(await room.PublishAsync("Last story"));
        await room.PostAsync($"/api/alerts/{cancelled}/cancel");
        await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE articles SET unpublished_at = 1 WHERE title = 'Taken back'"), Token);

        await DueAsync(room);
        await room.EventuallyAsync(async () => (await room.MailsAsync(Email)).Count == 2, "the digest is there", hurry: true);

        var mail = (await room.MailsAsync(Email))[1];
        Assert.Equal("2 כתבות חדשות: Last story", mail.Subject);
        Assert.Contains("dir=\"rtl\"", mail.Html, StringComparison.Ordinal);
        Assert.True(mail.Html!.IndexOf("Last story", StringComparison.Ordinal) is var last && mail.Html.IndexOf(">First story<", StringComparison.Ordinal) > last);
        Assert.DoesNotContain("Taken back", mail.Raw, StringComparison.Ordinal);
        Assert.DoesNotContain("Cancelled", mail.Raw, StringComparison.Ordinal);
        Assert.Equal("List-Unsubscribe=One-Click", mail.Headers["List-Unsubscribe-Post"]);

        // The foot leads to the reader's own page; the way there changes nothing.
        using var way = await room.Public.GetAsync(new Uri(Newsroom.LinkTo("/u/", mail.Text) + "/preferences"), Token);
        Assert.Equal(HttpStatusCode.Found, way.StatusCode);
        using var page = await room.Public.GetAsync(way.Headers.Location, Token);
        Assert.Contains("One digest a day", await page.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Theory, ClassData<Databases>]
    public async Task What_is_told_in_digests_only_comes_once_to_who_takes_each_article(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.SignUpAndConfirmTextAsync(Reader);
        await room.FinishedAsync(await room.PublishAsync("At once"));
        var (_, answer) = await room.PostArticleAsync(new { url = "https://yid-info.example/calm", title = "Calm news", hold = true });
        var alert = answer.GetProperty("alertId").GetGuid();
        await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE alerts SET route = 2 WHERE id = @id", ("id", alert)), Token);
        await room.PostAsync($"/api/alerts/{alert}/resume");
        await room.FinishedAsync(alert, hurry: true);

        Assert.Single(await TitlesAsync(room, Reader));
        await DueAsync(room);
        await room.EventuallyAsync(async () => (await TitlesAsync(room, Reader)).Count == 2, "the digest is there", hurry: true);

        Assert.Equal("Yid-Info: Calm news https://yid-info.example/calm STOP to end", (await TitlesAsync(room, Reader))[1]);
        Assert.Equal([(1, 1)], await room.QueryAsync("SELECT frequency, CASE WHEN digest_at IS NULL THEN 1 ELSE 0 END FROM subscriptions", row => (row.GetInt32(0), row.GetInt32(1))));
    }

    [Theory, ClassData<Databases>]
    public async Task Less_is_a_digest_a_day_and_start_is_each_article_again(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.SignUpAndConfirmTextAsync(Reader);

        var less = await room.ReplyAsync(Reader, "LESS");
        await room.FinishedAsync(await room.PublishAsync("While less"));
        var again = await room.ReplyAsync(Reader, "less");
        var start = await room.ReplyAsync(Reader, "START");
        await room.FinishedAsync(await room.PublishAsync("At once again"));

        Assert.Equal("Yid-Info: From now on one text a day at 18:00, with all that is new. Reply START for each story at once, STOP to end all texts.", less.Reply);
        Assert.StartsWith("Yid-Info: For fewer texts reply STOP with a topic", (again.Reply ?? "").Replace("You get no texts", "For fewer texts reply STOP with a topic", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("Thanks for subscribing", start.Reply, StringComparison.Ordinal);
        Assert.Equal(["At once again"], (await TitlesAsync(room, Reader)).Select(text => text.Split(": ")[1].Split(" http")[0]));
        Assert.Equal(2, (await room.QueryAsync("SELECT evidence FROM consent_entries WHERE kind = 16 ORDER BY at", row => row.GetString(0))).Count);

        // What waited goes once more, when it would have gone.
        await DueAsync(room);
        await room.EventuallyAsync(async () => (await TitlesAsync(room, Reader)).Count == 2, "the last digest is there", hurry: true);
        Assert.Contains("While less", (await TitlesAsync(room, Reader))[1], StringComparison.Ordinal);
    }

    [Theory, ClassData<Databases>]
    public async Task A_digest_counts_as_one_text_of_the_day(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres, ("Publication:MaxTextsPerDay", "1"));
        await SignUpAsync(room, Reader, "daily");
        await room.FinishedAsync(await room.PublishAsync("First story"));
        await room.FinishedAsync(await room.PublishAsync("Second story"));
        await DueAsync(room);
        await room.EventuallyAsync(async () => (await TitlesAsync(room, Reader)).Count == 1, "the digest is there", hurry: true);

        await room.FinishedAsync(await room.PublishAsync("Third story"));
        await DueAsync(room);
        await room.EventuallyAsync(async () => (await room.QueryAsync("SELECT 1 FROM deliveries WHERE status = 1", row => row.GetInt32(0))).Count == 1, "the next is held until tomorrow", hurry: true);

        Assert.Single(await TitlesAsync(room, Reader));
    }

    [Theory, ClassData<Databases>]
    public async Task A_server_that_was_down_for_days_sends_one_digest(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await SignUpAsync(room, Reader, "daily");
        await room.FinishedAsync(await room.PublishAsync("First story"));
        await room.StopAsync();
        await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE subscriptions SET digest_at = digest_at - 400000000"), Token);

        await room.StartAsync();
        await room.EventuallyAsync(async () => (await TitlesAsync(room, Reader)).Count == 1, "the digest is there", hurry: true);
        await room.ReconcileAsync();

        Assert.Single(await TitlesAsync(room, Reader));
        Assert.Equal([1], await room.QueryAsync($"SELECT CASE WHEN digest_at > {DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()} THEN 1 ELSE 0 END FROM subscriptions", row => row.GetInt32(0)));
    }

    [Theory]
    [InlineData("daily", true), InlineData("weekly", true), InlineData("instant", true), InlineData("hourly", false)]
    public async Task The_sign_up_takes_a_frequency_there_is(string frequency, bool isGood)
    {
        await using var room = await Newsroom.OpenAsync(DatabaseProvider.Sqlite, postgres);

        using var response = await room.Public.PostAsJsonAsync("/api/subscriptions", new { phone = Reader, frequency, consent = true }, Token);

        Assert.Equal(isGood ? HttpStatusCode.Accepted : HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(!isGood, (await response.Content.ReadAsStringAsync(Token)).Contains("\"frequency\":[", StringComparison.Ordinal));
    }

    private static async Task SignUpAsync(Newsroom room, string phone, string frequency)
    {
        using var response = await room.Public.PostAsJsonAsync("/api/subscriptions", new { phone, frequency, consent = true }, Token);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        await room.EventuallyAsync(async () => (await room.TextsAsync(phone)).Count == 1, "it is asked to confirm");
        await room.ReplyAsync(phone, "Y");
    }

    /// <summary>The hour has come.</summary>
    private static Task DueAsync(Newsroom room) => room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE subscriptions SET digest_at = 1 WHERE digest_at IS NOT NULL"), Token);

    private static async Task<bool> IsDueAsync(Newsroom room) => (await room.QueryAsync("SELECT 1 FROM subscriptions WHERE digest_at = 1", row => row.GetInt32(0))).Count > 0;

    private static async Task<JsonElement> WhyAsync(Newsroom room, string article) => Assert.Single((await room.Api.GetFromJsonAsync<JsonElement>(
        $"/api/deliveries?contact={Uri.EscapeDataString(Reader)}&article={Uri.EscapeDataString(article)}", Token)).EnumerateArray());

    private static async Task<IReadOnlyList<string>> TitlesAsync(Newsroom room, string reader) => [.. (await room.TextsAsync(reader)).Where(text => text.Contains(" http", StringComparison.Ordinal))];
}
