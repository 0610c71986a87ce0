using System.Diagnostics;
using System.Globalization;

namespace Notify.Tests.Support;

/// <summary>
/// A small world of mail on loopback, of Debian's programs with folders of their own: Postfix as our relay and as the one that writes the reports, smtp-sink as
/// the places readers' mail goes to, and Dovecot over the mailbox that the reports come back to. Nothing of the machine's own mail is touched.
/// </summary>
internal sealed class MailWorld : IAsyncDisposable
{
    public const string BounceDomain = "bounces.news.example";
    public const string Password = "mailbox-password";

    /// <summary>Its mail server says that nobody is there.</summary>
    public const string GoneDomain = "gone.example";

    /// <summary>Its mail server takes everything.</summary>
    public const string GoodDomain = "good.example";

    /// <summary>Its mail server says that the mailbox is full.</summary>
    public const string FullDomain = "full.example";

    /// <summary>The account the processes that touch mail have: nobody.</summary>
    private const int Nobody = 65_534;

    private readonly string _folder;
    private readonly Greylist? _greylist;
    private readonly List<ChildProcess> _processes = [];

    private MailWorld(string folder, Greylist? greylist) => (_folder, _greylist) = (folder, greylist);

    public int RelayPort { get; } = FreePort.Next();

    public int ImapPort { get; } = FreePort.Next();

    public int Pop3Port { get; } = FreePort.Next();

    /// <summary>What an installation is told: the relay, and the mailbox.</summary>
    public (string Key, string Value)[] Settings(string protocol = "Imap") =>
    [
        ("Smtp:Relays:0:Name", "postfix"), ("Smtp:Relays:0:Host", "127.0.0.1"), ("Smtp:Relays:0:Port", Text(RelayPort)), ("Smtp:Relays:0:Security", "None"),
        ("Smtp:Relays:0:From", "News <news@news.example>"), ("Smtp:Relays:0:BounceDomain", BounceDomain), ("Smtp:Relays:0:PerSecond", "100"),
        ("BounceMailbox:Protocol", protocol), ("BounceMailbox:Host", "127.0.0.1"), ("BounceMailbox:Port", Text(protocol == "Imap" ? ImapPort : Pop3Port)),
        ("BounceMailbox:Security", "None"), ("BounceMailbox:Username", "b"), ("BounceMailbox:Password", Password), ("BounceMailbox:Every", "00:00:01"),
    ];

    /// <summary>What Postfix writes down of every mail.</summary>
    public string Log => File.ReadAllText(Path.Combine(_folder, "log/mail.log"));

    /// <summary>What lies in the mailbox, by folder; the name of the inbox is empty.</summary>
    public IReadOnlyList<string> Mails(string folder = "")
    {
        var maildir = Path.Combine(_folder, "mail", "returned", folder.Length > 0 ? "." + folder : "");
        return [.. new[] { "new", "cur" }.Select(part => Path.Combine(maildir, part)).Where(Directory.Exists).SelectMany(Directory.GetFiles).Select(File.ReadAllText)];
    }

    /// <summary>Puts a mail into the mailbox as if it had come.</summary>
    public async Task ArrivesAsync(string mail)
    {
        var maildir = Path.Combine(_folder, "mail", "returned");
        var name = Guid.NewGuid().ToString("N");
        await RunAsync("install", "-d", "-o", Text(Nobody), "-g", Text(Nobody), maildir, Path.Combine(maildir, "new"), Path.Combine(maildir, "cur"), Path.Combine(maildir, "tmp"));
        var file = Path.Combine(_folder, name);
        await File.WriteAllTextAsync(file, mail.ReplaceLineEndings("\n"), TestContext.Current.CancellationToken);
        await RunAsync("install", "-o", Text(Nobody), "-g", Text(Nobody), "-m", "600", file, Path.Combine(maildir, "tmp", name));
        File.Move(Path.Combine(maildir, "tmp", name), Path.Combine(maildir, "new", name));
    }

