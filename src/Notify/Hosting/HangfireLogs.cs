using Hangfire.AspNetCore;
using Hangfire.Logging;

namespace Notify.Hosting;

/// <summary>
/// Hangfire keeps its log provider in a static field, shared by all hosts of a process, of which tests run many; the one that was set last may
/// be disposed already. Then there is nobody left to tell, and that must not fail a job's caller.
/// </summary>
internal sealed class HangfireLogs(ILoggerFactory loggers) : ILogProvider
{
    private readonly AspNetCoreLogProvider _inner = new(loggers);

    public ILog GetLogger(string name)
    {
        try
        {
            return _inner.GetLogger(name);
        }
        catch (ObjectDisposedException)
        {
            return new Silent();
        }
    }

    private sealed class Silent : ILog
    {
        public bool Log(Hangfire.Logging.LogLevel logLevel, Func<string>? messageFunc, Exception? exception = null) => false;
    }
}
