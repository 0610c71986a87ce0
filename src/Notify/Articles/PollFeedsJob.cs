using Hangfire;

namespace Notify.Articles;

/// <summary>Looks at the feeds whose time has come.</summary>
public sealed class PollFeedsJob
{
    private readonly FeedPoller _poller;

    internal PollFeedsJob(FeedPoller poller) => _poller = poller;

    [AutomaticRetry(Attempts = 0)]
    [JobDisplayName("{1}")]
    public Task RunAsync(string which, string title, CancellationToken cancellationToken) => _poller.RunAsync(cancellationToken);
}
