using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Notify.Consent;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>A provider that keeps a list of its own learns who left and who came back by other ways than a text.</summary>
public sealed class ConsentSyncStories(PostgresServer postgres)
{
    private const string Phone = "+12125550143";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task Who_left_by_letter_is_blocked_at_the_provider_and_who_comes_back_by_the_form_is_not(DatabaseProvider database)
    {
        await using var room = await OpenAsync(database);
        await room.SignUpAndConfirmTextAsync(Phone);
        using (var revoked = await room.Api.PostAsJsonAsync("/api/revocations", new { contact = Phone, how = "letter" }, Token))
        {
            Assert.Equal(HttpStatusCode.OK, revoked.StatusCode);
        }

        await room.ReconcileAsync();
        Assert.False(await IsBlockedAsync(room));
        await HurryAsync(room);
        await room.EventuallyAsync(() => IsBlockedAsync(room), "the provider has the stop", hurry: true);

        // A day later the reader signs up again, and the question is not refused.
        await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE suppressions SET at = at - 90000000"), Token);
        await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE deliveries SET created_at = created_at - 90000000"), Token);
        var before = (await room.TextsAsync(Phone)).Count;
        await room.SignUpAsync(phone: Phone);
        await room.EventuallyAsync(async () => !await IsBlockedAsync(room), "the provider has the return", hurry: true);
        await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE deliveries SET due_at = 0 WHERE status = 0"), Token);
        await room.EventuallyAsync(async () => (await room.TextsAsync(Phone)).Skip(before).Any(text => text.Contains("Reply Y", StringComparison.Ordinal)), "the reader is asked", hurry: true);
        await room.ReplyAsync(Phone, "Y");
        await room.FinishedAsync(await room.PublishAsync("Kim offers support"), hurry: true);

        Assert.Contains("Kim offers support", (await room.TextsAsync(Phone))[^1], StringComparison.Ordinal);
    }

    /// <summary>Whoever types a stopped number into the form opens its block for a question; nobody answers it, and a week later the block is back.</summary>
    [Theory]
    [InlineData(DatabaseProvider.Sqlite, false)]
    [InlineData(DatabaseProvider.Postgres, false)]
    [InlineData(DatabaseProvider.Sqlite, true)]
    [InlineData(DatabaseProvider.Postgres, true)]
    public async Task Who_is_let_through_for_a_question_and_does_not_answer_is_blocked_again(DatabaseProvider database, bool confirms)
    {
        await using var room = await OpenAsync(database);
        await room.SignUpAndConfirmTextAsync(Phone);
        await room.ReplyAsync(Phone, "STOP");
        await HurryAsync(room);
        await room.EventuallyAsync(() => IsBlockedAsync(room), "the provider has the stop", hurry: true);
        await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE suppressions SET at = at - 90000000"), Token);
        await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE deliveries SET created_at = created_at - 90000000"), Token);
        await room.SignUpAsync(phone: Phone);
        await room.EventuallyAsync(async () => !await IsBlockedAsync(room), "it is let through", hurry: true);
        if (confirms)
        {
            await room.ReplyAsync(Phone, "Y");
        }

        var back = await room.QueryAsync("SELECT due_at - (SELECT max(expires_at) FROM opt_ins) FROM consents_to_tell WHERE attempts = 0", row => row.GetInt64(0));
        await HurryAsync(room);
        await room.EventuallyAsync(async () => (await WaitingAsync(room)).Count == 0, "all is told", hurry: true);

        Assert.Equal(confirms ? [] : [0L], back);
        Assert.Equal(!confirms, await IsBlockedAsync(room));
    }

    /// <summary>A second request is not kept waiting by what is to be told when the first has run out.</summary>
    [Theory, ClassData<Databases>]
    public async Task A_second_question_is_told_at_once(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        var contact = (await bench.AddReadersAsync(1))[0];
        var now = await bench.Database.NowAsync(Token);
        await AddAsync(bench, contact, isAllowed: true, now.AddDays(7));
        var first = Assert.Single(await TakeAsync(bench));
        await bench.WriteAsync(async write => { await ConsentsToTell.ToldAsync(write, first); return 0; });
        Assert.Empty(await TakeAsync(bench));

        await AddAsync(bench, contact, isAllowed: true, now.AddDays(8));
        await bench.ExecuteAsync("UPDATE consents_to_tell SET due_at = due_at - @lease", ("lease", (long)ConsentsToTell.Lease.TotalMilliseconds));

        Assert.True(Assert.Single(await TakeAsync(bench)).IsAllowed);
    }

    /// <summary>The word is on its way to the provider when its reader says yes: it is not taken back any more.</summary>
    [Theory, ClassData<Databases>]
    public async Task A_yes_while_the_provider_is_told_is_not_lost(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        var contact = (await bench.AddReadersAsync(1))[0];
        await AddAsync(bench, contact, isAllowed: true, (await bench.Database.NowAsync(Token)).AddDays(7));
        var told = Assert.Single(await TakeAsync(bench));

        await bench.WriteAsync(async write => { await ConsentsToTell.KeepAsync(write, contact); return 0; });
        await bench.WriteAsync(async write => { await ConsentsToTell.ToldAsync(write, told); return 0; });

        Assert.Equal(0, await bench.CountAsync("consents_to_tell"));
    }

