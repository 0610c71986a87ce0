using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Notify.Deliveries;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Providers.MailServices;

/// <summary>
/// What a mail service's webhooks owe to readers and to operators, whoever the vendor is. A subclass says how its vendor writes and proves things; what must come of
/// them is said here, through the address the vendor calls. What the vendor hands back is taken from the mail as it left.
/// </summary>
public abstract class MailServiceContract(PostgresServer postgres)
{
    private const string Everything = """
        SELECT (SELECT count(*) FROM returns) || ' ' || (SELECT count(*) FROM consent_entries) || ' ' || (SELECT count(*) FROM suppressions) || ' '
          || (SELECT COALESCE(sum(status), 0) FROM deliveries) || ' ' || (SELECT count(*) FROM deliveries WHERE reason IS NOT NULL) || ' ' || (SELECT count(*) FROM contacts)
        """;

    /// <summary>What is kept is cut; not through one of these.</summary>
    private static readonly string Faces = string.Concat(Enumerable.Repeat("😀", 12_000));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected abstract MailServiceVoice Voice { get; }

    [Theory, ClassData<Databases>]
    public async Task What_it_tells_of_a_mail_happens_to_that_mail_and_its_reader_once(DatabaseProvider database)
    {
        await using var room = await OpenAsync(database, Voice.Secret);
        var sent = await SendAsync(room, 7);
        (Told Told, DeliveryStatus Status, string? Suppressed)[] expected =
        [
            (Told.Delivered, DeliveryStatus.Delivered, null),
            (Told.SoftBounce, DeliveryStatus.Undelivered, null),
            (Told.HardBounce, DeliveryStatus.Undelivered, "provider: it came back: "),
            (Told.Complaint, DeliveryStatus.Accepted, "complained"),
            (Told.Leave, DeliveryStatus.Accepted, "unsubscribed"),
            (Told.Delayed, DeliveryStatus.Accepted, null),
            (Told.Nothing, DeliveryStatus.Accepted, null),
        ];
        expected = [.. expected.Where(e => Voice.Says(e.Told))];
        Call[] calls = [.. expected.Select((e, i) => Voice.Prove(Voice.Write(e.Told, sent[i]), Voice.Secret, DateTimeOffset.UtcNow))];

        foreach (var call in calls)
        {
            Assert.Equal(HttpStatusCode.OK, await PostAsync(room, call));
        }

        var after = await LookAsync(room);
        foreach (var call in calls)
        {
            Assert.Equal(HttpStatusCode.OK, await PostAsync(room, call));
        }

        Assert.Equal(after, await LookAsync(room));
        foreach (var ((told, status, suppressed), mail) in expected.Zip(sent))
        {
            Assert.Equal((told, (int)status), (told, await StatusAsync(room, mail.Address)));
            var reason = await room.QueryAsync($"SELECT s.reason FROM suppressions s JOIN contacts c ON c.id = s.contact_id WHERE c.address = '{mail.Address}'", row => row.GetString(0)) is [var found] ? found : null;
            Assert.True(suppressed is null ? reason is null : reason?.StartsWith(suppressed, StringComparison.Ordinal) == true, $"{told}: {reason}");
        }

        var kept = await room.QueryAsync("SELECT raw FROM returns WHERE kind = 1 AND raw IS NOT NULL", row => row.GetString(0));
        Assert.Contains(kept, raw => raw.Contains(sent[2].Address, StringComparison.Ordinal));
        Assert.Equal(1, await room.QueryAsync("SELECT count(*) FROM deliveries WHERE reason = 'somebody on the way still tries to deliver it'", row => row.GetInt32(0)) is [var delayed] ? delayed : 0);
        Assert.False(room.Log.Says(sent[2].Address), "A log names no reader.");
    }

