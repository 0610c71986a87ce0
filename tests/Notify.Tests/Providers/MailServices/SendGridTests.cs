using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Notify.Providers.SendGrid;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Providers.MailServices;

public sealed class SendGridTests(PostgresServer postgres) : MailServiceContract(postgres)
{
    private protected override MailServiceVoice Voice { get; } = new SendGridVoice();

    /// <summary>A batch has other people's events in it, and ours keeps only its own words.</summary>
    [Theory, ClassData<Databases>]
    public async Task Of_a_batch_each_event_counts_by_itself_and_keeps_its_own_words(DatabaseProvider database)
    {
        await using var room = await OpenAsync(database, Voice.Secret);
        var sent = await SendAsync(room, 2);
        var batch = $"[{Voice.Write(Told.HardBounce, sent[0]).Trim('[', ']')},{{\"event\":\"open\"}},7,{{\"event\":\"delivered\"}},{Voice.Write(Told.Delivered, sent[1]).Trim('[', ']')}]";

        var answer = await PostAsync(room, Voice.Prove(batch, Voice.Secret, DateTimeOffset.UtcNow));

        Assert.Equal(HttpStatusCode.OK, answer);
        Assert.Equal((5, 4), (await StatusAsync(room, sent[0].Address), await StatusAsync(room, sent[1].Address)));
        var raw = Assert.Single(await room.QueryAsync("SELECT raw FROM returns WHERE kind = 1", row => row.GetString(0)));
        Assert.DoesNotContain(sent[1].Address, raw, StringComparison.Ordinal);
        // The one without an id has one by its words: once more, and it is the same.
        Assert.Equal(HttpStatusCode.OK, await PostAsync(room, Voice.Prove("""[{"event":"delivered"}]""", Voice.Secret, DateTimeOffset.UtcNow)));
        Assert.Equal(3, (await room.QueryAsync("SELECT id FROM returns", row => 1)).Count);
    }

    [Theory]
    [InlineData("""{"event":"bounce","type":"blocked","bounce_classification":"Reputation"}""", "Failed", "BadReputation", false)]
    [InlineData("""{"event":"bounce","type":"blocked","bounce_classification":"Invalid Address"}""", "Failed", "Blocked", false)]
    [InlineData("""{"event":"bounce","type":"bounce","bounce_classification":"Mailbox Unavailable"}""", "Failed", "MailboxFull", false)]
    [InlineData("""{"event":"bounce","type":"bounce","bounce_classification":"Content","status":"5.7.1"}""", "Failed", "OnHold", false)]
    [InlineData("""{"event":"bounce","type":"bounce","status":"5.1.1"}""", "Failed", "UserUnknown", true)]
    [InlineData("""{"event":"dropped","reason":"Bounced Address"}""", "Failed", "UserUnknown", true)]
    [InlineData("""{"event":"dropped","reason":"Spam Content (if Spam Checker app is enabled)"}""", "Failed", "OnHold", false)]
    [InlineData("""{"event":"dropped","reason":"Unsubscribed Address"}""", "Leave", "Undefined", false)]
    [InlineData("""{"event":"dropped","reason":"Spam Reporting Address"}""", "Complaint", "Feedback", false)]
    [InlineData("""{"event":"group_unsubscribe"}""", "Leave", "Undefined", false)]
    public void Each_of_its_words_is_read_for_what_it_says(string said, string kind, string reason, bool isHard) =>
        Readings.Same(new SendGridWebhook(), $"[{said}]", kind, reason, isHard);
}

internal sealed class SendGridVoice : MailServiceVoice
{
    private static readonly Dictionary<string, ECDsa> Keys = new(StringComparer.Ordinal);

    public override string Name => "sendgrid";

    public override string Secret { get; } = NewKey();

    public override string OtherSecret { get; } = NewKey();

    public override string StrangersSecret { get; } = NewKey();

    public override TimeSpan? Repeats => TimeSpan.FromHours(24);

    public override string Write(Told told, Sent mail) => JsonSerializer.Serialize(new[]
    {
        new Dictionary<string, object?>
        {
            ["email"] = mail.Address, ["timestamp"] = Seconds, ["smtp-id"] = mail.HandedBack, ["sg_event_id"] = $"{told}-{mail.Id}", ["sg_message_id"] = mail.Id,
            ["event"] = told switch
            {
                Told.Delivered => "delivered", Told.SoftBounce or Told.HardBounce => "bounce", Told.Complaint => "spamreport", Told.Leave => "unsubscribe", Told.Delayed => "deferred", _ => "account_status_change",
            },
            ["type"] = told switch { Told.SoftBounce => "blocked", Told.HardBounce => "bounce", _ => null },
            ["bounce_classification"] = told switch { Told.SoftBounce => "Technical", Told.HardBounce => "Invalid Address", _ => null },
            ["status"] = told == Told.HardBounce ? "5.1.1" : null,
        },
    });

    public override Call Prove(string content, string secret, DateTimeOffset at)
    {
        var time = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var body = Encoding.UTF8.GetBytes(content);
        lock (Keys)
        {
            var signature = Keys[secret].SignData([.. Encoding.UTF8.GetBytes(time), .. body], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
            return new Call(body, [(SendGridWebhook.Timestamp, time), (SendGridWebhook.Signature, Convert.ToBase64String(signature))]);
        }
    }

    public override IEnumerable<(string What, Call Call)> Forgeries(string content, DateTimeOffset now)
    {
        var good = Prove(content, Secret, now);
        yield return ("of another time", good with { Headers = [(SendGridWebhook.Timestamp, now.AddSeconds(1).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)), good.Headers[1]] });
        yield return ("without a time", good with { Headers = [good.Headers[1]] });
        yield return ("of a time that is none", good with { Headers = [(SendGridWebhook.Timestamp, "99999999999999999999"), good.Headers[1]] });
        yield return ("with a signature that is none", good with { Headers = [good.Headers[0], (SendGridWebhook.Signature, "MEUCIQ==")] });
    }

    private static string NewKey()
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var secret = Convert.ToBase64String(key.ExportSubjectPublicKeyInfo());
        lock (Keys)
        {
            Keys[secret] = key;
        }

        return secret;
    }
}
