using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Notify.Deliveries;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Providers;

/// <summary>
/// What every adapter for texts owes the post office, whoever the vendor is. A subclass says how its vendor writes things; what must come of
/// them is said here. The adapter is the one the application builds, with its own HTTP client.
/// </summary>
public abstract class TextProviderContract(PostgresServer postgres)
{
    protected const string Reader = "+16465550123";
    protected const string Words = "Kim says \"no\" & 100 % {to} \\ é";

    /// <summary>Settings that are the vendor's own: one text sender.</summary>
    private protected abstract (string Key, string Value)[] Settings(Uri vendor);

    private protected abstract string Sender { get; }

    /// <summary>The name of the adapter's HTTP client.</summary>
    private protected abstract string Client { get; }

    private protected abstract ScriptedGateway.Reply Taken(string id);

    private protected abstract ScriptedGateway.Reply Refused(Refusal refusal);

    /// <summary>The vendor's list of messages.</summary>
    private protected abstract ScriptedGateway.Reply List(params (string Id, string Text, DateTimeOffset At)[] messages);

    /// <summary>Opens an installation whose texts leave through this adapter, towards the local carrier.</summary>
    private protected abstract Task<Newsroom> OpenAsync(DatabaseProvider database, PostgresServer server, params string[] secrets);

    /// <summary>A text of a reader, as the vendor brings it.</summary>
    private protected abstract Hook Inbound(string id, string from, string text);

    /// <summary>What became of a message, as the vendor tells it.</summary>
    private protected abstract Hook Status(long deliveryId, string id, ReceiptKind kind);

