using Notify.Consent;
using Notify.Contacts;
using Notify.Storage;

namespace Notify.Deliveries;

/// <summary>What follows when the same is said of a contact again and again, by whichever way: the contact is taken as gone, or left alone for a while.</summary>
internal static class Repeated
{
    /// <summary>What was sent before the contact last came back, or before a person last said that it is right (kind 15), does not count.</summary>
    internal const string Count = """
        SELECT count(*), COALESCE(MAX(COALESCE(handed_at, created_at)) - MIN(COALESCE(handed_at, created_at)), 0) FROM deliveries
        WHERE contact_id = @contact AND status IN (5, 6) AND (reason = @reason OR reason LIKE @alike) AND changed_at > @since
          AND COALESCE(handed_at, created_at) >= COALESCE((SELECT s.confirmed_at FROM subscriptions s WHERE s.contact_id = @contact), 0)
          AND COALESCE(handed_at, created_at) > COALESCE((SELECT MAX(e.at) FROM contacts c JOIN consent_entries e ON e.contact_hash = c.hash WHERE c.id = @contact AND e.kind = 15), 0)
        """;

    /// <param name="deliveryId">The last message it was said of; its row says so already.</param>
    public static async Task HeardAsync(Write write, Ledger ledger, long contactId, Channel channel, ProviderFault fault, long deliveryId)
    {
        var now = await write.NowAsync();
        if (!await IsOftenAsync(write, contactId, fault, now))
        {
            return;
        }

        if (fault.RestDays == 0)
        {
            await LaneLedger.SuppressAsync(write, ledger, contactId, channel, fault.Words, deliveryId);
            return;
        }

        var hash = await write.ScalarAsync<string>("SELECT hash FROM contacts WHERE id = @id", ("id", contactId));
        var entry = await ledger.AppendAsync(write, ConsentKind.ProviderBlocked, hash!, channel, "provider", new ConsentEvidence { Note = fault.Words });
        await Suppressions.HoldAsync(write, contactId, fault.Words, now, now.AddDays(fault.RestDays), entry);
        await PostOffice.SkipContactAsync(write, contactId, fault.Words);
    }

    private static async Task<bool> IsOftenAsync(Write write, long contactId, ProviderFault fault, DateTimeOffset now) =>
        fault.CountedTimes > 0
        && await write.QueryAsync(Count, row => (Times: row.GetInt64(0), Apart: TimeSpan.FromMilliseconds(row.GetInt64(1))),
            ("contact", contactId), ("reason", fault.Words), ("alike", fault.CountedAs is { } end ? $"%: {end}" : ""), ("since", now - TimeSpan.FromDays(fault.CountedDays))) is [var found]
        && found.Times >= fault.CountedTimes && found.Apart >= fault.CountedApart;
}
