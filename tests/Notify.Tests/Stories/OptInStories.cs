using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>From the form to the article on the handset and in the mailbox.</summary>
public sealed class OptInStories(PostgresServer postgres)
{
    private const string Phone = "+12125550143";
    private const string Email = "reader@example.com";

    [Theory, ClassData<Databases>]
    public async Task A_reader_who_confirms_gets_the_article_by_text_and_by_mail(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.SignUpAndConfirmTextAsync(Phone);
        await room.SignUpAndConfirmMailAsync(Email);

        var alert = await room.PublishAsync("Kim offers support", "https://yid-info.example/world/kim");
        var shown = await room.FinishedAsync(alert);

        Assert.Equal(2, shown.Counts.Sent);
        Assert.Equal("Yid-Info: Kim offers support https://yid-info.example/world/kim STOP to end", (await room.TextsAsync(Phone))[^1]);
        Assert.Equal("Kim offers support", (await room.MailsAsync(Email))[^1].Subject);
    }

    [Theory, ClassData<Databases>]
    public async Task A_mail_says_who_sent_it_and_how_to_leave(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.SignUpAndConfirmMailAsync(Email);

        await room.FinishedAsync(await room.PublishAsync("Kim offers support"));

        var mail = (await room.MailsAsync(Email))[^1];
        Assert.StartsWith($"<{room.Url}u/", mail.Headers["List-Unsubscribe"], StringComparison.Ordinal);
        Assert.Equal("List-Unsubscribe=One-Click", mail.Headers["List-Unsubscribe-Post"]);
        Assert.Equal("<news.mail.example.com>", mail.Headers["List-Id"]);
        Assert.Matches(@"^<[0-9a-z]+\.[0-9a-z]+\.[0-9a-z]{13}@mail\.example\.com>$", mail.Headers["Message-Id"]);
        Assert.Contains("\nContent-Type: multipart/alternative;", mail.Raw, StringComparison.Ordinal);
        Assert.Contains(Newsroom.PostalAddress, mail.Text, StringComparison.Ordinal);
        Assert.Contains(Newsroom.PostalAddress, mail.Html, StringComparison.Ordinal);
        Assert.Equal(mail.Headers["List-Unsubscribe"].Trim('<', '>'), Newsroom.LinkTo("/u/", mail.Text));
        Assert.Equal(mail.Headers["List-Unsubscribe"].Trim('<', '>'), Newsroom.LinkTo("/u/", mail.Html));
    }

    [Theory, ClassData<Databases>]
    public async Task Nobody_is_told_anything_before_they_confirm(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.SignUpAsync(Phone, Email);
        await room.EventuallyAsync(async () => (await room.MailsAsync(Email)).Count == 1 && (await room.TextsAsync(Phone)).Count == 1, "both are asked to confirm");
        using var opened = await room.Public.GetAsync(new Uri(Newsroom.LinkTo("/confirm/", (await room.MailsAsync(Email))[0].Text)), TestContext.Current.CancellationToken);

        var shown = await room.FinishedAsync(await room.PublishAsync("Too early"));

        Assert.Equal(HttpStatusCode.OK, opened.StatusCode);
        Assert.Equal(0, shown.Counts.Decided);
        Assert.Single(await room.TextsAsync(Phone));
        Assert.Single(await room.MailsAsync(Email));
    }

    [Theory, ClassData<Databases>]
    public async Task Signing_up_again_and_again_at_once_asks_once_and_subscribes_once(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => room.SignUpAsync(Phone, Email)));
        await room.EventuallyAsync(async () => (await room.MailsAsync(Email)).Count > 0 && (await room.TextsAsync(Phone)).Count > 0, "both are asked to confirm");
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => room.ReplyAsync(Phone, "Y")));
        await room.SignUpAsync(Phone, Email);
        var shown = await room.FinishedAsync(await room.PublishAsync("Once"));

        Assert.Equal(1, shown.Counts.Decided);
        Assert.Single(await room.MailsAsync(Email));
        Assert.Single(await room.TextsAsync(Phone), text => text.Contains("Reply Y", StringComparison.Ordinal));
        Assert.Single(await room.TextsAsync(Phone), text => text.Contains("Once", StringComparison.Ordinal));
    }

    [Theory, ClassData<Databases>]
    public async Task The_answer_does_not_tell_who_is_known(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.SignUpAndConfirmTextAsync(Phone);

        using var known = await room.Public.PostAsJsonAsync("/api/subscriptions", new { phone = Phone, consent = true }, TestContext.Current.CancellationToken);
        using var unknown = await room.Public.PostAsJsonAsync("/api/subscriptions", new { phone = "+12125550144", consent = true }, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Accepted, known.StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, unknown.StatusCode);
        Assert.Equal(await unknown.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), await known.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Theory, ClassData<Databases>]
    public async Task A_form_with_faults_says_each_at_its_field_and_stores_nothing(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);

        using var response = await room.Public.PostAsJsonAsync("/api/subscriptions", new { phone = "12", email = "nobody", topics = new[] { "sports" }, consent = false }, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var errors = (await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("errors");
        Assert.Equal(["consent", "email", "phone", "topics"], errors.EnumerateObject().Select(e => e.Name).Order(StringComparer.Ordinal));
        Assert.Empty(await room.TextCountsAsync());
    }
}
