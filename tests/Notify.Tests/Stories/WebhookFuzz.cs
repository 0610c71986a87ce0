using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Notify.Providers.Twilio;
using Notify.Storage;
using Notify.Tests.Providers.MailServices;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>
/// Whatever is thrown at the webhooks: never a server error, and not a row without a proof. The seed is printed; <c>NOTIFY_FUZZ_SEED</c> repeats a run,
/// <c>NOTIFY_FUZZ_REQUESTS</c> makes it longer.
/// </summary>
public sealed class WebhookFuzz(PostgresServer postgres, ITestOutputHelper output)
{
    private const int AtOnce = 16;
    private const string Rows = """
        SELECT (SELECT count(*) FROM inbox) || ' ' || (SELECT count(*) FROM deliveries) || ' ' || (SELECT count(*) FROM consent_entries) || ' ' || (SELECT count(*) FROM contacts)
          || ' ' || (SELECT count(*) FROM suppressions) || ' ' || (SELECT COALESCE(sum(status), 0) FROM deliveries) || ' ' || (SELECT count(*) FROM returns)
        """;

    private static readonly string[] Names = ["MessageSid", "SmsSid", "From", "To", "Body", "MessageStatus", "ErrorCode", "OptOutType", "MessagingServiceSid", "NumMedia", "", "__proto__", "Body[]", "a=b&c"];

    private static readonly string[] Values =
    [
        "", "STOP", "stop", "START", "HELP", "+12125550143", "+15005550006", "12345", "rcs:brand", "rcs:+12125550143", "RCS: +1 212 555 0143", "whatsapp:+12125550143", "messenger:12125550143", "a:b:+12125550143", "delivered", "undelivered", "failed", "sent", "30003", "21610", "-1", "99999999999999999999", "SM0123456789abcdef0123456789abcdef",
        "\0", "\u202e\u0000", "ST\0OP", "<script>", "' OR 1=1 --", "{{7*7}}", "%00%ff", "😜🏳️‍🌈", "ـ\u200dـ", new string('9', 400), new string('é', 2_000),
    ];

    private static readonly MailServiceVoice[] MailServices = [new SesVoice(), new SendGridVoice(), new MailgunVoice(), new PostmarkVoice(), new BrevoVoice(), new ResendVoice()];

    /// <summary>As JSON writes them.</summary>
    private static readonly string[] Written =
    [
        "", "reader@readers.example.com", "<1.abc.0123456789abc@mail.example.com>", "1.abc.0123456789abc", "\\ud83d", "a\\u0000b", "\\u0000", "' OR 1=1 --", "@", "7", "5.1.1", new string('x', 4_000), "😀😀", "\\u202e",
    ];

    private static readonly string[] Other = ["", "null", "7", "[]", "{}", "[[]]", "[null,7,{}]", "{\"signature\":7}", "{\"signature\":{\"token\":{}}}", "{\"Type\":[]}", "{\"event\":\"bounce\"}", "{\"a\":", "\0", new string('[', 5_000)];

    [Theory, ClassData<Databases>]
    public async Task Nothing_breaks_the_webhooks_and_nothing_is_written_without_a_proof(DatabaseProvider database)
    {
        var requests = Setting("NOTIFY_FUZZ_REQUESTS", 2_000);
        var seed = Setting("NOTIFY_FUZZ_SEED", Random.Shared.Next());
        output.WriteLine($"seed {seed}, {requests} requests");
        await using var room = await Newsroom.OpenAsync(database, postgres, builder => Array.ForEach(MailServices, service => service.Configure(builder)),
        [
            .. MailServices.Select(service => ($"MailWebhooks:{service.Name}:Secrets:0", service.Secret)),
            .. GatewaySettings.Of(new Uri("http://127.0.0.1:9")), ("HttpTexts:0:Senders:0:Countries:0", "IL"),
            ("Twilio:Senders:0:Name", "texts"), ("Twilio:Senders:0:From", "+15005550006"), ("Twilio:Senders:0:SegmentsPerSecond", "100"),
        ]);
        await room.AddReadersAsync(byText: 5, byMail: 0);
        var alert = await room.PublishAsync("Kim offers support");
        await room.EventuallyAsync(async () => (await room.AlertAsync(alert)).Counts.Delivered == 5, "every receipt has come");
        var before = await CountAsync(room);

        var forged = await ThrowAsync(room, seed, requests - (requests / 5), isProved: false);
        Assert.Equal(before, await CountAsync(room));
        var proved = await ThrowAsync(room, seed + 1, requests / 5, isProved: true);

        output.WriteLine($"forged: {Tell(forged)}; proved: {Tell(proved)}");
        Assert.All(forged.Concat(proved), answer => Assert.True((int)answer.Key < 500, $"{answer.Value} answers {answer.Key}; seed {seed}\n{room.Log}"));
        Assert.DoesNotContain(forged, answer => (int)answer.Key is >= 200 and < 300);
        Assert.True(proved.GetValueOrDefault(HttpStatusCode.OK) > 0 && proved.GetValueOrDefault(HttpStatusCode.NoContent) > 0 && proved.GetValueOrDefault(HttpStatusCode.UnprocessableEntity) > 0);
        // And it still works.
        await room.FinishedAsync(await room.PublishAsync("Dam holds"));
    }

