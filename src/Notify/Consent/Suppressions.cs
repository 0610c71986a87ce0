using Notify.Storage;

namespace Notify.Consent;

/// <summary>Who must not be written to. What a claim asks before every message.</summary>
public sealed class Suppression
{
    public required long ContactId { get; init; }

    /// <summary>Empty: everything on this contact; else one topic.</summary>
    public required string Scope { get; init; }

    public required string Reason { get; set; }

    public required DateTimeOffset At { get; set; }

    public required Guid EntryId { get; set; }
}

/// <summary>The verbs on suppressions; each belongs into the transaction of the ledger entry that explains it.</summary>
public static class Suppressions
{
    public const string Everything = "";

    /// <returns>Whether it is new; a second STOP only moves the time, so that whatever was queued between the two is covered as well.</returns>
    public static async Task<bool> AddAsync(Write write, long contactId, string scope, string reason, Guid entryId)
    {
        var known = await write.ScalarAsync<object>(
            "SELECT 1 FROM suppressions WHERE contact_id = @contact AND scope = @scope", ("contact", contactId), ("scope", scope));
        await write.ExecuteAsync("""
            INSERT INTO suppressions (contact_id, scope, reason, at, entry_id) VALUES (@contact, @scope, @reason, @at, @entry)
            ON CONFLICT (contact_id, scope) DO UPDATE SET at = excluded.at
            """,
            ("contact", contactId), ("scope", scope), ("reason", reason), ("at", await write.NowAsync()), ("entry", entryId));
        return known is null;
    }

    public static async Task<bool> LiftAsync(Write write, long contactId) =>
        await write.ExecuteAsync("DELETE FROM suppressions WHERE contact_id = @contact", ("contact", contactId)) > 0;
}
