using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Notify.Deliveries;
using Notify.Providers.Http;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Providers;

/// <summary>The contract, for a gateway that is settings alone.</summary>
public sealed class GatewayContractTests(PostgresServer postgres) : TextProviderContract(postgres)
{
    private readonly PostgresServer _postgres = postgres;

    private protected override string Sender => GatewaySettings.Sender;

    private protected override string Client => GatewayTexts.ClientName;

    private protected override (string Key, string Value)[] Settings(Uri vendor) => GatewaySettings.Of(vendor);

    private protected override ScriptedGateway.Reply Taken(string id) => new(202, JsonSerializer.Serialize(new { data = new { id } }));

    private protected override ScriptedGateway.Reply Refused(Refusal refusal) => refusal switch
    {
        Refusal.RecipientGone => Error(422, "opted_out"),
        Refusal.SenderBroken => Error(422, "invalid_sender"),
        Refusal.Credentials => Error(401, "unauthorized"),
        _ => Error(400, "unheard_of"),
    };

    private protected override ScriptedGateway.Reply List(params (string Id, string Text, DateTimeOffset At)[] messages) =>
        new(200, JsonSerializer.Serialize(new { data = messages.Select(m => new { id = m.Id, text = m.Text, createdAt = m.At }) }));

    private protected override Task<Newsroom> OpenAsync(DatabaseProvider database, PostgresServer server, params string[] secrets) =>
        Newsroom.OpenGatewayAsync(database, server, [.. GatewaySettings.Of(new Uri("http://nobody.invalid"), secrets).Where(setting => setting.Key.Contains(":Secrets:", StringComparison.Ordinal))]);

    private protected override Hook Inbound(string id, string from, string text) => new(
        "/webhooks/texts/gateway/inbound", "application/json", JsonSerializer.Serialize(new { message_id = id, from, to = GatewaySettings.From, text }));

    private protected override Hook Status(long deliveryId, string id, ReceiptKind kind) => new(
        $"/webhooks/texts/gateway/status/{deliveryId}", "application/json", JsonSerializer.Serialize(new { message_id = id, status = Word(kind), at = "2026-11-11" }));

    private protected override void Sign(HttpRequestMessage request, Hook hook, string secret) => SignAt(request, hook, secret, TimeProvider.System.GetUtcNow());

    [Theory]
    [InlineData(-600)]
    [InlineData(600)]
    public async Task A_call_that_was_signed_at_another_time_is_refused(int secondsLater)
    {
        await using var room = await OpenAsync(DatabaseProvider.Sqlite, _postgres, "first-secret");
        var hook = Inbound("SM" + new string('1', 32), Reader, "STOP");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(room.Url, hook.Path)) { Content = new StringContent(hook.Body, Encoding.UTF8, hook.ContentType) };
        SignAt(request, hook, "first-secret", TimeProvider.System.GetUtcNow().AddSeconds(secondsLater));

