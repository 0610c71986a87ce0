using Notify.Consent;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Storage;

namespace Notify.Subscribers;

/// <summary>A reader brought in from elsewhere.</summary>
internal sealed record ImportedReader(ContactPoint Contact, IReadOnlyList<string> Topics, string Locale, string? TimeZone, SubscriptionState State);

/// <summary>Brings readers in, with an entry in the ledger that says so. A contact that is known already, or was stopped, stays as it is.</summary>
internal sealed class Imports(Database database, ContactBook contacts, Ledger ledger, PostOffice office)
{
    /// <summary>How many readers one transaction takes.</summary>
    private const int Chunk = 1_000;

    /// <param name="how">Where they come from, for the ledger.</param>
    /// <param name="readers">Read once, in chunks.</param>
    /// <param name="progress">Told how many have been looked at.</param>
    /// <returns>How many were new.</returns>
    public async Task<int> BringAsync(string how, IEnumerable<ImportedReader> readers, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        var (added, seen) = (0, 0);
        foreach (var chunk in readers.Chunk(Chunk))
        {
            added += await database.WriteAsync(async write =>
            {
                var count = 0;
                foreach (var reader in chunk)
                {
                    count += await BringAsync(write, how, reader) ? 1 : 0;
                }

                return count;
            }, cancellationToken);
            seen += chunk.Length;
            progress?.Report(seen);
        }

        return added;
    }

    private async Task<bool> BringAsync(Write write, string how, ImportedReader reader)
    {
        var contactId = await contacts.FindOrAddAsync(write, reader.Contact);
        var now = await write.NowAsync();
        var whereabouts = await Places.KeepAsync(write, reader.Contact, reader.TimeZone);
        var added = await write.ExecuteAsync("""
            INSERT INTO subscriptions (contact_id, state, all_topics, breaking_at_night, locale, time_zone, whereabouts_id, created_at, confirmed_at, ended_at)
            SELECT @contact, @state, @all, @night, @locale, NULLIF(@zone, ''), @whereabouts, @now, NULLIF(@confirmed, 0), NULLIF(@ended, 0)
            WHERE NOT EXISTS (SELECT 1 FROM suppressions WHERE contact_id = @contact)
            ON CONFLICT (contact_id) DO NOTHING
            """,
            ("contact", contactId), ("state", reader.State), ("all", reader.Topics.Count == 0), ("night", false), ("locale", reader.Locale), ("zone", reader.TimeZone ?? ""), ("whereabouts", whereabouts), ("now", now),
            ("confirmed", reader.State == SubscriptionState.Unconfirmed ? 0L : now.ToUnixTimeMilliseconds()), ("ended", reader.State == SubscriptionState.Ended ? now.ToUnixTimeMilliseconds() : 0L));
        if (added == 0)
        {
            return false;
        }

        await office.KeepSenderAsync(write, reader.Contact, contactId);
        foreach (var topic in reader.Topics)
        {
            await write.ExecuteAsync("INSERT INTO subscription_topics (contact_id, topic) VALUES (@contact, @topic)", ("contact", contactId), ("topic", topic));
        }

        var hash = contacts.Hash(reader.Contact);
        var evidence = new ConsentEvidence { Address = reader.Contact.Value, Locale = reader.Locale, TimeZone = reader.TimeZone, Topics = reader.Topics };
        await ledger.AppendAsync(write, ConsentKind.Imported, hash, reader.Contact.Channel, how, evidence);
        if (reader.State == SubscriptionState.Ended)
        {
            var entry = await ledger.AppendAsync(write, ConsentKind.Stopped, hash, reader.Contact.Channel, how, evidence);
            await Suppressions.AddAsync(write, contactId, Suppressions.Everything, "stopped", entry);
            await PostOffice.SkipContactAsync(write, contactId, "stopped");
        }

        return true;
    }
}