    /// <param name="greylist">Asked by the relay about each recipient; null: it takes all.</param>
    public static async Task<MailWorld> StartAsync(Greylist? greylist = null)
    {
        var (postfix, sink, dovecot) = (Programs.Require("postfix"), Programs.Require("smtp-sink"), Programs.Require("dovecot"));
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Postfix and Dovecot give up root's rights for others, so they have to be started by root.");
        var world = new MailWorld(Directory.CreateTempSubdirectory("notify-mail-").FullName, greylist);
        try
        {
            await world.BeginAsync(postfix, sink, dovecot);
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    private async Task BeginAsync(string postfix, string sink, string dovecot)
    {
        // Others than root must reach their own folders in it.
        await RunAsync("chmod", "755", _folder);
        foreach (var (name, owner) in new[] { ("etc", "root"), ("queue", "root"), ("data", "postfix"), ("log", "root"), ("mail", Text(Nobody)), ("run", "root"), ("state", "root") })
        {
            await RunAsync("install", "-d", "-o", owner, "-m", "755", Path.Combine(_folder, name));
        }

        var (good, gone, full) = (FreePort.Next(), FreePort.Next(), FreePort.Next());
        await ListenAsync(good, [sink, "-u", "nobody", Address(good), "100"]);
        await ListenAsync(gone, [sink, "-u", "nobody", "-f", "RCPT", "-B", "550 5.1.1 no such user here", Address(gone), "100"]);
        await ListenAsync(full, [sink, "-u", "nobody", "-f", "RCPT", "-B", "552 5.2.2 mailbox full", Address(full), "100"]);
        await WriteAsync("etc/main.cf", Relay($"{{{GoodDomain}=smtp:[127.0.0.1]:{good}}}, {{{GoneDomain}=smtp:[127.0.0.1]:{gone}}}, {{{FullDomain}=smtp:[127.0.0.1]:{full}}}"));
        await WriteAsync("etc/master.cf", $"127.0.0.1:{RelayPort} inet n - n - - smtpd\n{Services}");
        await WriteAsync("dovecot.conf", Mailbox());
        await ListenAsync(RelayPort, [postfix, "-c", Path.Combine(_folder, "etc"), "start-fg"]);
        await ListenAsync(ImapPort, [dovecot, "-F", "-c", Path.Combine(_folder, "dovecot.conf")]);
    }

    private string Relay(string transports) => $$"""
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
        mynetworks = 127.0.0.0/8
        smtpd_relay_restrictions = permit_mynetworks, reject
        smtpd_recipient_restrictions = {{(_greylist is null ? "" : $"check_policy_service inet:127.0.0.1:{_greylist.Port}, ")}}permit_mynetworks, reject
        smtp_dns_support_level = disabled
        transport_maps = inline:{ {{transports}} }
        default_transport = error:5.1.2 no such domain
        virtual_mailbox_domains = {{BounceDomain}}
        virtual_mailbox_base = {{_folder}}/mail
        virtual_mailbox_maps = static:returned/
        virtual_uid_maps = static:{{Nobody}}
        virtual_gid_maps = static:{{Nobody}}
        virtual_minimum_uid = 1
        maillog_file = {{_folder}}/log/mail.log
        maillog_file_prefixes = /tmp, /var
        """;

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
        flush unix n - n 1000? 0 flush
        proxymap unix - - n - - proxymap
        smtp unix - - n - - smtp
        relay unix - - n - - smtp
        showq unix n - n - - showq
        error unix - - n - - error
        retry unix - - n - - error
        virtual unix - n n - - virtual
        anvil unix - - n - 1 anvil
        scache unix - - n - 1 scache
        """;

    private string Mailbox() => $$"""
        protocols = imap pop3
        listen = 127.0.0.1
        base_dir = {{_folder}}/run
        state_dir = {{_folder}}/state
        log_path = {{_folder}}/log/dovecot.log
        ssl = no
        disable_plaintext_auth = no
        mail_location = maildir:{{_folder}}/mail/returned
        first_valid_uid = 1
        passdb {
          driver = static
          args = password={{Password}}
        }
        userdb {
          driver = static
          args = uid={{Nobody}} gid={{Nobody}} home={{_folder}}/mail/returned
        }
        service imap-login {
          chroot =
          inet_listener imap {
            port = {{ImapPort}}
          }
          inet_listener imaps {
            port = 0
          }
        }
        service pop3-login {
          chroot =
          inet_listener pop3 {
            port = {{Pop3Port}}
          }
          inet_listener pop3s {
            port = 0
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
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            using var client = new System.Net.Sockets.TcpClient();
            try
            {
                await client.ConnectAsync("127.0.0.1", port, TestContext.Current.CancellationToken);
                return;
            }
            catch (System.Net.Sockets.SocketException) when (Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(60))
            {
                await Task.Yield();
            }
            catch (System.Net.Sockets.SocketException)
            {
                Assert.Fail($"{program[0]} does not listen. It said:\n{child.Output}");
            }
        }
    }

    private Task WriteAsync(string file, string text) => File.WriteAllTextAsync(Path.Combine(_folder, file), text.ReplaceLineEndings("\n") + "\n", TestContext.Current.CancellationToken);

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
    }

    private static string Address(int port) => "127.0.0.1:" + Text(port);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes.AsEnumerable().Reverse())
        {
            // Postfix's and Dovecot's masters end their own; whoever is left is in the group.
            await process.TerminateAsync();
            await process.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }
}