    private static async Task<Dictionary<HttpStatusCode, int>> ThrowAsync(Newsroom room, int seed, int count, bool isProved)
    {
        var answers = new Dictionary<HttpStatusCode, int>();
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = TestContext.Current.CancellationToken }, async (i, token) =>
        {
            using var request = Make(room, new Random(HashCode.Combine(seed, i)), isProved);
            try
            {
                using var response = await room.Public.SendAsync(request, token);
                Count(response.StatusCode);
            }
            catch (HttpRequestException)
            {
                // The server closes the connection on what is too large, which a client that still writes sees as this.
                Count(HttpStatusCode.RequestEntityTooLarge);
            }
        });
        return answers;

        void Count(HttpStatusCode status)
        {
            lock (answers)
            {
                answers[status] = answers.GetValueOrDefault(status) + 1;
            }
        }
    }

    private static HttpRequestMessage Make(Newsroom room, Random random, bool isProved)
    {
        if (random.Next(5) == 0)
        {
            return MakeGateway(room, random, isProved);
        }

        if (random.Next(4) == 0)
        {
            return MakeMailService(room, random, isProved);
        }

        var path = random.Next(6) switch
        {
            0 or 1 => "/webhooks/twilio/inbound",
            2 or 3 => string.Create(CultureInfo.InvariantCulture, $"/webhooks/twilio/status/{random.Next(1, 12)}"),
            4 => $"/webhooks/twilio/status/{Pick(random, ["0", "-1", "999999999999", "99999999999999999999", "x", "1/2", "%00"])}",
            _ => Pick(random, ["/webhooks/twilio/", "/webhooks/twilio/inbound/", "/webhooks/twilio/INBOUND?x=1", "/webhooks/texts/nobody/inbound", "/webhooks/texts/nobody/status/1"]),
        };
        var url = new Uri(room.Url, path + (random.Next(8) == 0 ? "?bodySHA256=" + new string('a', 64) : "")).AbsoluteUri;
        var form = Enumerable.Range(0, random.Next(0, 12)).Select(_ => KeyValuePair.Create(Pick(random, Names), Pick(random, Values))).ToList();
        var request = new HttpRequestMessage(isProved || random.Next(10) > 0 ? HttpMethod.Post : Pick(random, [HttpMethod.Get, HttpMethod.Put, HttpMethod.Delete, HttpMethod.Options, new HttpMethod("PROPFIND")]), url);
        if (isProved || random.Next(3) > 0)
        {
            request.Content = new FormUrlEncodedContent(form);
        }
        else
        {
            var bytes = new byte[random.Next(4) == 0 ? random.Next(60_000, 90_000) : random.Next(0, 3_000)];
            random.NextBytes(bytes);
            request.Content = new ByteArrayContent(random.Next(3) == 0 ? Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("a=b&", random.Next(2_000)))) : bytes);
            request.Content.Headers.ContentType = Pick(random, [null, MediaTypeHeaderValue.Parse("application/x-www-form-urlencoded"), MediaTypeHeaderValue.Parse("application/x-www-form-urlencoded; charset=utf-7"), MediaTypeHeaderValue.Parse("multipart/form-data; boundary=x"), MediaTypeHeaderValue.Parse("application/json"), MediaTypeHeaderValue.Parse("text/xml")]);
        }

        var signature = isProved ? Signature.Compute(Newsroom.Token, url, form) : random.Next(6) switch
        {
            0 => null,
            1 => Signature.Compute("another-token", url, form),
            2 => Signature.Compute(Newsroom.Token, url + "x", form),
            3 => Signature.Compute(Newsroom.Token, url, [.. form, new("Body", "STOP")]),
            4 => new string('A', random.Next(1, 4_000)),
            _ => Convert.ToBase64String(BitConverter.GetBytes(random.NextInt64())),
        };
        if (signature is not null)
        {
            request.Headers.TryAddWithoutValidation(Signature.Header, signature);
        }

        return request;
    }

    /// <summary>A gateway that is described by settings: JSON, forms and neither, with its proof, an old one, or somebody else's.</summary>
    private static HttpRequestMessage MakeGateway(Newsroom room, Random random, bool isProved)
    {
        var path = Pick(random, ["inbound", "status/1", "status/3", "status/999999999999", "status/0"]);
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(room.Url, $"/webhooks/texts/{GatewaySettings.Name}/{path}"));
        var fields = Enumerable.Range(0, random.Next(0, 6)).Select(_ => (Name: Pick(random, ["message_id", "from", "to", "text", "status", "error", "\\ud83d"]), Value: Pick(random,
            ["\"STOP\"", "\"ST\\u0000OP\"", "\"\\ud83d STOP\"", "\"+12125550143\"", "\"12345\"", "\"delivered\"", "\"failed\"", "7", "null", "{}", "[[]]", "{\"code\":\"opted_out\"}", "\"" + new string('9', 4_000) + "\""]))).ToList();
        var body = random.Next(6) switch
        {
            0 => Encoding.UTF8.GetBytes(string.Join('&', fields.Select(f => $"{f.Name}={Uri.EscapeDataString(f.Value.Trim('"'))}%00"))),
            1 => [0xff, 0xfe, (byte)'{', .. new byte[random.Next(200)]],
            2 => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("[", random.Next(2_000)))),
            _ => Encoding.UTF8.GetBytes($"{{{string.Join(',', fields.Select(f => $"\"{f.Name}\":{f.Value}"))}}}"),
        };
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.ContentType = Pick(random, [null, MediaTypeHeaderValue.Parse("application/json"), MediaTypeHeaderValue.Parse("application/x-www-form-urlencoded"), MediaTypeHeaderValue.Parse("application/json; charset=utf-7")]);
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var (secret, at) = isProved ? (GatewaySettings.Secret, now) : random.Next(3) switch { 0 => ("another", now), 1 => (GatewaySettings.Secret, now - 3_600), _ => ("", now) };
        byte[] signed = [.. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{at}.")), .. body];
        var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed);
        request.Headers.TryAddWithoutValidation(GatewaySettings.TimeHeader, at.ToString(CultureInfo.InvariantCulture));
        request.Headers.TryAddWithoutValidation(GatewaySettings.SignatureHeader, "sha256=" + Convert.ToHexStringLower(mac));
        return request;
    }

    /// <summary>A mail service: its own words with strange things in them, or none of its words; proved its way, or by a stranger, or not at all.</summary>
    private static HttpRequestMessage MakeMailService(Newsroom room, Random random, bool isProved)
    {
        var service = Pick(random, MailServices);
        var content = random.Next(4) == 0 ? Pick(random, Other) : service.Write((Told)random.Next(7), new("ADDRESS", "TAG", "ID"))
            .Replace("ADDRESS", Pick(random, Written), StringComparison.Ordinal).Replace("TAG", Pick(random, Written), StringComparison.Ordinal).Replace("ID", Pick(random, Written), StringComparison.Ordinal);
        content = random.Next(8) == 0 && content.Length > 0 ? content[..random.Next(content.Length)] : content;
        var now = DateTimeOffset.UtcNow;
        var call = isProved ? service.Prove(content, service.Secret, now) : random.Next(4) switch
        {
            0 => new Call(Encoding.UTF8.GetBytes(content), []),
            1 => service.Prove(content, service.StrangersSecret, now),
            2 when service.Repeats is not null => service.Prove(content, service.Secret, now.AddDays(-2)),
            _ => Pick(random, [.. service.Forgeries(content, now).Select(forgery => forgery.Call)]),
        };
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(room.Url, $"/webhooks/email/{(isProved || random.Next(10) > 0 ? service.Name : Pick(random, ["nobody", "SES", "%00", "x/y"]))}")) { Content = new ByteArrayContent(call.Body) };
        foreach (var (name, value) in call.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    private static T Pick<T>(Random random, T[] from) => from[random.Next(from.Length)];

    private static async Task<string> CountAsync(Newsroom room) => (await room.QueryAsync(Rows, row => row.GetString(0)))[0];

    private static string Tell(Dictionary<HttpStatusCode, int> answers) => string.Join(", ", answers.OrderBy(a => a.Key).Select(a => $"{a.Value} x {(int)a.Key}"));

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
