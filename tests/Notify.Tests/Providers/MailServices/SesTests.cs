using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Notify.Providers.Ses;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Providers.MailServices;

public sealed class SesTests(PostgresServer postgres) : MailServiceContract(postgres)
{
    private readonly SesVoice _voice = new();

    private protected override MailServiceVoice Voice => _voice;

    private Amazon Amazon => _voice.Amazon;

    [Fact]
    public async Task A_topic_of_ours_that_asks_gets_its_yes_and_nobody_else_is_asked_anything()
    {
        await using var room = await OpenAsync(DatabaseProvider.Sqlite, Voice.Secret);
        var now = DateTimeOffset.UtcNow;
        byte[] Ask(string topic = Amazon.Topic, Dictionary<string, string?>? change = null, RSA? by = null) => Amazon.Message("SubscriptionConfirmation", "You have chosen to subscribe.", now, topic, change: change, by: by);

        HttpStatusCode[] refused =
        [
            await PostAsync(room, new Call(Ask(topic: "arn:aws:sns:eu-west-1:999999999999:mail"), [])),
            await PostAsync(room, new Call(Ask(change: new() { ["SigningCertURL"] = "https://sns.eu-west-1.amazonaws.com.attacker.example/x.pem" }), [])),
        ];
        Assert.Equal([HttpStatusCode.Forbidden, HttpStatusCode.Forbidden], refused);
        Assert.Empty(Amazon.Asked);

        using var stranger = RsaKeys.Of("stranger");
        Assert.Equal(HttpStatusCode.Forbidden, await PostAsync(room, new Call(Ask(by: stranger), [])));
        Assert.Equal(HttpStatusCode.Forbidden, await PostAsync(room, new Call(Ask(change: new() { ["SubscribeURL"] = "https://127.0.0.1/?Action=ConfirmSubscription" }), [])));
        Assert.Equal([Amazon.CertificateUrl], Amazon.Asked);

        Assert.Equal(HttpStatusCode.OK, await PostAsync(room, new Call(Ask(), [])));
        Assert.Equal([Amazon.CertificateUrl, $"https://{Amazon.Host}/?Action=ConfirmSubscription&TopicArn={Amazon.Topic}&Token=2336412f37"], Amazon.Asked);
        Assert.Equal(0, (await room.QueryAsync("SELECT count(*) FROM returns", row => row.GetInt32(0)))[0]);
    }

