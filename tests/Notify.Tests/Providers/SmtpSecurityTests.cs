using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Notify.Deliveries;
using Notify.Providers.Smtp;
using Notify.Tests.Support;

namespace Notify.Tests.Providers;

/// <summary>Nothing is told to a relay that is not who it should be, and nothing anybody slips in is taken for a command or a reply.</summary>
public sealed class SmtpSecurityTests
{
    private static readonly Action<SmtpRelayOptions> Encrypted = relay =>
        (relay.Security, relay.Username, relay.Password) = (SmtpSecurity.StartTls, "notify", "secret of the test");

    [Fact]
    public async Task Over_starttls_the_relay_gets_login_and_mail()
    {
        using var certificate = SelfSigned();
        await using var relay = new ScriptedRelay("STARTTLS", "AUTH PLAIN", "PIPELINING") { Certificate = certificate };
        await using var mails = SmtpUnderTest.Mails(relay, set: Encrypted, certificates: Trusting(certificate));

        var found = await mails.SendAsync(SmtpUnderTest.Mail(), TestContext.Current.CancellationToken);

        Assert.IsType<SendOutcome.Accepted>(found);
        var verbs = relay.Commands.Select(line => line.Split(' ')[1]).ToArray();
        Assert.Equal(["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL", "RCPT", "DATA"], verbs);
    }