    /// <summary>A report that names no mail, of an account that sends for others as well.</summary>
    [Theory, ClassData<Databases>]
    public async Task What_names_only_an_address_ends_what_is_for_good_and_nothing_else(DatabaseProvider database)
    {
        await using var room = await OpenAsync(database, Voice.Secret);
        var sent = await SendAsync(room, 4);
        Told[] told = [Told.Delivered, Told.SoftBounce, Told.HardBounce, Told.Complaint];

        foreach (var (what, mail) in told.Zip(sent))
        {
            Assert.Equal(HttpStatusCode.OK, await PostAsync(room, Voice.Prove(Voice.Write(what, mail with { HandedBack = "<20261129.1@elsewhere.example>" }), Voice.Secret, DateTimeOffset.UtcNow)));
        }

        Assert.Equal(HttpStatusCode.OK, await PostAsync(room, Voice.Prove(Voice.Write(Told.HardBounce, new("nobody@readers.example.com", "<20261129.2@elsewhere.example>", "m-9")), Voice.Secret, DateTimeOffset.UtcNow)));
        Assert.Equal([(int)DeliveryStatus.Accepted], (await room.QueryAsync("SELECT status FROM deliveries", row => row.GetInt32(0))).Distinct());
        Assert.Equal(
            new[] { sent[2].Address, sent[3].Address }.Order(StringComparer.Ordinal),
            await room.QueryAsync("SELECT c.address FROM suppressions s JOIN contacts c ON c.id = s.contact_id ORDER BY c.address", row => row.GetString(0)));
        Assert.Single(await room.QueryAsync("SELECT id FROM returns WHERE did = 'nothing: it names no mail of ours'", row => 1));
    }

    [Theory, ClassData<Databases>]
    public async Task A_call_that_is_not_proved_is_refused_and_nothing_is_written(DatabaseProvider database)
    {
        await using var room = await OpenAsync(database, Voice.Secret);
        var sent = await SendAsync(room, 1);
        var before = await LookAsync(room);
        var content = Voice.Write(Told.Complaint, sent[0]);
        var now = DateTimeOffset.UtcNow;
        var good = Voice.Prove(content, Voice.Secret, now);
        List<(string What, Call Call)> forged =
        [
            ("unsigned", new Call(Encoding.UTF8.GetBytes(content), [])),
            ("by a stranger", Voice.Prove(content, Voice.StrangersSecret, now)),
            .. Voice.Forgeries(content, now),
        ];
        if (Voice.Repeats is { } repeats)
        {
            forged.Add(("too old", Voice.Prove(content, Voice.Secret, now - repeats - TimeSpan.FromMinutes(6))));
            forged.Add(("of tomorrow", Voice.Prove(content, Voice.Secret, now + TimeSpan.FromMinutes(6))));
        }

        if (Voice.SignsTheBody)
        {
            forged.Add(("altered", good with { Body = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(good.Body).Replace("m-1", "m-2", StringComparison.Ordinal)) }));
        }

        foreach (var (what, call) in forged)
        {
            Assert.Equal((what, HttpStatusCode.Forbidden), (what, await PostAsync(room, call)));
            Assert.Equal((what, before), (what, await LookAsync(room)));
        }

