using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Notify.Tests.Support;

/// <summary>
/// Debian's Postfix as a submission server on loopback: STARTTLS, a login that Dovecot judges, and what it takes handed on to smtp-sink. Folders of its own;
/// nothing of the machine's own mail is touched.
/// </summary>
internal sealed class SecurePostfix : IAsyncDisposable
{
    public const string Username = "notify";
    public const string Password = "secret-of-the-test";

    private const string Services = """
        postlog unix-dgram n - n - 1 postlogd
        pickup unix n - n 60 1 pickup
        cleanup unix n - n - 0 cleanup
        qmgr unix n - n 300 1 qmgr
        tlsmgr unix - - n 1000? 1 tlsmgr
        rewrite unix - - n - - trivial-rewrite
        bounce unix - - n - 0 bounce
        defer unix - - n - 0 bounce
        trace unix - - n - 0 bounce
        verify unix - - n - 1 verify
        proxymap unix - - n - - proxymap
        smtp unix - - n - - smtp
        relay unix - - n - - smtp
        error unix - - n - - error
        retry unix - - n - - error
        discard unix - - n - - discard
        anvil unix - - n - 1 anvil
        scache unix - - n - 1 scache
        """;

    private readonly string _folder;
    private readonly List<ChildProcess> _processes = [];

    private SecurePostfix(string folder) => _folder = folder;

    public int Port { get; } = FreePort.Next();

    public X509Certificate2 Certificate { get; private set; } = null!;

    /// <summary>What Postfix wrote down so far.</summary>
    public string Log => File.Exists(LogFile) ? File.ReadAllText(LogFile) : "";

    private string LogFile => Path.Combine(_folder, "log", "mail.log");

    public static async Task<SecurePostfix> StartAsync()
    {
        var (postfix, dovecot) = (Programs.Require("postfix"), Programs.Require("dovecot"));
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Postfix and Dovecot give up root's rights for others, so they have to be started by root.");
        var server = new SecurePostfix(Directory.CreateTempSubdirectory("notify-postfix-").FullName);
        try
        {
            await server.BeginAsync(postfix, dovecot);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private async Task BeginAsync(string postfix, string dovecot)
    {
        await RunAsync("chmod", "755", _folder);
        foreach (var (name, owner) in new[] { ("etc", "root"), ("queue", "root"), ("data", "postfix"), ("log", "root"), ("run", "root"), ("state", "root") })
        {
            await RunAsync("install", "-d", "-o", owner, "-m", "755", Path.Combine(_folder, name));
        }

        var login = FreePort.Next();
        await CertifyAsync();
        await WriteAsync("dovecot.conf", Login(login));
        await ListenAsync(login, [dovecot, "-F", "-c", Path.Combine(_folder, "dovecot.conf")]);
        await WriteAsync("etc/main.cf", Submission(login));
        await WriteAsync("etc/master.cf", $"127.0.0.1:{Text(Port)} inet n - n - - smtpd\n{Services}");
        await ListenAsync(Port, [postfix, "-c", Path.Combine(_folder, "etc"), "start-fg"]);
    }

    private async Task CertifyAsync()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        Certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        await WriteAsync("etc/cert.pem", Certificate.ExportCertificatePem());
        await WriteAsync("etc/key.pem", key.ExportPkcs8PrivateKeyPem());
        await RunAsync("chmod", "600", Path.Combine(_folder, "etc", "key.pem"));
    }

    private string Submission(int login) => $$"""
        compatibility_level = 3.6
        queue_directory = {{_folder}}/queue
        data_directory = {{_folder}}/data
        daemon_directory = /usr/lib/postfix/sbin
        command_directory = /usr/sbin
        mail_owner = postfix
        setgid_group = postdrop
        inet_interfaces = 127.0.0.1
        inet_protocols = ipv4
        myhostname = relay.news.example
        mydestination =
        local_recipient_maps =
        alias_maps =
        alias_database =
        smtputf8_enable = yes
        smtpd_tls_cert_file = {{_folder}}/etc/cert.pem
        smtpd_tls_key_file = {{_folder}}/etc/key.pem
        smtpd_tls_security_level = encrypt
        smtpd_tls_auth_only = yes
        smtpd_sasl_auth_enable = yes
        smtpd_sasl_type = dovecot
        smtpd_sasl_path = inet:127.0.0.1:{{login}}
        smtpd_relay_restrictions = permit_sasl_authenticated, reject
        smtpd_recipient_restrictions = check_recipient_access inline:{ {gone@reader.example=550 5.1.1 no such user}, {grey@reader.example=450 4.7.1 greylisted} }
        message_size_limit = 100000
        smtp_dns_support_level = disabled
        default_transport = discard:
        maillog_file = {{LogFile}}
        maillog_file_prefixes = /tmp, /var
        """;

    private string Login(int port) => $$"""
        protocols =
        listen = 127.0.0.1
        base_dir = {{_folder}}/run
        state_dir = {{_folder}}/state
        log_path = {{_folder}}/log/dovecot.log
        ssl = no
        auth_mechanisms = plain login
        passdb {
          driver = static
          args = password={{Password}}
        }
        userdb {
          driver = static
          args = uid=65534 gid=65534 home={{_folder}}
        }
        service auth {
          inet_listener {
            port = {{port}}
          }
        }
        service anvil {
          chroot =
        }
        """;

    /// <summary>Starts a program and waits until it answers at its port.</summary>
    private async Task ListenAsync(int port, IReadOnlyList<string> program)
    {
        var child = ChildProcess.Start(program);
        _processes.Add(child);
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync("127.0.0.1", port, TestContext.Current.CancellationToken);
                return;
            }
            catch (SocketException) when (TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(60))
            {
                await Task.Yield();
            }
            catch (SocketException)
            {
                Assert.Fail($"{program[0]} does not listen. It said:\n{child.Output}");
            }
        }
    }

    private Task WriteAsync(string file, string text) => File.WriteAllTextAsync(Path.Combine(_folder, file), text.ReplaceLineEndings("\n") + "\n", TestContext.Current.CancellationToken);

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(program, arguments);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes.AsEnumerable().Reverse())
        {
            await process.TerminateAsync();
            await process.DisposeAsync();
        }

        Certificate?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
