using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Notify.Consent;
using Notify.Contacts;
using Notify.Operators;
using Notify.Operators.Evidence;
using Notify.Storage;
using Notify.Subscribers;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>What a newsroom's lawyer is handed: everything about one number, and that none of it was changed.</summary>
public sealed class EvidenceStories(PostgresServer postgres)
{
    private const string Phone = "+12125550143";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task A_readers_whole_story_is_one_document(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        using var form = new FormUrlEncodedContent([new("phone", Phone), new("consent", "true"), new("disclosure", await VersionAsync(room)), new("pageUrl", "https://news.example/kim"), new("form", room.Services.GetRequiredService<FormTokens>().Make())]);
        using (var signedUp = await room.Public.PostAsync("/subscribe", form, Token))
        {
            Assert.Equal(HttpStatusCode.OK, signedUp.StatusCode);
        }

        await room.EventuallyAsync(async () => (await room.TextsAsync(Phone)).Count == 1, "the reader is asked to confirm");
        await room.ReplyAsync(Phone, "Y");
        await room.FinishedAsync(await room.PublishAsync("Kim offers <b>support</b>"));
        await room.ReplyAsync(Phone, "<script>alert(1)</script>. Please stop texting me");

        var file = await JsonAsync(room);
        var page = await PageAsync(room);

        Assert.True(file.GetProperty("chain").GetProperty("isUnbroken").GetBoolean());
        Assert.Equal(["requested", "confirmationSent", "confirmed", "stopped"], file.GetProperty("consent").EnumerateArray().Select(e => e.GetProperty("kind").GetString()));
        Assert.All(file.GetProperty("consent").EnumerateArray(), e => Assert.Equal(64, e.GetProperty("hash").GetString()!.Length));
        var words = file.GetProperty("consent")[0].GetProperty("words").GetProperty("text").GetString()!;
        Assert.Contains("You can opt out at any time by responding STOP", words, StringComparison.Ordinal);
        Assert.Equal("https://news.example/kim", file.GetProperty("consent")[0].GetProperty("evidence").GetProperty("pageUrl").GetString());
        // A stop, its one confirmation, the alert, the welcome and the question: each with its words.
        var sent = file.GetProperty("sent").EnumerateArray().ToList();
        Assert.Equal(["reply", "alert", "reply", "confirmation"], sent.Select(m => m.GetProperty("purpose").GetString()));
        Assert.All(sent, m => Assert.NotEmpty(m.GetProperty("words").GetString()!));
        Assert.Equal(["<script>alert(1)</script>. Please stop texting me", "Y"], file.GetProperty("received").EnumerateArray().Select(r => r.GetProperty("body").GetString()));
        Assert.Equal("stop", file.GetProperty("received")[0].GetProperty("readAs").GetString());

        Assert.Contains("The ledger is unbroken", page, StringComparison.Ordinal);
        Assert.Contains(WebUtility.HtmlEncode(words), page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>support", page, StringComparison.Ordinal);
        Assert.All(file.GetProperty("consent").EnumerateArray(), e => Assert.Contains(e.GetProperty("hash").GetString()!, page, StringComparison.Ordinal));
        Assert.Contains(Phone, WebUtility.HtmlDecode(page), StringComparison.Ordinal);
        var audit = await room.QueryAsync("SELECT did FROM audit WHERE did LIKE '%evidence%'", row => row.GetString(0));
        Assert.Equal(2, audit.Count);
        Assert.All(audit, did => Assert.DoesNotContain("555", did, StringComparison.Ordinal));
    }

    [Theory, ClassData<Databases>]
    public async Task A_ledger_that_was_changed_is_said_to_be_broken_first_of_all(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.SignUpAndConfirmTextAsync(Phone);
        await room.Services.GetRequiredService<Ledger>().SealAsync(Token);
        await room.Database.WriteAsync(async write =>
        {
            await write.ExecuteAsync(write.IsPostgres ? "ALTER TABLE consent_entries DISABLE TRIGGER ALL" : "DROP TRIGGER consent_entries_hold");
            return await write.ExecuteAsync("UPDATE consent_entries SET how = 'by word of mouth' WHERE position = 2");
        }, Token);

        var file = await JsonAsync(room);
        var page = await PageAsync(room);

        Assert.False(file.GetProperty("chain").GetProperty("isUnbroken").GetBoolean());
        Assert.Contains("entry 2", file.GetProperty("chain").GetProperty("fault").GetString(), StringComparison.Ordinal);
        Assert.Contains("The ledger is broken", page, StringComparison.Ordinal);
        Assert.True(page.IndexOf("The ledger is broken", StringComparison.Ordinal) < page.IndexOf("Consent, entry by entry", StringComparison.Ordinal));
        Assert.DoesNotContain("The ledger is unbroken", page, StringComparison.Ordinal);
    }

    [Theory, ClassData<Databases>]
    public async Task What_was_erased_is_gone_and_the_chain_still_holds(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.SignUpAndConfirmTextAsync(Phone);
        var hash = room.Services.GetRequiredService<ContactBook>().Hash(new ContactPoint(Channel.Text, Phone));
        await room.Services.GetRequiredService<Ledger>().SealAsync(Token);
        await room.Database.WriteAsync(write => Ledger.EraseAsync(write, hash), Token);

        var file = await JsonAsync(room);

        Assert.True(file.GetProperty("chain").GetProperty("isUnbroken").GetBoolean());
        Assert.All(file.GetProperty("consent").EnumerateArray(), e => Assert.Equal(JsonValueKind.Null, e.GetProperty("evidence").ValueKind));
        Assert.Contains("was erased; its digest below still holds", await PageAsync(room), StringComparison.Ordinal);
    }

    /// <summary>Each message of another alert, as it is in years.</summary>
    [Theory, ClassData<Databases>]
    public async Task More_messages_than_a_document_holds_are_cut_at_the_oldest_and_it_says_so(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.SignUpAndConfirmTextAsync(Phone);
        await room.FinishedAsync(await room.PublishAsync("The oldest"));
        await AddMessagesAsync(room, EvidenceFiles.MostMessages);

        var file = await JsonAsync(room);
        var page = await PageAsync(room);

        Assert.Equal((EvidenceFiles.MostMessages, true), (file.GetProperty("sent").GetArrayLength(), file.GetProperty("sentIsCut").GetBoolean()));
        Assert.Equal((EvidenceFiles.MostMessages, true), (file.GetProperty("received").GetArrayLength(), file.GetProperty("receivedIsCut").GetBoolean()));
        Assert.Equal("Words 4000", file.GetProperty("sent")[0].GetProperty("words").GetString());
        Assert.Equal("Text 4000", file.GetProperty("received")[0].GetProperty("body").GetString());
        Assert.Equal(3, page.Split("There were more; the newest 4,000 are listed.").Length);
        Assert.DoesNotContain("The oldest", page, StringComparison.Ordinal);
        // What was agreed to is never cut.
        Assert.Equal(["requested", "confirmationSent", "confirmed"], file.GetProperty("consent").EnumerateArray().Select(e => e.GetProperty("kind").GetString()));
    }

    [Fact]
    public async Task Only_editors_make_it_and_nobody_else_learns_whether_the_contact_is_known()
    {
        await using var room = await Newsroom.OpenAsync(DatabaseProvider.Sqlite, postgres);
        await room.SignUpAndConfirmTextAsync(Phone);
        var known = await room.QueryAsync("SELECT id FROM contacts WHERE channel = 1", row => row.GetInt64(0));
        using var viewer = await SignedInAsync(room, Role.Viewer);

        foreach (var id in (long[])[known[0], known[0] + 1000])
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await viewer.GetAsync($"/ops/evidence/{id}", Token)).StatusCode);
            Assert.Equal(HttpStatusCode.Redirect, (await room.Public.GetAsync($"/ops/evidence/{id}", Token)).StatusCode);
        }

        Assert.Equal(HttpStatusCode.Forbidden, (await viewer.GetAsync("/api/evidence?contact=%2B12125550143", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await room.Public.GetAsync("/api/evidence?contact=%2B12125550143", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await room.Api.GetAsync("/api/evidence?contact=%2B12125550199", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await room.Api.GetAsync("/api/evidence?contact=nobody", Token)).StatusCode);
    }

    private static Task AddMessagesAsync(Newsroom room, int count) => room.Database.WriteAsync(async write =>
    {
        const string Numbers = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < @count)";
        var id = "'00000000-0000-7000-8000-' || substr(CAST(1000000000000 + n AS text), 2)";
        id = write.IsPostgres ? $"({id})::uuid" : id;
        foreach (var into in (string[])[
            $"sources (id, kind, priority, paused, cancelled, created_at) {Numbers} SELECT {id}, 1, 1, @no, @no, @at + n FROM numbers",
            $"said (source_id, words) {Numbers} SELECT {id}, 'Words ' || n FROM numbers",
            $"""
             deliveries (source_id, subject_id, contact_id, channel, sender, status, due_at, expires_at, created_at, changed_at)
             {Numbers} SELECT {id}, {id}, c.id, c.channel, 'local-texts', 3, @at, @at, @at + n, @at + n FROM numbers CROSS JOIN contacts c ORDER BY n
             """,
            $"""
             inbox (id, provider, provider_id, contact_id, recipient, body, read_as, at)
             {Numbers} SELECT {id}, 'test', 'text ' || n, c.id, '+15005550006', 'Text ' || n, 0, @at + n FROM numbers CROSS JOIN contacts c
             """])
        {
            await write.ExecuteAsync("INSERT INTO " + into, ("count", count), ("no", false), ("at", (await write.NowAsync()).ToUnixTimeMilliseconds() + 60_000));
        }
    }, Token);

    private static async Task<string> VersionAsync(Newsroom room) =>
        (await room.Public.GetFromJsonAsync<JsonElement>("/api/disclosure", Token)).GetProperty("version").GetString()!;

    private static Task<JsonElement> JsonAsync(Newsroom room) => room.Api.GetFromJsonAsync<JsonElement>($"/api/evidence?contact={Uri.EscapeDataString(Phone)}", Token)!;

    private static async Task<string> PageAsync(Newsroom room)
    {
        using var editor = await SignedInAsync(room, Role.Editor);
        var id = (await room.QueryAsync("SELECT id FROM contacts WHERE channel = 1", row => row.GetInt64(0)))[0];
        using var answer = await editor.GetAsync($"/ops/evidence/{id}", Token);
        Assert.Equal((HttpStatusCode.OK, true), (answer.StatusCode, answer.Headers.CacheControl?.NoStore));
        return await answer.Content.ReadAsStringAsync(Token);
    }

    private static async Task<HttpClient> SignedInAsync(Newsroom room, Role role)
    {
        var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }) { BaseAddress = room.Public.BaseAddress };
        var link = await room.Services.GetRequiredService<SignIns>().CreateLinkAsync($"{role}@example.com", role, "test", Token);
        using var answer = await browser.PostAsync(link, null, Token);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return browser;
    }
}
