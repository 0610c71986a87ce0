using Notify.Sandbox;

namespace Notify.Tests.Sandbox;

public sealed class CarrierHostTests
{
    [Fact]
    public async Task It_does_not_start_in_production()
    {
        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => CarrierUnderTest.StartAsync(o => o with { EnvironmentName = "production" }));

        Assert.Contains("does not start in Production", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://0.0.0.0:0")]
    [InlineData("http://192.0.2.1:0")]
    [InlineData("http://carrier.example:0")]
    [InlineData("https://localhost:0")]
    public async Task It_listens_on_loopback_only(string url)
    {
        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => CarrierUnderTest.StartAsync(o => o with { Url = new Uri(url) }));

        Assert.Contains("loopback only", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named_with_the_setting_to_change()
    {
        await using var carrier = await CarrierUnderTest.StartAsync();

        var web = await Assert.ThrowsAsync<InvalidOperationException>(() => CarrierUnderTest.StartAsync(o => o with { Url = carrier.Carrier.Url }));
        var mail = await Assert.ThrowsAsync<InvalidOperationException>(() => CarrierUnderTest.StartAsync(o => o with { SmtpPort = carrier.Carrier.SmtpPort }));

        Assert.Contains("Sandbox:Url", web.Message, StringComparison.Ordinal);
        Assert.Contains("Sandbox:SmtpPort", mail.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_belongs_to_one_carrier_at_a_time()
    {
        var folder = Directory.CreateTempSubdirectory("carrier-log-").FullName;
        CarrierOptions WithLog(CarrierOptions o) => o with { LogFile = Path.Combine(folder, "carrier.jsonl") };
        await using (await CarrierUnderTest.StartAsync(WithLog))
        {
            var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => CarrierUnderTest.StartAsync(WithLog));

            Assert.Contains("carrier.jsonl", refusal.Message, StringComparison.Ordinal);
        }

        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Host", "evil.example")]
    public async Task A_page_of_another_site_changes_nothing(string header, string value)
    {
        await using var carrier = await CarrierUnderTest.StartAsync();
        await carrier.SendAsync("one");
        using var text = new HttpRequestMessage(HttpMethod.Post, $"/handsets/{CarrierUnderTest.Reader}/messages") { Content = new StringContent("""{ "body": "STOP" }""") };
        using var empty = new HttpRequestMessage(HttpMethod.Delete, "/messages");
        text.Headers.TryAddWithoutValidation(header, value);
        empty.Headers.TryAddWithoutValidation(header, value);

        using var texted = await carrier.Http.SendAsync(text, TestContext.Current.CancellationToken);
        using var emptied = await carrier.Http.SendAsync(empty, TestContext.Current.CancellationToken);

        Assert.Equal([403, 403], [(int)texted.StatusCode, (int)emptied.StatusCode]);
        Assert.Equal(["one"], await carrier.BodiesAsync());
    }

    [Theory]
    [InlineData("http://localhost:5081")]
    [InlineData("http://127.0.0.1:9999")]
    public async Task Its_own_page_may(string origin)
    {
        await using var carrier = await CarrierUnderTest.StartAsync();
        carrier.Http.DefaultRequestHeaders.Add("Origin", origin);

        await carrier.TextBackAsync("Hi");

        Assert.Equal(["Hi"], await carrier.BodiesAsync());
    }

    [Fact]
    public async Task Waiting_for_its_end_ends_with_it()
    {
        await using var carrier = await CarrierUnderTest.StartAsync();

        var waiting = carrier.Carrier.WaitForShutdownAsync(TestContext.Current.CancellationToken);
        await carrier.Carrier.StopAsync(TestContext.Current.CancellationToken);

        await waiting;
    }
}
