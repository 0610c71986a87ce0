using System.Net;
using Microsoft.Extensions.Options;
using Notify.Consent;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Publication;
using Notify.Storage;

namespace Notify.Subscribers;

/// <summary>Where a request came from, as far as the connection tells.</summary>
internal sealed record Visitor(IPAddress? Address, string? UserAgent);

/// <summary>Signing up, confirming, leaving and coming back. Every step is one transaction with the ledger entry that explains it.</summary>
internal sealed class Subscriptions(
    Database database, ContactBook contacts, Ledger ledger, PostOffice office, Disclosures disclosures, SignUpLimits limits, SignUpBreaker breaker, Rhythm rhythm,
    IOptionsMonitor<PublicationOptions> site)
{
    /// <summary>How long a confirmation can be answered.</summary>
    internal static readonly TimeSpan OptInLife = TimeSpan.FromDays(7);

    /// <summary>How long the question to one who comes back waits, so that its provider knows by then.</summary>
    private static readonly TimeSpan AfterTelling = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan AfterAnswer = TimeSpan.FromMinutes(1);

    /// <summary>A confirmation that could not leave by then would only puzzle its reader.</summary>
    private static readonly TimeSpan ConfirmationLife = TimeSpan.FromHours(12);

    /// <summary>Takes a request in and asks each contact to confirm. The same for a known and an unknown address.</summary>
    /// <returns>False when a limit was reached; nothing was stored then.</returns>
    public Task<bool> OptInAsync(SignUp signUp, Visitor visitor, string how, CancellationToken cancellationToken) =>
        database.WriteAsync(async write =>
        {
            if (!await limits.AllowAsync(write, visitor.Address, signUp.Contacts))
            {
                return false;
            }

            // In one order for everybody, so that two sign-ups with the same two contacts cannot wait for each other.
            foreach (var contact in signUp.Contacts.OrderBy(c => contacts.Hash(c), StringComparer.Ordinal))
            {
                await OptInAsync(write, signUp, contact, visitor, how);
            }

            return true;
        }, cancellationToken);

    private async Task OptInAsync(Write write, SignUp signUp, ContactPoint contact, Visitor visitor, string how)
    {
        var contactId = await contacts.FindOrAddAsync(write, contact);
        var hash = contacts.Hash(contact);
        var now = await write.NowAsync();
        var words = await disclosures.KeepAsync(write, contact.Channel == Channel.Text ? Disclosures.Text : Disclosures.Mail, signUp.Disclosure);
        var evidence = new ConsentEvidence
        {
            Address = contact.Value,
            Given = contact.Channel == Channel.Text ? signUp.Raw.Phone : signUp.Raw.Email,
            PageUrl = signUp.PageUrl,
            Ip = visitor.Address?.ToString(),
            UserAgent = visitor.UserAgent,
            Locale = signUp.Locale,
            TimeZone = signUp.TimeZone,
            Topics = signUp.Topics,
        };
        await ledger.AppendAsync(write, ConsentKind.Requested, hash, contact.Channel, how, evidence, words: words);
        var mayAsk = await limits.MayConfirmAsync(write, contactId);
        var id = Guid.CreateVersion7(now);
        await write.ExecuteAsync("""
            INSERT INTO opt_ins (id, contact_id, at, expires_at, topics, breaking_at_night, locale, time_zone, words, frequency)
            VALUES (@id, @contact, @at, @expires, @topics, @night, @locale, @zone, @words, @frequency)
            """,
            ("id", id), ("contact", contactId), ("at", now), ("expires", now + OptInLife), ("topics", string.Join(' ', signUp.Topics)),
            ("night", signUp.BreakingAtNight), ("locale", signUp.Locale), ("zone", signUp.TimeZone), ("words", words), ("frequency", signUp.Frequency));
        var comesBack = await Suppressions.IsStoppedAsync(write, contactId);
        if (mayAsk && await breaker.AllowAsync(write, contact)
            && await office.QueueAsync(write, Source.Confirmations, id, contactId, contact.Channel, ConfirmationLife, wait: comesBack ? AfterTelling : default) is { } delivery)
        {
            if (comesBack)
            {
                // Its provider may still block it, and would refuse the very question. Whoever does not answer is blocked there again.
                await TellAsync(write, contactId, contact.Channel, true, how, backAt: now + OptInLife);
            }

            await ledger.AppendAsync(write, ConsentKind.ConfirmationSent, hash, contact.Channel, how, new ConsentEvidence
            {
                Address = contact.Value,
                MessageId = $"delivery {delivery}",
            }, words: words);
        }
    }

    /// <summary>
    /// The contact itself said yes: the request it was asked about becomes its subscription, and nothing holds it back any more. A link names the
    /// request; a texted yes answers the newest one a confirmation was sent for. Requests made meanwhile, by whomever, change nothing.
    /// </summary>
    /// <param name="optInId">The request of the link; null for a reply.</param>
    /// <param name="topic">The one topic that was said yes to; null: those of the request.</param>
    /// <returns>False when there is no request to confirm.</returns>
    public async Task<bool> ConfirmAsync(Write write, long contactId, string hash, Channel channel, string how, ConsentEvidence evidence, Guid? optInId = null, string? topic = null)
    {
        var now = await write.NowAsync();
        var open = await write.QueryAsync("""
            SELECT o.id, o.topics, o.breaking_at_night, o.locale, o.time_zone, o.words, o.at, c.address, o.frequency,
              CASE WHEN EXISTS (SELECT 1 FROM deliveries d WHERE d.subject_id = o.id AND d.contact_id = @contact) THEN 1 ELSE 0 END
            FROM opt_ins o JOIN contacts c ON c.id = o.contact_id
            WHERE o.contact_id = @contact AND o.confirmed_at IS NULL AND o.expires_at > @now
              AND (o.id = @id OR (@any AND EXISTS (SELECT 1 FROM deliveries d WHERE d.subject_id = o.id AND d.contact_id = @contact)))
            ORDER BY o.at DESC, o.id DESC LIMIT 1
            """,
            row => (Topics: row.GetString(1), Night: row.GetBoolean(2), Locale: row.GetString(3), Zone: row.Text(4), Words: row.Text(5), AskedAt: row.Instant(6), Address: row.Text(7), Frequency: (Frequency)row.GetInt32(8), WasAsked: row.GetInt32(9) == 1),
            ("contact", contactId), ("now", now), ("any", optInId is null), ("id", optInId ?? Guid.Empty));
        if (open is not [var wish])
        {
            return false;
        }

        await write.ExecuteAsync("UPDATE opt_ins SET confirmed_at = @now WHERE contact_id = @contact AND confirmed_at IS NULL", ("now", now), ("contact", contactId));
        if (wish is { WasAsked: true, Address: { } address })
        {
            await breaker.ConfirmedAsync(write, new ContactPoint(channel, address), wish.AskedAt);
        }

        await ActivateAsync(write, contactId, channel, topic is null ? wish.Topics.Split(' ', StringSplitOptions.RemoveEmptyEntries) : [topic], wish.Night, wish.Locale, wish.Zone, wish.Frequency);
        await ConsentsToTell.KeepAsync(write, contactId);
        await ledger.AppendAsync(write, ConsentKind.Confirmed, hash, channel, how, evidence, words: wish.Words);
        return true;
    }

    /// <summary>Whether the contact was asked to confirm and can still answer.</summary>
    public static async Task<bool> IsAskedAsync(Write write, long contactId) => await write.ScalarAsync<object>("""
        SELECT 1 FROM opt_ins o WHERE o.contact_id = @contact AND o.confirmed_at IS NULL AND o.expires_at > @now
          AND EXISTS (SELECT 1 FROM deliveries d WHERE d.subject_id = o.id AND d.contact_id = @contact) LIMIT 1
        """, ("contact", contactId), ("now", await write.NowAsync())) is not null;

    /// <summary>Asks a contact that left by a link whether it shall be as it was: with what it took until then, by a mail whose button says yes.</summary>
    public async Task AskBackAsync(Write write, long contactId, string hash, Channel channel, ConsentEvidence evidence)
    {
        var now = await write.NowAsync();
        if (!await limits.MayConfirmAsync(write, contactId, bySecret: true))
        {
            return;
        }

        var id = Guid.CreateVersion7(now);
        var topics = await write.QueryAsync("SELECT topic FROM subscription_topics WHERE contact_id = @contact ORDER BY topic", row => row.GetString(0), ("contact", contactId));
        var asked = await write.ExecuteAsync("""
            INSERT INTO opt_ins (id, contact_id, at, expires_at, topics, breaking_at_night, locale, time_zone, words, frequency)
            SELECT @id, contact_id, @at, @expires, @topics, breaking_at_night, locale, time_zone,
              (SELECT o.words FROM opt_ins o WHERE o.contact_id = @contact AND o.confirmed_at IS NOT NULL ORDER BY o.at DESC LIMIT 1), frequency
            FROM subscriptions WHERE contact_id = @contact AND confirmed_at IS NOT NULL
            """, ("id", id), ("at", now), ("expires", now + OptInLife), ("topics", string.Join(' ', topics)), ("contact", contactId));
        if (asked == 1 && await office.QueueAsync(write, Source.Confirmations, id, contactId, channel, ConfirmationLife) is { } delivery)
        {
            await ledger.AppendAsync(write, ConsentKind.Requested, hash, channel, "link", evidence);
            await ledger.AppendAsync(write, ConsentKind.ConfirmationSent, hash, channel, "link", new ConsentEvidence { Address = evidence.Address, MessageId = $"delivery {delivery}" });
        }
    }

    /// <summary>START: what there was goes on, and a number that was never here begins. Topics that were stopped by themselves stay so, unless there is no other.</summary>
    /// <param name="topic">The one topic that is wanted; null: what there was, or all.</param>
    public async Task ResumeAsync(Write write, long contactId, string hash, Channel channel, string how, ConsentEvidence evidence, string? topic = null)
    {
        var now = await write.NowAsync();
        var wasActive = await IsActiveAsync(write, contactId);
        var changed = await write.ExecuteAsync(
            "UPDATE subscriptions SET state = 2, ended_at = NULL, confirmed_at = @now WHERE contact_id = @contact", ("now", now), ("contact", contactId));
        if (changed == 0)
        {
            await ActivateAsync(write, contactId, channel, topic is null ? [] : [topic], false, site.CurrentValue.Locale, null, Frequency.Instant);
        }
        else if (!wasActive)
        {
            await rhythm.GoOnAsync(write, contactId);
        }

        if (changed > 0 && topic is not null)
        {
            await write.ExecuteAsync("UPDATE subscriptions SET all_topics = @no WHERE contact_id = @contact", ("no", false), ("contact", contactId));
            await TakeAsync(write, contactId, [topic]);
            await Suppressions.LiftAsync(write, contactId, topic);
        }

        await Suppressions.LiftAsync(write, contactId, Suppressions.Everything);
        if ((await Preferences.TakenAsync(write, contactId, site.CurrentValue.Topics.Select(t => t.Key))).Topics.Count == 0)
        {
            await Suppressions.LiftAsync(write, contactId);
        }

        await ledger.AppendAsync(write, ConsentKind.Resumed, hash, channel, how, evidence);
        await TellAsync(write, contactId, channel, true, how);
    }

    /// <summary>The provider of texts may keep a list of its own. A stop is told after its one answer has left.</summary>
    private static Task TellAsync(Write write, long contactId, Channel channel, bool isAllowed, string how, DateTimeOffset? backAt = null) =>
        channel == Channel.Text ? ConsentsToTell.AddAsync(write, contactId, isAllowed, how, isAllowed ? TimeSpan.Zero : AfterAnswer, backAt) : Task.CompletedTask;

    /// <summary>STOP in any of its forms: entry, suppression, the end of the subscription, and whatever waits is skipped - at once or not at all.</summary>
    /// <returns>False when the contact was stopped before.</returns>
    public async Task<bool> StopAsync(Write write, long contactId, string hash, Channel channel, ConsentKind kind, string how, string reason, ConsentEvidence evidence)
    {
        var now = await write.NowAsync();
        var entry = await ledger.AppendAsync(write, kind, hash, channel, how, evidence);
        var isNew = await Suppressions.AddAsync(write, contactId, Suppressions.Everything, reason, entry);
        await write.ExecuteAsync("UPDATE subscriptions SET state = 3, ended_at = @now WHERE contact_id = @contact AND state <> 3", ("now", now), ("contact", contactId));
        // At no time, not even at that of a yes that came a moment earlier and waits for this transaction.
        await write.ExecuteAsync("UPDATE opt_ins SET expires_at = 0 WHERE contact_id = @contact AND confirmed_at IS NULL AND expires_at > 0", ("contact", contactId));
        await PostOffice.SkipContactAsync(write, contactId, reason);
        await TellAsync(write, contactId, channel, false, how);
        return isNew;
    }

    private static async Task<bool> IsActiveAsync(Write write, long contactId) =>
        await write.ScalarAsync<object>("SELECT 1 FROM subscriptions WHERE contact_id = @contact AND state = 2", ("contact", contactId)) is not null;

    private async Task ActivateAsync(
        Write write, long contactId, Channel channel, IReadOnlyCollection<string> topics, bool night, string locale, string? zone, Frequency frequency)
    {
        var wasActive = await IsActiveAsync(write, contactId);
        var address = await write.ScalarAsync<string>("SELECT address FROM contacts WHERE id = @id", ("id", contactId));
        // Quiet hours that were chosen stay; the form does not ask for them.
        var quiet = await write.ScalarAsync<string>("SELECT w.quiet FROM subscriptions s JOIN whereabouts w ON w.id = s.whereabouts_id WHERE s.contact_id = @contact", ("contact", contactId));
        var whereabouts = address is null ? 0 : await Places.KeepAsync(write, new ContactPoint(channel, address), zone, quiet ?? "");
        await write.ExecuteAsync("""
            INSERT INTO subscriptions (contact_id, state, all_topics, breaking_at_night, locale, time_zone, whereabouts_id, created_at, confirmed_at)
            VALUES (@contact, 2, @all, @night, @locale, @zone, @whereabouts, @now, @now)
            ON CONFLICT (contact_id) DO UPDATE SET state = 2, all_topics = excluded.all_topics, breaking_at_night = excluded.breaking_at_night,
              locale = excluded.locale, time_zone = excluded.time_zone, whereabouts_id = excluded.whereabouts_id, confirmed_at = excluded.confirmed_at, ended_at = NULL
            """,
            ("contact", contactId), ("all", topics.Count == 0), ("night", night), ("locale", locale), ("zone", zone), ("whereabouts", whereabouts), ("now", await write.NowAsync()));
        await (wasActive ? rhythm.ChangeAsync(write, contactId, await CadenceAsync(write, contactId, frequency)) : rhythm.BeginAsync(write, contactId, new Cadence(frequency)));
        await TakeAsync(write, contactId, topics);
        await Suppressions.LiftAsync(write, contactId);
    }

    /// <summary>The hour that was chosen stays with whoever goes on with digests.</summary>
    private static async Task<Cadence> CadenceAsync(Write write, long contactId, Frequency frequency) => (await Rhythm.OfAsync(write, contactId)) with { Frequency = frequency };

    internal static async Task TakeAsync(Write write, long contactId, IEnumerable<string> topics)
    {
        await write.ExecuteAsync("DELETE FROM subscription_topics WHERE contact_id = @contact", ("contact", contactId));
        foreach (var topic in topics)
        {
            await write.ExecuteAsync("INSERT INTO subscription_topics (contact_id, topic) VALUES (@contact, @topic)", ("contact", contactId), ("topic", topic));
        }
    }
}
