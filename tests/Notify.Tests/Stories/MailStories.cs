using System.Net;
using System.Net.Http.Json;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>What readers find in their mailboxes, and what a mail is in the browser.</summary>
public sealed class MailStories(PostgresServer postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task Each_reader_is_written_to_in_the_language_they_signed_up_in(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        foreach (var (email, locale) in ((string, string)[])[("en@example.com", "en"), ("he@example.com", "he"), ("de@example.com", "de-at")])
        {
            await SignUpAsync(room, email, locale);
        }

        await room.FinishedAsync((await PublishAsync(room)).AlertId);

        var (english, hebrew, german) = (await NewestAsync(room, "en@example.com"), await NewestAsync(room, "he@example.com"), await NewestAsync(room, "de@example.com"));
        Assert.Equal(["Kim hilft", "Kim hilft", "Kim hilft"], new[] { english, hebrew, german }.Select(mail => mail.Subject));
        Assert.Contains("<html lang=\"he\" dir=\"rtl\">", hebrew.Html, StringComparison.Ordinal);
        Assert.Contains("<html lang=\"en\" dir=\"ltr\">", english.Html, StringComparison.Ordinal);
        Assert.Contains("Eilmeldung: Kim hilft", german.Text, StringComparison.Ordinal);
        Assert.Contains("src=\"https://yid-info.example/kim.jpg\" alt=\"Kim hilft\"", english.Html, StringComparison.Ordinal);
        Assert.Contains(Newsroom.PostalAddress, hebrew.Text, StringComparison.Ordinal);
        // The one who confirms was asked in their language, too.
        Assert.Contains("Bitte bestätigen", (await room.MailsAsync("de@example.com"))[0].Subject, StringComparison.Ordinal);
        // Each to their own: the link in the header is the one in both parts.
        foreach (var mail in (Newsroom.Mail[])[english, hebrew, german])
        {
            var link = Newsroom.LinkTo("/u/", mail.Text);
            Assert.Equal(link, Newsroom.LinkTo("/u/", mail.Html));
            Assert.Equal($"<{link}>", mail.Headers["List-Unsubscribe"]);
            Assert.True(mail.Raw.IndexOf("text/plain", StringComparison.Ordinal) < mail.Raw.IndexOf("text/html", StringComparison.Ordinal));
        }
    }

    [Theory, ClassData<Databases>]
    public async Task A_mail_in_the_browser_is_what_was_sent_and_holds_nobody(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await SignUpAsync(room, "one@example.com", "en");
        await SignUpAsync(room, "two@example.com", "en");
        await SignUpAsync(room, "three@example.com", "he");
        var (alert, article) = await PublishAsync(room);
        await room.FinishedAsync(alert);
        var mail = await NewestAsync(room, "one@example.com");
        var link = Newsroom.LinkTo("/view/", mail.Html);

        using var page = await room.Public.GetAsync(link, Token);
        var html = await page.Content.ReadAsStringAsync(Token);

        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Equal(mail.Html!.Replace(Newsroom.LinkTo("/u/", mail.Html), "/u", StringComparison.Ordinal).ReplaceLineEndings("\n").TrimEnd(), html.ReplaceLineEndings("\n").TrimEnd());
        Assert.Equal("noindex, nofollow, noarchive", Assert.Single(page.Headers.GetValues("X-Robots-Tag")));
        Assert.True(page.Headers.CacheControl!.NoStore);
        Assert.Contains("sandbox", Assert.Single(page.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.DoesNotContain("script-src", Assert.Single(page.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.False(page.Headers.Contains("Set-Cookie"));
        using var head = await room.Public.SendAsync(new HttpRequestMessage(HttpMethod.Head, link), Token);
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);

        // The same for everyone who got this mail; another for who got another.
        Assert.Equal(link, Newsroom.LinkTo("/view/", (await NewestAsync(room, "two@example.com")).Text));
        Assert.NotEqual(link, Newsroom.LinkTo("/view/", (await NewestAsync(room, "three@example.com")).Text));
        Assert.Contains("Whose mail shall we stop?", await room.Public.GetStringAsync("/u", Token), StringComparison.Ordinal);

        // What is changed later changes nothing of what was sent; what is taken back is not shown any more.
        await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE articles SET title = 'Other words' WHERE id = @id", ("id", article)), Token);
        Assert.Equal(html, await room.Public.GetStringAsync(link, Token));
        await room.Database.WriteAsync(async write => await write.ExecuteAsync("UPDATE articles SET unpublished_at = @now WHERE id = @id", ("now", await write.NowAsync()), ("id", article)), Token);
        using var gone = await room.Public.GetAsync(link, Token);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        Assert.Contains("This mail is not here any more", await gone.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        using var guessed = await room.Public.GetAsync(link[..^2] + "AA", Token);
        Assert.Equal(HttpStatusCode.NotFound, guessed.StatusCode);
    }

    private static async Task SignUpAsync(Newsroom room, string email, string locale)
    {
        using var response = await room.Public.PostAsJsonAsync("/api/subscriptions", new { email, locale, consent = true }, Token);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        await room.EventuallyAsync(async () => (await room.MailsAsync(email)).Count == 1, $"{email} is asked to confirm");
        using var confirmed = await room.Public.PostAsync(new Uri(Newsroom.LinkTo("/confirm/", (await room.MailsAsync(email))[0].Text)), content: null, Token);
        Assert.Equal(HttpStatusCode.OK, confirmed.StatusCode);
    }

    private static async Task<(Guid AlertId, Guid ArticleId)> PublishAsync(Newsroom room)
    {
        var (status, answer) = await room.PostArticleAsync(new { url = "https://yid-info.example/kim", title = "Kim hilft", summary = "Er sagt es.", imageUrl = "https://yid-info.example/kim.jpg", priority = "breaking" });
        Assert.Equal(HttpStatusCode.Created, status);
        return (answer.GetProperty("alertId").GetGuid(), answer.GetProperty("id").GetGuid());
    }

    private static async Task<Newsroom.Mail> NewestAsync(Newsroom room, string email) => (await room.MailsAsync(email))[^1];
}
