using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Notify.Tests.Support;

/// <summary>
/// A program as somebody starts it in a terminal: a process group of its own, so that Ctrl-C reaches whatever it started, and nothing of it is left
/// when the test is over. What the one who runs the tests has set for Notify does not reach it.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    /// <summary>How long starting, or doing one thing, may take on a machine that is busy with other things.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly Lock _gate = new();
    private TaskCompletionSource _said = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChildProcess(Process process) => _process = process;

    public int Id => _process.Id;

    /// <summary>All it wrote so far, on either stream.</summary>
    public string Output
    {
        get
        {
            lock (_gate)
            {
                return _output.ToString();
            }
        }
    }

    /// <param name="program">What is started, with its arguments; from the root of the repository.</param>
    /// <param name="environment">What is set beside what is inherited.</param>
    public static ChildProcess Start(IReadOnlyList<string> program, IReadOnlyDictionary<string, string>? environment = null)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Process groups and signals are tried on Linux only.");
        // Whoever runs the tests behind their back ignores Ctrl-C, and that would be inherited.
        var start = new ProcessStartInfo("setsid", ["env", "--default-signal=INT", .. program])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = RepositoryRoot.Path,
        };
        foreach (var inherited in start.Environment.Keys.Where(key => key.StartsWith("ASPNETCORE_", StringComparison.Ordinal) || key is "DOTNET_ENVIRONMENT" or "DOTNET_URLS").ToList())
        {
            start.Environment.Remove(inherited);
        }

        start.Environment["DOTNET_NOLOGO"] = "true";
        foreach (var (key, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            start.Environment[key] = value;
        }

        var child = new ChildProcess(new Process { StartInfo = start });
        child._process.OutputDataReceived += (_, e) => child.Keep(e.Data);
        child._process.ErrorDataReceived += (_, e) => child.Keep(e.Data);
        child._process.Start();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Notify as it was built with these tests.</summary>
    public static ChildProcess StartNotify(params string[] arguments) => Start(["dotnet", NotifyProcess.Binary(), .. arguments]);

    /// <summary>Runs a verb of Notify to its end.</summary>
    public static async Task<(int ExitCode, string Output)> NotifyAsync(params string[] arguments)
    {
        await using var child = StartNotify(arguments);
        return (await child.EndsAsync(Patience), child.Output);
    }

    /// <summary>Runs a verb of Notify to its end with this as its standard input.</summary>
    public static async Task<(int ExitCode, string Output)> PipeAsync(string input, params string[] arguments)
    {
        await using var child = StartNotify(arguments);
        await child._process.StandardInput.WriteAsync(input);
        child._process.StandardInput.Close();
        return (await child.EndsAsync(Patience), child.Output);
    }

    /// <summary>Waits until it wrote this.</summary>
    /// <param name="text">What it is to write.</param>
    /// <param name="within">How long that may take; null: as long as starting what is built already.</param>
    public async Task SaysAsync(string text, TimeSpan? within = null)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(within ?? Patience);
        var ended = _process.WaitForExitAsync(limit.Token);
        while (true)
        {
            var more = _said.Task;
            if (Output.Contains(text, StringComparison.Ordinal))
            {
                return;
            }

            var first = await Task.WhenAny(more, ended);
            Assert.True(first != ended || Output.Contains(text, StringComparison.Ordinal), $"It never said '{text}'. It said:\n{Output}");
        }
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> EndsAsync(TimeSpan within)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(within);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
            return _process.ExitCode;
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            Assert.Fail($"It did not end within {within.TotalSeconds:0} s. It said:\n{Output}");
            throw;
        }
    }

    /// <summary>Ctrl-C in its terminal: everything in its process group gets SIGINT.</summary>
    public Task InterruptAsync() => SignalAsync("INT");

    /// <summary>SIGTERM, as a container is stopped.</summary>
    public Task TerminateAsync() => SignalAsync("TERM");

    /// <summary>SIGKILL: no handler runs, nothing is written any more.</summary>
    public async Task KillAsync()
    {
        await SignalAsync("KILL");
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", ["-s", signal, "--", "-" + _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(CancellationToken.None);
    }

    private void Keep(string? line)
    {
        TaskCompletionSource said;
        lock (_gate)
        {
            _output.AppendLine(line);
            said = _said;
            _said = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        said.SetResult();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await SignalAsync("KILL");
            _process.Kill(entireProcessTree: true); // It may not be a group of its own yet.
            // Whatever it started in a session of its own and left behind holds on to its output: that is a fault, and no reason to wait for ever.
            await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(Patience);
        }

        _process.Dispose();
    }
}
