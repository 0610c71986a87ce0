using Microsoft.Extensions.Options;
using Notify.Jobs;
using Notify.Storage;

namespace Notify.Deliveries;

/// <summary>
/// Removes deliveries that ended long ago. Their figures were kept with the alert from the first change on, so they stay as they are.
/// Small chunks along the key, each a transaction of its own, some at a time: nobody waits for it.
/// </summary>
internal sealed partial class Retention(Database database, IOptions<DeliveryOptions> options, TimeProvider clock, ILogger<Retention> logger) : IReconcile
{
    private const int Chunk = 1_000;

    /// <summary>Together with the reconciler's ten seconds a million rows in some minutes, and never more than a little at once.</summary>
    private const int ChunksAtOnce = 50;

    private static readonly TimeSpan Every = TimeSpan.FromHours(1);

    private DateTimeOffset _next;
    private long _after;

    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        if (clock.GetUtcNow() < _next)
        {
            return;
        }

        var removed = 0;
        for (var chunk = 0; chunk < ChunksAtOnce; chunk++)
        {
            var (count, last) = await RemoveAsync(_after, cancellationToken);
            removed += count;
            if (last is null)
            {
                (_after, _next) = (0, clock.GetUtcNow() + Every);
                break;
            }

            _after = last.Value;
        }

        if (removed > 0)
        {
            LogRemoved(removed);
        }
    }

    /// <returns>How many were removed, and the last row looked at; null when what follows is too young.</returns>
    private Task<(int Removed, long? Last)> RemoveAsync(long after, CancellationToken cancellationToken) => database.WriteAsync(async write =>
    {
        var before = await write.NowAsync() - options.Value.Retention;
        var last = await write.QueryAsync(DeliverySql.Oldest, row => (Id: row.GetInt64(0), CreatedAt: row.Instant(1)), ("after", after), ("count", Chunk));
        last.RemoveAll(row => row.CreatedAt >= before);
        if (last.Count == 0)
        {
            return (0, (long?)null);
        }

        var removed = await write.ExecuteAsync(DeliverySql.Remove, ("after", after), ("last", last[^1].Id), ("before", before));
        return (removed, last.Count == Chunk ? last[^1].Id : null);
    }, cancellationToken);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} deliveries that ended long ago were removed; their alerts keep the figures")]
    private partial void LogRemoved(int count);
}
