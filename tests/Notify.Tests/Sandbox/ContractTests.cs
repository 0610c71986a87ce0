using System.Globalization;
using System.Net;
using System.Text.Json;
using Notify.Tests.Support;

namespace Notify.Tests.Sandbox;

/// <summary>Holds the carrier's answers against the provider's public API description, where that is at hand.</summary>
public sealed class ContractTests
{
    private const string Messages = $"/2010-04-01/Accounts/{CarrierUnderTest.Account}/Messages";
    private const string Consents = "/v1/Consents/Bulk";
    private const string Deactivations = "/v1/Deactivations";

    [Theory]
    [InlineData(CarrierUnderTest.Sender, null)]
    [InlineData(null, "MG0123456789abcdef0123456789abcdef")]
    public async Task A_created_and_a_fetched_message_have_every_field_in_its_type(string? from, string? service)
    {
        var api = ApiDescription.Open("messages");
        await using var carrier = await CarrierUnderTest.StartAsync();

        using var response = await carrier.PostTextAsync(("To", CarrierUnderTest.Reader), ("From", from ?? ""), ("MessagingServiceSid", service ?? ""), ("Body", "Hello"));
        var created = await CarrierUnderTest.JsonAsync(response);
        var address = $"{Messages}/{created.GetProperty("sid").GetString()}.json";
        var fetched = await carrier.GetAsync(address);

        Assert.Empty(api.Faults("POST", $"{Messages}.json", (int)response.StatusCode, created));
        Assert.Empty(api.Faults("GET", address, 200, fetched));
    }

    [Fact]
    public async Task A_message_that_failed_and_one_that_came_in_have_them_too()
    {
        var api = ApiDescription.Open("messages");
        await using var app = await Receiver.StartAsync();
        await using var carrier = await CarrierUnderTest.StartAsync();
        await carrier.ArmAsync("""{ "on": "create", "finalStatus": "undelivered", "errorCode": 30003 }""");
        await carrier.SendAsync(callback: app.Url);
        await app.AwaitAsync(2);
        await carrier.TextBackAsync("Y");

        var list = await carrier.GetAsync($"{Messages}.json?PageSize=1");
        var next = await carrier.GetAsync(list.GetProperty("next_page_uri").GetString()!);

        Assert.Equal("undelivered", next.GetProperty("messages")[0].GetProperty("status").GetString());
        Assert.Empty(api.Faults("GET", $"{Messages}.json", 200, list));
        Assert.Empty(api.Faults("GET", $"{Messages}.json", 200, next));
    }

    /// <summary>The example has one word that is taken and one with a number and a day that are none.</summary>
    [Fact]
    public async Task The_providers_own_example_of_consents_is_answered_as_its_example_says()
    {
        var api = ApiDescription.Open("consents");
        await using var carrier = await CarrierUnderTest.StartAsync();
        var items = api.ExampleRequest("POST", Consents).GetProperty("Items").EnumerateArray().Select(item => item.GetString()!).ToList();

        using var response = await carrier.PostAsync(Consents, [.. items.Select(item => ("Items", item))]);
        var answer = await CarrierUnderTest.JsonAsync(response);

        Assert.Empty(api.Faults("POST", Consents, (int)response.StatusCode, answer));
        Assert.True(JsonElement.DeepEquals(api.ExampleAnswer("POST", Consents, 201), answer), answer.ToString());
        var taken = JsonSerializer.Deserialize<JsonElement>(items[0]);
        using var text = await carrier.PostTextAsync(
            ("To", taken.GetProperty("contact_id").GetString()!), ("MessagingServiceSid", taken.GetProperty("sender_id").GetString()!), ("Body", "Hello"));
        Assert.Equal(21610, (await CarrierUnderTest.JsonAsync(text)).GetProperty("code").GetInt32());
    }

    [Theory]
    [InlineData(0, 400)]
    [InlineData(1, 201)]
    [InlineData(25, 201)]
    [InlineData(26, 400)]
    public async Task As_many_consents_are_taken_at_once_as_the_provider_takes(int items, int status)
    {
        await using var carrier = await CarrierUnderTest.StartAsync();

        using var response = await carrier.PostAsync(Consents, [.. Enumerable.Range(0, items).Select(i => ("Items", string.Create(CultureInfo.InvariantCulture,
            $$"""{ "contact_id": "+1555123{{i:0000}}", "correlation_id": "{{i:x32}}", "sender_id": "{{CarrierUnderTest.Sender}}", "status": "opt-out", "source": "offline" }""")))]);
        using var text = await carrier.PostTextAsync(("To", "+15551230000"), ("From", CarrierUnderTest.Sender), ("Body", "Hello"));

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(status == 201 ? 400 : 201, (int)text.StatusCode);
    }

    [Fact]
    public async Task Where_the_list_of_a_day_lies_is_said_as_described_and_it_is_there_without_credentials()
    {
        var api = ApiDescription.Open("deactivations");
        await using var carrier = await CarrierUnderTest.StartAsync();
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = carrier.Carrier.Url };
        using (var told = await carrier.PostJsonAsync("/deactivations", """{ "date": "2026-11-23", "numbers": ["15551234567"] }"""))
        {
            Assert.True(told.IsSuccessStatusCode);
        }

        using var stranger = await client.GetAsync($"{Deactivations}?Date=2026-11-23", TestContext.Current.CancellationToken);
        client.DefaultRequestHeaders.Authorization = carrier.Http.DefaultRequestHeaders.Authorization;
        using var response = await client.GetAsync($"{Deactivations}?Date=2026-11-23", TestContext.Current.CancellationToken);
        using var dayless = await client.GetAsync(Deactivations, TestContext.Current.CancellationToken);
        using var other = await client.GetAsync($"{Deactivations}?Date=23.11.2026", TestContext.Current.CancellationToken);
        client.DefaultRequestHeaders.Authorization = null;
        var answer = await CarrierUnderTest.JsonAsync(response);

        Assert.Empty(api.Faults("GET", Deactivations, (int)response.StatusCode, answer));
        Assert.Equal("15551234567\n", await client.GetStringAsync(answer.GetProperty("redirect_to").GetString(), TestContext.Current.CancellationToken));
        Assert.Equal([HttpStatusCode.Unauthorized, HttpStatusCode.BadRequest, HttpStatusCode.BadRequest], new[] { stranger, dayless, other }.Select(r => r.StatusCode));
    }
}
