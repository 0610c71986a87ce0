using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace Notify.Sandbox.Records;

/// <summary>The carrier's memory on disk: one JSON line for each thing that happened.</summary>
/// <remarks>
/// A line is handed to the operating system in one write before <see cref="Append"/> returns, so what was answered for survives the end of
/// this process. It is not forced to the platter: the carrier stands in for a provider, not for a bank.
/// A line torn by the end of the process is cut off at the next start.
/// </remarks>
internal sealed class CarrierLog : IDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly Lock _gate = new();
    private readonly SafeFileHandle? _file;
    private readonly SafeFileHandle? _mine;
    private long _end;

    private CarrierLog(SafeFileHandle? file, SafeFileHandle? mine) => (_file, _mine) = (file, mine);

    /// <summary>Opens the file, which one carrier at a time may write; null keeps nothing.</summary>
    public static CarrierLog Open(string? path)
    {
        if (path is null)
            return new CarrierLog(null, null);

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var mine = Take(path);
        var created = !File.Exists(path);
        var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        if (created && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite); // it holds confirmation links
        return new CarrierLog(file, mine);
    }

    /// <summary>Reads everything once, oldest first; a line that cannot be read is passed over, a torn last one is cut off.</summary>
    public IEnumerable<(LogLine Line, LogSpan? Span)> Load()
    {
        if (_file is null)
            yield break;

        foreach (var (span, bytes) in Lines(_file))
        {
            _end = span.Offset + span.Length;
            if (Parse(bytes) is { } line)
                yield return (line, span);
        }

        RandomAccess.SetLength(_file, _end);
    }

    /// <summary>Writes a line; where it went, or null when nothing is kept on disk.</summary>
    public LogSpan? Append(LogLine line)
    {
        if (_file is null)
            return null;

        var bytes = Encode(line);
        lock (_gate)
        {
            RandomAccess.Write(_file, bytes, _end); // a write that fails half-way is written over by the next
            var span = new LogSpan(_end, bytes.Length);
            _end += bytes.Length;
            return span;
        }
    }

    public LogLine? Read(LogSpan span)
    {
        if (_file is null)
            return null;

        var bytes = new byte[span.Length];
        var read = 0;
        while (read < bytes.Length && RandomAccess.Read(_file, bytes.AsSpan(read), span.Offset + read) is > 0 and var n)
            read += n;
        return Parse(bytes.AsMemory(0, read));
    }

    /// <summary>Empties the file but for these lines.</summary>
    public void Reset(IEnumerable<LogLine> keep)
    {
        if (_file is null)
            return;

        lock (_gate)
        {
            RandomAccess.SetLength(_file, 0);
            _end = 0;
            foreach (var line in keep)
                Append(line);
        }
    }

    public void Dispose()
    {
        _file?.Dispose();
        _mine?.Dispose();
    }

    /// <summary>A file beside it, held as long as the log: others may still read the log itself.</summary>
    private static SafeFileHandle Take(string path)
    {
        try
        {
            return File.OpenHandle(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
        }
        catch (IOException e)
        {
            throw new InvalidOperationException($"Another local carrier is writing {path}: stop it, or give this one another log file.", e);
        }
    }

    private static byte[] Encode(LogLine line)
    {
        using var buffer = new MemoryStream();
        JsonSerializer.Serialize(buffer, line, Json);
        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    private static LogLine? Parse(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return JsonSerializer.Deserialize<LogLine>(bytes.Span, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static IEnumerable<(LogSpan Span, ReadOnlyMemory<byte> Bytes)> Lines(SafeFileHandle file)
    {
        var buffer = new byte[256 * 1024];
        var (start, filled) = (0L, 0);
        while (true)
        {
            if (filled == buffer.Length)
                Array.Resize(ref buffer, buffer.Length * 2);
            var read = RandomAccess.Read(file, buffer.AsSpan(filled), start + filled);
            if (read == 0)
                yield break;

            filled += read;
            var done = 0;
            while (Array.IndexOf(buffer, (byte)'\n', done, filled - done) is >= 0 and var end)
            {
                var length = end + 1 - done;
                yield return (new LogSpan(start + done, length), buffer.AsMemory(done, length));
                done += length;
            }

            buffer.AsSpan(done, filled - done).CopyTo(buffer);
            start += done;
            filled -= done;
        }
    }
}

/// <summary>Where a line lies in the file.</summary>
internal sealed record LogSpan(long Offset, int Length);
