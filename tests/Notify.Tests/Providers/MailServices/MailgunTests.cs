using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Notify.Providers.Mailgun;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Providers.MailServices;

public sealed class MailgunTests(PostgresServer postgres) : MailServiceContract(postgres)
{
    private protected override MailServiceVoice Voice { get; } = new MailgunVoice();

    /// <summary>Its proof covers no word of the event: whoever has seen one call could write any other with it.</summary>
    [Theory, ClassData<Databases>]
    public async Task A_proof_that_was_used_proves_nothing_else_also_after_a_restart(DatabaseProvider database)
    {
        await using var room = await OpenAsync(database, Voice.Secret);
        var sent = await SendAsync(room, 2);
        var (voice, now) = ((MailgunVoice)Voice, DateTimeOffset.UtcNow);
        foreach (var (seen, token) in new[] { (Told.Delivered, "token-one"), (Told.Nothing, "token-two") })
        {
            Assert.Equal(HttpStatusCode.OK, await PostAsync(room, voice.ProveBy(token, Voice.Write(seen, sent[0]), Voice.Secret, now)));
        }

        await room.RestartAsync();
        var before = await LookAsync(room);
        foreach (var token in new[] { "token-one", "token-two" })
        {
            Assert.Equal(HttpStatusCode.OK, await PostAsync(room, voice.ProveBy(token, Voice.Write(Told.Complaint, sent[1]), Voice.Secret, now)));
        }

        Assert.Equal(before, await LookAsync(room));
        Assert.Empty(await room.QueryAsync("SELECT reason FROM suppressions", row => 1));
    }

    [Theory]
    [InlineData("""{"event":"failed","severity":"temporary","reason":"greylisted"}""", "Delayed", "OnHold", false)]
    [InlineData("""{"event":"failed","severity":"permanent","reason":"suppress-bounce"}""", "Failed", "UserUnknown", true)]
    [InlineData("""{"event":"failed","severity":"permanent","reason":"suppress-unsubscribe"}""", "Leave", "Undefined", false)]
    [InlineData("""{"event":"failed","severity":"permanent","reason":"suppress-complaint"}""", "Complaint", "Feedback", false)]
    [InlineData("""{"event":"failed","severity":"permanent","reason":"old"}""", "Failed", "Expired", false)]
    [InlineData("""{"event":"failed","severity":"permanent","reason":"bounce","delivery-status":{"code":550,"enhanced-code":"5.7.1"}}""", "Failed", "OnHold", false)]
    [InlineData("""{"event":"failed","severity":"permanent","reason":"bounce","delivery-status":{"code":550,"enhanced-code":"5.1.1"}}""", "Failed", "UserUnknown", true)]
    [InlineData("""{"event":"opened"}""", "Other", "Undefined", false)]
    public void Each_of_its_words_is_read_for_what_it_says(string said, string kind, string reason, bool isHard) =>
        Readings.Same(new MailgunWebhook(), $$"""{"signature":{"token":"t"},"event-data":{{said}}}""", kind, reason, isHard);
}

internal sealed class MailgunVoice : MailServiceVoice
{
    public override string Name => "mailgun";

    public override string Secret => "0123456789abcdef0123456789abcdef";

    public override string OtherSecret => "ffffffffffffffffffffffffffffffff";

    public override string StrangersSecret => "a key of somebody else";

    public override TimeSpan? Repeats => TimeSpan.FromHours(9);

    public override bool SignsTheBody => false;

    public override string Write(Told told, Sent mail) => JsonSerializer.Serialize(new Dictionary<string, object?>
    {
        ["event"] = told switch
        {
            Told.Delivered => "delivered",
            Told.SoftBounce or Told.HardBounce or Told.Delayed => "failed",
            Told.Complaint => "complained",
            Told.Leave => "unsubscribed",
            _ => "brand-new",
        },
        ["id"] = mail.Id,
        ["timestamp"] = Seconds + 0.25,
        ["recipient"] = mail.Address,
        ["severity"] = told switch { Told.Delayed => "temporary", Told.SoftBounce or Told.HardBounce => "permanent", _ => null },
        ["reason"] = told is Told.SoftBounce or Told.HardBounce ? "bounce" : null,
        ["delivery-status"] = new Dictionary<string, object?> { ["code"] = 550, ["enhanced-code"] = told == Told.HardBounce ? "5.1.1" : "5.7.1" },
        ["message"] = new Dictionary<string, object?> { ["headers"] = new Dictionary<string, object?> { ["message-id"] = mail.HandedBack.Trim('<', '>'), ["to"] = mail.Address } },
    });

    public override Call Prove(string content, string secret, DateTimeOffset at) => ProveBy(Guid.NewGuid().ToString("N"), content, secret, at);

    public Call ProveBy(string token, string content, string secret, DateTimeOffset at, string? claimed = null)
    {
        var time = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(time + token)));
        return new Call(Encoding.UTF8.GetBytes($$"""{"signature":{"timestamp":"{{time}}","token":"{{claimed ?? token}}","signature":"{{signature}}"},"event-data":{{content}}}"""), []);
    }

    public override Call ProveRaw(string body, string secret, DateTimeOffset at) => new(Encoding.UTF8.GetBytes(body), []);

    public override IEnumerable<(string What, Call Call)> Forgeries(string content, DateTimeOffset now)
    {
        yield return ("of another token", ProveBy("one", content, Secret, now, claimed: "two"));
        yield return ("without a token", ProveBy("", content, Secret, now));
        yield return ("with half a character for a token", ProveBy("one", content, Secret, now, claimed: "\\ud83d"));
        yield return ("without a signature", new Call(Encoding.UTF8.GetBytes($$"""{"signature":{"timestamp":"1","token":"x"},"event-data":{{content}}}"""), []));
    }
}
