using System.Globalization;
using System.Net.Http.Json;

namespace Notify.Load;

/// <summary>The local carrier in a process of its own, with the trouble it is told to make.</summary>
internal sealed class Carrier : IAsyncDisposable
{
    private readonly string[] _arguments;
    private readonly HttpClient _http;
    private Tool? _process;

    private Carrier(Uri url, int smtpPort, string[] arguments)
    {
        (SmtpPort, _arguments) = (smtpPort, arguments);
        _http = new HttpClient { BaseAddress = url };
    }

    public int SmtpPort { get; }

    /// <summary>What a node needs to know to send through it.</summary>
    public IEnumerable<string> Settings => ["--Sandbox:Enabled=true", $"--Sandbox:Url={_http.BaseAddress}", $"--Sandbox:SmtpPort={N(SmtpPort)}"];

    /// <param name="folder">Where its log stands.</param>
    /// <param name="notify">Where it sends what readers answer.</param>
    public static async Task<Carrier> StartAsync(string folder, string notify, CancellationToken cancellationToken)
    {
        var (port, smtp) = (Tool.FreePort(), Tool.FreePort());
        var url = $"http://127.0.0.1:{N(port)}";
        var carrier = new Carrier(new Uri(url), smtp,
            ["carrier", "--environment=Development", $"--Data:Folder={folder}", $"--PublicUrl={notify}", $"--Sandbox:Url={url}", $"--Sandbox:SmtpPort={N(smtp)}", "--Demo=false"]);
        await carrier.StartAgainAsync(cancellationToken);
        return carrier;
    }

    /// <summary>Where it was, with what its log remembers.</summary>
    public async Task StartAgainAsync(CancellationToken cancellationToken) => _process = await Tool.NotifyAsync(_http.BaseAddress!.Port, cancellationToken, _arguments);

    public async Task KillAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
            _process = null;
        }
    }

    /// <param name="rules">As its page of faults describes them.</param>
    public async Task ArmAsync(CancellationToken cancellationToken, params object[] rules)
    {
        using var response = await _http.PostAsJsonAsync("/faults", rules, cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>How many texts each handset shows.</summary>
    public async Task<IReadOnlyList<Handset>> HandsetsAsync(int take, CancellationToken cancellationToken) =>
        (await _http.GetFromJsonAsync<IReadOnlyList<Handset>>($"/handsets?take={N(take)}", cancellationToken))!;

    public async Task<IReadOnlyList<Shown>> TextsAsync(string number, CancellationToken cancellationToken) =>
        (await _http.GetFromJsonAsync<IReadOnlyList<Shown>>($"/handsets/{number}/messages", cancellationToken))!;

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await KillAsync();
    }

    private static string N(int number) => number.ToString(CultureInfo.InvariantCulture);

    internal sealed record Handset(string Address, int Count);

    internal sealed record Shown(string Id, DateTimeOffset At, string Body);
}
