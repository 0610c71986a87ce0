namespace Notify.Tests.Support;

/// <summary>
/// A small world of mail on loopback, of Debian's programs with folders of their own: Postfix as our relay and as the one that writes the reports, smtp-sink as
/// the places readers' mail goes to, and Dovecot over the mailbox that the reports come back to. Nothing of the machine's own mail is touched.
/// </summary>
internal sealed class MailWorld : MailServers
{
    public const string BounceDomain = "bounces.news.example";
    public const string Password = "mailbox-password";

    /// <summary>Its mail server says that nobody is there.</summary>
    public const string GoneDomain = "gone.example";

    /// <summary>Its mail server takes everything.</summary>
    public const string GoodDomain = "good.example";

    /// <summary>Its mail server says that the mailbox is full.</summary>
    public const string FullDomain = "full.example";

    private readonly Greylist? _greylist;

    private MailWorld(Greylist? greylist) => _greylist = greylist;

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

    /// <summary>What lies in the mailbox, by folder; the name of the inbox is empty.</summary>
    public IReadOnlyList<string> Mails(string folder = "")
    {
        var maildir = Path.Combine(Folder, "mail", "returned", folder.Length > 0 ? "." + folder : "");
        return [.. new[] { "new", "cur" }.Select(part => Path.Combine(maildir, part)).Where(Directory.Exists).SelectMany(Directory.GetFiles).Select(File.ReadAllText)];
    }

    /// <summary>Puts a mail into the mailbox as if it had come.</summary>
    public async Task ArrivesAsync(string mail)
    {
        var maildir = Path.Combine(Folder, "mail", "returned");
        var name = Guid.NewGuid().ToString("N");
        await RunAsync("install", "-d", "-o", Text(Nobody), "-g", Text(Nobody), maildir, Path.Combine(maildir, "new"), Path.Combine(maildir, "cur"), Path.Combine(maildir, "tmp"));
        var file = Path.Combine(Folder, name);
        await File.WriteAllTextAsync(file, mail.ReplaceLineEndings("\n"), TestContext.Current.CancellationToken);
        await RunAsync("install", "-o", Text(Nobody), "-g", Text(Nobody), "-m", "600", file, Path.Combine(maildir, "tmp", name));
        File.Move(Path.Combine(maildir, "tmp", name), Path.Combine(maildir, "new", name));
    }

    /// <param name="greylist">Asked by the relay about each recipient; null: it takes all.</param>
    public static async Task<MailWorld> StartAsync(Greylist? greylist = null)
    {
        var programs = Require("postfix", "smtp-sink", "dovecot");
        var world = new MailWorld(greylist);
        await world.BeginAsync(() => world.StartAsync(postfix: programs[0], sink: programs[1], dovecot: programs[2]));
        return world;
    }

    private async Task StartAsync(string postfix, string sink, string dovecot)
    {
        var (good, gone, full) = (FreePort.Next(), FreePort.Next(), FreePort.Next());
        await ListenAsync(good, [sink, "-u", "nobody", Address(good), "100"]);
        await ListenAsync(gone, [sink, "-u", "nobody", "-f", "RCPT", "-B", "550 5.1.1 no such user here", Address(gone), "100"]);
        await ListenAsync(full, [sink, "-u", "nobody", "-f", "RCPT", "-B", "552 5.2.2 mailbox full", Address(full), "100"]);
        await StartPostfixAsync(postfix, RelayPort, Relay($"{{{GoodDomain}=smtp:[127.0.0.1]:{good}}}, {{{GoneDomain}=smtp:[127.0.0.1]:{gone}}}, {{{FullDomain}=smtp:[127.0.0.1]:{full}}}"));
        await StartDovecotAsync(dovecot, ImapPort, Mailbox());
    }

    private string Relay(string transports) => $$"""
        mynetworks = 127.0.0.0/8
        smtpd_relay_restrictions = permit_mynetworks, reject
        smtpd_recipient_restrictions = {{(_greylist is null ? "" : $"check_policy_service inet:127.0.0.1:{_greylist.Port}, ")}}permit_mynetworks, reject
        transport_maps = inline:{ {{transports}} }
        default_transport = error:5.1.2 no such domain
        virtual_mailbox_domains = {{BounceDomain}}
        virtual_mailbox_base = {{Folder}}/mail
        virtual_mailbox_maps = static:returned/
        virtual_uid_maps = static:{{Nobody}}
        virtual_gid_maps = static:{{Nobody}}
        virtual_minimum_uid = 1
        """;

    private string Mailbox() => $$"""
        protocols = imap pop3
        disable_plaintext_auth = no
        mail_location = maildir:{{Folder}}/mail/returned
        first_valid_uid = 1
        passdb {
          driver = static
          args = password={{Password}}
        }
        userdb {
          driver = static
          args = uid={{Nobody}} gid={{Nobody}} home={{Folder}}/mail/returned
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
        """;

    private static string Address(int port) => "127.0.0.1:" + Text(port);
}
