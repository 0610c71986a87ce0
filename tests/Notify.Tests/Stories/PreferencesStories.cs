using System.Net;
using System.Text.Json;
using AngleSharp.Html.Parser;
using Microsoft.Extensions.DependencyInjection;
using Notify.Storage;
using Notify.Subscribers;
using Notify.Tests.Support;
using Notify.Web;

namespace Notify.Tests.Stories;

/// <summary>A reader's own page: what they choose there holds at once, and is in the ledger.</summary>
public sealed class PreferencesStories(PostgresServer postgres)
{
    private const string Phone = "+12125550143";
    private const string Email = "reader@example.com";

    private static readonly (string, string)[] Topics =
        [("Publication:Topics:0:Key", "sport"), ("Publication:Topics:0:Name", "Sport"), ("Publication:Topics:1:Key", "local"), ("Publication:Topics:1:Name", "Local news")];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task What_is_chosen_holds_at_once_and_is_in_the_ledger(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres, Topics);
        await room.SignUpAndConfirmTextAsync(Phone);
        var path = await PathAsync(room);

        var saved = await PostAsync(room, path, ("do", "save"), ("frequency", "instant"), ("topics", "local"), ("hour", "18:00"), ("quietFrom", ""), ("quietTo", ""), ("disclosure", await DisclosureAsync(room)));
        await room.FinishedAsync(await room.PublishAsync("About sport", topics: "sport"));
        await room.FinishedAsync(await room.PublishAsync("About the town", topics: "local"));
        var weekly = await PostAsync(room, path, ("do", "save"), ("frequency", "weekly"), ("topics", "local"), ("topics", "sport"), ("hour", "07:30"), ("day", "1"), ("timeZone", "America/Chicago"), ("disclosure", await DisclosureAsync(room)));
        await room.FinishedAsync(await room.PublishAsync("Comes later", topics: "sport"));

        Assert.Contains("Saved", saved.Html, StringComparison.Ordinal);
        Assert.Equal(["About the town"], (await room.TextsAsync(Phone)).Where(t => t.Contains(" http", StringComparison.Ordinal)).Select(t => t.Split(": ")[1].Split(" http")[0]));
        var page = new HtmlParser().ParseDocument(weekly.Html);
        Assert.Equal(["topic-sport", "topic-local"], page.QuerySelectorAll("[name=topics][checked]").Select(box => box.Id));
        Assert.Equal(("07:30", "1", "America/Chicago"), (Chosen("hour"), Chosen("day"), Chosen("timeZone")));
        Assert.Equal("weekly", page.QuerySelector("[name=frequency][checked]")!.GetAttribute("value"));
        var due = (await room.QueryAsync("SELECT digest_at FROM subscriptions", row => row.Instant(0)))[0];
        Assert.Equal((DayOfWeek.Monday, new TimeOnly(7, 30)), TimeZoneInfo.ConvertTime(due, TimeZoneInfo.FindSystemTimeZoneById("America/Chicago")) is var local ? (local.DayOfWeek, TimeOnly.FromDateTime(local.DateTime)) : default);
        Assert.Equal([(5, "sport"), (4, "sport"), (16, "")], await LedgerAsync(room));
        Assert.All(await room.QueryAsync("SELECT words FROM consent_entries WHERE kind IN (4, 16)", row => row.Text(0)), words => Assert.StartsWith("text-en-", words, StringComparison.Ordinal));

