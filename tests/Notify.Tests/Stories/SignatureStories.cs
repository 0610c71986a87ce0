using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Notify.Providers.Twilio;
using Notify.Storage;
using Notify.Tests.Support;
using Notify.Web;

namespace Notify.Tests.Stories;

/// <summary>Nobody but the provider says STOP, START or "delivered".</summary>
public sealed class SignatureStories(PostgresServer postgres)
{
    private const string Phone = "+12125550143";

    [Theory, ClassData<Databases>]
    public async Task A_stop_that_is_not_signed_right_changes_nothing(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.SignUpAndConfirmTextAsync(Phone);

        var unsigned = await PostAsync(room, signature: null);
        var forged = await PostAsync(room, Signature.Compute("another-token", Hook(room), Stop));
        var ofAnotherBody = await PostAsync(room, Signature.Compute(Newsroom.Token, Hook(room), [.. Stop, new("Extra", "1")]));
        await room.FinishedAsync(await room.PublishAsync("Kim offers support"));

        Assert.Equal([HttpStatusCode.Forbidden, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden], [unsigned, forged, ofAnotherBody]);
        Assert.Contains("Kim offers support", (await room.TextsAsync(Phone))[^1], StringComparison.Ordinal);
        Assert.True(room.Log.Says(Hook(room)), "The log names the address the signature was checked against.");
    }

    [Theory, ClassData<Databases>]
    public async Task Tokens_can_be_rotated_without_losing_a_stop(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.RestartAsync(("Twilio:AuthTokens:0", "new-token"), ("Twilio:AuthTokens:1", Newsroom.Token));

        var old = await PostAsync(room, Signature.Compute(Newsroom.Token, Hook(room), Stop));
        var fresh = await PostAsync(room, Signature.Compute("new-token", Hook(room), Stop));
        await room.RestartAsync(("Twilio:AuthTokens:0", "new-token"), ("Twilio:AuthTokens:1", ""));
        var retired = await PostAsync(room, Signature.Compute(Newsroom.Token, Hook(room), Stop));
        var empty = await PostAsync(room, Signature.Compute("", Hook(room), Stop));

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden], [old, fresh, retired, empty]);
    }

    [Theory, ClassData<Databases>]
    public async Task A_receipt_that_is_not_signed_moves_nothing(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.AddReadersAsync(byText: 1, byMail: 0);
        await room.FaultAsync(new { on = "status", lose = true });
        var alert = await room.PublishAsync("Kim offers support");
        var before = await room.FinishedAsync(alert);

        using var form = new FormUrlEncodedContent([new("MessageSid", "SM0123456789abcdef0123456789abcdef"), new("MessageStatus", "delivered")]);
        using var response = await room.Public.PostAsync("/webhooks/twilio/status/1", form, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal(1, before.Counts.Accepted);
        Assert.Equal(before.Counts, (await room.AlertAsync(alert)).Counts);
    }

    /// <summary>What proxies and typing errors make of an address: the person who set it up is told which one it is.</summary>
    [Theory]
    [InlineData("http://127.0.0.1:{port}/webhooks/twilio/inbound", "https://127.0.0.1:{port}/webhooks/twilio/inbound")]
    [InlineData("https://news.example/webhooks/twilio/inbound", "https://news.example:443/webhooks/twilio/inbound")]
    [InlineData("https://news.example/webhooks/twilio/inbound", "http://news.example/webhooks/twilio/inbound")]
    [InlineData("https://news.example/webhooks/twilio/inbound", "https://127.0.0.1:{port}/webhooks/twilio/inbound")]
    public async Task A_proof_of_another_address_says_which(string configured, string signed)
    {
        await using var room = await Newsroom.OpenAsync(DatabaseProvider.Sqlite, postgres);
        var port = room.Url.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        await room.RestartAsync(("PublicUrl", configured.Replace("{port}", port, StringComparison.Ordinal).Replace("/webhooks/twilio/inbound", "", StringComparison.Ordinal)));
        var url = signed.Replace("{port}", port, StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.Forbidden, await PostAsync(room, Signature.Compute(Newsroom.Token, url, Stop)));

        var refused = room.Services.GetRequiredService<WebhookLog>().Latest[0];
        Assert.Equal($"It was signed for {url}. Set PublicUrl to what stands before /webhooks there, or enter the address shown here at the provider.", refused.Why);
        Assert.DoesNotContain(Newsroom.Token, refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flood_of_forged_webhooks_fills_neither_the_log_nor_the_memory()
    {
        await using var room = await Newsroom.OpenAsync(DatabaseProvider.Sqlite, postgres);
        for (var i = 0; i < 200; i++)
        {
            await PostAsync(room, "forged");
        }

        Assert.Equal(20, room.Services.GetRequiredService<WebhookLog>().Latest.Count);
        Assert.Equal(1, room.Log.ToString().Split("A webhook was refused").Length - 1);
    }

    [Fact]
    public async Task The_test_calls_the_public_address_and_keeps_nothing()
    {
        await using var room = await Newsroom.OpenAsync(DatabaseProvider.Sqlite, postgres);
        var test = room.Services.GetRequiredService<IWebhookTest>();

        Assert.Equal((true, "It came through, and its signature was right."), await test.TestAsync(TestContext.Current.CancellationToken));
        Assert.NotNull(room.Services.GetRequiredService<WebhookLog>().LastTaken(test.Provider));
        Assert.Equal(0, (await room.QueryAsync("SELECT count(*) FROM inbox", row => row.GetInt64(0)))[0]);

        await room.RestartAsync(("PublicUrl", "http://127.0.0.1:9"));
        Assert.False((await room.Services.GetRequiredService<IWebhookTest>().TestAsync(TestContext.Current.CancellationToken)).IsGood);
    }

    private static KeyValuePair<string, string>[] Stop =>
        [new("MessageSid", "SM0123456789abcdef0123456789abcdef"), new("From", Phone), new("To", "+15005550006"), new("Body", "STOP")];

    private static string Hook(Newsroom room) => new Uri(room.Url, "/webhooks/twilio/inbound").AbsoluteUri;

    private static async Task<HttpStatusCode> PostAsync(Newsroom room, string? signature)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Hook(room)) { Content = new FormUrlEncodedContent(Stop) };
        if (signature is not null)
        {
            request.Headers.Add(Signature.Header, signature);
        }

        using var response = await room.Public.SendAsync(request, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }
}
