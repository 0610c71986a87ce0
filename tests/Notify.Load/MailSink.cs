using System.Globalization;

namespace Notify.Load;

/// <summary>Postfix' <c>smtp-sink</c>, which takes mails and forgets them, as fast as it goes.</summary>
internal sealed class MailSink : IAsyncDisposable
{
    public const int Connections = 8;

    /// <summary>It refuses to be root.</summary>
    private static readonly string[] AsNobody = Environment.IsPrivilegedProcess ? ["-u", "nobody"] : [];

    private readonly Tool _process;

    private MailSink(Tool process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    /// <summary>How many octets it was sent so far.</summary>
    public long Octets => _process.Read;

    /// <summary>Makes 3 KB of each of a mail's two parts.</summary>
    public static string Summary { get; } =
        string.Concat(Enumerable.Repeat("Officials said on Tuesday that the talks would go on behind closed doors until both sides agree. ", 40))[..3_000];

    /// <summary>A relay that takes whatever eight connections bring.</summary>
    public IReadOnlyList<string> Settings =>
    [
        "--Smtp:Relays:0:Name=sink", "--Smtp:Relays:0:Host=127.0.0.1", string.Create(CultureInfo.InvariantCulture, $"--Smtp:Relays:0:Port={Port}"), "--Smtp:Relays:0:Security=None",
        "--Smtp:Relays:0:From=news@news.example", string.Create(CultureInfo.InvariantCulture, $"--Smtp:Relays:0:Connections={Connections}"), "--Smtp:Relays:0:PerSecond=100000",
    ];

    public static async Task<MailSink> StartAsync(CancellationToken cancellationToken)
    {
        var port = Tool.FreePort();
        return new MailSink(await Tool.ServeAsync("smtp-sink", port, cancellationToken, [.. AsNobody, string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"), "1000"]), port);
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