    [Theory, InlineData("1"), InlineData("2")]
    public async Task Both_ways_of_signing_are_proved_and_a_sentence_for_people_is_no_event(string version)
    {
        await using var room = await OpenAsync(DatabaseProvider.Sqlite, Voice.Secret);

        var answer = await PostAsync(room, new Call(Amazon.Message("Notification", "Successfully validated SNS topic for Amazon SES event publishing.", DateTimeOffset.UtcNow, version: version), []));
        var gone = await PostAsync(room, new Call(Amazon.Message("UnsubscribeConfirmation", "You have chosen to deactivate.", DateTimeOffset.UtcNow, version: version), []));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (answer, gone));
        Assert.Equal([Amazon.CertificateUrl], Amazon.Asked);
        Assert.False(room.Log.Says("could not be read"));
    }

    /// <summary>SNS does not come again after a 4xx, so what can only not be told now has to be a 5xx.</summary>
    [Fact]
    public async Task While_the_certificate_cannot_be_had_it_is_asked_to_come_again_and_what_is_none_is_refused()
    {
        var call = new Call(Amazon.Message("Notification", "{}", DateTimeOffset.UtcNow), []);
        using var key = RsaKeys.Of("other");
        var (stranger, age) = (new Amazon("another"), TimeSpan.FromDays(2));
        (string What, Func<HttpResponseMessage> Answer, HttpStatusCode Expected)[] cases =
        [
            ("unreachable", () => throw new HttpRequestException("No route."), HttpStatusCode.ServiceUnavailable),
            ("too slow", () => throw new TaskCanceledException("Too slow."), HttpStatusCode.ServiceUnavailable),
            ("busy", () => new(HttpStatusCode.InternalServerError), HttpStatusCode.ServiceUnavailable),
            ("not there", () => new(HttpStatusCode.NotFound), HttpStatusCode.Forbidden),
            ("elsewhere", () => new(HttpStatusCode.Found) { Headers = { Location = new Uri(Amazon.CertificateUrl + "?2") } }, HttpStatusCode.Forbidden),
            ("no certificate", () => Text("hello"), HttpStatusCode.Forbidden),
            ("of somebody else's name", () => Text(Amazon.Issue(key, "sns.attacker.example", Amazon.Authority).ExportCertificatePem()), HttpStatusCode.Forbidden),
            ("of another authority", () => Text(stranger.Certificate.ExportCertificatePem()), HttpStatusCode.ServiceUnavailable),
            ("over", () => Text(Amazon.Issue(key, "sns.amazonaws.com", Amazon.Authority, age).ExportCertificatePem()), HttpStatusCode.Forbidden),
            ("too large", () => Text(new string('x', 100_000)), HttpStatusCode.ServiceUnavailable),
        ];
        foreach (var (what, answer, expected) in cases)
        {
            // Each with an installation of its own: only so many are asked for in a minute.
            await using var room = await OpenAsync(DatabaseProvider.Sqlite, Voice.Secret);
            Amazon.Serve(Amazon.CertificateUrl, answer);
            Assert.Equal((what, expected), (what, await PostAsync(room, call)));
            Amazon.Serve(Amazon.CertificateUrl, Amazon.Certificate.ExportCertificatePem());
            Assert.Equal((what, HttpStatusCode.OK), (what, await PostAsync(room, call)));
        }

        Assert.All(Amazon.Asked, url => Assert.Equal(Amazon.CertificateUrl, url));

        static HttpResponseMessage Text(string text) => new() { Content = new StringContent(text) };
    }

    [Fact]
    public async Task Strangers_can_make_us_ask_only_so_often_and_never_for_what_is_known()
    {
        await using var room = await OpenAsync(DatabaseProvider.Sqlite, Voice.Secret);
        var good = new Call(Amazon.Message("Notification", "{}", DateTimeOffset.UtcNow), []);
        Assert.Equal(HttpStatusCode.OK, await PostAsync(room, good));

        for (var i = 0; i < 30; i++)
        {
            var forged = Amazon.Message("Notification", "{}", DateTimeOffset.UtcNow, change: new() { ["SigningCertURL"] = $"https://{Amazon.Host}/{i}.pem" });
            Assert.True(await PostAsync(room, new Call(forged, [])) is HttpStatusCode.Forbidden or HttpStatusCode.ServiceUnavailable);
        }

        Assert.InRange(Amazon.Asked.Count, 2, 10);
        Assert.Equal(HttpStatusCode.OK, await PostAsync(room, good));
        Assert.Single(Amazon.Asked, url => url == Amazon.CertificateUrl);
    }

    /// <summary>The client as an installation has it, without the stand-in.</summary>
    [Fact]
    public void What_a_call_makes_us_ask_is_small_and_brief_and_leads_nowhere_else()
    {
        using var folder = new TemporaryFolder();
        using IDisposable app = NotifyApp.Build(["--environment=Development", $"--Data:Folder={folder.Path}", "--Demo=false"]);
        var services = ((WebApplication)app).Services;
        using var client = services.GetRequiredService<IHttpClientFactory>().CreateClient(SnsCertificates.ClientName);
        var handler = services.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler(SnsCertificates.ClientName);
        while (handler is DelegatingHandler outer)
        {
            handler = outer.InnerHandler!;
        }

        var inner = Assert.IsType<SocketsHttpHandler>(handler);
        Assert.Equal((TimeSpan.FromSeconds(10), 64L * 1024), (client.Timeout, client.MaxResponseContentBufferSize));
        Assert.Equal((false, false, true), (inner.AllowAutoRedirect, inner.UseProxy, inner.ConnectCallback is not null));
    }

    [Theory]
    [InlineData("arn:aws:sns:us-east-1:123456789012:mail", "sns.us-east-1.amazonaws.com")]
    [InlineData("arn:aws-us-gov:sns:us-gov-west-1:123456789012:mail", "sns.us-gov-west-1.amazonaws.com")]
    [InlineData("arn:aws-cn:sns:cn-north-1:123456789012:mail", "sns.cn-north-1.amazonaws.com.cn")]
    [InlineData("arn:aws:sqs:us-east-1:123456789012:mail", null)]
    [InlineData("arn:aws:sns:us-east-1.attacker.example/:123456789012:mail", null)]
    [InlineData("arn:aws:sns::123456789012:mail", null)]
    [InlineData("arn:aws:sns:us-east-1:123:mail", null)]
    [InlineData("mail", null)]
    public void The_service_is_where_the_topic_is(string topic, string? host) => Assert.Equal(host, SnsProof.HostOf(topic));

    [Theory]
    [InlineData("https://sns.eu-west-1.amazonaws.com/x.pem", true)]
    [InlineData("HTTPS://SNS.EU-WEST-1.AMAZONAWS.COM:443/x.pem", true)]
    [InlineData("http://sns.eu-west-1.amazonaws.com/x.pem", false)]
    [InlineData("https://sns.us-east-1.amazonaws.com/x.pem", false)]
    [InlineData("https://sns.eu-west-1.amazonaws.com:8443/x.pem", false)]
    [InlineData("https://sns.eu-west-1.amazonaws.com.attacker.example/x.pem", false)]
    [InlineData("https://sns.eu-west-1.amazonaws.com@attacker.example/x.pem", false)]
    [InlineData("https://user@sns.eu-west-1.amazonaws.com/x.pem", false)]
    [InlineData("https://attacker.example/sns.eu-west-1.amazonaws.com/x.pem", false)]
    [InlineData("https://attacker.example\\@sns.eu-west-1.amazonaws.com/x.pem", false)]
    [InlineData("https://s3.eu-west-1.amazonaws.com/x.pem", false)]
    [InlineData("https://sns.eu-west-1.amazonaws.com./x.pem", false)]
    [InlineData("//sns.eu-west-1.amazonaws.com/x.pem", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData(null, false)]
    public void Only_an_address_at_the_service_is_one_to_ask(string? url, bool isOne) => Assert.Equal(isOne, SnsProof.Address(url, Amazon.Host) is not null);

    [Theory]
    [InlineData("""{"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bounceSubType":"General","bouncedRecipients":[{"emailAddress":"a@b.example"}]}}""", "Failed", "UserUnknown", true)]
    [InlineData("""{"eventType":"Bounce","bounce":{"bounceType":"Permanent","bounceSubType":"OnAccountSuppressionList","bouncedRecipients":[{"emailAddress":"a@b.example"}]}}""", "Failed", "UserUnknown", true)]
    [InlineData("""{"eventType":"Bounce","bounce":{"bounceType":"Transient","bounceSubType":"General","bouncedRecipients":[{"emailAddress":"a@b.example","status":"5.4.4"}]}}""", "Failed", "HostUnknown", true)]
    [InlineData("""{"eventType":"Bounce","bounce":{"bounceType":"Transient","bounceSubType":"MailboxFull","bouncedRecipients":[{"emailAddress":"a@b.example"}]}}""", "Failed", "MailboxFull", false)]
    [InlineData("""{"eventType":"Bounce","bounce":{"bounceType":"Undetermined","bounceSubType":"Undetermined","bouncedRecipients":[{"emailAddress":"a@b.example"}]}}""", "Failed", "OnHold", false)]
    [InlineData("""{"eventType":"Complaint","complaint":{"complaintFeedbackType":"abuse","complainedRecipients":[{"emailAddress":"a@b.example"}]}}""", "Complaint", "Feedback", false)]
    [InlineData("""{"eventType":"Complaint","complaint":{"complaintFeedbackType":"not-spam","complainedRecipients":[{"emailAddress":"a@b.example"}]}}""", "", "", false)]
    [InlineData("""{"eventType":"Reject","mail":{"destination":["a@b.example"]},"reject":{"reason":"Bad content"}}""", "Failed", "VirusDetected", false)]
    [InlineData("""{"eventType":"Open"}""", "", "", false)]
    public void Each_of_its_words_is_read_for_what_it_says(string said, string kind, string reason, bool isHard) =>
        Readings.Same(new SesWebhook(null!), JsonSerializer.Serialize(new { Type = "Notification", MessageId = "m", Message = said }), kind, reason, isHard);
}

