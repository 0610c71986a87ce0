using System.Diagnostics;
using System.Globalization;

namespace Notify.Load;

/// <summary>How far a long run is. On a terminal it moves; in a file it is a line every ten seconds.</summary>
internal sealed class ProgressBar(long total) : IDisposable
{
    private const int Width = 40;

    private readonly long _began = Stopwatch.GetTimestamp();
    private TimeSpan _said;
    private bool _isOpen;

    public void Show(long done)
    {
        var elapsed = Stopwatch.GetElapsedTime(_began);
        if (elapsed - _said < (Console.IsOutputRedirected ? TimeSpan.FromSeconds(10) : TimeSpan.FromMilliseconds(200)))
        {
            return;
        }

        _said = elapsed;
        var filled = (int)(Width * Math.Min(1d, (double)done / Math.Max(1, total)));
        var line = string.Create(CultureInfo.InvariantCulture, $"[{new string('#', filled)}{new string('.', Width - filled)}] {done:#,0} of {total:#,0}, {done / elapsed.TotalSeconds:#,0} a second");
        Console.Write(Console.IsOutputRedirected ? line + "\n" : "\r" + line);
        _isOpen = !Console.IsOutputRedirected;
    }

    public void Dispose()
    {
        if (_isOpen)
        {
            Console.WriteLine();
        }
    }
}
