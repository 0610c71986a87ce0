using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace Notify.Tests.Support;

/// <summary>Debian's mail servers on loopback, with folders of their own: nothing of the machine's own mail is touched, and nothing is left behind.</summary>
internal abstract class MailServers : IAsyncDisposable
{
    /// <summary>The account the processes that touch mail have: nobody.</summary>
    protected const int Nobody = 65_534;

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
        discard unix - - n - - discard
        virtual unix - n n - - virtual
        anvil unix - - n - 1 anvil
        scache unix - - n - 1 scache
        """;

    private readonly List<ChildProcess> _processes = [];

    protected MailServers() => Folder = Directory.CreateTempSubdirectory("notify-mail-").FullName;

    /// <summary>What Postfix wrote down so far of every mail.</summary>
    public string Log => File.Exists(LogFile) ? File.ReadAllText(LogFile) : "";

    protected string Folder { get; }

    private string LogFile => Path.Combine(Folder, "log", "mail.log");

    /// <summary>Skips the test where these programs are not there, or where nobody may start them.</summary>
    protected static string[] Require(params string[] programs)
    {
        string[] found = [.. programs.Select(Programs.Require)];
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Postfix and Dovecot give up root's rights for others, so they have to be started by root.");
        return found;
    }

    /// <summary>Starts what there is to start; what was begun is ended when that fails.</summary>
    protected async Task BeginAsync(Func<Task> start)
    {
        try
        {
            // Others than root must reach their own folders in it.
            await RunAsync("chmod", "755", Folder);
            foreach (var (name, owner) in new[] { ("etc", "root"), ("queue", "root"), ("data", "postfix"), ("log", "root"), ("mail", Text(Nobody)), ("run", "root"), ("state", "root") })
            {
                await RunAsync("install", "-d", "-o", owner, "-m", "755", Path.Combine(Folder, name));
            }

            await start();
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <param name="settings">Lines of its main.cf, beside those that keep it to itself.</param>
    protected async Task StartPostfixAsync(string postfix, int port, string settings)
    {
        await WriteAsync("etc/main.cf", $"""
            compatibility_level = 3.6
            queue_directory = {Folder}/queue
            data_directory = {Folder}/data
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
            smtp_dns_support_level = disabled
            maillog_file = {LogFile}
            maillog_file_prefixes = /tmp, /var
            {settings}
            """);
        await WriteAsync("etc/master.cf", $"127.0.0.1:{Text(port)} inet n - n - - smtpd\n{Services}");
        await ListenAsync(port, [postfix, "-c", Path.Combine(Folder, "etc"), "start-fg"]);
    }

    /// <param name="port">One it listens at.</param>
    /// <param name="settings">Its dovecot.conf, beside the lines that keep it to itself.</param>
    protected async Task StartDovecotAsync(string dovecot, int port, string settings)
    {
        await WriteAsync("dovecot.conf", $$"""
            listen = 127.0.0.1
            base_dir = {{Folder}}/run
            state_dir = {{Folder}}/state
            log_path = {{Folder}}/log/dovecot.log
            ssl = no
            service anvil {
              chroot =
            }
            {{settings}}
            """);
        await ListenAsync(port, [dovecot, "-F", "-c", Path.Combine(Folder, "dovecot.conf")]);
    }

    /// <summary>Starts a program and waits until it answers at its port.</summary>
    protected async Task ListenAsync(int port, IReadOnlyList<string> program)
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

    protected Task WriteAsync(string file, string text) => File.WriteAllTextAsync(Path.Combine(Folder, file), text.ReplaceLineEndings("\n") + "\n", TestContext.Current.CancellationToken);

    protected static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
    }

    protected static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    public virtual async ValueTask DisposeAsync()
    {
        await EndPostfixAsync();
        foreach (var process in _processes.AsEnumerable().Reverse())
        {
            // Dovecot's master ends its own; whoever is left is in the group.
            await process.TerminateAsync();
            await process.DisposeAsync();
        }

        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Its master is in a session of its own, so no signal to the group reaches it, and it would hold on to the output that the end of its process is waited for by.</summary>
    private async Task EndPostfixAsync()
    {
        var file = Path.Combine(Folder, "queue", "pid", "master.pid");
        if (File.Exists(file))
        {
            // Not read here: it is kept locked, and .NET minds that.
            using var kill = Process.Start("sh", ["-c", "kill $(cat \"$0\")", file]);
            await kill.WaitForExitAsync();
        }
    }
}