        string? Chosen(string name) => page.QuerySelector($"#{name} option[selected]")?.GetAttribute("value");
    }

    [Theory, ClassData<Databases>]
    public async Task Own_quiet_hours_hold_texts_though_the_publication_has_none(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.SignUpAndConfirmTextAsync(Phone);
        await room.SignUpAndConfirmTextAsync("+12125550188");
        var now = TimeZoneInfo.ConvertTime(DateTimeOffset.UtcNow, TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"));
        string From(int hours) => now.AddHours(hours).ToString("HH:mm", null);

        var saved = await PostAsync(room, await PathAsync(room, Phone), ("do", "save"), ("frequency", "instant"), ("topics", "politics"), ("timeZone", "Europe/Berlin"), ("quietFrom", From(-2)), ("quietTo", From(2)));
        Assert.Contains("Saved", saved.Html, StringComparison.Ordinal);
        Assert.Equal(["", "22:00-02:00"], (await room.QueryAsync("SELECT w.quiet FROM subscriptions s JOIN whereabouts w ON w.id = s.whereabouts_id", row => row.GetString(0))).Select(q => q.Length > 0 ? "22:00-02:00" : "").Order());
        var alert = await room.PublishAsync("Not now");
        await room.EventuallyAsync(async () => await room.AlertAsync(alert) is { Counts: { Held: 1, Delivered: 1 } }, "one waits and one has it", hurry: true, seconds: 10);
        await PostAsync(room, await PathAsync(room, Phone), ("do", "save"), ("frequency", "instant"), ("topics", "politics"), ("timeZone", "Europe/Berlin"), ("quietFrom", ""), ("quietTo", ""));
        await room.FinishedAsync(await room.PublishAsync("Now"), hurry: false, seconds: 60);

        Assert.Contains(await room.TextsAsync(Phone), text => text.Contains("Now http", StringComparison.Ordinal));
    }

    [Theory, ClassData<Databases>]
    public async Task A_pause_begins_and_ends_there(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.SignUpAndConfirmMailAsync(Email);
        var path = await PathAsync(room);

        var paused = await PostAsync(room, path, ("do", "pause"), ("days", "3"));
        await room.FinishedAsync(await room.PublishAsync("Not now"));
        var wrong = await PostAsync(room, path, ("do", "pause"), ("days", "0"));
        var resumed = await PostAsync(room, path, ("do", "resume"));
        await room.FinishedAsync(await room.PublishAsync("Now"));

        Assert.Contains("You have paused until", paused.Html, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, wrong.Status);
        Assert.Contains("The pause is over", resumed.Html, StringComparison.Ordinal);
        Assert.Equal(["Now"], (await room.MailsAsync(Email)).Skip(1).Select(mail => mail.Subject));
    }

    [Theory, ClassData<Databases>]
    public async Task Data_are_given_and_erased_behind_a_link_that_was_just_sent(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.SignUpAndConfirmMailAsync(Email);
        await room.FinishedAsync(await room.PublishAsync("Kim offers support"));
        var (id, old) = ((await room.QueryAsync("SELECT id FROM contacts", row => row.GetInt64(0)))[0], "");
        old = room.Services.GetRequiredService<ReaderLinks>().PathFor(id);

        // The link of every mail may have been passed on with one.
        var notYet = await PostAsync(room, old, ("do", "export"));
        await PostAsync(room, old, ("do", "eraseNow"));
        Assert.Contains("a link is on its way", notYet.Html, StringComparison.Ordinal);
        await room.EventuallyAsync(async () => (await room.MailsAsync(Email)).Count == 4, "the links are there");
        var fresh = new Uri(Newsroom.LinkTo("/preferences/", (await room.MailsAsync(Email))[2].Text)).AbsolutePath;
        var data = await PostAsync(room, fresh, ("do", "export"));
        var asked = await PostAsync(room, fresh, ("do", "erase"));
        var still = await room.QueryAsync("SELECT address FROM contacts", row => row.Text(0));
        var erased = await PostAsync(room, fresh, ("do", "eraseNow"));
        await room.FinishedAsync(await room.PublishAsync("Nobody is told"));

        using var document = JsonDocument.Parse(data.Html);
        Assert.Equal(Email, document.RootElement.GetProperty("contact").GetProperty("address").GetString());
        Assert.Equal("instant", document.RootElement.GetProperty("subscription").GetProperty("frequency").GetString());
        Assert.Contains(document.RootElement.GetProperty("consent").EnumerateArray(), entry => entry.GetProperty("kind").GetString() == "confirmed");
        Assert.Contains(document.RootElement.GetProperty("messages").EnumerateArray(), entry => entry.GetProperty("purpose").GetString() == "alert");
        Assert.Contains("This cannot be undone", asked.Html, StringComparison.Ordinal);
        Assert.Equal([Email], still);
        Assert.Contains("Everything is erased", erased.Html, StringComparison.Ordinal);
        Assert.Equal([null], await room.QueryAsync("SELECT address FROM contacts", row => row.Text(0)));
        Assert.Equal(["erased"], await room.QueryAsync("SELECT reason FROM suppressions", row => row.GetString(0)));
        Assert.Equal(0, (await room.QueryAsync("SELECT count(*) FROM opt_ins", row => row.GetInt32(0)))[0]);
        Assert.Equal(4, (await room.MailsAsync(Email)).Count);
        // What was agreed to can be proved for years, and then goes as well.
        Assert.NotEqual(0, (await room.QueryAsync("SELECT count(*) FROM consent_entries WHERE evidence IS NOT NULL", row => row.GetInt32(0)))[0]);
        await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE evidence_ends SET at = at - 126300000000 - 1000"), Token);
        await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE consent_entries SET position = position"), Token);
        await room.Database.WriteAsync(Notify.Consent.ConsentData.EraseEndedAsync, Token);
        Assert.Equal(0, (await room.QueryAsync("SELECT count(*) FROM evidence_ends", row => row.GetInt32(0)))[0]);
    }

    [Theory, ClassData<Databases>]
    public async Task The_link_is_sent_to_who_is_known_and_the_answer_is_the_same_for_everybody(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.SignUpAndConfirmTextAsync(Phone);
        await room.SignUpAndConfirmTextAsync("+12125550188");
        await room.ReplyAsync("+12125550188", "STOP");
        var stopped = (await room.TextsAsync("+12125550188")).Count;

        var known = await FindAsync(room, "(212) 555-0143");
        var unknown = await FindAsync(room, "(212) 555-0144");
        var silent = await FindAsync(room, "212 555 0188");
        var nonsense = await FindAsync(room, "nobody");
        for (var i = 0; i < 5; i++)
        {
            await FindAsync(room, Phone);
        }

        await room.EventuallyAsync(async () => (await room.TextsAsync(Phone)).Count(text => text.Contains("/preferences/", StringComparison.Ordinal)) == 3, "three links are there and no more");
        Assert.Equal((known.Status, known.Html), (unknown.Status, unknown.Html));
        Assert.Equal((known.Status, known.Html), (silent.Status, silent.Html));
        Assert.Equal(HttpStatusCode.BadRequest, nonsense.Status);
        Assert.Equal(stopped, (await room.TextsAsync("+12125550188")).Count);
        Assert.Equal(3, (await room.QueryAsync("SELECT decided FROM sources WHERE kind = 6", row => row.GetInt32(0)))[0]);
        var text = (await room.TextsAsync(Phone)).First(t => t.Contains("/preferences/", StringComparison.Ordinal));
        var page = await GetAsync(room, new Uri(Newsroom.LinkTo("/preferences/", text)).AbsolutePath);
        Assert.Contains("Download my data", page.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_that_is_none_opens_nothing()
    {
        await using var room = await Newsroom.OpenAsync(DatabaseProvider.Sqlite, postgres);
        await room.SignUpAndConfirmMailAsync(Email);
        var unsubscribe = room.Services.GetRequiredService<LinkTokens>().Make(LinkPurpose.Unsubscribe, 1);

        foreach (var token in (string[])["nonsense", unsubscribe, (await PathAsync(room))[13..^1]])
        {
            Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(room, "/preferences/" + token)).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(room, "/preferences/" + token, ("do", "stop"))).Status);
        }

        Assert.Equal(0, (await room.QueryAsync("SELECT count(*) FROM suppressions", row => row.GetInt32(0)))[0]);
    }

    private static async Task<string> PathAsync(Newsroom room, string? address = null)
    {
        var contacts = await room.QueryAsync("SELECT id, address FROM contacts ORDER BY id", row => (Id: row.GetInt64(0), Address: row.Text(1)));
        return room.Services.GetRequiredService<ReaderLinks>().PathFor(contacts.First(c => address is null || c.Address == address).Id);
    }

    private static Task<IReadOnlyList<(int Kind, string Scope)>> LedgerAsync(Newsroom room) =>
        room.QueryAsync("SELECT kind, scope FROM consent_entries WHERE how = 'preferences' ORDER BY id", row => (row.GetInt32(0), row.GetString(1)));

    private static async Task<string> DisclosureAsync(Newsroom room)
    {
        using var answer = JsonDocument.Parse(await room.Public.GetStringAsync("/api/disclosure", Token));
        return answer.RootElement.GetProperty("version").GetString()!;
    }

    private static async Task<(HttpStatusCode Status, string Html)> FindAsync(Newsroom room, string contact)
    {
        var form = await GetAsync(room, "/subscribe/find");
        var token = new HtmlParser().ParseDocument(form.Html).QuerySelector("[name=form]")!.GetAttribute("value")!;
        return await PostAsync(room, "/subscribe/find", ("contact", contact), ("form", token));
    }

    private static async Task<(HttpStatusCode Status, string Html)> GetAsync(Newsroom room, string path)
    {
        using var response = await room.Public.GetAsync(path, Token);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Token));
    }

    private static async Task<(HttpStatusCode Status, string Html)> PostAsync(Newsroom room, string path, params (string Name, string Value)[] fields)
    {
        using var content = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));
        using var response = await room.Public.PostAsync(path, content, Token);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Token));
    }
}
