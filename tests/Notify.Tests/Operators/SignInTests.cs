using System.Net;
using Microsoft.EntityFrameworkCore;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Operators;
using Notify.Tests.Support;

namespace Notify.Tests.Operators;

public sealed class SignInTests(PostgresServer postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_link_lets_one_of_twenty_in(bool onPostgres)
    {
        await using var notify = await OpsHost.StartAsync(onPostgres ? postgres : null);
        var link = await notify.SignIns.CreateLinkAsync("Ada@Example.com", Role.Admin, "test", Token);
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false, MaxConnectionsPerServer = 20 }) { BaseAddress = notify.Address };

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.PostAsync(link, null, Token)));

        var entered = Assert.Single(answers, a => a.StatusCode == HttpStatusCode.Redirect);
        Assert.Equal(19, answers.Count(a => a.StatusCode == HttpStatusCode.Gone));
        Assert.Single(answers, a => a.Headers.Contains("Set-Cookie"));
        Assert.Contains("httponly", Assert.Single(entered.Headers.GetValues("Set-Cookie")), StringComparison.OrdinalIgnoreCase);
        Assert.Single(await notify.AuditAsync(), line => line == "ada@example.com signed in");
    }

    [Fact]
    public async Task Opening_a_link_changes_nothing_however_often_a_scanner_does_it()
    {
        await using var notify = await OpsHost.StartAsync();
        var link = await notify.SignIns.CreateLinkAsync("ada@example.com", Role.Viewer, "test", Token);
        using var browser = notify.Browser();

        for (var i = 0; i < 3; i++)
        {
            using var page = await browser.GetAsync(link, Token);
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
            Assert.False(page.Headers.Contains("Set-Cookie"));
            Assert.Equal("no-store", page.Headers.CacheControl?.ToString());
            Assert.Equal("no-referrer", Assert.Single(page.Headers.GetValues("Referrer-Policy")));
        }

        using var entered = await browser.PostAsync(link, null, Token);
        Assert.Equal("/ops", entered.Headers.Location?.ToString());
    }

    [Fact]
    public async Task A_link_that_is_too_old_opens_nothing()
    {
        await using var notify = await OpsHost.StartAsync();
        var link = await notify.SignIns.CreateLinkAsync("ada@example.com", Role.Admin, "test", Token);
        await notify.Database.WriteAsync(write => write.ExecuteAsync("UPDATE sign_in_links SET expires_at = 1"), Token);
        using var browser = notify.Browser();

        using var answer = await browser.PostAsync(link, null, Token);

        Assert.Equal(HttpStatusCode.Gone, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task Another_site_can_neither_sign_its_visitor_in_nor_out()
    {
        await using var notify = await OpsHost.StartAsync();
        var link = await notify.SignIns.CreateLinkAsync("ada@example.com", Role.Admin, "test", Token);
        using var browser = notify.Browser();
        browser.DefaultRequestHeaders.Add("Sec-Fetch-Site", "cross-site");

        using var enter = await browser.PostAsync(link, null, Token);
        using var leave = await browser.PostAsync("/ops/sign-out", null, Token);

        Assert.Equal(HttpStatusCode.Forbidden, enter.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, leave.StatusCode);
        Assert.False(leave.Headers.Contains("Set-Cookie"));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_link_is_mailed_to_operators_only_a_few_at_a_time_and_nobody_can_tell(bool onPostgres)
    {
        await using var notify = await OpsHost.StartAsync(onPostgres ? postgres : null);
        await notify.SignIns.CreateLinkAsync("ada@example.com", Role.Viewer, "test", Token);
        using var browser = notify.Browser();

        var known = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => AskAsync(browser, "ADA@example.com")));
        var unknown = await AskAsync(browser, "nobody@example.com");

        Assert.All(known, page => Assert.Equal(unknown, page));
        await using var db = notify.Database.Read();
        var queued = await db.Deliveries.Where(d => d.SourceId == Source.Notices).ToListAsync(Token);
        // One link is the one made by hand above; three can be open at once.
        Assert.Equal(2, queued.Count);
        var mail = (CompiledMessage.Mail)(await notify.Get<IEnumerable<IMessageSource>>().Single(s => s.Kind == SourceKind.Notice)
            .CompileAsync(new Wanted(queued[0].SubjectId, Channel.Mail), Token))!;
        var link = new Uri(mail.PlainText.Split().Single(word => word.Contains("/ops/sign-in/", StringComparison.Ordinal)));
        using var entered = await browser.PostAsync(link.AbsolutePath, null, Token);
        Assert.Equal(HttpStatusCode.Redirect, entered.StatusCode);
    }

    [Fact]
    public async Task A_mail_whose_link_was_used_is_not_sent_any_more()
    {
        await using var notify = await OpsHost.StartAsync();
        await notify.SignIns.CreateLinkAsync("ada@example.com", Role.Viewer, "test", Token);
        await notify.SignIns.MailLinkAsync("ada@example.com", Token);
        await using var db = notify.Database.Read();
        var subject = await db.Deliveries.Select(d => d.SubjectId).SingleAsync(Token);

        await notify.SignIns.UseAsync((await notify.SignIns.OpenSecretAsync(subject, Token))!, Token);

        Assert.Null(await notify.Get<IEnumerable<IMessageSource>>().Single(s => s.Kind == SourceKind.Notice).CompileAsync(new Wanted(subject, Channel.Mail), Token));
    }

    [Fact]
    public async Task Neither_the_secret_of_a_link_nor_a_key_is_in_the_database()
    {
        await using var notify = await OpsHost.StartAsync();
        var secret = (await notify.SignIns.CreateLinkAsync("ada@example.com", Role.Admin, "test", Token)).Split('/')[^1];
        var key = await notify.Get<ApiKeys>().CreateAsync("cms", ["articles:write"], Token);

        var everything = await notify.Database.WriteAsync(async write =>
        {
            var found = new List<string>();
            foreach (var table in (string[])["operators", "sign_in_links", "api_keys", "audit", "deliveries", "installation"])
            {
                found.AddRange(await write.QueryAsync($"SELECT * FROM {table}", row => string.Join('|', Enumerable.Range(0, row.FieldCount).Select(row.GetValue))));
            }

            return string.Join('\n', found);
        }, Token);

        Assert.Contains(ApiKeys.Hash(secret), everything, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, everything, StringComparison.Ordinal);
        Assert.Contains(ApiKeys.Hash(key), everything, StringComparison.Ordinal);
        Assert.DoesNotContain(key, everything, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signing_out_ends_it_in_this_browser()
    {
        await using var notify = await OpsHost.StartAsync();
        using var browser = await notify.SignedInAsync(Role.Viewer);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/ops", Token)).StatusCode);

        using var left = await browser.PostAsync("/ops/sign-out", null, Token);

        Assert.Equal("/ops/sign-in", left.Headers.Location?.ToString());
        Assert.Equal("/ops/sign-in", (await browser.GetAsync("/ops", Token)).Headers.Location?.ToString());
    }

    private static async Task<string> AskAsync(HttpClient browser, string email)
    {
        using var form = new FormUrlEncodedContent([new("email", email)]);
        using var answer = await browser.PostAsync("/ops/sign-in", form, Token);
        return $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(Token)}";
    }
}
