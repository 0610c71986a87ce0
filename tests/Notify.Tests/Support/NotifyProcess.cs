using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Notify.Tests.Support;

/// <summary>Notify as a process of its own, from the build output of <c>src/Notify</c>; gone at the latest when the test is over.</summary>
internal sealed class NotifyProcess
{
    private static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopsWithin = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private NotifyProcess(Process process) => _process = process;

    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    public static async Task<NotifyProcess> StartAsync(IReadOnlyDictionary<string, string> settings, Uri url)
    {
        var process = new Process
        {
            StartInfo = new ProcessStartInfo(Environment.ProcessPath is { } self && Path.GetFileNameWithoutExtension(self) == "dotnet" ? self : "dotnet", [Binary(), "serve", .. settings.Select(s => $"--{s.Key}={s.Value}")])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment = { ["DOTNET_NOLOGO"] = "true" },
            },
        };
        var notify = new NotifyProcess(process);
        process.OutputDataReceived += (_, e) => notify.Keep(e.Data);
        process.ErrorDataReceived += (_, e) => notify.Keep(e.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await notify.ReadyAsync(url);
            return notify;
        }
        catch
        {
            await notify.KillAsync();
            throw;
        }
    }

    /// <summary>SIGKILL: no handler runs, nothing is written any more.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    /// <summary>SIGTERM, as a container is stopped.</summary>
    public async Task StopAsync()
    {
        using (var term = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await term.WaitForExitAsync(CancellationToken.None);
        }

        using var limit = new CancellationTokenSource(StopsWithin);
        await _process.WaitForExitAsync(limit.Token);
        _process.Dispose();
    }

    private async Task ReadyAsync(Uri url)
    {
        using var client = new HttpClient { BaseAddress = url, Timeout = TimeSpan.FromSeconds(5) };
        for (var began = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(began) < StartsWithin && !_process.HasExited;)
        {
            try
            {
                using var response = await client.GetAsync("/health/ready", TestContext.Current.CancellationToken);
                if (response.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !TestContext.Current.CancellationToken.IsCancellationRequested)
            {
                // Not listening yet.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        Assert.Fail($"Notify did not start. It said:\n{Output}");
    }

    /// <summary>Beside this test's own output, in the same configuration: <c>artifacts/bin/Notify/{configuration}/Notify.dll</c>.</summary>
    public static string Binary()
    {
        var mine = new DirectoryInfo(AppContext.BaseDirectory);
        var built = Path.Combine(RepositoryRoot.At("artifacts/bin/Notify"), mine.Name, "Notify.dll");
        return File.Exists(built) ? built : Path.Combine(AppContext.BaseDirectory, "Notify.dll");
    }

    private void Keep(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }
    }
}
