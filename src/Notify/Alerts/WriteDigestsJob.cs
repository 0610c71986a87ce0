using Hangfire;

namespace Notify.Alerts;

/// <summary>Writes the digests that are due. A hint only: who is due is in the subscriptions, and how far it came too.</summary>
public sealed class WriteDigestsJob
{
    private readonly Digests _digests;

    internal WriteDigestsJob(Digests digests) => _digests = digests;

    [AutomaticRetry(Attempts = 0)]
    [JobDisplayName("{1}")]
    public Task RunAsync(string id, string title, CancellationToken cancellationToken) => _digests.RunAsync(cancellationToken);
}