internal sealed class SesVoice : MailServiceVoice
{
    private readonly RSA _stranger = RsaKeys.Of("stranger");

    public Amazon Amazon { get; } = new();

    public override string Name => "ses";

    public override string Secret => Amazon.Topic;

    public override string OtherSecret => "arn:aws:sns:eu-west-1:123456789012:other";

    public override string StrangersSecret => "arn:aws:sns:eu-west-1:999999999999:mail";

    public override TimeSpan? Repeats => TimeSpan.FromHours(2);

    /// <summary>It has no lists of readers.</summary>
    public override bool Says(Told told) => told != Told.Leave;

    public override void Configure(WebApplicationBuilder builder) => Amazon.StandIn(builder);

    public override string Write(Told told, Sent mail)
    {
        var recipients = new[] { new Dictionary<string, string> { ["emailAddress"] = mail.Address, ["status"] = told == Told.HardBounce ? "5.1.1" : "4.4.7" } };
        var (name, said) = told switch
        {
            Told.Delivered => ("delivery", new Dictionary<string, object> { ["recipients"] = new[] { mail.Address } }),
            Told.HardBounce => ("bounce", new() { ["bounceType"] = "Permanent", ["bounceSubType"] = "General", ["bouncedRecipients"] = recipients }),
            Told.SoftBounce => ("bounce", new() { ["bounceType"] = "Transient", ["bounceSubType"] = "General", ["bouncedRecipients"] = recipients }),
            Told.Complaint => ("complaint", new() { ["complaintFeedbackType"] = "abuse", ["complainedRecipients"] = recipients }),
            Told.Delayed => ("deliveryDelay", new() { ["delayType"] = "MailboxFull", ["delayedRecipients"] = recipients }),
            _ => ("brandNew", new Dictionary<string, object>()),
        };
        return JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["eventType"] = char.ToUpperInvariant(name[0]) + name[1..],
            [name] = said,
            ["mail"] = new Dictionary<string, object> { ["messageId"] = mail.Id, ["timestamp"] = Moment, ["destination"] = new[] { mail.Address }, ["headers"] = new[] { new { name = "Message-Id", value = mail.HandedBack } } },
        });
    }

    public override Call Prove(string content, string secret, DateTimeOffset at) => new(Amazon.Message("Notification", content, at, secret), []);

    public override Call ProveRaw(string body, string secret, DateTimeOffset at) => new(Encoding.UTF8.GetBytes(body), []);

    public override IEnumerable<(string What, Call Call)> Forgeries(string content, DateTimeOffset now)
    {
        yield return ("signed by somebody else", new Call(Amazon.Message("Notification", content, now, by: _stranger), []));
        yield return ("of a third way of signing", new Call(Amazon.Message("Notification", content, now, version: "3"), []));
        yield return ("of another type", new Call(Amazon.Message("Notification", content, now, change: new() { ["Type"] = "Other" }), []));
        yield return ("without a time", new Call(Amazon.Message("Notification", content, now, change: new() { ["Timestamp"] = null }), []));
        yield return ("with half a character", new Call(Encoding.UTF8.GetBytes($$"""{"Type":"Notification","TopicArn":"\ud83d","Timestamp":"\ud83d"}"""), []));
        yield return ("with a certificate elsewhere", new Call(Amazon.Message("Notification", content, now, change: new() { ["SigningCertURL"] = "https://attacker.example/x.pem" }), []));
        yield return ("with a certificate in another region", new Call(Amazon.Message("Notification", content, now, change: new() { ["SigningCertURL"] = Amazon.CertificateUrl.Replace("eu-west-1", "us-east-1", StringComparison.Ordinal) }), []));
    }
}
