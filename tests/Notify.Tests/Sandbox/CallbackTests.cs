using Notify.Sandbox.Texts;

namespace Notify.Tests.Sandbox;

public sealed class CallbackTests
{
    [Fact]
    public async Task Callbacks_come_signed_and_in_order()
    {
        await using var app = await Receiver.StartAsync();
        await using var carrier = await CarrierUnderTest.StartAsync();

        var sid = (await carrier.SendAsync(callback: app.Url + "/status/7?k=a%20b#rc=0")).GetProperty("sid").GetString();
        var calls = await app.AwaitAsync(2);

        Assert.Equal(["sent", "delivered"], calls.Select(c => c.Status));
        Assert.All(calls, c => Assert.Equal(sid, c.Form["MessageSid"]));
        Assert.All(calls, c => Assert.Equal(app.Url + "/status/7?k=a%20b", c.Url));
        Assert.All(calls, c => Assert.Equal(WebhookSignature.Of(CarrierUnderTest.Token, c.Url, c.Form), c.Signature));
        Assert.Equal("sent", calls[0].Form["SmsStatus"]);
        Assert.Equal(CarrierUnderTest.Account, calls[0].Form["AccountSid"]);
        Assert.Equal(CarrierUnderTest.Reader, calls[0].Form["To"]);
        Assert.DoesNotContain("ErrorCode", calls[1].Form.Keys);
    }

    [Fact]
    public async Task A_messaging_service_tells_of_the_queue_too()
    {
        await using var app = await Receiver.StartAsync();
        await using var carrier = await CarrierUnderTest.StartAsync();

        using var response = await carrier.PostTextAsync(
            ("To", CarrierUnderTest.Reader), ("MessagingServiceSid", "MG0123456789abcdef0123456789abcdef"), ("Body", "Hello"), ("StatusCallback", app.Url));
        var calls = await app.AwaitAsync(3);

        Assert.Equal(["queued", "sent", "delivered"], calls.Select(c => c.Status));
        Assert.Equal("MG0123456789abcdef0123456789abcdef", calls[0].Form["MessagingServiceSid"]);
    }

    [Theory]
    [InlineData("undelivered", "sent undelivered")]
    [InlineData("failed", "failed")]
    public async Task A_text_that_does_not_arrive_says_why_and_shows_on_no_handset(string status, string expected)
    {
        await using var app = await Receiver.StartAsync();
        await using var carrier = await CarrierUnderTest.StartAsync();
        await carrier.ArmAsync($$"""{ "on": "create", "to": "+1555*", "finalStatus": "{{status}}", "errorCode": 30005 }""");

        await carrier.SendAsync(callback: app.Url);
        var calls = await app.AwaitAsync(expected.Split(' ').Length);

        Assert.Equal(expected, string.Join(' ', calls.Select(c => c.Status)));
        Assert.Equal("30005", calls[^1].Form["ErrorCode"]);
        Assert.Empty(await carrier.BodiesAsync());
    }

    [Fact]
    public async Task Callbacks_are_doubled_or_reordered_when_told_and_only_as_often_as_told()
    {
        await using var app = await Receiver.StartAsync();
        await using var carrier = await CarrierUnderTest.StartAsync();
        await carrier.ArmAsync("""[{ "on": "status", "double": true }, { "on": "status", "reorder": true }]""");

        await carrier.SendAsync(callback: app.Url);
        await app.AwaitAsync(4);
        await carrier.SendAsync(callback: app.Url);
        await app.AwaitAsync(6);
        await carrier.SendAsync(callback: app.Url);
        var calls = await app.AwaitAsync(8);

        Assert.Equal(["sent", "sent", "delivered", "delivered", "delivered", "sent", "sent", "delivered"], calls.Select(c => c.Status));
    }

    [Fact]
    public async Task Lost_callbacks_never_come_although_the_text_arrives()
    {
        await using var app = await Receiver.StartAsync();
        await using var carrier = await CarrierUnderTest.StartAsync();
        await carrier.ArmAsync("""{ "on": "status", "lose": true, "to": "+15551234567" }""");

        await carrier.SendAsync("lost", callback: app.Url);
        await carrier.SendAsync("told", callback: app.Url);
        var calls = await app.AwaitAsync(2);

        Assert.Single(calls.Select(c => c.Form["MessageSid"]).Distinct());
        Assert.Equal(["lost", "told"], await carrier.BodiesAsync());
    }

    [Fact]
    public async Task Callbacks_may_come_before_the_answer()
    {
        await using var app = await Receiver.StartAsync();
        await using var carrier = await CarrierUnderTest.StartAsync();
        await carrier.ArmAsync("""{ "on": "status", "beforeAnswer": true }""");

        await carrier.SendAsync(callback: app.Url);

        Assert.Equal(["sent", "delivered"], app.All.Select(c => c.Status));
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("#rc=2&rp=5xx", 3)]
    [InlineData("#rc=0&rp=all", 1)]
    public async Task An_error_is_tried_again_only_where_the_address_asks_for_it(string fragment, int attempts)
    {
        await using var app = await Receiver.StartAsync();
        app.Answer = c => (c.Status == "sent" ? 503 : 200, "");
        await using var carrier = await CarrierUnderTest.StartAsync();

        await carrier.SendAsync(callback: app.Url + "/" + fragment);
        var calls = await app.AwaitAsync(attempts + 1);

        Assert.Equal(attempts, calls.Count(c => c.Status == "sent"));
        Assert.Equal("delivered", calls[^1].Status);
    }
}
