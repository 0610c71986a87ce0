using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Notify.Inbound.Returns;
using Notify.Providers.Resend;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Providers.MailServices;

public sealed class ResendTests(PostgresServer postgres) : MailServiceContract(postgres)
{
    private protected override MailServiceVoice Voice { get; } = new ResendVoice();

    /// <summary>While a secret is replaced there, calls are signed with both.</summary>
    [Fact]
    public async Task One_right_signature_among_several_is_enough()
    {
        await using var room = await OpenAsync(DatabaseProvider.Sqlite, Voice.Secret);
        var sent = await SendAsync(room, 1);
        var call = Voice.Prove(Voice.Write(Told.Delivered, sent[0]), Voice.Secret, DateTimeOffset.UtcNow);
        var several = $"v1,{Convert.ToBase64String(new byte[32])} v1a,{Convert.ToBase64String(new byte[64])} {call.Headers[2].Value}";

        Assert.Equal(HttpStatusCode.OK, await PostAsync(room, call with { Headers = [call.Headers[0], call.Headers[1], ("svix-signature", several)] }));
        Assert.Equal(4, await StatusAsync(room, sent[0].Address));
    }

    /// <summary>Published with the standard its signatures follow (standard-webhooks, "signature scheme"): not made by us.</summary>
    [Fact]
    public async Task The_published_example_is_proved()
    {
        var call = new MailCall(
            new Microsoft.AspNetCore.Http.HeaderDictionary
            {
                ["svix-id"] = "msg_p5jXN8AQM9LWM0D4loKWxJek",
                ["svix-timestamp"] = "1614265330",
                ["svix-signature"] = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            },
            "{\"test\": 2432232314}"u8.ToArray(), DateTimeOffset.FromUnixTimeSeconds(1_614_265_330));

        Assert.Null(await new ResendWebhook().DoubtAsync(call, ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("email.bounced", """{"bounce":{"type":"Permanent","subType":"General"}}""", "Failed", "UserUnknown", true)]
    [InlineData("email.bounced", """{"bounce":{"type":"Permanent","subType":"Suppressed"}}""", "Failed", "UserUnknown", true)]
    [InlineData("email.bounced", """{"bounce":{"type":"Permanent","subType":"Policy"}}""", "Failed", "OnHold", false)]
    [InlineData("email.bounced", """{"bounce":{"type":"Transient","subType":"MailboxFull"}}""", "Failed", "MailboxFull", false)]
    [InlineData("email.bounced", "{}", "Failed", "OnHold", false)]
    [InlineData("email.suppressed", "{}", "Failed", "OnHold", true)]
    [InlineData("email.failed", "{}", "Failed", "OnHold", false)]
    [InlineData("email.opened", "{}", "", "", false)]
    public void Each_of_its_words_is_read_for_what_it_says(string type, string data, string kind, string reason, bool isHard) =>
        Readings.Same(new ResendWebhook(), $$"""{"type":"{{type}}","data":{"to":["a@b.example"]{{(data == "{}" ? "}" : "," + data[1..])}}}""", kind, reason, isHard);
}

internal sealed class ResendVoice : MailServiceVoice
{
    public override string Name => "resend";

    public override string Secret { get; } = NewSecret();

    public override string OtherSecret { get; } = NewSecret();

    public override string StrangersSecret { get; } = NewSecret();

    public override string ReturnHeader => "X-Notify";

    public override TimeSpan? Repeats => TimeSpan.Zero;

    /// <summary>Its lists of readers are not ours.</summary>
    public override bool Says(Told told) => told != Told.Leave;

    public override string Write(Told told, Sent mail) => JsonSerializer.Serialize(new Dictionary<string, object?>
    {
        ["type"] = told switch
        {
            Told.Delivered => "email.delivered",
            Told.SoftBounce or Told.HardBounce => "email.bounced",
            Told.Complaint => "email.complained",
            Told.Delayed => "email.delivery_delayed",
            _ => "email.brand_new",
        },
        ["created_at"] = Moment,
        ["data"] = new Dictionary<string, object?>
        {
            ["email_id"] = mail.Id,
            ["created_at"] = Moment,
            ["to"] = new[] { mail.Address },
            ["headers"] = new[] { new Dictionary<string, string> { ["name"] = "X-Notify", ["value"] = mail.HandedBack } },
            ["bounce"] = told switch
            {
                Told.HardBounce => new Dictionary<string, string> { ["type"] = "Permanent", ["subType"] = "General", ["message"] = "Nobody there." },
                Told.SoftBounce => new Dictionary<string, string> { ["type"] = "Transient", ["subType"] = "General", ["message"] = "Later." },
                _ => null,
            },
        },
    });

    public override Call Prove(string content, string secret, DateTimeOffset at)
    {
        var (id, time, body) = ("msg_" + Guid.NewGuid().ToString("N"), at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), Encoding.UTF8.GetBytes(content));
        var mac = HMACSHA256.HashData(Convert.FromBase64String(secret["whsec_".Length..]), (byte[])[.. Encoding.UTF8.GetBytes($"{id}.{time}."), .. body]);
        return new Call(body, [("svix-id", id), ("svix-timestamp", time), ("svix-signature", "v1," + Convert.ToBase64String(mac))]);
    }

    public override IEnumerable<(string What, Call Call)> Forgeries(string content, DateTimeOffset now)
    {
        var good = Prove(content, Secret, now);
        yield return ("of another id", good with { Headers = [("svix-id", "msg_x"), good.Headers[1], good.Headers[2]] });
        yield return ("of another time", good with { Headers = [good.Headers[0], ("svix-timestamp", now.AddSeconds(1).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)), good.Headers[2]] });
        yield return ("of another version", good with { Headers = [good.Headers[0], good.Headers[1], ("svix-signature", good.Headers[2].Value.Replace("v1,", "v2,", StringComparison.Ordinal))] });
        yield return ("without an id", good with { Headers = [good.Headers[1], good.Headers[2]] });
        yield return ("with the empty key", Prove(content, "whsec_", now));
    }

    private static string NewSecret() => "whsec_" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(24));
}
