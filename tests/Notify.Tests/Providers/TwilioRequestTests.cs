using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Notify.Consent;
using Notify.Deliveries;
using Notify.Jobs;
using Notify.Providers.Twilio;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Providers;

/// <summary>Whatever is asked of Twilio is asked as its public API description says, where that is at hand.</summary>
public sealed class TwilioRequestTests(PostgresServer postgres)
{
    private const string Service = "MG0123456789abcdef0123456789abcdef";
    private const string Sid = "SM0123456789abcdef0123456789abcdef";
    private const string Consents = "/v1/Consents/Bulk";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("From", "+15005550006")]
    [InlineData("MessagingServiceSid", Service)]
    public async Task A_text_is_handed_over_looked_for_and_asked_about_as_described(string sender, string value)
    {
        var api = ApiDescription.Open("messages");
        await using var twilio = await ScriptedGateway.StartAsync();
        await using var bench = await OpenAsync(twilio, (sender, value));
        var texts = ActivatorUtilities.CreateInstance<TwilioTexts>(bench.Get<IServiceProvider>());

        await texts.SendAsync(new OutgoingText(7, "texts", "+16465550123", "Kim says \"no\" & 100 % é", 1), Token);
        await texts.FindAsync(new MessageInDoubt(7, "texts", "+16465550123", TimeSpan.FromMinutes(2), new HashSet<string>(["Kim"])), Token);
        await texts.StatusAsync("texts", Sid, Token);

        Assert.Equal(["POST", "GET", "GET"], twilio.Requests.Select(r => r.Method));
        Assert.Empty(twilio.Requests.SelectMany(api.Faults));
    }

    /// <summary>How many items a request takes only the handbook says (twilio.com/docs/messaging/features/consent-api).</summary>
    [Theory]
    [InlineData("MessagingServiceSid", Service)]
    [InlineData("From", "+15005550006")]
    public async Task Consents_are_told_as_described_and_as_many_at_once_as_are_taken(string sender, string value)
    {
        var api = ApiDescription.Open("consents");
        await using var twilio = await ScriptedGateway.StartAsync();
        twilio.Answer = new(201, """{ "items": [] }""");
        await using var bench = await OpenAsync(twilio, (sender, value));
        string[] ways = ["form", "api", "link", "reply", "phone", "letter", "in person", "import", "operator"];
        await AddWordsAsync(bench, 60, ways);

        await Part<TwilioConsents>(bench).RunAsync(Token);

        Assert.Empty(twilio.Requests.SelectMany(api.Faults));
        var sizes = twilio.Requests.Select(Items).ToList();
        Assert.Equal([25, 25, 10], sizes.Select(items => items.Count));
        var prose = api.Prose("POST", Consents, "Items");
        Assert.All(sizes.SelectMany(items => items), item =>
        {
            Assert.Equal(["contact_id", "correlation_id", "date_of_consent", "sender_id", "source", "status"], item.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
            Assert.All(item.EnumerateObject().Select(p => p.Name).Append(Text(item, "status")).Append(Text(item, "source")), word => Assert.Contains($"`{word}`", prose, StringComparison.Ordinal));
            Assert.Equal((value, 32), (Text(item, "sender_id"), Text(item, "correlation_id").Length));
        });
        Assert.Equal(60, sizes.SelectMany(items => items).DistinctBy(item => Text(item, "correlation_id")).DistinctBy(item => Text(item, "contact_id")).Count());
        Assert.Equal(0, await bench.CountAsync("consents_to_tell"));
    }

    /// <summary>The carrier is held to the description's own example; what it finds no fault with, the provider finds none with.</summary>
    [Fact]
    public async Task Every_consent_that_is_told_is_taken()
    {
        await using var carrier = await Sandbox.CarrierUnderTest.StartAsync();
        await using var twilio = await ScriptedGateway.StartAsync();
        twilio.Answer = new(201, """{ "items": [] }""");
        await using var bench = await OpenAsync(twilio, ("MessagingServiceSid", Service));
        await AddWordsAsync(bench, 9, ["form", "api", "link", "reply", "phone", "letter", "in person", "import", "operator"]);

        await Part<TwilioConsents>(bench).RunAsync(Token);
        using var response = await carrier.PostAsync(Consents, [.. Items(Assert.Single(twilio.Requests)).Select(item => ("Items", item.GetRawText()))]);

        var results = (await Sandbox.CarrierUnderTest.JsonAsync(response)).GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(9, results.Count);
        Assert.All(results, result => Assert.Equal(0, result.GetProperty("error_code").GetInt32()));
    }

    /// <summary>Of the example's two words one is refused. It would be refused again; the other is taken.</summary>
    [Fact]
    public async Task What_is_answered_to_consents_is_read_as_the_example_has_it()
    {
        var example = ApiDescription.Open("consents").ExampleAnswer("POST", Consents, 201);
        await using var twilio = await ScriptedGateway.StartAsync();
        twilio.Answer = new(201, example.GetRawText());
        await using var bench = await OpenAsync(twilio, ("MessagingServiceSid", Service));
        await AddWordsAsync(bench, 2, ["form"]);

        await Part<TwilioConsents>(bench).RunAsync(Token);

        Assert.Equal(0, await bench.CountAsync("consents_to_tell"));
    }

    [Fact]
    public async Task A_provider_that_takes_no_more_is_left_alone_until_later()
    {
        await using var twilio = await ScriptedGateway.StartAsync();
        twilio.Answer = new(429, """{ "code": 20429, "status": 429 }""");
        await using var bench = await OpenAsync(twilio, ("MessagingServiceSid", Service));
        await AddWordsAsync(bench, 60, ["form"]);

        await Part<TwilioConsents>(bench).RunAsync(Token);

        Assert.Single(twilio.Requests);
        Assert.Equal(60, await bench.CountAsync("consents_to_tell"));
    }

    /// <summary>The answer's body says where the list lies, and nothing else does; our credentials do not travel there.</summary>
    [Fact]
    public async Task Numbers_that_were_given_up_are_asked_for_as_described()
    {
        var api = ApiDescription.Open("deactivations");
        await using var twilio = await ScriptedGateway.StartAsync();
        await using var elsewhere = await ScriptedGateway.StartAsync();
        twilio.Answer = new(307, JsonSerializer.Serialize(new { redirect_to = new Uri(elsewhere.Url, "/some-day.txt?signature=1") }));
        elsewhere.Answer = new(200, "16465000001\n");
        await using var bench = await OpenAsync(twilio, ("MessagingServiceSid", Service));
        await bench.AddReadersAsync(3);

        await Part<Deactivations>(bench).RunAsync(Token);

        Assert.Empty(api.Faults(Assert.Single(twilio.Requests)));
        var list = Assert.Single(elsewhere.Requests);
        Assert.Equal(("/some-day.txt?signature=1", false), (list.Path, list.Headers.ContainsKey("Authorization")));
        Assert.Equal(["+16465000001"], await bench.QueryAsync("SELECT c.address FROM suppressions s JOIN contacts c ON c.id = s.contact_id", row => row.GetString(0)));
    }

    [Theory]
    [InlineData(307, """{ "redirect_to": null }""")]
    [InlineData(307, """{ "redirect_to": "http://lists.example/some-day.txt" }""")]
    [InlineData(307, "")]
    [InlineData(404, """{ "code": 20404, "status": 404 }""")]
    public async Task Without_a_list_the_day_stays_to_be_read(int status, string body)
    {
        await using var twilio = await ScriptedGateway.StartAsync();
        twilio.Answer = new(status, body);
        await using var bench = await OpenAsync(twilio, ("MessagingServiceSid", Service));

        await Part<Deactivations>(bench).RunAsync(Token);

        var read = DateOnly.Parse((await bench.QueryAsync("SELECT value FROM installation WHERE name = 'deactivated numbers read up to'", row => row.GetString(0)))[0].Split(' ')[0], CultureInfo.InvariantCulture);
        Assert.Equal(DateOnly.FromDateTime(DateTime.UtcNow.AddHours(-6)).AddDays(-2), read);
        Assert.Single(twilio.Requests);
    }

    [Fact]
    public void Each_api_is_where_its_description_says()
    {
        var defaults = new TwilioOptions();

        Assert.Equal(
            [defaults.BaseUrl, defaults.AccountsUrl, defaults.MessagingUrl],
            new[] { "messages", "consents", "deactivations" }.Select(name => ApiDescription.Open(name).Server));
    }

    private Task<Workbench> OpenAsync(ScriptedGateway twilio, (string Key, string Value) sender) => Workbench.OpenAsync(DatabaseProvider.Sqlite, postgres, settings:
    [
        ("Twilio:BaseUrl", twilio.Url.ToString()), ("Twilio:AccountsUrl", twilio.Url.ToString()), ("Twilio:MessagingUrl", twilio.Url.ToString()),
        ("Twilio:Senders:0:Name", "texts"), ($"Twilio:Senders:0:{sender.Key}", sender.Value),
    ]);

    private static T Part<T>(Workbench bench) where T : IErrand => bench.Get<IEnumerable<IErrand>>().OfType<T>().Single();

    /// <summary>Readers who left and came back in turn, by each of the ways.</summary>
    private static async Task AddWordsAsync(Workbench bench, int count, string[] ways)
    {
        var readers = await bench.AddReadersAsync(count);
        await bench.WriteAsync(async write =>
        {
            for (var i = 0; i < count; i++)
            {
                await ConsentsToTell.AddAsync(write, readers[i], isAllowed: i % 2 == 0, ways[i % ways.Length], TimeSpan.Zero);
            }

            return await write.ExecuteAsync("UPDATE contacts SET sender = 'texts'");
        });
    }

    private static List<JsonElement> Items(ScriptedGateway.Asked asked) =>
        [.. QueryHelpers.ParseQuery(asked.Body)["Items"].Select(item => JsonSerializer.Deserialize<JsonElement>(item!))];

    private static string Text(JsonElement item, string name) => item.GetProperty(name).GetString()!;
}
