using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Notify.Deliveries;
using Notify.Providers.Twilio;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Providers;

/// <summary>The contract, in Twilio's words.</summary>
public sealed class TwilioContractTests(PostgresServer postgres) : TextProviderContract(postgres)
{
    private protected override string Sender => "texts";

    private protected override string Client => TwilioTexts.ClientName;

    private protected override (string Key, string Value)[] Settings(Uri vendor) =>
    [
        ("Twilio:BaseUrl", vendor.ToString()), ("Twilio:AccountSid", "AC" + new string('0', 32)), ("Twilio:AuthTokens:0", "first-secret"),
        ("Twilio:Senders:0:Name", Sender), ("Twilio:Senders:0:From", "+15005550006"),
    ];

    private protected override ScriptedGateway.Reply Taken(string id) => new(201, JsonSerializer.Serialize(new { sid = id, status = "queued" }));

    private protected override ScriptedGateway.Reply Refused(Refusal refusal) => refusal switch
    {
        Refusal.RecipientGone => Error(400, 21610),
        Refusal.SenderBroken => Error(400, 21606),
        Refusal.Credentials => Error(401, 20003),
        _ => Error(400, 21612),
    };

    private protected override ScriptedGateway.Reply List(params (string Id, string Text, DateTimeOffset At)[] messages) => new(200, JsonSerializer.Serialize(new
    {
        messages = messages.Select(m => new { sid = m.Id, body = m.Text, direction = "outbound-api", date_created = m.At.ToString("R", CultureInfo.InvariantCulture) }),
    }));

    /// <summary>The newest token signs in at the carrier as well, so that one stays.</summary>
    private protected override Task<Newsroom> OpenAsync(DatabaseProvider database, PostgresServer server, params string[] secrets) => Newsroom.OpenAsync(
        database, server, [("Twilio:AuthTokens:1", secrets[0]), ("Twilio:AuthTokens:2", secrets.ElementAtOrDefault(1) ?? "")]);

    private protected override Hook Inbound(string id, string from, string text) => new(
        "/webhooks/twilio/inbound", "application/x-www-form-urlencoded", $"MessageSid={id}&From={Uri.EscapeDataString(from)}&To=%2B15005550006&Body={Uri.EscapeDataString(text)}");

    private protected override Hook Status(long deliveryId, string id, ReceiptKind kind) => new(
        $"/webhooks/twilio/status/{deliveryId}", "application/x-www-form-urlencoded", $"MessageSid={Uri.EscapeDataString(id)}&MessageStatus={Word(kind)}&RawDlrDoneDate=2611111111");

    private protected override void Sign(HttpRequestMessage request, Hook hook, string secret) => request.Headers.TryAddWithoutValidation(
        Signature.Header, Signature.Compute(secret, request.RequestUri!.AbsoluteUri, QueryHelpers.ParseQuery(hook.Body).Select(field => KeyValuePair.Create(field.Key, field.Value.ToString()))));

    private static string Word(ReceiptKind kind) => kind switch
    {
        ReceiptKind.Delivered => "delivered",
        ReceiptKind.Undelivered => "undelivered",
        _ => "sent",
    };

    private static ScriptedGateway.Reply Error(int status, int code) => new(status, JsonSerializer.Serialize(new { code, message = "No.", status }));
}
