using System.Net;
using Microsoft.EntityFrameworkCore;
using Notify.Publication;
using Notify.Storage;
using Notify.Subscribers;
using Notify.Tests.Support;

namespace Notify.Tests.Subscribers;

public sealed class SubscribeFormTests(PostgresServer postgres)
{
    private const string Attack = "\"><script>alert(1)</script><img src=x onerror=alert(1)>";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, InlineData(false), InlineData(true)]
    public async Task Signing_up_keeps_what_was_asked_for_and_says_what_comes_next(bool onPostgres)
    {
        await using var notify = await PagesHost.StartAsync(onPostgres ? postgres : null);
        var version = notify.Get<Disclosures>().CurrentVersion;

        var answer = await notify.SubmitAsync(
            ("phone", PagesHost.Phone), ("email", PagesHost.Email), ("topics", "politics"), ("breakingAtNight", "true"), ("disclosure", version),
            ("pageUrl", "https://news.example/a"), ("timeZone", "Europe/Paris"), ("consent", "true"));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Contains("Check your phone", answer.Text, StringComparison.Ordinal);
        Assert.Contains("Check your mailbox", answer.Text, StringComparison.Ordinal);
        await using var db = notify.Get<Database>().Read();
        var optIns = await db.OptIns.AsNoTracking().ToListAsync(Token);
        Assert.Equal(2, optIns.Count);
        Assert.All(optIns, o => Assert.Equal(("politics", true, "Europe/Paris"), (o.Topics, o.BreakingAtNight, o.TimeZone)));
        Assert.All(optIns, o => Assert.NotNull(o.Words));
    }

    [Fact]
    public async Task A_known_and_an_unknown_address_get_the_same_answer()
    {
        await using var notify = await PagesHost.StartAsync();
        var link = await notify.SignUpByMailAsync();
        await notify.PostAsync(link, null);

        var known = await notify.SubmitAsync(("email", PagesHost.Email), ("consent", "true"));
        var unknown = await notify.SubmitAsync(("email", "nobody@example.com"), ("consent", "true"));

        Assert.Equal(HttpStatusCode.OK, known.Status);
        Assert.Equal(known.Html.Replace(PagesHost.Email, "nobody@example.com", StringComparison.Ordinal), unknown.Html);
    }

    [Theory]
    [InlineData("phone", "12", "phone")]
    [InlineData("phone", "+1 900 555 0143", "phone")]
    [InlineData("email", "not an address", "email")]
    [InlineData("topics", "gardening", "topics")]
    public async Task A_wrong_field_is_said_at_the_top_and_at_the_field_and_nothing_is_stored(string name, string value, string field)
    {
        await using var notify = await PagesHost.StartAsync();
        var before = await notify.RowsAsync();
        (string, string)[] rest = [.. new[] { ("phone", PagesHost.Phone), ("email", PagesHost.Email), ("consent", "true") }.Where(f => f.Item1 != name)];

        var answer = await notify.SubmitAsync([(name, value), .. rest]);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(before, await notify.RowsAsync());
        var problem = answer.TextOf($"#{field}-problem");
        Assert.NotEmpty(problem);
        var link = Assert.Single(answer.Page.QuerySelectorAll("[role=alert][tabindex='-1'][autofocus] a"));
        Assert.Equal(problem, link.TextContent);
        var target = answer.Page.QuerySelector(link.GetAttribute("href")!)!;
        Assert.Equal("input", target.LocalName);
        var described = target.Closest("[aria-describedby]")!.GetAttribute("aria-describedby")!;
        Assert.Contains($"{field}-problem", described.Split(' '));
        Assert.Equal(field == "topics" ? null : "true", target.GetAttribute("aria-invalid"));
    }

    [Fact]
    public async Task An_empty_form_is_asked_for_a_contact_and_for_consent()
    {
        await using var notify = await PagesHost.StartAsync();
        var before = await notify.RowsAsync();

        var answer = await notify.SubmitAsync();

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("Please enter a phone number or an e-mail address.", answer.TextOf("#phone-problem"));
        Assert.Equal("Please tick the box to agree before you sign up.", answer.TextOf("#consent-problem"));
        Assert.StartsWith("Please check", answer.Page.Title, StringComparison.Ordinal);
        Assert.Equal(before, await notify.RowsAsync());
    }

    [Fact]
    public async Task What_a_reader_typed_comes_back_as_text_and_never_as_markup()
    {
        await using var notify = await PagesHost.StartAsync();

        var answer = await notify.SubmitAsync(
            ("phone", Attack), ("email", Attack), ("topics", Attack), ("pageUrl", "https://news.example/" + Attack), ("timeZone", Attack), ("disclosure", Attack), ("consent", Attack));

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.DoesNotContain("<script", answer.Html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", answer.Html, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(answer.Page.QuerySelectorAll("script, img, [onerror]"));
        Assert.Equal(Attack, answer.Page.QuerySelector("#phone")!.GetAttribute("value"));
        Assert.Equal(Attack, answer.Page.QuerySelector("#email")!.GetAttribute("value"));
    }

    [Fact]
    public async Task Nobody_is_asked_about_the_night_where_nothing_is_held_back_at_night()
    {
        await using var notify = await PagesHost.StartAsync();

        Assert.Null((await notify.GetAsync("/subscribe")).Page.QuerySelector("#breakingAtNight"));
    }

    /// <summary>Chosen by the reader without a script, or passed on by the page that links here.</summary>
    [Theory]
    [InlineData("/subscribe", "")]
    [InlineData("/subscribe?timeZone=America/Chicago", "America/Chicago")]
    [InlineData("/subscribe?timeZone=Europe/Paris", "Europe/Paris")]
    [InlineData("/subscribe?timeZone=Moon/Crater", "")]
    public async Task Whose_night_it_is_can_be_said(string path, string chosen)
    {
        await using var notify = await PagesHost.StartAsync("--Publication:QuietHours:From=22:00", "--Publication:QuietHours:To=07:00");

        var page = (await notify.GetAsync(path)).Page;

        var select = page.QuerySelector("select[name=timeZone]")!;
        Assert.Equal("Your time zone", page.QuerySelector($"label[for={select.Id}]")!.TextContent);
        var options = select.QuerySelectorAll("option");
        Assert.Equal(("", "As my number says"), (options[0].GetAttribute("value"), options[0].TextContent));
        Assert.Contains(options, option => option.GetAttribute("value") == "America/New_York" && option.TextContent == "New York" && option.ParentElement!.GetAttribute("label") == "America");
        Assert.InRange(options.Length, 10, 60);
        Assert.Equal(chosen, options.SingleOrDefault(option => option.HasAttribute("selected"))?.GetAttribute("value") ?? "");
        Assert.Empty(page.QuerySelectorAll("input[name=timeZone]"));
    }

    [Fact]
    public async Task Where_nothing_is_held_back_at_night_nobody_is_asked_where_they_are()
    {
        await using var notify = await PagesHost.StartAsync();

        var page = (await notify.GetAsync("/subscribe?timeZone=Europe/Paris")).Page;

        Assert.Null(page.QuerySelector("select"));
        Assert.Equal("Europe/Paris", page.QuerySelector("input[name=timeZone]")!.GetAttribute("value"));
    }

    [Fact]
    public async Task What_was_right_need_not_be_filled_in_again()
    {
        await using var notify = await PagesHost.StartAsync("--Publication:QuietHours:From=22:00", "--Publication:QuietHours:To=07:00");
        var version = notify.Get<Disclosures>().CurrentVersion;

        var answer = await notify.SubmitAsync(("phone", "12"), ("email", PagesHost.Email), ("topics", "world-news"), ("breakingAtNight", "true"), ("timeZone", "America/Denver"), ("disclosure", version), ("consent", "true"));

        Assert.Equal(PagesHost.Email, answer.Page.QuerySelector("#email")!.GetAttribute("value"));
        Assert.Equal("America/Denver", answer.Page.QuerySelector("option[selected]")!.GetAttribute("value"));
        Assert.Equal(["topic-world-news", "breakingAtNight", "consent"], answer.Page.QuerySelectorAll("input[checked]").Select(i => i.Id));
        Assert.Equal("email-hint", answer.Page.QuerySelector("#email")!.GetAttribute("aria-describedby"));
    }

    [Fact]
    public async Task Agreeing_to_other_words_is_asked_again()
    {
        await using var notify = await PagesHost.StartAsync();

        var answer = await notify.SubmitAsync(("phone", "12"), ("disclosure", "of-last-year"), ("consent", "true"));

        Assert.False(answer.Page.QuerySelector("#consent")!.HasAttribute("checked"));
        Assert.Equal(notify.Get<Disclosures>().CurrentVersion, answer.Page.QuerySelector("input[name=disclosure]")!.GetAttribute("value"));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Nonsense_in_a_hidden_field_counts_as_unknown_for_a_reader_cannot_mend_it(bool onPostgres)
    {
        await using var notify = await PagesHost.StartAsync(onPostgres ? postgres : null);
        using var parts = new MultipartFormDataContent
        {
            { new StringContent(PagesHost.Email), "email" },
            { new StringContent("true"), "consent" },
            { new StringContent("android-app://com.example"), "pageUrl" },
            { new StringContent("Moon/Sea of Tranquility"), "timeZone" },
            { new StringContent("x\0y"), "disclosure" },
            { new StringContent(notify.Get<FormTokens>().Make()), "form" },
        };

        var answer = await notify.PostAsync("/subscribe", parts);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        await using var db = notify.Get<Database>().Read();
        var optIn = Assert.Single(await db.OptIns.AsNoTracking().ToListAsync(Token));
        Assert.Equal((null, null), (optIn.TimeZone, optIn.Words));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_version_no_database_can_hold_is_an_unknown_one(bool onPostgres)
    {
        await using var notify = await PagesHost.StartAsync(onPostgres ? postgres : null);
        using var json = new StringContent($$"""{"email":"{{PagesHost.Email}}","consent":true,"disclosure":"x\u0000y"}""", null, "application/json");

        var answer = await notify.PostAsync("/api/subscriptions", json);

        Assert.Equal(HttpStatusCode.Accepted, answer.Status);
    }

    [Fact]
    public async Task The_form_shows_all_words_of_both_disclosures_beside_a_box_that_is_not_ticked()
    {
        await using var notify = await PagesHost.StartAsync();

        var answer = await notify.GetAsync("/subscribe");

        var disclosures = notify.Get<Disclosures>();
        Assert.Contains(disclosures.ForText().Words, answer.TextOf("#words-text"), StringComparison.Ordinal);
        Assert.Contains(disclosures.ForMail().Words, answer.TextOf("#words-mail"), StringComparison.Ordinal);
        var box = answer.Page.QuerySelector("#consent")!;
        Assert.False(box.HasAttribute("checked"));
        Assert.Equal("words-text words-mail", box.GetAttribute("aria-describedby"));
        Assert.Equal(["https://news.example/terms", "https://news.example/privacy"], answer.Page.QuerySelectorAll("#words-text a").Select(a => a.GetAttribute("href")));
    }

    [Theory]
    [InlineData("/subscribe", "")]
    [InlineData("/subscribe?topic=politics", "topic-politics")]
    [InlineData("/subscribe?topic=politics&topic=world-news", "topic-politics topic-world-news")]
    [InlineData("/subscribe?topic=gardening", "")]
    [InlineData("/subscribe?topic=%22%3E%3Cscript%3E", "")]
    public async Task A_link_may_tick_topics_beforehand(string path, string ticked)
    {
        await using var notify = await PagesHost.StartAsync();

        var answer = await notify.GetAsync(path);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(ticked, string.Join(' ', answer.Page.QuerySelectorAll("input[checked]").Select(i => i.Id)));
    }

    [Theory]
    [InlineData("https://news.example/story?id=1&b=2", "https://news.example/story?id=1&b=2")]
    [InlineData("android-app://com.google.android.gm/", "")]
    [InlineData("javascript:alert(1)", "")]
    public async Task The_page_a_reader_came_from_is_kept_when_it_is_a_page(string referer, string kept)
    {
        await using var notify = await PagesHost.StartAsync();

        var answer = await notify.GetAsync("/subscribe", referer);

        Assert.Equal(kept, answer.Page.QuerySelector("input[name=pageUrl]")!.GetAttribute("value") ?? "");
    }

    [Fact]
    public async Task Too_many_sign_ups_are_asked_to_wait()
    {
        await using var notify = await PagesHost.StartAsync("--Limits:OptInsPerNetworkPerHour=1");
        await notify.SignUpByMailAsync();

        var answer = await notify.SubmitAsync(("email", "second@example.com"), ("consent", "true"));

        Assert.Equal(HttpStatusCode.TooManyRequests, answer.Status);
        Assert.Equal("3600", answer.Headers["Retry-After"]);
        Assert.Contains("try again later", answer.TextOf("[role=alert]"), StringComparison.Ordinal);
    }
}
