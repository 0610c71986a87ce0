using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Operators;
using Notify.Storage;
using Notify.Subscribers;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>The whole way of a mail and back: our sender, a real Postfix, a refusal, a real report, a real mailbox, and what follows.</summary>
public sealed class ReturnStories(PostgresServer postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(DatabaseProvider.Sqlite, "Imap")]
    [InlineData(DatabaseProvider.Postgres, "Imap")]
    [InlineData(DatabaseProvider.Sqlite, "Pop3")]
    public async Task An_address_that_is_gone_is_learned_from_a_real_report_and_written_to_no_more(DatabaseProvider database, string protocol)
    {
        await using var world = await MailWorld.StartAsync();
        await using var room = await Newsroom.OpenAsync(database, postgres, world.Settings(protocol));
        await ReadersAsync(room, $"here@{MailWorld.GoodDomain}", $"left@{MailWorld.GoneDomain}", $"full@{MailWorld.FullDomain}");

        var first = await room.PublishAsync("First");
        await room.EventuallyAsync(async () => (await room.AlertAsync(first)).Counts is { Undelivered: 2, Accepted: 1 }, "both reports were read", seconds: 60);
        await room.EventuallyAsync(() => Task.FromResult(world.Mails().Count == 0), "what was read is gone");
        var second = await room.FinishedAsync(await room.PublishAsync("Second"));

        Assert.Equal((3, 2, 1), (second.Counts.Decided, second.Counts.Sent, second.Counts.Skipped));
        Assert.Equal(["provider: it came back: nobody has that address"], await room.QueryAsync("SELECT reason FROM suppressions", row => row.GetString(0)));
        // The full mailbox is written to again, and what came of that may be told already.
        Assert.Equal(["undelivered", "undelivered; suppressed"], await room.QueryAsync("SELECT DISTINCT did FROM returns ORDER BY did", row => row.GetString(0)));
        Assert.Single(await room.QueryAsync("SELECT id FROM returns WHERE did LIKE '%suppressed'", row => 1));
        Assert.Equal([8], await room.QueryAsync("SELECT kind FROM consent_entries WHERE kind = 8", row => row.GetInt32(0)));
        Assert.False(room.Log.Says($"left@{MailWorld.GoneDomain}"), "A log names no reader.");
    }

    [Theory, ClassData<Databases>]
    public async Task A_mailbox_that_is_full_gets_a_rest_after_the_third_time_and_is_not_lost(DatabaseProvider database)
    {
        await using var world = await MailWorld.StartAsync();
        await using var room = await Newsroom.OpenAsync(database, postgres, world.Settings());
        await ReadersAsync(room, $"full@{MailWorld.FullDomain}");

        for (var i = 1; i <= 3; i++)
        {
            var alert = await room.PublishAsync($"Number {i}");
            await room.EventuallyAsync(async () => (await room.AlertAsync(alert)).Counts.Undelivered == 1, $"report {i} was read", seconds: 60);
        }

        var until = Assert.Single(await room.QueryAsync("SELECT until - at FROM suppressions WHERE until IS NOT NULL", row => row.GetInt64(0)));
        Assert.Equal(TimeSpan.FromDays(14), TimeSpan.FromMilliseconds(until));
        Assert.Equal(0, (await room.FinishedAsync(await room.PublishAsync("Meanwhile"))).Counts.Sent);
    }

    [Theory, ClassData<Databases>]
    public async Task Whoever_says_goodbye_by_mail_is_let_go_and_what_nobody_can_read_is_set_aside(DatabaseProvider database)
    {
        await using var world = await MailWorld.StartAsync();
        await using var room = await Newsroom.OpenAsync(database, postgres, world.Settings());
        await ReadersAsync(room, $"here@{MailWorld.GoodDomain}", $"stays@{MailWorld.GoodDomain}");
        await room.FinishedAsync(await room.PublishAsync("First"));
        var ids = await room.QueryAsync("SELECT d.id, d.created_at FROM deliveries d ORDER BY d.contact_id", row => (Id: row.GetInt64(0), At: row.Instant(1)));
        var tag = room.Services.GetRequiredService<MailTags>().Make(ids[0].Id, ids[0].At);

        await world.ArrivesAsync(Letter($"u+{tag.ToUpperInvariant()}@{MailWorld.BounceDomain}", "unsubscribe"));
        await world.ArrivesAsync(Letter($"u+{tag[..^1]}0@{MailWorld.BounceDomain}", "forged"));
        await world.ArrivesAsync(Letter($"b+{tag}@{MailWorld.BounceDomain}", "A question of a person"));
        await world.ArrivesAsync("not a mail at all");
        await room.EventuallyAsync(() => Task.FromResult(world.Mails().Count == 0), "all were read", seconds: 60);
        var second = await room.FinishedAsync(await room.PublishAsync("Second"));

        Assert.Equal(1, second.Counts.Sent);
        Assert.Equal(["nothing: it names no mail of ours", "stopped: the reader left"], await room.QueryAsync("SELECT did FROM returns ORDER BY did", row => row.GetString(0)));
        Assert.Equal(2, world.Mails("Notify-aside").Count);
    }

    [Theory, ClassData<Databases>]
    public async Task A_report_that_is_forged_or_comes_again_changes_nothing(DatabaseProvider database)
    {
        await using var world = await MailWorld.StartAsync();
        await using var room = await Newsroom.OpenAsync(database, postgres, world.Settings());
        await ReadersAsync(room, $"here@{MailWorld.GoodDomain}");
        var alert = await room.PublishAsync("First");
        await room.FinishedAsync(alert);
        var row = (await room.QueryAsync("SELECT id, created_at FROM deliveries", r => (Id: r.GetInt64(0), At: r.Instant(1))))[0];
        var tag = room.Services.GetRequiredService<MailTags>().Make(row.Id, row.At);

        await world.ArrivesAsync(ReportOf($"{tag[..^1]}{(tag[^1] == '0' ? '1' : '0')}"));
        await room.EventuallyAsync(() => Task.FromResult(world.Mails().Count == 0), "the forged one was read");
        var forged = await room.AlertAsync(alert);
        await world.ArrivesAsync(ReportOf(tag));
        await world.ArrivesAsync(ReportOf(tag));
        await room.EventuallyAsync(() => Task.FromResult(world.Mails().Count == 0), "the real one was read");

        Assert.Equal((1, 0), (forged.Counts.Accepted, forged.Counts.Undelivered));
        Assert.Equal((0, 1), ((await room.AlertAsync(alert)).Counts.Accepted, (await room.AlertAsync(alert)).Counts.Undelivered));
        Assert.Equal(2, (await room.QueryAsync("SELECT id FROM returns", r => 1)).Count);
        Assert.Single(await room.QueryAsync("SELECT id FROM consent_entries WHERE kind = 8", r => 1));
    }

    /// <summary>PostgreSQL only: SQLite is not away while its process is there.</summary>
    [Fact]
    public async Task While_the_database_is_away_a_report_waits_in_the_mailbox_however_often_it_is_tried()
    {
        await using var world = await MailWorld.StartAsync();
        await using var room = await Newsroom.OpenAsync(DatabaseProvider.Postgres, postgres, world.Settings());
        await ReadersAsync(room, $"here@{MailWorld.GoodDomain}");
        var alert = await room.PublishAsync("First");
        await room.FinishedAsync(alert);
        var row = (await room.QueryAsync("SELECT id, created_at FROM deliveries", r => (Id: r.GetInt64(0), At: r.Instant(1))))[0];
        await ExecuteAsync(room, "CREATE SEQUENCE tries");
        await ExecuteAsync(room, """
            CREATE FUNCTION away() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM nextval('tries'); RAISE EXCEPTION 'the system is starting up' USING ERRCODE = '57P03'; END $$
            """);
        await ExecuteAsync(room, "CREATE TRIGGER away BEFORE INSERT ON returns FOR EACH ROW EXECUTE FUNCTION away()");

        await world.ArrivesAsync(ReportOf(room.Services.GetRequiredService<MailTags>().Make(row.Id, row.At)));
        await room.EventuallyAsync(async () => (await room.QueryAsync("SELECT last_value FROM tries", r => r.GetInt64(0)))[0] > 4, "it was tried more often than a mail that cannot be read is", seconds: 90);
        var (there, aside) = (world.Mails().Count, world.Mails("Notify-aside").Count);
        await ExecuteAsync(room, "DROP TRIGGER away ON returns");
        await room.EventuallyAsync(async () => (await room.AlertAsync(alert)).Counts.Undelivered == 1, "the report is taken in");

        Assert.Equal((1, 0), (there, aside));
    }

    [Theory, ClassData<Databases>]
    public async Task A_relay_that_greylists_knows_the_mail_again_and_takes_it_once(DatabaseProvider database)
    {
        await using var greylist = new Greylist();
        await using var world = await MailWorld.StartAsync(greylist);
        await using var room = await Newsroom.OpenAsync(database, postgres, world.Settings());
        await ReadersAsync(room, $"here@{MailWorld.GoodDomain}");

        var alert = await room.PublishAsync("First");
        await room.EventuallyAsync(() => Task.FromResult(greylist.Seen.Count == 1), "the relay was asked");
        await room.EventuallyAsync(async () =>
        {
            // Its next try is minutes away.
            await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE deliveries SET due_at = 0 WHERE status = 0"), Token);
            return (await room.AlertAsync(alert)).Counts.Accepted == 1;
        }, "the second try is taken", seconds: 60);

        Assert.Equal(2, Assert.Single(greylist.Seen).Value);
        Assert.Equal([2], await room.QueryAsync("SELECT attempts FROM deliveries", row => row.GetInt32(0)));
        await room.EventuallyAsync(() => Task.FromResult(world.Log.Contains("status=sent", StringComparison.Ordinal)), "it went on to the reader");
        Assert.Equal(1, Regex.Count(world.Log, "status=sent", RegexOptions.None, TimeSpan.FromSeconds(5)));
    }

    [Theory, ClassData<Databases>]
    public async Task A_relay_that_hangs_up_after_the_dot_is_told_once_more_under_the_same_name_and_counted_once(DatabaseProvider database)
    {
        await using var world = await MailWorld.StartAsync();
        await using var proxy = new CuttingProxy(world.RelayPort, cuts: 2);
        await using var room = await Newsroom.OpenAsync(database, postgres,
            [.. world.Settings().Where(setting => setting.Key != "Smtp:Relays:0:Port"), ("Smtp:Relays:0:Port", $"{proxy.Port}"), ("Smtp:Relays:0:InDoubt", "Resend")]);
        await ReadersAsync(room, $"here@{MailWorld.GoodDomain}", $"left@{MailWorld.GoneDomain}");

        var alert = await room.PublishAsync("First");
        await room.EventuallyAsync(() => Task.FromResult(proxy.CutsLeft <= 0), "the line was cut twice");
        await room.EventuallyAsync(async () =>
        {
            await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE deliveries SET due_at = 0 WHERE status IN (0, 8)"), Token);
            await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE senders SET rests_until = 0 WHERE rests_until > 0"), Token);
            return (await room.AlertAsync(alert)).Counts is { Accepted: 1, Undelivered: 1 };
        }, "one arrives and one comes back", seconds: 90);

        var log = world.Log;
        var ids = Regex.Matches(log, "message-id=<(?<id>[^>]+@news.example)>", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5)).Select(match => match.Groups["id"].Value).ToList();
        Assert.Equal(2, ids.Distinct().Count());
        Assert.InRange(ids.Count, 3, 4);
        await room.EventuallyAsync(() => Task.FromResult(world.Mails().Count == 0), "every report was read");
        Assert.Equal((2, 1, 1), ((await room.AlertAsync(alert)).Counts.Decided, (await room.AlertAsync(alert)).Counts.Accepted, (await room.AlertAsync(alert)).Counts.Undelivered));
        Assert.Single(await room.QueryAsync("SELECT id FROM consent_entries WHERE kind = 8", row => 1));
    }

    [Theory, ClassData<Databases>]
    public async Task An_operator_who_knows_better_has_an_address_written_to_again_but_never_against_a_readers_word(DatabaseProvider database)
    {
        await using var world = await MailWorld.StartAsync();
        await using var room = await Newsroom.OpenAsync(database, postgres, world.Settings());
        await ReadersAsync(room, $"left@{MailWorld.GoneDomain}", $"stops@{MailWorld.GoneDomain}");
        var alert = await room.PublishAsync("First");
        await room.EventuallyAsync(async () => (await room.AlertAsync(alert)).Counts.Undelivered == 2, "both reports were read", seconds: 60);
        var readers = await room.QueryAsync("SELECT id FROM contacts ORDER BY id", row => row.GetInt64(0));
        var blocks = room.Services.GetRequiredService<Blocks>();
        var stops = new ContactPoint(Channel.Mail, $"stops@{MailWorld.GoneDomain}");
        await room.Services.GetRequiredService<Revocations>().RecordAsync(stops, "phone", null, "ada", Token);

        var (lifted, refused) = (await blocks.LiftAsync(readers[0], "she called", "ada", Nothing, Token), await blocks.LiftAsync(readers[1], "no", "ada", Nothing, Token));
        var again = await blocks.LiftAsync(readers[0], "twice", "ada", Nothing, Token);
        var second = await room.PublishAsync("Second");
        await room.EventuallyAsync(async () => (await room.AlertAsync(second)).Counts.Undelivered == 1, "it is written to again", seconds: 60);

        Assert.Equal((true, false, false), (lifted, refused, again));
        Assert.Equal(1, (await room.AlertAsync(second)).Counts.Sent);
        Assert.Single(await room.QueryAsync("SELECT id FROM consent_entries WHERE kind = 15", row => 1));
    }

    private static Task<int> ExecuteAsync(Newsroom room, string sql) => room.Database.WriteAsync(write => write.ExecuteAsync(sql), Token);

    private static Task Nothing(Write write) => Task.CompletedTask;

    private static string Letter(string to, string subject) => $"Return-Path: <person@elsewhere.example>\nDelivered-To: {to}\nFrom: person@elsewhere.example\nTo: {to}\nSubject: {subject}\nMessage-ID: <{Guid.NewGuid():N}@elsewhere.example>\n\nHello.\n";

    private static string ReportOf(string tag) => $"""
        Return-Path: <>
        Delivered-To: b+{tag}@{MailWorld.BounceDomain}
        From: MAILER-DAEMON@elsewhere.example
        To: b+{tag}@{MailWorld.BounceDomain}
        Subject: Returned mail
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status; boundary="x"

        --x
        Content-Type: text/plain

        Nobody of that name here.
        --x
        Content-Type: message/delivery-status

        Reporting-MTA: dns; elsewhere.example

        Final-Recipient: rfc822; here@{MailWorld.GoodDomain}
        Action: failed
        Status: 5.1.1
        Diagnostic-Code: smtp; 550 5.1.1 user unknown

        --x--
        """;

    /// <summary>Confirmed readers of everything by mail.</summary>
    private static Task ReadersAsync(Newsroom room, params string[] addresses) => room.Database.WriteAsync(async write =>
    {
        var contacts = room.Services.GetRequiredService<ContactBook>();
        foreach (var address in addresses)
        {
            var id = await contacts.FindOrAddAsync(write, new ContactPoint(Channel.Mail, address));
            await write.ExecuteAsync("INSERT INTO subscriptions (contact_id, state, all_topics, breaking_at_night, locale, created_at, confirmed_at) VALUES (@id, 2, @yes, @no, 'en', 0, 0)",
                ("id", id), ("yes", true), ("no", false));
        }

        return addresses.Length;
    }, Token);
}