        // And it was the proof that was missing.
        Assert.Equal(HttpStatusCode.OK, await PostAsync(room, good));
        Assert.NotEqual(before, await LookAsync(room));
    }

    /// <summary>A service that is not reached goes on trying, some for a day and with the proof of the first time.</summary>
    [Fact]
    public async Task What_it_repeats_after_a_long_night_is_taken()
    {
        await using var room = await OpenAsync(DatabaseProvider.Sqlite, Voice.Secret);
        var sent = await SendAsync(room, 1);

        Assert.Equal(HttpStatusCode.OK, await PostAsync(room, Voice.Prove(Voice.Write(Told.Delivered, sent[0]), Voice.Secret, DateTimeOffset.UtcNow - (Voice.Repeats ?? TimeSpan.Zero))));
        Assert.Equal((int)DeliveryStatus.Delivered, await StatusAsync(room, sent[0].Address));
    }

    [Theory, ClassData<Databases>]
    public async Task A_secret_is_replaced_without_losing_a_call(DatabaseProvider database)
    {
        await using var room = await OpenAsync(database, Voice.OtherSecret, Voice.Secret);
        var sent = await SendAsync(room, 2);

        var both = new[]
        {
            await PostAsync(room, Voice.Prove(Voice.Write(Told.Delivered, sent[0]), Voice.Secret, DateTimeOffset.UtcNow)),
            await PostAsync(room, Voice.Prove(Voice.Write(Told.Delivered, sent[1]), Voice.OtherSecret, DateTimeOffset.UtcNow)),
        };
        await room.RestartAsync(($"MailWebhooks:{Voice.Name}:Secrets:1", ""));
        var later = await PostAsync(room, Voice.Prove(Voice.Write(Told.Complaint, sent[0]), Voice.Secret, DateTimeOffset.UtcNow));

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK], both);
        Assert.Equal(HttpStatusCode.Forbidden, later);
        Assert.Empty(await room.QueryAsync("SELECT reason FROM suppressions", row => 1));
    }

    [Theory, ClassData<Databases>]
    public async Task What_nobody_can_read_is_refused_whole_and_strange_words_do_no_harm(DatabaseProvider database)
    {
        await using var room = await OpenAsync(database, Voice.Secret);
        var sent = await SendAsync(room, 1);
        var before = await LookAsync(room);

        foreach (var nonsense in new[] { "", "no JSON", "{\"a\":", "\0", new string('[', 100_000), "null", "\"text\"", "[7]", "{\"\\ud83d\":1}" })
        {
            var answer = await PostAsync(room, Voice.ProveRaw(nonsense, Voice.Secret, DateTimeOffset.UtcNow));
            Assert.True(answer is HttpStatusCode.OK or HttpStatusCode.Forbidden or HttpStatusCode.UnprocessableEntity, $"{answer}");
            Assert.True(answer != HttpStatusCode.OK || nonsense is "null" or "\"text\"" or "[7]", $"{nonsense} was taken.");
            Assert.Equal(before, await LookAsync(room));
        }

        // Half a character, a NUL, an id of any length: in JSON all of them can be written.
        foreach (var strange in new[] { "\\ud83d", "a\\u0000b", new string('x', 5_000), Faces, "x" + Faces })
        {
            var content = Voice.Write(Told.HardBounce, new("STRANGE", "STRANGE", "STRANGE")).Replace("STRANGE", strange, StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.OK, await PostAsync(room, Voice.Prove(content, Voice.Secret, DateTimeOffset.UtcNow)));
        }

        Assert.Empty(await room.QueryAsync("SELECT reason FROM suppressions", row => 1));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(room, Voice.Prove(Voice.Write(Told.HardBounce, sent[0]), Voice.Secret, DateTimeOffset.UtcNow)));
        Assert.Equal((int)DeliveryStatus.Undelivered, await StatusAsync(room, sent[0].Address));
    }

    [Fact]
    public async Task Too_much_is_not_read_and_without_a_secret_the_address_is_not_there()
    {
        await using var room = await OpenAsync(DatabaseProvider.Sqlite, Voice.Secret);
        var large = await PostAsync(room, new Call(new byte[1_100_000], Voice.Prove("{}", Voice.Secret, DateTimeOffset.UtcNow).Headers));
        await room.RestartAsync(($"MailWebhooks:{Voice.Name}:Secrets:0", ""));
        var closed = await PostAsync(room, Voice.Prove(Voice.Write(Told.Nothing, new("a@b.example", "<x@b.example>", "m-1")), Voice.Secret, DateTimeOffset.UtcNow));

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, HttpStatusCode.NotFound), (large, closed));
    }

    private protected Task<Newsroom> OpenAsync(DatabaseProvider database, params string[] secrets) => Newsroom.OpenAsync(database, postgres, Configure,
        [.. secrets.Select((secret, i) => ($"MailWebhooks:{Voice.Name}:Secrets:{i.ToString(CultureInfo.InvariantCulture)}", secret))]);

    private void Configure(WebApplicationBuilder builder)
    {
        if (Voice.ReturnHeader is { } header)
        {
            builder.Configuration["Smtp:Relays:0:ReturnHeader"] = header;
        }

        Voice.Configure(builder);
    }

    /// <summary>Readers who were sent one mail each, and what their vendor hands back of it.</summary>
    private protected async Task<IReadOnlyList<Sent>> SendAsync(Newsroom room, int readers)
    {
        var (_, emails) = await room.AddReadersAsync(byText: 0, byMail: readers);
        await room.FinishedAsync(await room.PublishAsync("Dam holds"));
        var sent = new List<Sent>();
        foreach (var email in emails)
        {
            var mail = Assert.Single(await room.MailsAsync(email));
            sent.Add(new Sent(email, mail.Headers.Single(header => string.Equals(header.Key, Voice.ReturnHeader ?? "Message-ID", StringComparison.OrdinalIgnoreCase)).Value, $"m-{sent.Count + 1}"));
        }

        return sent;
    }

    private protected async Task<HttpStatusCode> PostAsync(Newsroom room, Call call)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(room.Url, $"/webhooks/email/{Voice.Name}")) { Content = new ByteArrayContent(call.Body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        foreach (var (name, value) in call.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await room.Public.SendAsync(request, Token);
        return response.StatusCode;
    }

    private protected static async Task<string> LookAsync(Newsroom room) => (await room.QueryAsync(Everything, row => row.GetString(0)))[0];

    private protected static async Task<int> StatusAsync(Newsroom room, string address) =>
        Assert.Single(await room.QueryAsync($"SELECT d.status FROM deliveries d JOIN contacts c ON c.id = d.contact_id WHERE c.address = '{address}'", row => row.GetInt32(0)));
}
