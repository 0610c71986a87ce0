using System.Text.Json;

namespace Notify.Tests.Sandbox;

public sealed class FaultTests
{
    private static readonly (string, string)[] Form = [("To", CarrierUnderTest.Reader), ("From", CarrierUnderTest.Sender), ("Body", "Hello")];

    [Theory]
    [InlineData(402, 20001)]
    [InlineData(429, 20429)]
    [InlineData(500, 20500)]
    [InlineData(503, 20503)]
    public async Task A_scripted_status_comes_as_often_as_told_and_nothing_is_taken(int status, int code)
    {
        await using var carrier = await CarrierUnderTest.StartAsync();
        await carrier.ArmAsync($$"""{ "on": "create", "status": {{status}}, "times": 2 }""");

        using var first = await carrier.PostTextAsync(Form);
        using var second = await carrier.PostTextAsync(Form);
        using var third = await carrier.PostTextAsync(Form);

        Assert.Equal([status, status, 201], new[] { first, second, third }.Select(r => (int)r.StatusCode));
        Assert.Equal(code, (await CarrierUnderTest.JsonAsync(first)).GetProperty("code").GetInt32());
        Assert.Single(await carrier.BodiesAsync());
    }

    [Theory]
    [InlineData("refuse", 0)]
    [InlineData("dropAfterAccept", 1)]
    public async Task A_lost_connection_tells_nothing_of_whether_the_text_was_taken(string fault, int taken)
    {
        await using var carrier = await CarrierUnderTest.StartAsync();
        await carrier.ArmAsync($$"""{ "on": "create", "{{fault}}": true }""");

        await Assert.ThrowsAsync<HttpRequestException>(() => carrier.PostTextAsync(Form));

        Assert.Equal(taken, (await carrier.BodiesAsync()).Count);
    }

    [Fact]
    public async Task A_text_may_be_taken_and_never_answered_while_its_callbacks_come()
    {
        await using var app = await Receiver.StartAsync();
        await using var carrier = await CarrierUnderTest.StartAsync();
        await carrier.ArmAsync("""{ "on": "create", "timeoutAfterAccept": true }""");

        var unanswered = carrier.PostTextAsync([.. Form, ("StatusCallback", app.Url)]);
        var calls = await app.AwaitAsync(2);

        Assert.Equal("delivered", calls[1].Status);
        Assert.False(unanswered.IsCompleted);
        await carrier.Carrier.StopAsync(TestContext.Current.CancellationToken);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => unanswered);
    }

    [Fact]
    public async Task A_rule_strikes_only_whom_it_concerns_and_until_cleared_when_told_so()
    {
        await using var carrier = await CarrierUnderTest.StartAsync();
        await carrier.ArmAsync("""{ "on": "create", "to": "+4930*", "status": 400, "code": 21408, "times": 0 }""");

        using var other = await carrier.PostTextAsync(Form);
        using var first = await carrier.PostTextAsync(("To", "+493012345678"), ("From", CarrierUnderTest.Sender), ("Body", "Hallo"));
        using var second = await carrier.PostTextAsync(("To", "+493087654321"), ("From", CarrierUnderTest.Sender), ("Body", "Hallo"));
        using var cleared = await carrier.Http.DeleteAsync("/faults", TestContext.Current.CancellationToken);
        using var third = await carrier.PostTextAsync(("To", "+493012345678"), ("From", CarrierUnderTest.Sender), ("Body", "Hallo"));

        Assert.Equal([201, 400, 400, 201], new[] { other, first, second, third }.Select(r => (int)r.StatusCode));
        Assert.Equal(21408, (await CarrierUnderTest.JsonAsync(second)).GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task What_is_armed_is_shown_with_how_often_it_still_strikes()
    {
        await using var carrier = await CarrierUnderTest.StartAsync();
        await carrier.ArmAsync("""[{ "blockOnStop": true }, { "on": "create", "status": 500, "times": 3 }]""");

        using var struck = await carrier.PostTextAsync(Form);
        var armed = await carrier.GetAsync("/faults");

        Assert.Equal("""{"blockOnStop":true,"keywords":false,"rules":[{"on":"create","times":2,"status":500}]}""", armed.GetRawText());
    }

    [Theory]
    [InlineData("""{ "on": "create", "latency": 5 }""", "latency")]
    [InlineData("""{ "on": "status", "status": 500 }""", "status")]
    [InlineData("""{ "on": "sms", "status": 500 }""", "on")]
    [InlineData("""{ "status": 500 }""", "on")]
    [InlineData("""{ "on": "create" }""", "nothing")]
    [InlineData("""{ "on": "create", "status": 418 }""", "status is")]
    [InlineData("""{ "on": "create", "status": "500" }""", "status")]
    [InlineData("""{ "on": "create", "status": 500, "refuse": true }""", "exclude")]
    [InlineData("""{ "on": "create", "finalStatus": "read" }""", "finalStatus")]
    [InlineData("""{ "on": "create", "finalStatus": "sent", "errorCode": 1 }""", "errorCode")]
    [InlineData("""{ "on": "create", "status": 500, "times": -1 }""", "times")]
    [InlineData("""{ "on": "smtp", "command": "HELO", "reply": "550 no" }""", "command")]
    [InlineData("""{ "on": "smtp", "command": "RCPT", "reply": "no" }""", "reply")]
    [InlineData("""{ "on": "smtp", "command": "RCPT", "reply": "550 no\r\n250 yes" }""", "reply")]
    [InlineData("""{ "on": "smtp", "command": "MAIL", "to": "a@b.example", "reply": "550 no" }""", "\"to\"")]
    [InlineData("""{ "on": "smtp", "command": "DATA", "disconnect": true, "beforeStore": true }""", "beforeStore")]
    [InlineData("""{ "on": "status", "lose": true, "double": true }""", "lost")]
    [InlineData("""{ "blockOnStop": "yes" }""", "blockOnStop")]
    [InlineData("""[{ "on": "create", "status": 500 }, 7]""", "object")]
    [InlineData("nonsense", "JSON")]
    public async Task A_rule_that_would_not_do_what_it_says_is_refused_in_words_and_nothing_is_armed(string rule, string said)
    {
        await using var carrier = await CarrierUnderTest.StartAsync();

        using var response = await carrier.PostJsonAsync("/faults", rule);

        Assert.Equal(400, (int)response.StatusCode);
        Assert.Contains(said, (await CarrierUnderTest.JsonAsync(response)).GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Empty((await carrier.GetAsync("/faults")).GetProperty("rules").EnumerateArray());
    }

    [Fact]
    public async Task A_readers_text_may_be_lost_or_doubled_on_its_way()
    {
        await using var app = await Receiver.StartAsync();
        await using var carrier = await CarrierUnderTest.StartAsync(o => o with { InboundWebhook = () => new Uri(app.Url) });
        await carrier.ArmAsync("""[{ "on": "inbound", "lose": true }, { "on": "inbound", "double": true }]""");

        var lost = await carrier.TextBackAsync("one");
        var doubled = await carrier.TextBackAsync("two");

        Assert.Equal(JsonValueKind.Null, lost.GetProperty("webhookStatus").ValueKind);
        Assert.Equal(["two", "two"], app.All.Select(c => c.Form["Body"]));
        Assert.All(app.All, c => Assert.Equal(doubled.GetProperty("id").GetString(), c.Form["MessageSid"]));
    }
}
