using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Notify.Inbound.Returns;
using Notify.Tests.Operators;
using Notify.Tests.Support;

namespace Notify.Tests.Inbound.Returns;

/// <summary>A wrong setting would lose every report in silence; it stops the start instead, and the console says what to enter where.</summary>
public sealed class MailWebhookRulesTests
{
    [Theory]
    [InlineData("sendgird", "anything at all, long enough", "MailWebhooks:sendgird is no mail service that is known here. Those are: brevo, mailgun, postmark, resend, sendgrid, ses.")]
    [InlineData("ses", "mail", "MailWebhooks:ses:Secrets:0 is no ARN of a topic, such as arn:aws:sns:us-east-1:123456789012:mail.")]
    [InlineData("sendgrid", "-----BEGIN PUBLIC KEY-----", "MailWebhooks:sendgrid:Secrets:0 is no verification key: copy it as the service shows it, one line that begins with MF, without BEGIN and END.")]
    [InlineData("resend", "whsec_", "MailWebhooks:resend:Secrets:0 is no signing secret: copy the whole of it from the webhook's page, whsec_ included.")]
    [InlineData("mailgun", "short", "MailWebhooks:mailgun:Secrets:0 is shorter than 16 characters and could be guessed; make one with: openssl rand -hex 32.")]
    [InlineData("Postmark", "short", "MailWebhooks:postmark:Secrets:0 is shorter than 16 characters and could be guessed; make one with: openssl rand -hex 32.")]
    [InlineData("brevo", "short", "MailWebhooks:brevo:Secrets:0 is shorter than 16 characters and could be guessed; make one with: openssl rand -hex 32.")]
    public void What_cannot_work_stops_the_start_and_says_what_to_do(string service, string secret, string fault)
    {
        using var folder = new TemporaryFolder();
        using IDisposable app = NotifyApp.Build(["--environment=Development", $"--Data:Folder={folder.Path}", "--Demo=false", $"--MailWebhooks:{service}:Secrets:0={secret}"]);

        var thrown = Assert.Throws<OptionsValidationException>(() => ((WebApplication)app).Services.GetRequiredService<IStartupValidator>().Validate());

        Assert.Equal([fault], thrown.Failures);
    }

    [Fact]
    public async Task The_console_says_what_to_enter_at_the_services_that_are_set_up()
    {
        await using var notify = await OpsHost.StartAsync("--MailWebhooks:Postmark:Secrets:0=a secret of sixteen and more", "--MailWebhooks:brevo:Secrets:0=");
        var address = $"{notify.Address}webhooks/email/postmark";
        using var viewer = await notify.SignedInAsync(Notify.Operators.Role.Viewer);

        var page = await viewer.GetStringAsync("/ops/webhooks", TestContext.Current.CancellationToken);

        Assert.Contains(address, page, StringComparison.Ordinal);
        Assert.DoesNotContain("/webhooks/email/brevo", page, StringComparison.Ordinal);
        Assert.Equal([("email:postmark", address)], notify.Get<MailWebhooks>().Addresses);
    }
}
