using Notify.Storage;

namespace Notify.Consent;

/// <summary>A contact's newest word that its provider does not have yet.</summary>
/// <param name="Address">Null once erased.</param>
/// <param name="How">As in the ledger: form, api, reply, link, operator …</param>
public sealed record ConsentToTell(long ContactId, string? Address, string? Sender, bool IsAllowed, string How, DateTimeOffset At, int Attempts);

/// <summary>
/// What providers with lists of their own must be told, so that a reader who comes back by the form is not blocked there and one who left by a link is.
/// Written in the transaction of the word itself; the newest word of a contact takes the place of an older one, and never overtakes one that is on its way.
/// </summary>
public static class ConsentsToTell
{
    /// <summary>How long one that was handed out belongs to whoever took it; longer than a provider is waited for.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);

    private const string Add = """
        INSERT INTO consents_to_tell (contact_id, allowed, how, at, due_at, back_at) VALUES (@contact, @allowed, @how, @now, @due, @back)
        ON CONFLICT (contact_id) DO UPDATE SET allowed = excluded.allowed, how = excluded.how, at = excluded.at, attempts = 0, back_at = excluded.back_at,
          due_at = CASE WHEN consents_to_tell.due_at <= excluded.due_at THEN excluded.due_at WHEN consents_to_tell.due_at < @leased THEN consents_to_tell.due_at ELSE @leased END
        """;

    internal const string Take = """
        UPDATE consents_to_tell SET due_at = @until, attempts = attempts + 1
        WHERE contact_id IN (SELECT t.contact_id FROM consents_to_tell t WHERE t.due_at <= @now ORDER BY t.due_at LIMIT @count) AND due_at <= @now
        RETURNING contact_id, allowed, how, at, attempts
        """;

    /// <param name="after">How long the provider is not told yet: the one answer to a stop must leave before the number is blocked there.</param>
    /// <param name="backAt">When it is told the other way round, unless <see cref="KeepAsync"/> or another word comes before; null: never.</param>
    public static async Task AddAsync(Write write, long contactId, bool isAllowed, string how, TimeSpan after, DateTimeOffset? backAt = null)
    {
        var now = await write.NowAsync();
        await write.ExecuteAsync(Add,
            ("contact", contactId), ("allowed", isAllowed), ("how", how), ("now", now), ("due", now + after), ("back", backAt), ("leased", now + Lease));
    }

    /// <summary>A word that would have been taken back stands.</summary>
    public static async Task KeepAsync(Write write, long contactId)
    {
        // One that was told already lies there the other way round, from a time that is still to come.
        await write.ExecuteAsync("DELETE FROM consents_to_tell WHERE contact_id = @contact AND at > @now", ("contact", contactId), ("now", await write.NowAsync()));
        await write.ExecuteAsync("UPDATE consents_to_tell SET back_at = NULL WHERE contact_id = @contact", ("contact", contactId));
    }

    /// <summary>Those whose time has come; they are the caller's for <see cref="Lease"/>.</summary>
    public static async Task<IReadOnlyList<ConsentToTell>> TakeAsync(Write write, int count)
    {
        var now = await write.NowAsync();
        var taken = await write.QueryAsync(Take, row => (Contact: row.GetInt64(0), IsAllowed: row.GetBoolean(1), How: row.GetString(2), At: row.Instant(3), Attempts: row.GetInt32(4)),
            ("now", now), ("until", now + Lease), ("count", count));
        var found = new List<ConsentToTell>();
        foreach (var t in taken.OrderBy(t => t.At))
        {
            var (address, sender) = (await write.QueryAsync("SELECT address, sender FROM contacts WHERE id = @id", row => (row.Text(0), row.Text(1)), ("id", t.Contact)))[0];
            found.Add(new ConsentToTell(t.Contact, address, sender, t.IsAllowed, t.How, t.At, t.Attempts));
        }

        return found;
    }

    /// <summary>The provider has it, unless a newer word has come meanwhile.</summary>
    public static async Task ToldAsync(Write write, ConsentToTell told)
    {
        if (await write.ExecuteAsync("""
            UPDATE consents_to_tell SET allowed = @opposite, at = back_at, due_at = back_at, back_at = NULL, attempts = 0 WHERE contact_id = @contact AND at = @at AND back_at IS NOT NULL
            """, ("opposite", !told.IsAllowed), ("contact", told.ContactId), ("at", told.At)) == 0)
        {
            await write.ExecuteAsync("DELETE FROM consents_to_tell WHERE contact_id = @contact AND at = @at", ("contact", told.ContactId), ("at", told.At));
        }
    }

    /// <summary>It could not be told; again after a while. A newer word that has come meanwhile does not wait for that.</summary>
    public static async Task LaterAsync(Write write, ConsentToTell told, TimeSpan after) =>
        await write.ExecuteAsync("UPDATE consents_to_tell SET due_at = @due WHERE contact_id = @contact AND at = @at",
            ("contact", told.ContactId), ("at", told.At), ("due", await write.NowAsync() + after));
}
