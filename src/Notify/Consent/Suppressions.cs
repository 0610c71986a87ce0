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

    /// <summary>Null: until it is lifted by whoever it is about.</summary>
    public DateTimeOffset? Until { get; set; }

    /// <summary>The end of the pause that a question took the place of; null where there was none.</summary>
    public DateTimeOffset? PausedUntil { get; set; }
}

/// <summary>The verbs on suppressions; each belongs into the transaction of the ledger entry that explains it.</summary>
public static class Suppressions
{
    public const string Everything = "";

    /// <summary>The end of what ends only when a person has decided: 31 December 9999.</summary>
    public static readonly DateTimeOffset OpenEnd = DateTimeOffset.FromUnixTimeSeconds(253_402_214_400);

    /// <summary>A stop. It takes the place of a pause, which would end by itself.</summary>
    /// <returns>Whether it is new; a second STOP only moves the time, so that whatever was queued between the two is covered as well.</returns>
    public static async Task<bool> AddAsync(Write write, long contactId, string scope, string reason, Guid entryId)
    {
        var known = await write.ScalarAsync<object>(
            "SELECT 1 FROM suppressions WHERE contact_id = @contact AND scope = @scope AND until IS NULL", ("contact", contactId), ("scope", scope));
        await write.ExecuteAsync("""
            INSERT INTO suppressions (contact_id, scope, reason, at, entry_id) VALUES (@contact, @scope, @reason, @at, @entry)
            ON CONFLICT (contact_id, scope) DO UPDATE SET at = excluded.at, until = NULL, paused_until = NULL,
              reason = CASE WHEN suppressions.until IS NULL THEN suppressions.reason ELSE excluded.reason END,
              entry_id = CASE WHEN suppressions.until IS NULL THEN suppressions.entry_id ELSE excluded.entry_id END
            """,
            ("contact", contactId), ("scope", scope), ("reason", reason), ("at", await write.NowAsync()), ("entry", entryId));
        return known is null;
    }

    /// <summary>Whether everything is stopped, until it is lifted.</summary>
    public static async Task<bool> IsStoppedAsync(Write write, long contactId) => await write.ScalarAsync<object>(
        "SELECT 1 FROM suppressions WHERE contact_id = @contact AND scope = '' AND until IS NULL", ("contact", contactId)) is not null;

    /// <summary>Whether it is left alone for a while, for this reason.</summary>
    public static async Task<bool> RestsAsync(Write write, long contactId, string reason) => await write.ScalarAsync<object>(
        "SELECT 1 FROM suppressions WHERE contact_id = @contact AND scope = '' AND until IS NOT NULL AND reason = @reason", ("contact", contactId), ("reason", reason)) is not null;

    /// <summary>Nothing until then, of any topic. It takes the place of another of its kind, never of a stop; one with an open end keeps the end of the pause it takes the place of.</summary>
    public static Task HoldAsync(Write write, long contactId, string reason, DateTimeOffset now, DateTimeOffset until, Guid entryId) =>
        write.ExecuteAsync("""
            INSERT INTO suppressions (contact_id, scope, reason, at, entry_id, until) VALUES (@contact, @scope, @reason, @at, @entry, @until)
            ON CONFLICT (contact_id, scope) DO UPDATE SET at = excluded.at, reason = excluded.reason, entry_id = excluded.entry_id, until = excluded.until,
              paused_until = CASE WHEN excluded.until < @open THEN NULL WHEN suppressions.until < @open THEN suppressions.until ELSE suppressions.paused_until END
            WHERE suppressions.until IS NOT NULL
            """,
            ("contact", contactId), ("scope", Everything), ("reason", reason), ("at", now), ("entry", entryId), ("until", until), ("open", OpenEnd));

    /// <summary>Ends a question: the pause it took the place of goes on, if its time is not over.</summary>
    /// <param name="reason">The pause's.</param>
    public static async Task<bool> AnswerAsync(Write write, long contactId, string reason) =>
        await write.ExecuteAsync("""
            UPDATE suppressions SET until = paused_until, paused_until = NULL, reason = @reason
            WHERE contact_id = @contact AND scope = '' AND until = @open AND paused_until > @now
            """, ("reason", reason), ("contact", contactId), ("open", OpenEnd), ("now", await write.NowAsync())) > 0
        || await ReleaseAsync(write, contactId);

    /// <summary>Ends a pause, whatever its end was; a stop stays.</summary>
    public static async Task<bool> ReleaseAsync(Write write, long contactId) =>
        await write.ExecuteAsync("DELETE FROM suppressions WHERE contact_id = @contact AND until IS NOT NULL", ("contact", contactId)) > 0;

    /// <summary>Ends the pauses whose time is over.</summary>
    public static Task<int> ReleaseEndedAsync(Write write, DateTimeOffset now) =>
        write.ExecuteAsync("DELETE FROM suppressions WHERE until <= @now", ("now", now));

    /// <summary>A graver reason takes the place of the one it was stopped for.</summary>
    public static Task ReasonAsync(Write write, long contactId, string reason) =>
        write.ExecuteAsync("UPDATE suppressions SET reason = @reason WHERE contact_id = @contact AND scope = '' AND until IS NULL", ("contact", contactId), ("reason", reason));

    /// <summary>One topic again, or everything but the topics that were stopped by themselves.</summary>
    public static async Task<bool> LiftAsync(Write write, long contactId, string scope) =>
        await write.ExecuteAsync("DELETE FROM suppressions WHERE contact_id = @contact AND scope = @scope", ("contact", contactId), ("scope", scope)) > 0;

    public static async Task<bool> LiftAsync(Write write, long contactId) =>
        await write.ExecuteAsync("DELETE FROM suppressions WHERE contact_id = @contact", ("contact", contactId)) > 0;
}
