using Microsoft.Data.Sqlite;
using Notify.Storage;

namespace Notify.Deliveries;

/// <summary>
/// How often something was written that may end what a claim has found wanted: a suppression, a pause, an alert taken back. On SQLite all writes pass one connection of
/// one process, so while the count is the claim's nothing was, and the database need not be asked a second time for each message; triggers on that connection count,
/// whichever statement it is that writes. On PostgreSQL other nodes write, and there is no such count.
/// </summary>
internal sealed class Withdrawals
{
    /// <summary>No count: the database is asked.</summary>
    public const long Unknown = -1;

    /// <summary>Temporary triggers are the connection's own: the file has none of them.</summary>
    private static readonly (string Name, string When)[] Watched =
    [
        ("suppression_added", "AFTER INSERT ON main.suppressions"), ("suppression_changed", "AFTER UPDATE ON main.suppressions"),
        ("source_changed", "AFTER UPDATE OF paused, cancelled ON main.sources"), ("sending_changed", "AFTER UPDATE OF paused ON main.sending"),
    ];

    private volatile SqliteConnection? _watched;
    private long _count;

    /// <summary>Whether nothing was revoked since the count was this.</summary>
    public bool IsStill(long count) => count == Interlocked.Read(ref _count);

    /// <summary>The count within a claim. What is revoked after the claim's place in the order of writes makes another of it before it is committed, so before anybody is told.</summary>
    public async ValueTask<long> CountAsync(Write write)
    {
        if (write.Connection is not SqliteConnection connection)
        {
            return Unknown;
        }

        if (_watched == connection)
        {
            return Interlocked.Read(ref _count);
        }

        connection.CreateFunction("revoked", () => Interlocked.Increment(ref _count));
        foreach (var (name, watched) in Watched)
        {
            await write.ExecuteAsync($"CREATE TEMP TRIGGER IF NOT EXISTS {name} {watched} BEGIN SELECT revoked(); END");
        }

        // A transaction that is rolled back takes the triggers with it.
        write.AfterCommit(() => _watched = connection);
        return Unknown;
    }
}