    /// <summary>The stop could not be told, and while the provider was asked its reader came back: the return does not wait as long as the stop would.</summary>
    [Theory, ClassData<Databases>]
    public async Task A_word_that_could_not_be_told_does_not_put_off_a_newer_one(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await Workbench.OpenAsync(database, postgres, clock: clock);
        var contact = (await bench.AddReadersAsync(1))[0];
        await bench.WriteAsync(async write => { await ConsentsToTell.AddAsync(write, contact, isAllowed: false, "form", TimeSpan.Zero); return 0; });
        var stop = Assert.Single(await TakeAsync(bench));
        clock.Advance(TimeSpan.FromSeconds(10));
        await AddAsync(bench, contact, isAllowed: true, clock.GetUtcNow().AddDays(7));

        await bench.WriteAsync(async write => { await ConsentsToTell.LaterAsync(write, stop, TimeSpan.FromHours(6)); return 0; });
        clock.Advance(ConsentsToTell.Lease);

        Assert.True(Assert.Single(await TakeAsync(bench)).IsAllowed);
    }

    [Theory, ClassData<Databases>]
    public async Task The_newest_word_wins_and_is_told_until_the_provider_has_it(DatabaseProvider database)
    {
        await using var room = await OpenAsync(database);
        await room.SignUpAndConfirmTextAsync(Phone);
        await room.StopCarrierAsync();
        using (var revoked = await room.Api.PostAsJsonAsync("/api/revocations", new { contact = Phone, how = "phone" }, Token))
        {
            Assert.Equal(HttpStatusCode.OK, revoked.StatusCode);
        }

        await HurryAsync(room);
        await room.EventuallyAsync(async () => (await WaitingAsync(room)).Attempts > 0, "it was tried in vain", hurry: true);
        Assert.Equal(1, (await WaitingAsync(room)).Count);
        await room.StartCarrierAsync();
        await HurryAsync(room);

        await room.EventuallyAsync(async () => (await WaitingAsync(room)).Count == 0, "the provider has it", hurry: true);
        Assert.True(await IsBlockedAsync(room));
    }

    /// <summary>On a short code of its own nobody but us keeps a list: nothing is told, and nothing piles up.</summary>
    [Theory, ClassData<Databases>]
    public async Task Where_the_provider_keeps_no_list_nothing_is_told(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.SignUpAndConfirmTextAsync(Phone);
        await room.ReplyAsync(Phone, "STOP");
        await HurryAsync(room);

        await room.EventuallyAsync(async () => (await WaitingAsync(room)).Count == 0, "there is nothing to tell", hurry: true);
    }

    private Task<Newsroom> OpenAsync(DatabaseProvider database) => Newsroom.OpenAsync(database, postgres,
        ("Twilio:Senders:0:Name", "local-texts"), ("Twilio:Senders:0:From", "+15005550006"), ("Twilio:Senders:0:SegmentsPerSecond", "100"), ("Twilio:Senders:0:KeywordReplies", "Provider"));

    private static Task<int> AddAsync(Workbench bench, long contact, bool isAllowed, DateTimeOffset backAt) => bench.WriteAsync(async write =>
    {
        await ConsentsToTell.AddAsync(write, contact, isAllowed, "form", TimeSpan.Zero, backAt);
        return 0;
    });

    private static Task<IReadOnlyList<ConsentToTell>> TakeAsync(Workbench bench) => bench.WriteAsync(write => ConsentsToTell.TakeAsync(write, 10));

    private static Task HurryAsync(Newsroom room) => room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE consents_to_tell SET due_at = 0"), Token);

    private static async Task<(long Count, long Attempts)> WaitingAsync(Newsroom room) =>
        (await room.QueryAsync("SELECT count(*), CAST(COALESCE(max(attempts), 0) AS bigint) FROM consents_to_tell", row => (row.GetInt64(0), row.GetInt64(1))))[0];

    /// <summary>As anybody with the account's token would see it: a create request is refused with 21610.</summary>
    private static async Task<bool> IsBlockedAsync(Newsroom room)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(room.Handsets.BaseAddress!, $"/2010-04-01/Accounts/AC{new string('0', 32)}/Messages.json"))
        {
            Content = new FormUrlEncodedContent([new("To", Phone), new("From", "+15005550006"), new("Body", "Are you there?")]),
            Headers = { Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"AC{new string('0', 32)}:{Newsroom.Token}"))) },
        };
        using var answer = await room.Handsets.SendAsync(request, Token);
        var text = await answer.Content.ReadAsStringAsync(Token);
        Assert.True(answer.StatusCode is HttpStatusCode.Created or HttpStatusCode.BadRequest, text);
        return text.Contains("21610", StringComparison.Ordinal);
    }
}
