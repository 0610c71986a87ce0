using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Notify.Consent;
using Notify.Contacts;
using Notify.Storage;
using Notify.Subscribers;

namespace Notify.Operators;

/// <summary>Everything kept about one contact, as an operator sees it: <c>GET /api/subscribers</c>.</summary>
/// <param name="Contact">Null when it was looked up by its row alone; the console shows it masked.</param>
/// <param name="Subscription">Null when it never signed up.</param>
public sealed record ReaderFile(
    string? Contact, string Masked, string Channel, SubscriptionPart? Subscription, IReadOnlyList<ConsentPart> Consent, IReadOnlyList<SuppressionPart> Suppressions);

/// <param name="State">
/// <c>unconfirmed</c>, <c>active</c>, <c>ended</c>; and where the subscription goes on but nothing at all is sent: <c>suppressed</c> (the provider blocks the contact or
/// says that it is gone, until its reader comes back) and <c>paused</c>.
/// </param>
/// <param name="Topics">Keys; empty with <paramref name="AllTopics"/>.</param>
public sealed record SubscriptionPart(
    string State, bool AllTopics, IReadOnlyList<string> Topics, bool BreakingAtNight, string Channel, string Locale, string? TimeZone,
    DateTimeOffset SignedUpAt, DateTimeOffset? ConfirmedAt, DateTimeOffset? EndedAt)
{
    /// <summary><c>instant</c>, <c>daily</c> or <c>weekly</c>.</summary>
    public string Frequency { get; init; } = "instant";

    /// <summary>When the next digest is due, where there is one.</summary>
    public DateTimeOffset? DigestAt { get; init; }
}

/// <param name="Words">What was shown; null when it is not known.</param>
/// <param name="Evidence">Null once erased.</param>
public sealed record ConsentPart(Guid Id, string Kind, DateTimeOffset At, string How, string Scope, WordsPart? Words, ConsentEvidence? Evidence);

public sealed record WordsPart(string Version, string? Text);

/// <param name="Scope">Empty: everything on this contact; else one topic.</param>
/// <param name="Until">When it ends by itself; null where only the reader ends it, the last day of the year 9999 where a person decides.</param>
public sealed record SuppressionPart(string Scope, string Reason, DateTimeOffset At, DateTimeOffset? Until);

/// <summary>Reads such files.</summary>
internal sealed class ReaderFiles(Database database, ContactBook contacts)
{
    /// <summary>Null when nothing is known of the contact, not even that it was erased.</summary>
    public async Task<ReaderFile?> FindAsync(ContactPoint contact, CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        var hash = contacts.Hash(contact);
        var known = await db.Contacts.AsNoTracking().FirstOrDefaultAsync(c => c.Hash == hash, cancellationToken);
        return known is null ? null : await ReadAsync(db, known, contact.Value, contact.ToString(), cancellationToken);
    }

    /// <summary>By the contact's row, as lists of deliveries name it; masked.</summary>
    public async Task<ReaderFile?> FindAsync(long contactId, CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        return await db.Contacts.AsNoTracking().FirstOrDefaultAsync(c => c.Id == contactId, cancellationToken) is { } known
            ? await ReadAsync(db, known, null, Mask(known.Channel, known.Address), cancellationToken)
            : null;
    }

    public static string Mask(Channel channel, string? address) => address is null ? "erased" : new ContactPoint(channel, address).ToString();

    private async Task<ReaderFile> ReadAsync(NotifyDb db, Contact contact, string? shown, string masked, CancellationToken cancellationToken)
    {
        var entries = await db.ConsentEntries.AsNoTracking().Where(e => e.ContactHash == contact.Hash).OrderBy(e => e.At).ThenBy(e => e.Id).ToListAsync(cancellationToken);
        var words = await WordsAsync(entries.Select(e => e.Words).OfType<string>().Distinct(StringComparer.Ordinal), cancellationToken);
        var suppressions = await db.Suppressions.AsNoTracking().Where(s => s.ContactId == contact.Id).OrderBy(s => s.Scope).ToListAsync(cancellationToken);
        return new ReaderFile(
            shown, masked, Name(contact.Channel), await SubscriptionAsync(db, contact, suppressions, cancellationToken),
            [.. entries.Select(e => new ConsentPart(
                e.Id, Name(e.Kind), e.At, e.How, e.Scope, e.Words is { } version ? new WordsPart(version, words.GetValueOrDefault(version)) : null, Evidence(e)))],
            [.. suppressions.Select(s => new SuppressionPart(s.Scope, s.Reason, s.At, s.Until))]);
    }

    private static async Task<SubscriptionPart?> SubscriptionAsync(NotifyDb db, Contact contact, List<Suppression> suppressions, CancellationToken cancellationToken)
    {
        var channel = Name(contact.Channel);
        if (await db.Subscriptions.AsNoTracking().FirstOrDefaultAsync(s => s.ContactId == contact.Id, cancellationToken) is { } s)
        {
            var topics = await db.SubscriptionTopics.Where(t => t.ContactId == contact.Id).Select(t => t.Topic).OrderBy(t => t).ToListAsync(cancellationToken);
            return new SubscriptionPart(StateOf(s.State, suppressions.Find(x => x.Scope == Suppressions.Everything)), s.AllTopics, topics, s.BreakingAtNight, channel, s.Locale, s.TimeZone, s.CreatedAt, s.ConfirmedAt, s.EndedAt)
            {
                Frequency = FrequencyNames.Of(s.Frequency),
                DigestAt = s.State == SubscriptionState.Active ? s.DigestAt : null,
            };
        }

        return await db.OptIns.AsNoTracking().Where(o => o.ContactId == contact.Id).OrderByDescending(o => o.At).FirstOrDefaultAsync(cancellationToken) is { } asked
            ? new SubscriptionPart(Name(SubscriptionState.Unconfirmed), asked.Topics.Length == 0, asked.Topics.Split(' ', StringSplitOptions.RemoveEmptyEntries),
                asked.BreakingAtNight, channel, asked.Locale, asked.TimeZone, asked.At, null, null)
            { Frequency = FrequencyNames.Of(asked.Frequency) }
            : null;
    }

    /// <summary>A subscription that nothing is sent to is never called active.</summary>
    private static string StateOf(SubscriptionState state, Suppression? everything) => (state, everything) switch
    {
        (SubscriptionState.Active, { Until: null }) => "suppressed",
        (SubscriptionState.Active, not null) => "paused",
        _ => Name(state),
    };

    private async Task<Dictionary<string, string>> WordsAsync(IEnumerable<string> versions, CancellationToken cancellationToken)
    {
        var words = new Dictionary<string, string>(StringComparer.Ordinal);
        await using var connection = await database.ConnectAsync(cancellationToken);
        foreach (var version in versions)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = "SELECT words FROM disclosures WHERE version = @version";
            Sql.Bind(command, "version", version);
            if (await command.ExecuteScalarAsync(cancellationToken) is string text)
            {
                words[version] = text;
            }
        }

        return words;
    }

    private static ConsentEvidence? Evidence(ConsentEntry entry) =>
        entry.Evidence is { } text ? JsonSerializer.Deserialize(text, ConsentJson.Default.ConsentEvidence) : null;

    internal static string Name<T>(T value) where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
