using Notify.Storage;

namespace Notify.Jobs;

/// <summary>
/// Wakes a job, here or on another node, soon. A hint may be lost or come twice: the rows say what is to be done, and
/// <see cref="IReconcile"/> finds whatever a lost hint left behind.
/// </summary>
public interface IHints
{
    /// <param name="job">The job's name, one of <see cref="JobNames"/>.</param>
    /// <param name="id">What the job is about; never anything personal, for whoever runs the job storage can read it.</param>
    /// <param name="title">What a person sees in the dashboard.</param>
    void Wake(string job, string id, string title);
}

/// <summary>The jobs there are.</summary>
public static class JobNames
{
    public const string PollFeeds = "poll-feeds";
    public const string PlanAlert = "plan-alert";
    public const string DrainLane = "drain-lane";
    public const string WriteDigests = "write-digests";
}

/// <summary>Finds what was left undone (by a crash, a lost hint, a missed tick) and sets it going again. Idempotent, by index only.</summary>
public interface IReconcile
{
    Task ReconcileAsync(CancellationToken cancellationToken);
}

/// <summary>
/// Work that waits for somebody else: a provider that is asked, a list that is fetched. Like <see cref="IReconcile"/> in everything, but each in a loop of its
/// own, some seconds apart, so that nothing of ours waits for it. Safe to run twice at once, for every node runs it.
/// </summary>
public interface IErrand
{
    Task RunAsync(CancellationToken cancellationToken);
}

/// <summary>A part of what the <see cref="Doctor"/> looks at.</summary>
public interface ICheck
{
    Task<IReadOnlyList<CheckResult>> CheckAsync(CancellationToken cancellationToken);
}

/// <summary>Something a person must look at; said once, however often it happens.</summary>
public interface IAlarm
{
    /// <param name="name">The same trouble has the same name.</param>
    Task RaiseAsync(string name, string text, CancellationToken cancellationToken);

    /// <summary>The same as part of a transaction, for what must not happen without somebody being told.</summary>
    Task RaiseAsync(Write write, string name, string text);

    /// <summary>The trouble is over; nothing happens when there was none.</summary>
    Task ClearAsync(string name, CancellationToken cancellationToken);

    /// <summary>The same as part of the transaction that ends it.</summary>
    Task ClearAsync(Write write, string name);

    /// <summary>What was raised and not cleared since.</summary>
    Task<IReadOnlyList<OpenAlarm>> OpenAsync(CancellationToken cancellationToken);
}

/// <param name="LastAt">When it was last said again.</param>
public sealed record OpenAlarm(string Name, DateTimeOffset RaisedAt, DateTimeOffset LastAt);
