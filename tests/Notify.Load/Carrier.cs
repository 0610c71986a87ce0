using System.Globalization;
using System.Net.Http.Json;

namespace Notify.Load;

/// <summary>The local carrier in a process of its own, with the trouble it is told to make.</summary>
internal sealed class Carrier : IAsyncDisposable
{
    private readonly Tool _process;
    private readonly HttpClient _http;

    private Carrier(Tool process, Uri url, int smtpPort)
    {
        (_process, SmtpPort) = (process, smtpPort);
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
        var process = await Tool.NotifyAsync(port, cancellationToken,
            "carrier", "--environment=Development", $"--Data:Folder={folder}", $"--PublicUrl={notify}", $"--Sandbox:Url={url}", $"--Sandbox:SmtpPort={N(smtp)}", "--Demo=false");
        return new Carrier(process, new Uri(url), smtp);
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
        await _process.DisposeAsync();
    }

    private static string N(int number) => number.ToString(CultureInfo.InvariantCulture);

    internal sealed record Handset(string Address, int Count);

    internal sealed record Shown(string Id, DateTimeOffset At, string Body);
}
