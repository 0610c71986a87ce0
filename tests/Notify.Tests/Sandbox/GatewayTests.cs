using System.Net.Http.Headers;
using System.Text.Json;

namespace Notify.Tests.Sandbox;

/// <summary>The carrier's plain JSON gateway beside its first API, on the same handsets.</summary>
public sealed class GatewayTests
{
    private static readonly string Hello = JsonSerializer.Serialize(new { to = CarrierUnderTest.Reader, from = CarrierUnderTest.Sender, text = "Hello" });

    [Fact]
    public async Task A_text_reaches_the_handset_and_is_listed_for_this_api_alone()
    {
        await using var carrier = await StartAsync();
        using var taken = await carrier.PostJsonAsync("/gateway/messages", Hello);
        var id = (await CarrierUnderTest.JsonAsync(taken)).GetProperty("data").GetProperty("id").GetString();

        var listed = (await carrier.GetAsync($"/gateway/messages?to={Uri.EscapeDataString(CarrierUnderTest.Reader)}")).GetProperty("data");

        Assert.Equal(202, (int)taken.StatusCode);
        Assert.Equal(["Hello"], await carrier.BodiesAsync());
        Assert.Equal((1, id, "Hello"), (listed.GetArrayLength(), listed[0].GetProperty("id").GetString(), listed[0].GetProperty("text").GetString()));
        carrier.Http.DefaultRequestHeaders.Authorization = CarrierUnderTest.Basic(CarrierUnderTest.Account, CarrierUnderTest.Token);
        Assert.Equal(0, (await carrier.GetAsync($"/2010-04-01/Accounts/{CarrierUnderTest.Account}/Messages.json")).GetProperty("messages").GetArrayLength());
    }

    [Theory]
    [InlineData("""{ "to": "12", "from": "+15005550006", "text": "Hello" }""", 422, "invalid_recipient")]
    [InlineData("""{ "to": "+15551234567", "from": "!", "text": "Hello" }""", 422, "invalid_sender")]
    [InlineData("""{ "to": "+15551234567", "from": "+15005550006" }""", 422, "invalid_text")]
    [InlineData("""["to"]""", 422, "invalid_recipient")]
    [InlineData("to=1", 400, "malformed")]
    public async Task What_is_wrong_is_refused_with_a_code(string request, int status, string code)
    {
        await using var carrier = await StartAsync();

        using var response = await carrier.PostJsonAsync("/gateway/messages", request);

        Assert.Equal((status, code), ((int)response.StatusCode, await CodeAsync(response)));
        Assert.Empty(await carrier.BodiesAsync());
    }

    [Fact]
    public async Task Nobody_is_let_in_without_the_token_and_scripted_trouble_strikes_here_too()
    {
        await using var carrier = await StartAsync();
        await carrier.ArmAsync("""[{ "on": "create", "status": 429 }, { "blockOnStop": true }]""");

        using var slow = await carrier.PostJsonAsync("/gateway/messages", Hello);
        using var sent = await carrier.PostJsonAsync("/gateway/messages", Hello);
        await carrier.TextBackAsync("STOP");
        using var blocked = await carrier.PostJsonAsync("/gateway/messages", Hello);
        carrier.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "another");
        using var stranger = await carrier.PostJsonAsync("/gateway/messages", Hello);

        Assert.Equal((429, TimeSpan.FromSeconds(1)), ((int)slow.StatusCode, slow.Headers.RetryAfter?.Delta));
        Assert.Equal((202, 422, 401), ((int)sent.StatusCode, (int)blocked.StatusCode, (int)stranger.StatusCode));
        Assert.Equal(("opted_out", "unauthorized"), (await CodeAsync(blocked), await CodeAsync(stranger)));
    }

    private static async Task<string?> CodeAsync(HttpResponseMessage response) => (await CarrierUnderTest.JsonAsync(response)).GetProperty("error").GetProperty("code").GetString();

    private static async Task<CarrierUnderTest> StartAsync()
    {
        var carrier = await CarrierUnderTest.StartAsync();
        carrier.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "local-gateway");
        return carrier;
    }
}