        using var response = await room.Public.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.True(room.Log.Says("too far from ours"));
        Assert.False(room.Log.Says(Reader));
    }

    [Fact]
    public async Task A_gateway_speaks_for_its_own_messages_only_and_an_unknown_one_for_none()
    {
        await using var room = await OpenAsync(DatabaseProvider.Sqlite, _postgres, "first-secret");
        await room.AddReadersAsync(byText: 1, byMail: 0);
        var (delivery, id) = await DeliverAsync(room);
        var told = Status(delivery, id, ReceiptKind.Delivered);

        await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE deliveries SET sender = 'another'"), TestContext.Current.CancellationToken);
        var foreign = await PostAsync(room, told, "first-secret");
        var unknown = await PostAsync(room, told with { Path = $"/webhooks/texts/elsewhere/status/{delivery}" }, "first-secret");

        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NotFound), (foreign, unknown));
        Assert.Equal([(int)DeliveryStatus.Accepted], await room.QueryAsync("SELECT status FROM deliveries", row => row.GetInt32(0)));
    }

    [Theory]
    [InlineData("""{ "from": "+16465550123", "text": "STOP 1" }""", HttpStatusCode.UnprocessableEntity)]
    [InlineData("""{ "message_id": 1, "text": "STOP" }""", HttpStatusCode.UnprocessableEntity)]
    [InlineData("no json 1", HttpStatusCode.UnprocessableEntity)]
    [InlineData("[1]", HttpStatusCode.UnprocessableEntity)]
    [InlineData("""{ "message_id": 1, "from": "NEWS", "to": "", "text": "STOP" }""", HttpStatusCode.NoContent)]
    [InlineData("""{ "message_id": 1, "from": "16465550123", "to": null, "text": "STOP" }""", HttpStatusCode.NoContent)]
    [InlineData("""{ "message_id": 1, "from": "16465550123", "text": "STOP \ud83d" }""", HttpStatusCode.NoContent)]
    public async Task What_is_proved_and_cannot_be_read_shows_on_both_sides(string body, HttpStatusCode expected)
    {
        await using var room = await OpenAsync(DatabaseProvider.Sqlite, _postgres, "first-secret");

        var answer = await PostAsync(room, new Hook("/webhooks/texts/gateway/inbound", "application/json", body), "first-secret");

        Assert.Equal(expected, answer);
        Assert.Equal(expected == HttpStatusCode.UnprocessableEntity, room.Log.Says("could not be read"));
        Assert.Equal(body.Contains("16465550123", StringComparison.Ordinal) && expected == HttpStatusCode.NoContent ? 1 : 0, (await room.QueryAsync("SELECT count(*) FROM suppressions", row => row.GetInt32(0)))[0]);
    }

    [Fact]
    public void What_no_text_can_hold_costs_no_other_character_of_it()
    {
        Assert.Equal("STOP \uFFFD", Fields.Read("application/json", [.. """{ "text": "STOP """u8, 0xE9, .. "\" }"u8])!["text"]);
        Assert.Equal("STOP \uFFFD now 😜", Fields.Read("application/json", """{ "text": "ST\u0000OP \uD83d now 😜" }"""u8.ToArray())!["text"]);
        Assert.Equal("STOP\uFFFD", Fields.Read("application/x-www-form-urlencoded", [.. "text=%00STOP"u8, 0xE9])!["text"]);
        Assert.Null(Fields.Read("application/json", """{ "text": "\u0000" }"""u8.ToArray())!["text"]);
    }

    [Fact]
    public async Task A_call_of_more_than_64_kilobytes_is_not_read()
    {
        await using var room = await OpenAsync(DatabaseProvider.Sqlite, _postgres, "first-secret");

        var answer = await PostAsync(room, Inbound("SM" + new string('1', 32), Reader, new string('x', 70_000)), "first-secret");

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer);
    }

    [Fact]
    public async Task Without_a_secret_the_addresses_are_not_there()
    {
        await using var room = await OpenAsync(DatabaseProvider.Sqlite, _postgres, "");

        Assert.Equal(HttpStatusCode.NotFound, await PostAsync(room, Inbound("SM" + new string('1', 32), Reader, "STOP"), ""));
        Assert.Equal(HttpStatusCode.NotFound, await PostAsync(room, Status(1, "m", ReceiptKind.Delivered), ""));
    }

    [Fact]
    public async Task What_the_gateway_says_is_kept_without_numbers_and_its_secret_nowhere()
    {
        await using var vendor = await ScriptedGateway.StartAsync();
        vendor.Answer = new(422, """{ "error": { "code": "unheard_of", "message": "Cannot text +1 (646) 555-0123\nnor 16465550123" } }""");

        var reason = Assert.IsType<SendOutcome.Rejected>(await SendAsync(vendor.Url)).Reason;

        Assert.Equal("provider code unheard_of: Cannot text … nor …", reason);
        Assert.Equal("Bearer " + GatewaySettings.Secret, vendor.Requests[0].Headers["Authorization"]);
    }

    [Theory]
    [InlineData(404, "<html></html>", typeof(SendOutcome.SenderBroken))]
    [InlineData(404, """{ "error": { "code": "x" } }""", typeof(SendOutcome.Rejected))]
    [InlineData(403, "", typeof(SendOutcome.SenderBroken))]
    [InlineData(402, "", typeof(SendOutcome.SenderBroken))]
    [InlineData(402, """{ "error": { "code": "unheard_of" } }""", typeof(SendOutcome.SenderBroken))]
    [InlineData(402, """{ "error": { "code": "opted_out" } }""", typeof(SendOutcome.RecipientGone))]
    [InlineData(400, "", typeof(SendOutcome.Rejected))]
    [InlineData(400, """{ "error": { "code": "LATER" } }""", typeof(SendOutcome.TryLater))]
    [InlineData(200, """{ "error": { "code": "opted_out" } }""", typeof(SendOutcome.RecipientGone))]
    [InlineData(200, """{ "error": { "code": "unheard_of" } }""", typeof(SendOutcome.InDoubt))]
    [InlineData(200, """{ "data": { "id": 42 } }""", typeof(SendOutcome.Accepted))]
    [InlineData(200, """{ "data": { "id": "" } }""", typeof(SendOutcome.InDoubt))]
    public async Task What_nobody_described_is_judged_carefully(int status, string body, Type expected)
    {
        await using var vendor = await ScriptedGateway.StartAsync();
        vendor.Answer = new(status, body);

        Assert.IsType(expected, await SendAsync(vendor.Url));
    }

    [Fact]
    public async Task A_form_and_an_address_carry_a_text_as_it_is()
    {
        await using var vendor = await ScriptedGateway.StartAsync();
        await SendAsync(vendor.Url, ("HttpTexts:0:BodyType", "Form"), ("HttpTexts:0:Body", "to={toDigits}&text={text}"));
        await SendAsync(vendor.Url, ("HttpTexts:0:Method", "Get"), ("HttpTexts:0:Url", new Uri(vendor.Url, "/send").AbsoluteUri + "?to={to}&text={text}"), ("HttpTexts:0:Body", ""));

        Assert.Equal(("POST", "application/x-www-form-urlencoded"), (vendor.Requests[0].Method, vendor.Requests[0].Headers["Content-Type"]));
        Assert.Equal($"to=16465550123&text={Uri.EscapeDataString(Words)}", vendor.Requests[0].Body);
        Assert.Equal("GET", vendor.Requests[1].Method);
        Assert.Equal($"?to=+16465550123&text={Words}", Uri.UnescapeDataString(new Uri(vendor.Url, vendor.Requests[1].Path).Query));
    }

    [Fact]
    public Task A_get_is_not_tried_again_behind_our_back_either() =>
        EndsKeptConnectionAsync(("HttpTexts:0:Method", "Get"), ("HttpTexts:0:Url", "{vendor}send?to={to}&text={text}"), ("HttpTexts:0:Body", ""));

    private static void SignAt(HttpRequestMessage request, Hook hook, string secret, DateTimeOffset at)
    {
        var time = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var signature = Proof.Compute(HashKind.Sha256, secret, time, Encoding.UTF8.GetBytes(hook.Body));
        request.Headers.TryAddWithoutValidation(GatewaySettings.TimeHeader, time);
        request.Headers.TryAddWithoutValidation(GatewaySettings.SignatureHeader, "sha256=" + Convert.ToHexStringLower(signature));
    }

    private static string Word(ReceiptKind kind) => kind switch
    {
        ReceiptKind.Delivered => "delivered",
        ReceiptKind.Undelivered => "undelivered",
        _ => "sent",
    };

    private static ScriptedGateway.Reply Error(int status, string code) => new(status, JsonSerializer.Serialize(new { error = new { code, message = "No." } }));
}
