using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Notify.Alerts;
using Notify.Operators;
using Notify.Subscribers;
using Notify.Tests.Support;

namespace Notify.Tests.Operators;

public sealed class LookUpTests(PostgresServer postgres)
{
    private const string Reader = "reader@example.net";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, InlineData(false), InlineData(true)]
    public async Task Every_change_of_a_delivery_is_told_the_newest_delivery_first(bool onPostgres)
    {
        await using var notify = await OpsHost.StartAsync(onPostgres ? postgres : null);
        using var program = notify.Program();
        await SignUpAsync(notify, Reader);
        var (articleId, alertId) = await PublishAsync(notify, program, "One");

        var all = await AskAsync(program, $"/api/deliveries?contact={Reader}");
        var one = await AskAsync(program, $"/api/deliveries?contact={Reader.ToUpperInvariant()}&article={articleId}");
        var same = await AskAsync(program, $"/api/deliveries?contact={Reader}&article={Uri.EscapeDataString("https://yid-info.example/One")}");

        Assert.Equal(["alert", "confirmation"], all.EnumerateArray().Select(d => d.GetProperty("purpose").GetString()));
        var delivery = Assert.Single(one.EnumerateArray());
        Assert.Equal(delivery.ToString(), Assert.Single(same.EnumerateArray()).ToString());
        Assert.Equal(alertId, delivery.GetProperty("alertId").GetGuid());
        Assert.Equal("One", delivery.GetProperty("articleTitle").GetString());
        Assert.Equal("mail", delivery.GetProperty("channel").GetString());
        Assert.Equal("pending", delivery.GetProperty("status").GetString());
        Assert.Equal("decided", Assert.Single(delivery.GetProperty("history").EnumerateArray()).GetProperty("status").GetString());

        await RevokeAsync(program, Reader);

        var after = Assert.Single((await AskAsync(program, $"/api/deliveries?contact={Reader}&article={articleId}")).EnumerateArray());
        Assert.Equal("skipped", after.GetProperty("status").GetString());
        Assert.Equal("revoked", after.GetProperty("reason").GetString());
        Assert.Equal(["decided", "skipped"], after.GetProperty("history").EnumerateArray().Select(h => h.GetProperty("status").GetString()));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Where_there_is_no_delivery_it_says_why(bool onPostgres)
    {
        await using var notify = await OpsHost.StartAsync(onPostgres ? postgres : null);
        using var program = notify.Program();
        await SignUpAsync(notify, "stopped@example.net");
        await RevokeAsync(program, "stopped@example.net");
        await SignUpAsync(notify, "politics@example.net", topics: ["politics"]);
        await SignUpAsync(notify, "silent@example.net", confirm: false);
        await SignUpAsync(notify, "early@example.net");
        var (articleId, _) = await PublishAsync(notify, program, "World", "world-news");
        await SignUpAsync(notify, "late@example.net");

        Assert.Equal(("skipped", "revoked"), await WhyAsync("stopped@example.net"));
        Assert.Equal(("skipped", "topic"), await WhyAsync("politics@example.net"));
        Assert.Equal(("skipped", "neverConfirmed"), await WhyAsync("silent@example.net"));
        Assert.Equal(("skipped", "signedUpAfter"), await WhyAsync("late@example.net"));
        Assert.Equal(("skipped", "neverSignedUp"), await WhyAsync("nobody@example.net"));
        Assert.Equal(("pending", null), await WhyAsync("early@example.net"));

        async Task<(string?, string?)> WhyAsync(string contact)
        {
            var told = Assert.Single((await AskAsync(program, $"/api/deliveries?contact={contact}&article={articleId}")).EnumerateArray());
            Assert.NotEmpty(told.GetProperty("explanation").GetString()!);
            Assert.Equal(contact.StartsWith("early", StringComparison.Ordinal), told.GetProperty("id").ValueKind == JsonValueKind.Number);
            return (told.GetProperty("status").GetString(), told.GetProperty("reason").GetString());
        }
    }

    [Fact]
    public async Task An_alert_that_has_not_reached_its_readers_says_so()
    {
        await using var notify = await OpsHost.StartAsync();
        using var program = notify.Program();
        await SignUpAsync(notify, Reader);

        var held = await PublishAsync(notify, program, "Held", hold: true);
        Assert.Equal(("held", "held"), await WhyAsync(held.Article));

        var cancelled = await PublishAsync(notify, program, "Cancelled", hold: true);
        await notify.Get<AlertControl>().CancelAsync(cancelled.Alert, Token);
        Assert.Equal(("skipped", "cancelled"), await WhyAsync(cancelled.Article));

        var soon = await PublishAsync(notify, program, "Soon", plan: false);
        Assert.Equal(("pending", "notYet"), await WhyAsync(soon.Article));

        await notify.Get<AlertControl>().PauseAsync(soon.Alert, Token);
        Assert.Equal(("pending", "paused"), await WhyAsync(soon.Article));

        async Task<(string?, string?)> WhyAsync(Guid article)
        {
            var told = Assert.Single((await AskAsync(program, $"/api/deliveries?contact={Reader}&article={article}")).EnumerateArray());
            return (told.GetProperty("status").GetString(), told.GetProperty("reason").GetString());
        }
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_reader_is_shown_with_the_words_that_were_agreed_to(bool onPostgres)
    {
        await using var notify = await OpsHost.StartAsync(onPostgres ? postgres : null);
        using var program = notify.Program();
        await SignUpAsync(notify, Reader, topics: ["politics", "world-news"]);
        await RevokeAsync(program, Reader, "rang the newsroom");

        var file = await AskAsync(program, $"/api/subscribers?contact={Reader}");

        var subscription = file.GetProperty("subscription");
        Assert.Equal("ended", subscription.GetProperty("state").GetString());
        Assert.Equal(["politics", "world-news"], subscription.GetProperty("topics").EnumerateArray().Select(t => t.GetString()));
        Assert.NotEqual(JsonValueKind.Null, subscription.GetProperty("confirmedAt").ValueKind);
        Assert.NotEqual(JsonValueKind.Null, subscription.GetProperty("endedAt").ValueKind);
        var consent = file.GetProperty("consent").EnumerateArray().ToList();
        Assert.Equal(["requested", "confirmationSent", "confirmed", "revoked"], consent.Select(e => e.GetProperty("kind").GetString()));
        Assert.Contains("one click", consent[0].GetProperty("words").GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal("rang the newsroom", consent[3].GetProperty("evidence").GetProperty("note").GetString());
        Assert.Equal("key bootstrap", consent[3].GetProperty("evidence").GetProperty("operator").GetString());
        Assert.Equal("revoked", Assert.Single(file.GetProperty("suppressions").EnumerateArray()).GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_stop_of_an_unknown_contact_is_kept_and_may_come_twice()
    {
        await using var notify = await OpsHost.StartAsync();
        using var program = notify.Program();

        await RevokeAsync(program, "+44 7700 900123");
        await RevokeAsync(program, "+447700900123");

        // A plus sign that nobody escaped arrives as a blank.
        var file = await AskAsync(program, "/api/subscribers?contact=+447700900123");
        Assert.Equal("+447700900123", file.GetProperty("contact").GetString());
        Assert.Single(file.GetProperty("suppressions").EnumerateArray());
        Assert.DoesNotContain(await notify.AuditAsync(), line => line.Contains("900123", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_cannot_be_read_or_is_not_there_is_said_at_its_field()
    {
        await using var notify = await OpsHost.StartAsync();
        using var program = notify.Program();

        using var unreadable = await program.GetAsync("/api/subscribers?contact=hello", Token);
        using var missing = await program.GetAsync("/api/deliveries", Token);
        using var unknown = await program.GetAsync("/api/subscribers?contact=nobody@example.net", Token);
        using var article = await program.GetAsync("/api/deliveries?contact=nobody@example.net&article=https://yid-info.example/none", Token);
        using var how = await program.PostAsJsonAsync("/api/revocations", new { contact = "nobody@example.net" }, Token);

        Assert.Equal(HttpStatusCode.BadRequest, unreadable.StatusCode);
        Assert.True((await unreadable.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("errors").TryGetProperty("contact", out _));
        Assert.Equal(HttpStatusCode.BadRequest, missing.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Equal("application/problem+json", unknown.Content.Headers.ContentType?.MediaType);
        Assert.Equal(HttpStatusCode.NotFound, article.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, how.StatusCode);
        Assert.True((await how.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("errors").TryGetProperty("how", out _));
    }

    [Fact]
    public async Task Viewers_look_and_editors_act()
    {
        await using var notify = await OpsHost.StartAsync();
        using var viewer = await notify.SignedInAsync(Role.Viewer);
        using var editor = await notify.SignedInAsync(Role.Editor);
        var stop = new { contact = Reader, how = "phone" };

        Assert.Equal(HttpStatusCode.OK, (await viewer.GetAsync($"/api/deliveries?contact={Reader}", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await viewer.PostAsJsonAsync("/api/revocations", stop, Token)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await viewer.PostAsync("/api/sending/pause", null, Token)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await viewer.PostAsJsonAsync("/api/articles", new { url = "https://a.example/1", title = "A" }, Token)).StatusCode);

        Assert.Equal(HttpStatusCode.OK, (await editor.PostAsJsonAsync("/api/revocations", stop, Token)).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await editor.PostAsync("/api/sending/pause", null, Token)).StatusCode);
        Assert.Contains("editor@example.com POST /api/sending/pause", await notify.AuditAsync());
        editor.DefaultRequestHeaders.Add("Sec-Fetch-Site", "same-site");
        Assert.Equal(HttpStatusCode.Forbidden, (await editor.PostAsync("/api/sending/resume", null, Token)).StatusCode);
    }

    private static async Task SignUpAsync(OpsHost notify, string email, string[]? topics = null, bool confirm = true)
    {
        using var form = notify.Browser();
        var version = (await form.GetFromJsonAsync<JsonElement>("/api/disclosure", Token)).GetProperty("version").GetString();
        using var answer = await form.PostAsJsonAsync("/api/subscriptions", new { email, topics, disclosure = version, consent = true }, Token);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        if (confirm)
        {
            await using var db = notify.Database.Read();
            var optIn = await db.OptIns.OrderByDescending(o => o.At).ThenByDescending(o => o.Id).FirstAsync(Token);
            var token = notify.Get<Notify.Web.LinkTokens>().Make(Notify.Web.LinkPurpose.Confirm, optIn.Id);
            using var confirmed = await form.PostAsync($"/confirm/{token}", null, Token);
            Assert.Equal(HttpStatusCode.OK, confirmed.StatusCode);
        }
    }

    private static async Task<(Guid Article, Guid Alert)> PublishAsync(
        OpsHost notify, HttpClient program, string title, string? topic = null, bool hold = false, bool plan = true)
    {
        string[] topics = topic is null ? [] : [topic];
        var article = new { url = $"https://yid-info.example/{title}", title, topics, hold, priority = plan ? "breaking" : "normal" };
        using var answer = await program.PostAsJsonAsync("/api/articles", article, Token);
        var ids = await answer.Content.ReadFromJsonAsync<JsonElement>(Token);
        var alert = ids.GetProperty("alertId").GetGuid();
        if (plan)
        {
            await notify.Get<FanOut>().RunAsync(alert, Token);
        }

        return (ids.GetProperty("id").GetGuid(), alert);
    }

    private static async Task RevokeAsync(HttpClient program, string contact, string? note = null)
    {
        using var answer = await program.PostAsJsonAsync("/api/revocations", new { contact, how = "phone", note }, Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static async Task<JsonElement> AskAsync(HttpClient program, string address)
    {
        using var answer = await program.GetAsync(address, Token);
        Assert.True(answer.IsSuccessStatusCode, string.Create(CultureInfo.InvariantCulture, $"{address}: {answer.StatusCode}"));
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Token);
    }
}
