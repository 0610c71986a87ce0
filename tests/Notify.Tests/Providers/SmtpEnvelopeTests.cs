using MailKit.Net.Smtp;
using Notify.Providers.Smtp;

namespace Notify.Tests.Providers;

public sealed class SmtpEnvelopeTests
{
    private const string Tag = "3a.mb1y4v5s.0z8k2m4q6s8u1";

    [Theory]
    [InlineData(SmtpCapabilities.None, "reader@example.com", "MAIL FROM:<b+t@bounce.example>", "RCPT TO:<reader@example.com>")]
    [InlineData(SmtpCapabilities.Size, "reader@example.com", "MAIL FROM:<b+t@bounce.example> SIZE=321", "RCPT TO:<reader@example.com>")]
    [InlineData(SmtpCapabilities.Dsn, "reader@example.com", "MAIL FROM:<b+t@bounce.example> RET=HDRS ENVID=" + Tag, "RCPT TO:<reader@example.com> NOTIFY=FAILURE,DELAY ORCPT=rfc822;reader@example.com")]
    [InlineData(SmtpCapabilities.Dsn, "re+a=d@example.com", "MAIL FROM:<b+t@bounce.example> RET=HDRS ENVID=" + Tag, "RCPT TO:<re+a=d@example.com> NOTIFY=FAILURE,DELAY ORCPT=rfc822;re+2Ba+3Dd@example.com")]
    [InlineData(SmtpCapabilities.Dsn | SmtpCapabilities.UTF8 | SmtpCapabilities.Size, "דוד@example.com",
        "MAIL FROM:<b+t@bounce.example> SIZE=321 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=" + Tag, "RCPT TO:<דוד@example.com> NOTIFY=FAILURE,DELAY")]
    public void Says_what_the_relay_offers_and_no_more(SmtpCapabilities offered, string recipient, string mail, string rcpt)
    {
        var envelope = new SmtpEnvelope("b+t@bounce.example", recipient, Tag);

        Assert.Equal((mail + "\r\n", rcpt + "\r\n"), (envelope.Mail(offered, 321), envelope.Rcpt(offered)));
    }

    [Theory]
    [InlineData("", "news@news.example")]
    [InlineData("bounces.news.example", "b+" + Tag + "@bounces.news.example")]
    [InlineData("bücher.example", "b+" + Tag + "@xn--bcher-kva.example")]
    public void With_a_domain_for_bounces_each_mail_has_its_own_way_back(string bounceDomain, string sender) =>
        Assert.Equal(sender, MailComposer.EnvelopeSender(new SmtpRelayOptions { From = "The News <news@news.example>", BounceDomain = bounceDomain }, Tag));
}
