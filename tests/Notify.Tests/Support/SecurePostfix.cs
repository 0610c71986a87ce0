using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Notify.Tests.Support;

/// <summary>Postfix as a submission server: STARTTLS, a login that Dovecot judges, and what it takes is thrown away.</summary>
internal sealed class SecurePostfix : MailServers
{
    public const string Username = "notify";
    public const string Password = "secret-of-the-test";

    private SecurePostfix()
    {
    }

    public int Port { get; } = FreePort.Next();

    public X509Certificate2 Certificate { get; private set; } = null!;

    public static async Task<SecurePostfix> StartAsync()
    {
        var programs = Require("postfix", "dovecot");
        var server = new SecurePostfix();
        await server.BeginAsync(async () =>
        {
            var login = FreePort.Next();
            await server.CertifyAsync();
            await server.StartDovecotAsync(programs[1], login, server.Login(login));
            await server.StartPostfixAsync(programs[0], server.Port, server.Submission(login));
        });
        return server;
    }

    private async Task CertifyAsync()
    {
        using var key = RsaKeys.Of("relay");
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        Certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        await WriteAsync("etc/cert.pem", Certificate.ExportCertificatePem());
        await WriteAsync("etc/key.pem", key.ExportPkcs8PrivateKeyPem());
        await RunAsync("chmod", "600", Path.Combine(Folder, "etc", "key.pem"));
    }

    private string Submission(int login) => $$"""
        smtputf8_enable = yes
        smtpd_tls_cert_file = {{Folder}}/etc/cert.pem
        smtpd_tls_key_file = {{Folder}}/etc/key.pem
        smtpd_tls_security_level = encrypt
        smtpd_tls_auth_only = yes
        smtpd_sasl_auth_enable = yes
        smtpd_sasl_type = dovecot
        smtpd_sasl_path = inet:127.0.0.1:{{login}}
        smtpd_relay_restrictions = permit_sasl_authenticated, reject
        smtpd_recipient_restrictions = check_recipient_access inline:{ {gone@reader.example=550 5.1.1 no such user}, {grey@reader.example=450 4.7.1 greylisted} }
        message_size_limit = 100000
        default_transport = discard:
        """;

    private string Login(int port) => $$"""
        protocols =
        auth_mechanisms = plain login
        passdb {
          driver = static
          args = password={{Password}}
        }
        userdb {
          driver = static
          args = uid={{Nobody}} gid={{Nobody}} home={{Folder}}
        }
        service auth {
          inet_listener {
            port = {{port}}
          }
        }
        """;

    public override ValueTask DisposeAsync()
    {
        Certificate?.Dispose();
        return base.DisposeAsync();
    }
}