    /// <summary>Proves a call to be the vendor's.</summary>
    private protected abstract void Sign(HttpRequestMessage request, Hook hook, string secret);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_taken_has_the_vendors_id_and_was_asked_once()
    {
        await using var vendor = await ScriptedGateway.StartAsync();
        vendor.Answer = Taken("m-1");

        var outcome = await SendAsync(vendor.Url);

        Assert.Equal("m-1", Assert.IsType<SendOutcome.Accepted>(outcome).ProviderMessageId);
        var asked = Assert.Single(vendor.Requests);
        Assert.Contains(Words, Decoded(asked.Body), StringComparison.Ordinal);
        Assert.Contains(Reader, Decoded(asked.Body), StringComparison.Ordinal);
        Assert.Contains("/7", Decoded(asked.Body), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_fast_is_later_by_the_time_the_vendor_asks_for()
    {
        await using var vendor = await ScriptedGateway.StartAsync();
        vendor.Answer = new(429, "slow down") { Headers = new Dictionary<string, string> { ["Retry-After"] = "17" } };

        var later = Assert.IsType<SendOutcome.TryLater>(await SendAsync(vendor.Url));

        Assert.Equal((TimeSpan.FromSeconds(17), Trouble.TooFast), (later.After, later.Trouble));
        Assert.Single(vendor.Requests);
    }

    [Theory]
    [InlineData(500, "")]
    [InlineData(502, "<html>bad gateway</html>")]
    [InlineData(503, "{}")]
    [InlineData(504, "")]
    [InlineData(408, "")]
    [InlineData(200, "")]
    [InlineData(200, "<html>welcome</html>")]
    [InlineData(201, "{")]
    [InlineData(202, "{}")]
    [InlineData(200, "[1, null]")]
    [InlineData(302, "")]
    public async Task An_answer_that_leaves_it_open_is_a_doubt(int status, string body)
    {
        await using var vendor = await ScriptedGateway.StartAsync();
        vendor.Answer = new(status, body) { Headers = status == 302 ? new Dictionary<string, string> { ["Location"] = "/elsewhere" } : new Dictionary<string, string>() };

        Assert.IsType<SendOutcome.InDoubt>(await SendAsync(vendor.Url));
        Assert.Single(vendor.Requests);
    }

    [Fact]
    public async Task A_refusal_of_the_server_itself_is_a_doubt_whatever_its_body_says()
    {
        await using var vendor = await ScriptedGateway.StartAsync();
        vendor.Answer = Refused(Refusal.RecipientGone) with { Status = 500 };

        Assert.IsType<SendOutcome.InDoubt>(await SendAsync(vendor.Url));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_ends_after_the_request_or_an_answer_that_never_comes_is_a_doubt(bool isCut)
    {
        await using var vendor = await ScriptedGateway.StartAsync();
        vendor.Answer = new(200, "", Cut: isCut, Never: !isCut);

        Assert.IsType<SendOutcome.InDoubt>(await SendAsync(vendor.Url));
        Assert.Single(vendor.Requests);
    }

    [Fact]
    public Task A_kept_connection_that_the_vendor_ends_is_not_tried_again_behind_our_back() => EndsKeptConnectionAsync();

    [Fact]
    public async Task Nobody_there_is_later_and_the_vendors_trouble()
    {
        var outcome = await SendAsync(new Uri($"http://127.0.0.1:{FreePort.Next()}"));

        Assert.Equal(Trouble.Away, Assert.IsType<SendOutcome.TryLater>(outcome).Trouble);
    }

    [Fact]
    public async Task A_definite_refusal_is_one_and_says_whose_fault_it_is()
    {
        await using var vendor = await ScriptedGateway.StartAsync();
        var outcomes = new Dictionary<Refusal, Type>();
        foreach (var refusal in Enum.GetValues<Refusal>())
        {
            vendor.Answer = Refused(refusal);
            outcomes[refusal] = (await SendAsync(vendor.Url)).GetType();
        }

        Assert.Equal(typeof(SendOutcome.Rejected), outcomes[Refusal.OfTheMessage]);
        Assert.Equal(typeof(SendOutcome.RecipientGone), outcomes[Refusal.RecipientGone]);
        Assert.Equal(typeof(SendOutcome.SenderBroken), outcomes[Refusal.SenderBroken]);
        Assert.Equal(typeof(SendOutcome.SenderBroken), outcomes[Refusal.Credentials]);
        Assert.Equal(outcomes.Count, vendor.Requests.Count);
    }

    [Fact]
    public async Task A_message_in_doubt_is_found_by_its_words_and_its_time_only()
    {
        await using var vendor = await ScriptedGateway.StartAsync();
        var now = TimeProvider.System.GetUtcNow();

        vendor.Answer = List(("m-3", "Something else", now), ("m-2", Words, now.AddSeconds(-1)), ("m-1", Words, now.AddHours(-2)));
        Assert.Equal("m-2", Assert.IsType<Finding.Found>(await FindAsync(vendor.Url)).ProviderMessageId);
        vendor.Answer = List(("m-3", "Something else", now), ("m-1", Words, now.AddHours(-2)));
        Assert.IsType<Finding.NotFound>(await FindAsync(vendor.Url));
        vendor.Answer = List();
        Assert.IsType<Finding.NotFound>(await FindAsync(vendor.Url));
        Assert.All(vendor.Requests, asked => Assert.Contains("16465550123", asked.Path, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(500, "")]
    [InlineData(404, "{}")]
    [InlineData(401, "{}")]
    [InlineData(200, "")]
    [InlineData(200, "{}")]
    [InlineData(200, "<html></html>")]
    public async Task What_cannot_be_read_is_no_answer_and_never_not_found(int status, string body)
    {
        await using var vendor = await ScriptedGateway.StartAsync();
        vendor.Answer = new(status, body);

        Assert.IsType<Finding.NoAnswer>(await FindAsync(vendor.Url));
    }

    [Fact]
    public async Task Nobody_there_to_ask_is_no_answer() =>
        Assert.IsType<Finding.NoAnswer>(await FindAsync(new Uri($"http://127.0.0.1:{FreePort.Next()}")));

    [Theory, ClassData<Databases>]
    public async Task A_call_that_is_not_the_vendors_is_refused_and_changes_nothing(DatabaseProvider database)
    {
        await using var room = await OpenAsync(database, postgres, "first-secret", "second-secret");
        await room.AddReadersAsync(byText: 1, byMail: 0);
        var (delivery, id) = await DeliverAsync(room);

        foreach (var hook in new[] { Inbound("SM" + new string('1', 32), Reader, "STOP"), Status(delivery, id, ReceiptKind.Delivered) })
        {
            Assert.Equal(HttpStatusCode.Forbidden, await PostAsync(room, hook, secret: null));
            Assert.Equal(HttpStatusCode.Forbidden, await PostAsync(room, hook, "another-secret"));
            Assert.Equal(HttpStatusCode.Forbidden, await PostAsync(room, hook, ""));
            Assert.Equal(HttpStatusCode.Forbidden, await PostAsync(room, hook, "first-secret", altered: true));
        }

        Assert.Equal(0, (await room.QueryAsync("SELECT (SELECT count(*) FROM inbox) + (SELECT count(*) FROM suppressions)", row => row.GetInt32(0)))[0]);
        Assert.Equal([(int)DeliveryStatus.Accepted], await room.QueryAsync("SELECT status FROM deliveries", row => row.GetInt32(0)));
    }

    [Theory, ClassData<Databases>]
    public async Task Each_secret_opens_and_a_repeated_call_is_one(DatabaseProvider database)
    {
        await using var room = await OpenAsync(database, postgres, "first-secret", "second-secret");
        await room.AddReadersAsync(byText: 1, byMail: 0);
        var hook = Inbound("SM" + new string('1', 32), Reader, "STOP");

        var answers = new[] { await PostAsync(room, hook, "first-secret"), await PostAsync(room, hook, "second-secret"), await PostAsync(room, hook, "first-secret") };

        Assert.All(answers, answer => Assert.InRange((int)answer, 200, 204));
        Assert.Equal((1, 1), ((await room.QueryAsync("SELECT count(*) FROM inbox", row => row.GetInt32(0)))[0], (await room.QueryAsync("SELECT count(*) FROM suppressions", row => row.GetInt32(0)))[0]));
    }

    [Theory, ClassData<Databases>]
    public async Task A_NUL_stands_in_nobodys_way(DatabaseProvider database)
    {
        await using var room = await OpenAsync(database, postgres, "first-secret");
        await room.AddReadersAsync(byText: 1, byMail: 0);
        var (delivery, id) = await DeliverAsync(room);

        var stop = await PostAsync(room, Inbound("SM" + new string('1', 32), Reader, "\0ST\0OP\0"), "first-secret");
        var receipt = await PostAsync(room, Status(delivery, id + "\0", ReceiptKind.Delivered), "first-secret");

        Assert.All([stop, receipt], answer => Assert.InRange((int)answer, 200, 204));
        Assert.Equal(["STOP"], await room.QueryAsync("SELECT body FROM inbox", row => row.GetString(0)));
        Assert.Equal(1, (await room.QueryAsync("SELECT count(*) FROM suppressions", row => row.GetInt32(0)))[0]);
        Assert.Equal([(int)DeliveryStatus.Delivered], await room.QueryAsync("SELECT status FROM deliveries WHERE body IS NULL", row => row.GetInt32(0)));
    }

    /// <summary>No index takes so long a one on PostgreSQL.</summary>
    [Theory, ClassData<Databases>]
    public async Task Ids_of_any_length_are_taken_and_told_apart(DatabaseProvider database)
    {
        await using var room = await OpenAsync(database, postgres, "first-secret");
        await room.AddReadersAsync(byText: 1, byMail: 0);
        var (delivery, _) = await DeliverAsync(room);
        var id = LongIds.Make(1);

        foreach (var sid in (string[])[id, id, id + "2"])
        {
            Assert.InRange((int)await PostAsync(room, Inbound(sid, Reader, "great story 1"), "first-secret"), 200, 204);
        }

        Assert.Equal(HttpStatusCode.NoContent, await PostAsync(room, Status(delivery, id, ReceiptKind.Delivered), "first-secret"));
        Assert.Equal([2], await room.QueryAsync("SELECT count(*) FROM inbox", row => row.GetInt32(0)));
        Assert.Equal([(int)DeliveryStatus.Delivered], await room.QueryAsync("SELECT status FROM deliveries", row => row.GetInt32(0)));
    }

    [Theory, ClassData<Databases>]
    public async Task Receipts_may_come_twice_and_in_any_order(DatabaseProvider database)
    {
        await using var room = await OpenAsync(database, postgres, "first-secret");
        await room.AddReadersAsync(byText: 1, byMail: 0);
        var (delivery, id) = await DeliverAsync(room);

        foreach (var (kind, expected) in new[]
        {
            (ReceiptKind.Accepted, DeliveryStatus.Accepted), (ReceiptKind.Undelivered, DeliveryStatus.Undelivered), (ReceiptKind.Undelivered, DeliveryStatus.Undelivered),
            (ReceiptKind.Delivered, DeliveryStatus.Delivered), (ReceiptKind.Undelivered, DeliveryStatus.Delivered), (ReceiptKind.Accepted, DeliveryStatus.Delivered),
        })
        {
            Assert.Equal(HttpStatusCode.NoContent, await PostAsync(room, Status(delivery, id, kind), "first-secret"));
            Assert.Equal([(int)expected], await room.QueryAsync("SELECT status FROM deliveries", row => row.GetInt32(0)));
        }

        Assert.Equal(HttpStatusCode.NoContent, await PostAsync(room, Status(delivery + 1_000, id, ReceiptKind.Delivered), "first-secret"));
    }

    private protected async Task<SendOutcome> SendAsync(Uri vendor, params (string Key, string Value)[] settings)
    {
        await using var app = Build(vendor, settings);
        return await Provider(app).SendAsync(Text(), Token);
    }

    /// <summary>HTTP clients like to repeat a request that a kept connection swallowed.</summary>
    private protected async Task EndsKeptConnectionAsync(params (string Key, string Value)[] settings)
    {
        var taken = Taken("m-1");
        await using var vendor = new SecondTimeSilent(taken.Status, taken.Body);
        await using var app = Build(vendor.Url, [.. settings.Select(setting => (setting.Key, setting.Value.Replace("{vendor}", vendor.Url.AbsoluteUri, StringComparison.Ordinal)))]);

        Assert.IsType<SendOutcome.Accepted>(await Provider(app).SendAsync(Text(), Token));
        Assert.IsType<SendOutcome.InDoubt>(await Provider(app).SendAsync(Text(), Token));
        Assert.Equal(2, vendor.Requests);
    }

    private async Task<Finding> FindAsync(Uri vendor)
    {
        await using var app = Build(vendor);
        return await Provider(app).FindAsync(new MessageInDoubt(7, Sender, Reader, TimeSpan.FromMinutes(2), new HashSet<string>([Words])), Token);
    }

    /// <summary>The application as it would be built, never started; only its patience is shorter.</summary>
    private WebApplication Build(Uri vendor, params (string Key, string Value)[] settings) => NotifyApp.Build(
        [
            "--environment=Staging", "--PublicUrl=https://notify.example", "--Demo=false", "--Sandbox:Enabled=false",
            .. Settings(vendor).Concat(settings).Select(setting => $"--{setting.Key}={setting.Value}"),
        ],
        configure: builder =>
        {
            builder.Logging.ClearProviders();
            builder.LeaveNothing();
            builder.Services.AddHttpClient(Client, client => client.Timeout = TimeSpan.FromSeconds(2));
        });

    private ITakeMessages Provider(WebApplication app) =>
        app.Services.GetServices<IMessageProvider>().OfType<ITakeMessages>().Single(provider => provider.Senders.Any(sender => sender.Name == Sender));

    private OutgoingText Text() => new(7, Sender, Reader, Words, 1);

    private protected static async Task<(long Id, string ProviderId)> DeliverAsync(Newsroom room)
    {
        await room.FaultAsync(new { on = "status", lose = true });
        await room.FinishedAsync(await room.PublishAsync("Kim offers support"));
        return (await room.QueryAsync("SELECT id, provider_id FROM deliveries WHERE status = 3", row => (row.GetInt64(0), row.GetString(1))))[0];
    }

    private protected async Task<HttpStatusCode> PostAsync(Newsroom room, Hook hook, string? secret, bool altered = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(room.Url, hook.Path));
        if (secret is not null)
        {
            Sign(request, hook, secret);
        }

        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(altered ? hook.Body.Replace("1", "2", StringComparison.Ordinal) : hook.Body));
        request.Content.Headers.TryAddWithoutValidation("Content-Type", hook.ContentType);
        using var response = await room.Public.SendAsync(request, Token);
        return response.StatusCode;
    }

    /// <summary>A body as the vendor reads it: JSON without its escapes, a form without its signs.</summary>
    private static string Decoded(string body) =>
        body.StartsWith('{') ? string.Join('\n', System.Text.Json.JsonDocument.Parse(body).RootElement.EnumerateObject().Select(p => p.Value.ToString())) : WebUtility.UrlDecode(body);

    /// <summary>Refusals that are definite.</summary>
    internal enum Refusal
    {
        OfTheMessage,
        RecipientGone,
        SenderBroken,
        Credentials,
    }

    /// <param name="Body">Holds a 1 somewhere.</param>
    internal sealed record Hook(string Path, string ContentType, string Body);
}
