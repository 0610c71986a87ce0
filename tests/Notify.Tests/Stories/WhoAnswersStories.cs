using Notify.Providers.Twilio;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>
/// Who answers what: whoever the kind of the sender makes answer, once, and never two. Each row is one of Twilio's support pages; what it comes to
/// for the reader is the same everywhere.
/// </summary>
public sealed class WhoAnswersStories(PostgresServer postgres)
{
    private const string LongCode = "+15005550006";
    private const string TollFree = "+18885550100";
    private const string ShortCode = "55555";
    private const string Service = "MG0123456789abcdef0123456789abcdef";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, string, bool, bool, bool> Rows()
    {
        var rows = new TheoryData<string, string, string, bool, bool, bool>();
        foreach (var (sender, replies, body, theirs, ours, active) in new[]
        {
            (LongCode, "Provider", "STOP", true, false, false),
            (LongCode, "Provider", "Revoke", true, false, false),
            (LongCode, "Provider", "opt out", false, true, false),
            (LongCode, "Provider", "STOP ", false, true, false),
            (TollFree, "Provider", " STOP", false, true, false),
            (LongCode, "Provider", "please stop texting me", false, true, false),
            (LongCode, "Provider", "HELP", true, false, true),
            (LongCode, "Provider", "list", false, true, true),
            (LongCode, "Provider", "who is this", false, false, true),
            (TollFree, "Provider", "STOP", true, false, false),
            (TollFree, "Provider", "unsubscribe", false, true, false),
            (TollFree, "Provider", "info", true, false, true),
            (ShortCode, "App", "STOP", false, true, false),
            (ShortCode, "App", "help", false, true, true),
            (Service, "Provider", "end", true, false, false),
            (Service, "App", "STOP", true, false, false),
            (Service, "Provider", "wrong number", false, true, false),
            (Service, "Provider", "info", true, false, true),
            (Service, "Provider", "Great story, thanks!", false, false, true),
        })
        {
            rows.Add(sender, replies, body, theirs, ours, active);
        }

        return rows;
    }

    [Theory, MemberData(nameof(Rows))]
    public Task On_SQLite(string sender, string replies, string body, bool theirs, bool ours, bool active) => AnswersAsync(DatabaseProvider.Sqlite, sender, replies, body, theirs, ours, active);

    [Theory]
    [InlineData(LongCode, "Provider", "STOP", true, false, false)]
    [InlineData(LongCode, "Provider", "STOP ", false, true, false)]
    [InlineData(ShortCode, "App", "STOP", false, true, false)]
    [InlineData(Service, "Provider", "take me off your list", false, true, false)]
    public Task On_PostgreSQL(string sender, string replies, string body, bool theirs, bool ours, bool active) => AnswersAsync(DatabaseProvider.Postgres, sender, replies, body, theirs, ours, active);

    [Theory]
    [InlineData(LongCode, "STOP", "START")]
    [InlineData(TollFree, "STOP", "unstop")]
    [InlineData(Service, "STOP", "YES")]
    public async Task Who_stopped_comes_back_by_the_providers_word_and_is_texted_again(string sender, string stop, string start)
    {
        await using var room = await OpenAsync(DatabaseProvider.Sqlite, sender, "Provider");
        var (phones, _) = await room.AddReadersAsync(byText: 1, byMail: 0);
        await room.FinishedAsync(await room.PublishAsync("First"));

        await room.ReplyAsync(phones[0], stop);
        await room.FinishedAsync(await room.PublishAsync("Not this one"));
        await room.ReplyAsync(phones[0], start);
        await room.FinishedAsync(await room.PublishAsync("This one"));

        var texts = await room.TextsAsync(phones[0]);
        Assert.DoesNotContain(texts, text => text.Contains("Not this one", StringComparison.Ordinal));
        Assert.Contains("This one", texts[^1], StringComparison.Ordinal);
    }

    /// <summary>A number that was taken out of the settings is still one the provider answers for; and of a service it is the number that was texted that says who answers.</summary>
    [Theory]
    [InlineData(LongCode, "+15005550077", "STOP", false)]
    [InlineData(LongCode, "+15005550077", "please stop texting me", true)]
    [InlineData(Service, TollFree, "cancel", true)]
    [InlineData(Service, TollFree, "STOP", false)]
    [InlineData(Service, LongCode, "cancel", false)]
    public async Task A_number_that_the_settings_do_not_name_is_not_answered_twice(string sender, string to, string body, bool isAnswered)
    {
        await using var room = await OpenAsync(DatabaseProvider.Sqlite, sender, "Provider");
        var (phones, _) = await room.AddReadersAsync(byText: 1, byMail: 0);
        List<KeyValuePair<string, string>> form = [new("MessageSid", "SM0123456789abcdef0123456789abcdef"), new("From", phones[0]), new("To", to), new("Body", body)];
        if (sender == Service)
        {
            form.Add(new("MessagingServiceSid", Service));
        }

        var url = new Uri(room.Url, "/webhooks/twilio/inbound").AbsoluteUri;
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new FormUrlEncodedContent(form) };
        request.Headers.Add(Signature.Header, Signature.Compute(Newsroom.Token, url, form));
        using var response = await room.Public.SendAsync(request, Token);

        Assert.Equal(isAnswered, (await response.Content.ReadAsStringAsync(Token)).Contains("<Message>", StringComparison.Ordinal));
        Assert.Equal([3L], await room.QueryAsync("SELECT state FROM subscriptions", row => Convert.ToInt64(row.GetValue(0), System.Globalization.CultureInfo.InvariantCulture)));
    }

    private async Task AnswersAsync(DatabaseProvider database, string sender, string replies, string body, bool theirs, bool ours, bool active)
    {
        await using var room = await OpenAsync(database, sender, replies);
        var (phones, _) = await room.AddReadersAsync(byText: 1, byMail: 0);
        await room.FinishedAsync(await room.PublishAsync("First"));

        var first = await room.ReplyAsync(phones[0], body);
        var shown = (await room.TextsAsync(phones[0])).Count - 1;
        var second = await room.ReplyAsync(phones[0], body);

        Assert.Equal(ours, first.Reply is not null);
        Assert.Equal((theirs ? 1 : 0) + (ours ? 1 : 0), shown);
        // The second is silence: a stop is confirmed once, help is given once a day. Only a list may be asked for again.
        Assert.Equal(body == "list", second.Reply is not null);
        Assert.Equal(active ? 2L : 3L, (await room.QueryAsync("SELECT state FROM subscriptions", row => Convert.ToInt64(row.GetValue(0), System.Globalization.CultureInfo.InvariantCulture))).Single());
        Assert.Equal(ours ? (body == "list" ? 2 : 1) : 0, (await room.QueryAsync("SELECT id FROM deliveries WHERE body IS NOT NULL", row => row.GetInt64(0))).Count);
    }

    private async Task<Newsroom> OpenAsync(DatabaseProvider database, string sender, string replies)
    {
        var room = await Newsroom.OpenAsync(database, postgres,
            ("Twilio:Senders:0:Name", "texts"), (sender == Service ? "Twilio:Senders:0:MessagingServiceSid" : "Twilio:Senders:0:From", sender),
            ("Twilio:Senders:0:SegmentsPerSecond", "100"), ("Twilio:Senders:0:KeywordReplies", replies));
        await room.FaultAsync(new { keywords = true });
        return room;
    }
}
