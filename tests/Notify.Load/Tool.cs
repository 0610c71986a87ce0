using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Notify.Load;

/// <summary>A program of the machine: one that runs beside, or one whose time is taken.</summary>
internal sealed class Tool : IAsyncDisposable
{
    private static readonly string[] Folders = ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/bin"];

    private readonly Process _process;

    private Tool(Process process) => _process = process;

    /// <summary>How many octets it has read so far, from files and from connections (proc(5), <c>rchar</c>).</summary>
    public long Read => long.Parse(File.ReadLines($"/proc/{_process.Id.ToString(CultureInfo.InvariantCulture)}/io").First(line => line.StartsWith("rchar: ", StringComparison.Ordinal))["rchar: ".Length..], CultureInfo.InvariantCulture);

    /// <summary>Starts a program that runs until it is disposed of, and waits until it listens.</summary>
    public static async Task<Tool> ServeAsync(string program, int port, CancellationToken cancellationToken, params string[] arguments)
    {
        var tool = new Tool(Process.Start(new ProcessStartInfo(Find(program), arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!);
        tool._process.OutputDataReceived += (_, _) => { };
        tool._process.ErrorDataReceived += (_, _) => { };
        tool._process.BeginOutputReadLine();
        tool._process.BeginErrorReadLine();
        while (!await IsListeningAsync(port, cancellationToken))
        {
            if (tool._process.HasExited)
            {
                throw new InvalidOperationException($"{program} ended at once.");
            }

            await Task.Delay(20, cancellationToken);
        }

        return tool;
    }

    /// <summary>Notify itself, as it was built with this program, in a process of its own.</summary>
    public static Task<Tool> NotifyAsync(int port, CancellationToken cancellationToken, params string[] arguments) =>
        ServeAsync("dotnet", port, cancellationToken, [Path.Combine(AppContext.BaseDirectory, "Notify.dll"), .. arguments]);

    /// <summary>Runs a program to its end.</summary>
    /// <returns>Seconds by the wall, and seconds of processor.</returns>
    public static async Task<(double Wall, double Cpu, string Output)> TimeAsync(string program, CancellationToken cancellationToken, params string[] arguments)
    {
        // The shell's own clock: a process that has ended cannot be asked for its processor time any more.
        var start = new ProcessStartInfo("bash", ["-c", "TIMEFORMAT='took %R %U %S'; time \"$@\" 2>&1", "bash", Find(program), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["LC_ALL"] = "C" },
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = await process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} failed: {await output}{errors}");
        }

        double[] took = [.. errors[(errors.LastIndexOf("took ", StringComparison.Ordinal) + 5)..].Split(' ').Select(word => double.Parse(word, CultureInfo.InvariantCulture))];
        return (took[0], took[1] + took[2], await output);
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Find(string program) => program == "dotnet" ? program : Folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException($"{program} is not installed. tests/run.sh names the Debian package and installs it where it can.");

    private static async Task<bool> IsListeningAsync(int port, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }
}
