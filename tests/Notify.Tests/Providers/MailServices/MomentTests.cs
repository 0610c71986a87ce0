using System.Globalization;
using System.Text.Json;
using Notify.Inbound.Returns;
using Notify.Providers.Brevo;
using Notify.Providers.Mailgun;
using Notify.Providers.Postmark;
using Notify.Providers.Resend;
using Notify.Providers.SendGrid;
using Notify.Providers.Ses;

namespace Notify.Tests.Providers.MailServices;

/// <summary>When it was, as each of them writes it: what a reader did later it says nothing of.</summary>
public sealed class MomentTests
{
    private static readonly IMailService[] Services = [new SesWebhook(null!), new SendGridWebhook(), new MailgunWebhook(), new PostmarkWebhook(), new BrevoWebhook(), new ResendWebhook()];

    [Theory]
    // The mail's own time goes before that of what happened to it.
    [InlineData("ses", """{"eventType":"Bounce","bounce":{"timestamp":"2026-11-24T13:00:00Z","bounceType":"Permanent","bounceSubType":"General","bouncedRecipients":[{"emailAddress":"a@b.example"}]},"mail":{"timestamp":"2026-11-24T12:00:00.123Z"}}""", "2026-11-24T12:00:00.123Z")]
    [InlineData("sendgrid", """[{"event":"bounce","email":"a@b.example","timestamp":1795521600}]""", "2026-11-24T12:00:00Z")]
    [InlineData("mailgun", """{"event-data":{"event":"failed","recipient":"a@b.example","timestamp":1795521600.25}}""", "2026-11-24T12:00:00Z")]
    [InlineData("postmark", """{"RecordType":"Bounce","Type":"HardBounce","Email":"a@b.example","BouncedAt":"2026-11-24T12:00:00Z"}""", "2026-11-24T12:00:00Z")]
    [InlineData("brevo", """{"event":"hard_bounce","email":"a@b.example","ts_event":1795521600}""", "2026-11-24T12:00:00Z")]
    [InlineData("resend", """{"type":"email.bounced","created_at":"2026-11-24T13:00:00Z","data":{"created_at":"2026-11-24T14:00:00.000+02:00","to":["a@b.example"],"bounce":{}}}""", "2026-11-24T12:00:00Z")]
    [InlineData("sendgrid", """[{"event":"bounce","email":"a@b.example","timestamp":"yesterday"}]""", null)]
    [InlineData("brevo", """{"event":"hard_bounce","email":"a@b.example"}""", null)]
    public void What_happened_has_its_time(string name, string said, string? at)
    {
        var service = Array.Find(Services, one => one.Name == name)!;
        var call = name == "ses" ? JsonSerializer.Serialize(new { Type = "Notification", MessageId = "m", Message = said }) : said;

        Assert.Equal(at is null ? null : DateTimeOffset.Parse(at, CultureInfo.InvariantCulture), Assert.Single(service.Read(JsonElement.Parse(call))).At);
    }
}
