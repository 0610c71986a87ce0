using System.Text.Json;
using Notify.Sandbox.Texts;

namespace Notify.Tests.Sandbox;

public sealed class ReplyTests
{
    private const string Twiml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Message>You are out &amp; gone.</Message></Response>";

    [Fact]
    public async Task A_persons_text_is_delivered_signed_and_the_answer_reaches_the_handset()
    {
        await using var app = await Receiver.StartAsync();
        app.Answer = _ => (200, Twiml);
        await using var carrier = await StartAsync(app);
        await carrier.SendAsync("News", from: "+15550001111");

        var result = await carrier.TextBackAsync("STOP");
        var call = Assert.Single(app.All);
        var shown = (await carrier.GetAsync($"/handsets/{CarrierUnderTest.Reader}/messages")).EnumerateArray().ToList();

        Assert.Equal(200, result.GetProperty("webhookStatus").GetInt32());
        Assert.Equal("You are out & gone.", result.GetProperty("reply").GetString());
        Assert.Equal(WebhookSignature.Of(CarrierUnderTest.Token, call.Url, call.Form), call.Signature);
        Assert.Equal(("STOP", CarrierUnderTest.Reader, "+15550001111"), (call.Form["Body"], call.Form["From"], call.Form["To"]));
        Assert.Equal(("received", "1", "0"), (call.Form["SmsStatus"], call.Form["NumSegments"], call.Form["NumMedia"]));
        Assert.Equal(result.GetProperty("id").GetString(), call.Form["MessageSid"]);
        Assert.Equal(["toReader", "fromReader", "toReader"], shown.Select(m => m.GetProperty("direction").GetString()));
        Assert.Equal("You are out & gone.", shown[2].GetProperty("body").GetString());
        Assert.Equal("+15550001111", shown[2].GetProperty("from").GetString());
    }

    [Fact]
    public async Task A_repeated_webhook_carries_the_same_number_and_is_answered_on_the_handset_once()
    {
        await using var app = await Receiver.StartAsync();
        app.Answer = _ => (200, Twiml);
        await using var carrier = await StartAsync(app);
        var sid = (await carrier.TextBackAsync("STOP")).GetProperty("id").GetString();

        using var again = await carrier.PostJsonAsync($"/handsets/{CarrierUnderTest.Reader}/messages", JsonSerializer.Serialize(new { body = "STOP", sid }));

        Assert.Equal([sid, sid], app.All.Select(c => c.Form["MessageSid"]));
        Assert.Equal("You are out & gone.", (await CarrierUnderTest.JsonAsync(again)).GetProperty("reply").GetString());
        Assert.Equal(["STOP", "You are out & gone."], await carrier.BodiesAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("<Response/>")]
    [InlineData("<html>not TwiML</html>")]
    [InlineData("{ \"not\": \"xml\" }")]
    [InlineData("<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><Response><Message>&x;</Message></Response>")]
    public async Task An_answer_without_a_message_leaves_the_handset_as_it_is(string answer)
    {
        await using var app = await Receiver.StartAsync();
        app.Answer = _ => (200, answer);
        await using var carrier = await StartAsync(app);

        var result = await carrier.TextBackAsync("hello");

        Assert.Equal(JsonValueKind.Null, result.GetProperty("reply").ValueKind);
        Assert.Equal(["hello"], await carrier.BodiesAsync());
    }

    [Fact]
    public async Task Without_anybody_to_tell_the_text_is_kept_and_the_status_is_null()
    {
        await using var alone = await CarrierUnderTest.StartAsync();
        await using var unreachable = await CarrierUnderTest.StartAsync(o => o with { InboundWebhook = () => new Uri("http://127.0.0.1:1/inbound") });

        using var kept = await alone.PostJsonAsync($"/handsets/{CarrierUnderTest.Reader}/messages", """{ "body": "STOP" }""");
        var tried = await unreachable.TextBackAsync("STOP");

        Assert.Equal(202, (int)kept.StatusCode);
        Assert.Equal(JsonValueKind.Null, tried.GetProperty("webhookStatus").ValueKind);
        Assert.Equal(["STOP"], await alone.BodiesAsync());
        Assert.Equal(["STOP"], await unreachable.BodiesAsync());
    }

    [Fact]
    public async Task By_default_the_carrier_leaves_stop_to_the_application()
    {
        await using var carrier = await CarrierUnderTest.StartAsync();
        await carrier.SendAsync("one");

        await carrier.TextBackAsync("STOP");
        await carrier.SendAsync("two");

        Assert.Equal(["one", "STOP", "two"], await carrier.BodiesAsync());
    }

    [Fact]
    public async Task A_carrier_told_to_block_refuses_after_stop_until_start()
    {
        await using var carrier = await CarrierUnderTest.StartAsync();
        await carrier.ArmAsync("""{ "blockOnStop": true }""");
        await carrier.SendAsync("one");

        await carrier.TextBackAsync("sToP");
        using var refused = await carrier.PostTextAsync(("To", CarrierUnderTest.Reader), ("From", CarrierUnderTest.Sender), ("Body", "two"));
        await carrier.SendAsync("other sender", from: "+15550002222");
        using var unstop = await carrier.PostJsonAsync($"/handsets/{CarrierUnderTest.Reader}/messages", $$"""{ "body": "UNSTOP", "to": "{{CarrierUnderTest.Sender}}" }""");
        await carrier.SendAsync("three");

        Assert.Equal(400, (int)refused.StatusCode);
        Assert.Equal(21610, (await CarrierUnderTest.JsonAsync(refused)).GetProperty("code").GetInt32());
        Assert.Equal(["one", "sToP", "other sender", "UNSTOP", "three"], await carrier.BodiesAsync());
    }

    [Theory]
    [InlineData("/handsets/nobody/messages", """{ "body": "Hi" }""")]
    [InlineData("/handsets/+15551234567/messages", """{ "body": "" }""")]
    [InlineData("/handsets/+15551234567/messages", """{ "text": "Hi" }""")]
    [InlineData("/handsets/+15551234567/messages", """{ "body": 5 }""")]
    [InlineData("/handsets/+15551234567/messages", """{ "body": "Hi", "to": "THE NEWS" }""")]
    [InlineData("/handsets/+15551234567/messages", """{ "body": "Hi", "sid": "SM1" }""")]
    [InlineData("/handsets/+15551234567/messages", "STOP")]
    [InlineData("/handsets/+15551234567/messages", "[]")]
    public async Task What_is_no_text_is_refused_in_words(string path, string json)
    {
        await using var carrier = await CarrierUnderTest.StartAsync();

        using var response = await carrier.PostJsonAsync(path, json);

        Assert.Equal(400, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.NotEmpty((await CarrierUnderTest.JsonAsync(response)).GetProperty("detail").GetString()!);
    }

    [Fact]
    public async Task A_handset_nobody_texted_is_empty()
    {
        await using var carrier = await CarrierUnderTest.StartAsync();

        Assert.Empty(await carrier.BodiesAsync("+15550000000"));
        Assert.Empty(await carrier.BodiesAsync("nonsense"));
    }

    private static Task<CarrierUnderTest> StartAsync(Receiver app) =>
        CarrierUnderTest.StartAsync(o => o with { InboundWebhook = () => new Uri(app.Url + "/webhooks/twilio/inbound") });
}
