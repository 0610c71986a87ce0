using System.Collections.Concurrent;
using Hangfire;
using Notify.Alerts;
using Notify.Articles;
using Notify.Deliveries;
using Notify.Jobs;

namespace Notify.Hosting;

/// <summary>Hints as Hangfire jobs. The same hint waits once; whatever the job storage does to it, the reconciler comes by.</summary>
internal sealed partial class HangfireHints(IBackgroundJobClientV2 jobs, JobSchema schema, TimeProvider clock, ILogger<HangfireHints> logger) : IHints
{
    /// <summary>A hint that has not been picked up after this long may be given again.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _given = new(StringComparer.Ordinal);

    public void Wake(string job, string id, string title)
    {
        var now = clock.GetUtcNow();
        var key = $"{job} {id}";
        if (_given.TryGetValue(key, out var at) && now - at < Patience)
        {
            return;
        }

        _given[key] = now;
        try
        {
            try
            {
                Enqueue(job, id, title);
            }
            catch (Exception e) when (schema.Restored(e))
            {
                Enqueue(job, id, title);
            }
        }
        catch (Exception e) when (e is not ArgumentException)
        {
            // Only a hint is lost; the rows are there and the reconciler will find them.
            _given.TryRemove(key, out _);
            LogNotGiven(e, job);
        }
    }

    private void Enqueue(string job, string id, string title) => _ = job switch
    {
        JobNames.PollFeeds => jobs.Enqueue<PollFeedsJob>(j => j.RunAsync(id, title, CancellationToken.None)),
        JobNames.PlanAlert => jobs.Enqueue<PlanAlertJob>(j => j.RunAsync(Guid.Parse(id), title, CancellationToken.None)),
        JobNames.WriteDigests => jobs.Enqueue<WriteDigestsJob>(j => j.RunAsync(id, title, CancellationToken.None)),
        JobNames.DrainLane => jobs.Enqueue<DrainLaneJob>(j => j.RunAsync(id, title, CancellationToken.None)),
        _ => throw new ArgumentException($"There is no job '{job}'.", nameof(job)),
    };

    /// <summary>The job begins: a hint given from now on may be about something it will not see.</summary>
    public void Begun(string job, string id) => _given.TryRemove($"{job} {id}", out _);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A hint for {Job} could not be stored; the reconciler will find the work")]
    private partial void LogNotGiven(Exception exception, string job);
}
