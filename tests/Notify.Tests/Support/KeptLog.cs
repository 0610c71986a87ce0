using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Notify.Tests.Support;

/// <summary>Keeps the last lines a host logged, warnings and worse, so that a test that fails can show them.</summary>
internal sealed class KeptLog : ILoggerProvider, ILogger
{
    private const int Most = 100;

    private readonly ConcurrentQueue<string> _lines = new();

    public ILogger CreateLogger(string categoryName) => this;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        _lines.Enqueue($"{logLevel}: {formatter(state, exception)} {exception}");
        while (_lines.Count > Most && _lines.TryDequeue(out _))
        {
        }
    }

    /// <summary>Whether a line says this.</summary>
    public bool Says(string text) => _lines.Any(line => line.Contains(text, StringComparison.Ordinal));

    public override string ToString() => string.Join('\n', _lines);

    public void Dispose()
    {
    }
}
