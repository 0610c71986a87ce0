using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Notify.Jobs;
using Notify.Providers.Smtp;
using Notify.Tests.Support;

namespace Notify.Tests.Providers;

/// <summary>What the doctor says of the connection to a relay, over real TLS.</summary>
public sealed class RelayConnectionTests
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    [Theory]
    [InlineData("localhost", 100, CheckMark.Good, "STARTTLS; the certificate for localhost ends in 99 days")]
    [InlineData("localhost", 14.5, CheckMark.Good, "ends in 14 days")]
    [InlineData("localhost", 13.5, CheckMark.Warning, "ends in 13 days")]
    [InlineData("localhost", -1, CheckMark.Bad, "is not valid today")]
    [InlineData("other.example", 100, CheckMark.Bad, "its certificate is not for localhost but for other.example; set Host of relay")]
    public async Task A_certificate_is_held_against_the_name_and_the_day(string name, double days, CheckMark mark, string says)
    {
        using var certificate = Certificate(name, Now.AddDays(days));
        await using var doctor = new DoctorUnderTest("STARTTLS", "AUTH PLAIN") { Certificates = Trusting(certificate) };
        doctor.Server.Certificate = certificate;
        (doctor.Relay.Security, doctor.Relay.Username, doctor.Relay.Password) = (SmtpSecurity.StartTls, "notify", "secret of the test");

        var line = await doctor.LineAsync("connection");

        Assert.Equal((mark, true), (line.Mark, line.Says.Contains(says, StringComparison.Ordinal)));
        Assert.Equal(mark != CheckMark.Bad, doctor.Server.Commands.Any(command => command.Contains("AUTH", StringComparison.Ordinal)));
        Assert.DoesNotContain(doctor.Server.Commands, command => command.Contains("MAIL", StringComparison.Ordinal));
        Assert.DoesNotContain("secret", line.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_is_wrong()
    {
        using var certificate = Certificate("localhost", Now.AddDays(100));
        await using var doctor = new DoctorUnderTest("STARTTLS");
        doctor.Server.Certificate = certificate;
        doctor.Relay.Security = SmtpSecurity.StartTls;

        var line = await doctor.LineAsync("connection");

        Assert.Equal((CheckMark.Bad, true), (line.Mark, line.Says.StartsWith("nobody this machine trusts vouches for its certificate", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("CONNECT", "220 relay.example", SmtpSecurity.StartTls, CheckMark.Bad, "the relay offers no STARTTLS")]
    [InlineData("CONNECT", "554 5.7.1 Not you", SmtpSecurity.None, CheckMark.Bad, "the relay said 554 5.7.1")]
    [InlineData("CONNECT", "421 4.3.2 Not now", SmtpSecurity.None, CheckMark.Warning, "the relay said 421")]
    [InlineData("AUTH", "535 5.7.8 Wrong", SmtpSecurity.None, CheckMark.Bad, "refused our user name and password; look at Security, Username and Password of relay")]
    public async Task What_a_relay_refuses_is_said_with_the_setting_to_look_at(string command, string reply, SmtpSecurity security, CheckMark mark, string says)
    {
        await using var doctor = new DoctorUnderTest("AUTH PLAIN");
        doctor.Server.At(command, reply);
        (doctor.Relay.Security, doctor.Relay.Username, doctor.Relay.Password) = (security, "notify", "secret of the test");

        var line = await doctor.LineAsync("connection");

        Assert.Equal((mark, true), (line.Mark, line.Says.Contains(says, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Nobody_at_its_address_is_wrong()
    {
        await using var doctor = new DoctorUnderTest();
        doctor.Relay.Port = FreePort.Next();

        var line = await doctor.LineAsync("connection");

        Assert.Equal((CheckMark.Bad, true), (line.Mark, line.Says.Contains("could not be reached; look at Host and Port", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("localhost", CheckMark.Good, "nothing leaves this machine")]
    [InlineData("{name}", CheckMark.Warning, "mails travel in the clear; set Security of relay to StartTls, which it offers")]
    public async Task Plain_text_is_for_this_machine(string host, CheckMark mark, string says)
    {
        await using var doctor = new DoctorUnderTest("STARTTLS");
        // The same address by a name that could be anybody's.
        doctor.Relay.Host = host.Replace("{name}", "0.0.0.0", StringComparison.Ordinal);

        var line = await doctor.LineAsync("connection");

        Assert.Equal((mark, true), (line.Mark, line.Says.Contains(says, StringComparison.Ordinal)));
    }

    [Theory, InlineData("SMTPUTF8", "; it takes addresses beyond ASCII"), InlineData("PIPELINING", "; it takes no addresses beyond ASCII (SMTPUTF8): mails to such readers leave by another relay or are held")]
    public async Task Whether_a_relay_takes_every_reader_is_said(string offers, string says)
    {
        await using var doctor = new DoctorUnderTest(offers);

        Assert.EndsWith(says, (await doctor.LineAsync("connection")).Says, StringComparison.Ordinal);
    }

    private static X509Certificate2 Certificate(string name, DateTimeOffset until)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(until.AddYears(-1), until);
    }

    private static X509ChainPolicy Trusting(X509Certificate2 certificate)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(certificate);
        return policy;
    }
}
