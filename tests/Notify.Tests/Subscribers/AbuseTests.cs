using System.Diagnostics;
using System.Globalization;
using System.Net;
using Notify.Consent;
using Notify.Contacts;
using Notify.Jobs;
using Notify.Storage;
using Notify.Subscribers;
using Notify.Tests.Support;

namespace Notify.Tests.Subscribers;

/// <summary>The form is a way to spend the publisher's money: whoever tries finds it closed, and readers notice nothing.</summary>
public sealed class AbuseTests(PostgresServer postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_form_that_we_did_not_make_signs_nobody_up_and_loses_nothing()
    {
        await using var notify = await PagesHost.StartAsync();
        var good = notify.Get<FormTokens>().Make();
        var before = await notify.RowsAsync();

        foreach (var token in (string[])["", "x", good[..^1], good + "A", Flip(good, 0), Flip(good, 12), new string('A', 32)])
        {
            var answer = await notify.SubmitAsync(("email", PagesHost.Email), ("consent", "true"), ("form", token));

            Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
            Assert.Contains("press the button once more", answer.Page.QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
            Assert.Equal(PagesHost.Email, answer.Page.QuerySelector("#email")!.GetAttribute("value"));
            var next = answer.Page.QuerySelector("input[name=form]")!.GetAttribute("value")!;
            Assert.NotNull(notify.Get<FormTokens>().Age(next));
        }

        Assert.Equal(before, await notify.RowsAsync());
    }

    [Fact]
    public void A_token_lasts_a_day_and_is_nobody_elses()
    {
        var clock = new ManualClock();
        using var folder = new TemporaryFolder();
        var (mine, other) = (new FormTokens(KeysOf(1, folder), clock), new FormTokens(KeysOf(2, folder), clock));
        var token = mine.Make();

        Assert.Equal(TimeSpan.Zero, mine.Age(token));
        Assert.Null(other.Age(token));
        clock.Advance(TimeSpan.FromHours(23));
        Assert.Equal(TimeSpan.FromHours(23), mine.Age(token));
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Null(mine.Age(token));
    }

    [Fact]
    public async Task A_form_that_comes_too_fast_waits_and_is_taken()
    {
        await using var notify = await PagesHost.StartAsync("--Limits:FormSeconds=0.5");
        var began = Stopwatch.GetTimestamp();

        var answer = await notify.SubmitAsync(("email", PagesHost.Email), ("consent", "true"));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.True(Stopwatch.GetElapsedTime(began) >= TimeSpan.FromSeconds(0.45));
    }

    [Fact]
    public async Task A_program_that_fills_in_everything_is_thanked_and_forgotten()
    {
        await using var notify = await PagesHost.StartAsync();
        var before = await notify.RowsAsync();

        var trapped = await notify.SubmitAsync(("email", PagesHost.Email), ("consent", "true"), ("website", "https://spam.example"));

        Assert.Equal(before, await notify.RowsAsync());
        var real = await notify.SubmitAsync(("email", PagesHost.Email), ("consent", "true"));
        Assert.Equal((real.Status, real.Page.Body!.TextContent), (trapped.Status, trapped.Page.Body!.TextContent));
    }

    [Fact]
    public async Task The_trap_is_there_for_nobody_who_reads()
    {
        await using var notify = await PagesHost.StartAsync();
        var page = (await notify.GetAsync("/subscribe")).Page;

        var trap = page.QuerySelector("input[name=website]")!;
        Assert.Equal(("-1", "off"), (trap.GetAttribute("tabindex"), trap.GetAttribute("autocomplete")));
        Assert.Equal("true", trap.ParentElement!.GetAttribute("aria-hidden"));
    }

    /// <summary>A fraudster with a block of numbers and a network for each.</summary>
    [Theory, ClassData<Databases>]
    public async Task A_block_of_numbers_of_which_nobody_confirms_is_closed(DatabaseProvider database)
    {
        await using var bench = await BenchAsync(database, ("Limits:OptInsPerNumberBlockPerHour", "10000"));
        for (var n = 0; n < 20; n++)
        {
            await AskAsync(bench, Number(646, 500, n));
        }

        await AgeAsync(bench);
        for (var n = 20; n < 60; n++)
        {
            await AskAsync(bench, Number(646, 500, n));
        }

        // One more to see whether it has changed; others elsewhere are asked as ever.
        Assert.Equal(21, await AskedAsync(bench));
        Assert.Equal(60, await bench.CountAsync("opt_ins"));
        Assert.Equal(60, await bench.CountAsync($"consent_entries WHERE kind = {(int)ConsentKind.Requested}"));
        await AskAsync(bench, Number(212, 555, 1));
        Assert.Equal(22, await AskedAsync(bench));
        Assert.Contains("sign-ups with one block of numbers", await AlarmsAsync(bench, 1));

        // A day later it is forgotten.
        await bench.ExecuteAsync("UPDATE sign_up_trials SET bucket = bucket - 144");
        await AskAsync(bench, Number(646, 500, 70));
        Assert.Equal(23, await AskedAsync(bench));
    }

    [Theory, ClassData<Databases>]
    public async Task Many_blocks_of_one_country_close_the_country_and_one_does_not(DatabaseProvider database)
    {
        await using var bench = await BenchAsync(database, ("Limits:OptInsPerNumberBlockPerHour", "10000"), ("Limits:BreakerCountryLeast", "40"), ("Publication:Countries:1", "GB"));
        for (var n = 0; n < 60; n++)
        {
            await AskAsync(bench, string.Create(CultureInfo.InvariantCulture, $"+4474001{20000 + n}"));
        }

        await AgeAsync(bench);
        await AskAsync(bench, "+447400300000");
        Assert.DoesNotContain("sign-ups from GB", await AlarmsAsync(bench, 0));

        for (var n = 0; n < 40; n++)
        {
            await AskAsync(bench, string.Create(CultureInfo.InvariantCulture, $"+447400{400000 + (n * 1000)}"));
        }

        await AgeAsync(bench);
        var before = await AskedAsync(bench);
        for (var n = 0; n < 10; n++)
        {
            await AskAsync(bench, string.Create(CultureInfo.InvariantCulture, $"+447400{600000 + (n * 1000)}"));
        }

        Assert.Equal(before + 1, await AskedAsync(bench));
        Assert.Contains("sign-ups from GB", await AlarmsAsync(bench, 1));
        await AskAsync(bench, Number(212, 555, 1));
        Assert.Equal(before + 2, await AskedAsync(bench));
    }

    /// <summary>A programme on television: hundreds sign up within minutes and most of them confirm, some only later.</summary>
    [Theory, ClassData<Databases>]
    public async Task A_newsrooms_best_day_closes_nothing(DatabaseProvider database)
    {
        await using var bench = await BenchAsync(database, ("Limits:OptInsPerNumberBlockPerHour", "10000"), ("Limits:BreakerCountryLeast", "40"));
        for (var n = 0; n < 150; n++)
        {
            await AskAsync(bench, Number(212, 300 + (n / 30), n % 30));
        }

        Assert.Equal(150, await AskedAsync(bench));
        foreach (var id in (await bench.QueryAsync("SELECT contact_id FROM opt_ins ORDER BY id", row => row.GetInt64(0))).Where((_, i) => i % 5 != 0))
        {
            await ConfirmAsync(bench, id);
        }

        await AgeAsync(bench);
        for (var n = 150; n < 200; n++)
        {
            await AskAsync(bench, Number(212, 300 + (n / 30), n % 30));
        }

        Assert.Equal(200, await AskedAsync(bench));
        Assert.Empty(await AlarmsAsync(bench, 0));
    }

    /// <summary>Whatever the order of sign-ups and answers, and however many at once: never more unanswered texts a day than allowed.</summary>
    [Theory, ClassData<Databases>]
    public async Task Unanswered_texts_never_pass_the_ceiling(DatabaseProvider database)
    {
        await using var bench = await BenchAsync(database, ("Limits:OptInsPerNumberBlockPerHour", "10000"), ("Limits:UnconfirmedTextsPerDay", "25"), ("Limits:BreakerLeast", "100000"), ("Limits:BreakerCountryLeast", "100000"));
        var random = new Random(20_261_124);
        for (var round = 0; round < 8; round++)
        {
            var offset = round * 20;
            await Task.WhenAll(Enumerable.Range(0, 20).Select(n => AskAsync(bench, Number(646, 500, offset + n))));
            var open = await OpenAsync(bench);
            Assert.InRange(open.Count, 0, 25);
            foreach (var id in open.Where(_ => random.Next(3) == 0))
            {
                await ConfirmAsync(bench, id);
            }
        }

        Assert.Equal(25, (await OpenAsync(bench)).Count + await RoomAsync(bench));
        Assert.Equal(160, await bench.CountAsync("opt_ins"));
        Assert.Contains("unconfirmed texts of the day", await AlarmsAsync(bench, 1));
        // Mail costs nothing and goes on.
        var mails = await bench.CountAsync("deliveries WHERE channel = 2");
        await AskAsync(bench, null, "reader@example.com");
        Assert.Equal(mails + 1, await bench.CountAsync("deliveries WHERE channel = 2"));
    }

    /// <summary>A stop holds back the question of that day; a stop of one topic asks for the rest to go on.</summary>
    [Theory]
    [InlineData(DatabaseProvider.Sqlite, "sport", 1)]
    [InlineData(DatabaseProvider.Postgres, "sport", 1)]
    [InlineData(DatabaseProvider.Sqlite, Suppressions.Everything, 0)]
    [InlineData(DatabaseProvider.Postgres, Suppressions.Everything, 0)]
    public async Task Who_stopped_one_topic_may_sign_up_again_that_day(DatabaseProvider database, string scope, int asked)
    {
        await using var bench = await BenchAsync(database);
        var contact = await bench.WriteAsync(write => bench.Get<ContactBook>().FindOrAddAsync(write, new ContactPoint(Channel.Text, Number(212, 555, 1))));
        await bench.WriteAsync(write => Suppressions.AddAsync(write, contact, scope, "stopped", Guid.CreateVersion7()));

        await AskAsync(bench, Number(212, 555, 1));

        Assert.Equal(asked, await AskedAsync(bench));
        Assert.Equal(0, await bench.CountAsync("consents_to_tell"));
    }

    private Task<Workbench> BenchAsync(DatabaseProvider database, params (string, string)[] settings) =>
        Workbench.OpenAsync(database, postgres, settings: [("Limits:OptInsPerNetworkPerHour", "100000"), ("Limits:OptInsPerNetworkPerDay", "100000"), .. settings]);

    private static string Number(int area, int exchange, int line) => string.Create(CultureInfo.InvariantCulture, $"+1{area}{exchange}{line:0000}");

    private static async Task AskAsync(Workbench bench, string? phone, string? email = null)
    {
        var signUp = bench.Get<SignUpReader>().Read(new SignUpRequest { Phone = phone, Email = email, Consent = true }, out var errors);
        Assert.True(signUp is not null, string.Join(' ', errors.SelectMany(e => e.Value)));
        Assert.True(await bench.Get<Subscriptions>().OptInAsync(signUp, new Visitor(IPAddress.Parse("192.0.2.7"), null), "api", Token));
    }

    private static Task ConfirmAsync(Workbench bench, long contactId) => bench.WriteAsync(async write =>
        await bench.Get<Subscriptions>().ConfirmAsync(write, contactId, "hash", Channel.Text, "reply", new ConsentEvidence()));

    /// <summary>Half an hour has gone by.</summary>
    private static async Task AgeAsync(Workbench bench)
    {
        // By way of numbers nobody has: PostgreSQL looks for a second of the same at each row, not at the end.
        await bench.ExecuteAsync("UPDATE sign_up_trials SET bucket = -bucket");
        await bench.ExecuteAsync("UPDATE sign_up_trials SET bucket = -bucket - 7");
    }

    private static Task<long> AskedAsync(Workbench bench) => bench.CountAsync("deliveries WHERE channel = 1");

    private static Task<List<long>> OpenAsync(Workbench bench) => bench.QueryAsync("""
        SELECT d.contact_id FROM deliveries d JOIN opt_ins o ON o.id = d.subject_id WHERE d.channel = 1 AND o.confirmed_at IS NULL ORDER BY d.id
        """, row => row.GetInt64(0));

    /// <summary>How many more may be asked.</summary>
    private static async Task<int> RoomAsync(Workbench bench)
    {
        var before = (await OpenAsync(bench)).Count;
        for (var n = 0; n < 30; n++)
        {
            await bench.WriteAsync(async write => await bench.Get<SignUpBreaker>().AllowAsync(write, new ContactPoint(Channel.Text, Number(718, 555, n))) ? 1 : 0);
        }

        return (int)(await bench.QueryAsync("SELECT CAST(sum(asked) - sum(confirmed) AS bigint) FROM sign_up_trials WHERE who = 'all'", row => row.GetInt64(0)))[0] - before;
    }

    private static async Task<IReadOnlyList<string>> AlarmsAsync(Workbench bench, int least)
    {
        for (var look = 0; ; look++)
        {
            string[] open = [.. (await bench.Get<IAlarm>().OpenAsync(Token)).Select(a => a.Name)];
            if (look == 100 || open.Length >= least)
            {
                return open;
            }
        }
    }

    private static string Flip(string token, int at) => token[..at] + (token[at] == 'B' ? 'C' : 'B') + token[(at + 1)..];

    private static Notify.Web.Keys KeysOf(byte seed, TemporaryFolder folder) => new(Convert.ToBase64String(Enumerable.Repeat(seed, 32).ToArray()), [], new DataFolder(folder.Path));
}