    [Fact]
    public async Task A_certificate_nobody_vouches_for_ends_it_before_a_word_is_said()
    {
        using var certificate = SelfSigned();
        await using var relay = new ScriptedRelay("STARTTLS", "AUTH PLAIN") { Certificate = certificate };
        await using var mails = SmtpUnderTest.Mails(relay, set: Encrypted);

        var found = await mails.SendAsync(SmtpUnderTest.Mail(), TestContext.Current.CancellationToken);

        Assert.Contains("certificate", Assert.IsType<SendOutcome.SenderBroken>(found).Reason, StringComparison.Ordinal);
        Assert.DoesNotContain(relay.Commands, line => line.Contains("AUTH", StringComparison.Ordinal) || line.Contains("MAIL", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(new[] { "AUTH PLAIN" }, null, "SenderBroken"), InlineData(new[] { "XSTARTTLS", "AUTH PLAIN" }, null, "SenderBroken")]
    [InlineData(new[] { "STARTTLS", "AUTH PLAIN" }, "454 4.7.0 Not now", "TryLater"), InlineData(new[] { "STARTTLS", "AUTH PLAIN" }, "502 5.5.1 Never", "SenderBroken")]
    [InlineData(new[] { "STARTTLS", "AUTH PLAIN" }, "what?", "TryLater")]
    public async Task Without_encryption_nothing_is_told_in_the_clear(string[] offers, string? reply, string outcome)
    {
        await using var relay = new ScriptedRelay(offers);
        if (reply is not null)
        {
            relay.At("STARTTLS", reply);
        }

        await using var mails = SmtpUnderTest.Mails(relay, set: Encrypted);

        var found = await mails.SendAsync(SmtpUnderTest.Mail(), TestContext.Current.CancellationToken);

        Assert.Equal(outcome, found.GetType().Name);
        Assert.All(relay.Commands, line => Assert.Matches("^1 (EHLO|STARTTLS|QUIT)", line));
    }

    [Fact]
    public async Task What_was_slipped_in_before_the_encryption_is_not_read_after_it()
    {
        using var certificate = SelfSigned();
        await using var relay = new ScriptedRelay("STARTTLS", "AUTH PLAIN") { Certificate = certificate };
        // CVE-2011-0411: one packet, in which somebody between the two has appended what should look like the relay's secured words.
        relay.At("STARTTLS", new RelayAct(["220 Ready\r\n250-relay.example\r\n250 AUTH PLAIN\r\n235 Welcome\r\n"]));
        await using var mails = SmtpUnderTest.Mails(relay, set: Encrypted, certificates: Trusting(certificate));

        var found = await mails.SendAsync(SmtpUnderTest.Mail(), TestContext.Current.CancellationToken);

        Assert.True(found is SendOutcome.SenderBroken or SendOutcome.TryLater, found.ToString());
        Assert.DoesNotContain(relay.Commands, line => line.Contains("AUTH", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_login_that_is_refused_stops_the_sender()
    {
        await using var relay = new ScriptedRelay("AUTH PLAIN").At("AUTH", "535 5.7.8 Wrong");
        await using var mails = SmtpUnderTest.Mails(relay, set: r => (r.Username, r.Password) = ("notify", "wrong"));

        var found = await mails.SendAsync(SmtpUnderTest.Mail(), TestContext.Current.CancellationToken);

        Assert.IsType<SendOutcome.SenderBroken>(found);
        Assert.DoesNotContain(relay.Commands, line => line.Contains("MAIL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_relay_that_takes_no_login_although_there_is_one_stops_the_sender()
    {
        await using var relay = new ScriptedRelay("PIPELINING");
        await using var mails = SmtpUnderTest.Mails(relay, set: r => (r.Username, r.Password) = ("notify", "secret of the test"));

        var found = await mails.SendAsync(SmtpUnderTest.Mail(), TestContext.Current.CancellationToken);

        Assert.Contains("user name", Assert.IsType<SendOutcome.SenderBroken>(found).Reason, StringComparison.Ordinal);
        Assert.Empty(relay.Taken);
    }

    [Theory]
    [InlineData("SIZE 400", "Rejected"), InlineData("SIZE 400000", "Accepted"), InlineData("SIZE 0", "Accepted"), InlineData("SIZE", "Accepted")]
    public async Task A_mail_larger_than_the_relay_takes_is_not_begun(string size, string outcome)
    {
        await using var relay = new ScriptedRelay("PIPELINING", size);
        await using var mails = SmtpUnderTest.Mails(relay);

        var found = await mails.SendAsync(SmtpUnderTest.Mail(), TestContext.Current.CancellationToken);

        Assert.Equal(outcome, found.GetType().Name);
        Assert.Equal(outcome == "Accepted", relay.Commands.Any(line => line.Contains("MAIL", StringComparison.Ordinal)));
    }

    [Theory, InlineData(true, "Accepted"), InlineData(false, "Rejected")]
    public async Task A_name_beyond_ascii_goes_only_where_it_is_understood(bool isOffered, string outcome)
    {
        await using var relay = new ScriptedRelay([.. isOffered ? (string[])["8BITMIME", "SMTPUTF8"] : ["8BITMIME"], "PIPELINING"]);
        await using var mails = SmtpUnderTest.Mails(relay);

        var found = await mails.SendAsync(SmtpUnderTest.Mail("דוד@example.com"), TestContext.Current.CancellationToken);

        Assert.Equal(outcome, found.GetType().Name);
        Assert.Equal(isOffered, relay.Commands.Any(line => line.EndsWith("SMTPUTF8", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task No_address_can_bring_a_command_of_its_own()
    {
        await using var relay = new ScriptedRelay("PIPELINING");
        await using var mails = SmtpUnderTest.Mails(relay);
        string[] addresses = [.. "\r\n\0\t \u007f\u0085\u2028\u2029<>\v\f\u00a0\u0001".Select(c => $"a{c}RCPT TO:<evil@example.com>@example.com"), "a\r\nDATA\r\nb@example.com", ""];

        foreach (var address in addresses)
        {
            Assert.IsType<SendOutcome.Rejected>(await mails.SendAsync(SmtpUnderTest.Mail(address), TestContext.Current.CancellationToken));
        }

        foreach (var control in Enumerable.Range(0, 0xa0).Where(c => c < 33 || c > 126))
        {
            Assert.IsType<SendOutcome.Rejected>(await mails.SendAsync(SmtpUnderTest.Mail($"a{(char)control}b@example.com"), TestContext.Current.CancellationToken));
        }

        Assert.Empty(relay.Commands);
    }

    [Fact]
    public async Task Dots_that_begin_a_line_arrive_as_they_were_written()
    {
        await using var relay = new ScriptedRelay("PIPELINING");
        await using var mails = SmtpUnderTest.Mails(relay);

        var found = await mails.SendAsync(SmtpUnderTest.Mail(text: ".\n..\n.first\nlast\n."), TestContext.Current.CancellationToken);

        Assert.IsType<SendOutcome.Accepted>(found);
        // Quoted, so that none of them begins a line on the wire.
        Assert.Contains("\r\n=2E\r\n=2E.\r\n=2Efirst\r\nlast\r\n=2E", Assert.Single(relay.Taken), StringComparison.Ordinal);
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UnixEpoch, TimeProvider.System.GetUtcNow().AddDays(1));
    }

    private static X509ChainPolicy Trusting(X509Certificate2 certificate)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(certificate);
        return policy;
    }
}
