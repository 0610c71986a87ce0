using Notify.Contacts;
using Notify.Jobs;
using Notify.Storage;

namespace Notify.Deliveries;

/// <summary>
/// Takes deliveries in and holds them back: what the other folders ask of the post office. Every verb is part of the caller's transaction,
/// moves the source's figures with the rows, and wakes the lanes only after the commit.
/// </summary>
public sealed class PostOffice(Senders senders, IHints hints)
{
    /// <summary>Decides one message to one contact.</summary>
    /// <param name="wait">How long it waits before it may leave.</param>
    /// <returns>The delivery's id; null when this subject was already decided for this contact.</returns>
    public async Task<long?> QueueAsync(Write write, Guid sourceId, Guid subjectId, long contactId, Channel channel, TimeSpan timeToLive, string? scope = null, TimeSpan wait = default)
    {
        var sender = await SenderOfAsync(write, channel, contactId);
        var now = await write.NowAsync();
        var id = await write.ScalarAsync<object>("""
            INSERT INTO deliveries (source_id, subject_id, contact_id, channel, sender, scope, status, due_at, expires_at, created_at, changed_at)
            VALUES (@source, @subject, @contact, @channel, @sender, @scope, 0, @due, @expires, @now, @now)
            ON CONFLICT (subject_id, contact_id) DO NOTHING RETURNING id
            """,
            ("source", sourceId), ("subject", subjectId), ("contact", contactId), ("channel", channel), ("sender", sender.Name),
            ("scope", scope), ("now", now), ("due", now + wait), ("expires", now + timeToLive));
        if (id is null)
        {
            return null;
        }

        await Figures.DecideAsync(write, sourceId, DeliveryStatus.Pending, 1);
        write.AfterCommit(() => Wake(sender));
        return (long)id;
    }

    /// <summary>The sender a contact hears from, kept with it from the first time on.</summary>
    /// <exception cref="InvalidOperationException">None serves its country.</exception>
    public async Task<Sender> SenderOfAsync(Write write, Channel channel, long contactId)
    {
        var (region, known) = (await write.QueryAsync("SELECT region, sender FROM contacts WHERE id = @id", row => (row.Text(0), row.Text(1)), ("id", contactId)))[0];
        var sender = senders.For(channel, region, contactId, known);
        if (sender.Name != known)
        {
            await write.ExecuteAsync("UPDATE contacts SET sender = @sender WHERE id = @id", ("sender", sender.Name), ("id", contactId));
        }

        return sender;
    }

    /// <summary>The same for a contact nothing is queued for yet; where none serves it there is nothing to keep.</summary>
    public async Task KeepSenderAsync(Write write, ContactPoint contact, long contactId)
    {
        if (senders.Serves(contact.Channel, contact.Region))
        {
            await SenderOfAsync(write, contact.Channel, contactId);
        }
    }

    /// <summary>A reply that went out as the answer to a webhook: a delivery that is accepted from the start.</summary>
    public async Task RecordReplyAsync(Write write, Guid inboundId, long contactId, string sender, string body)
    {
        var now = await write.NowAsync();
        var changed = await write.ExecuteAsync("""
            INSERT INTO deliveries (source_id, subject_id, contact_id, channel, sender, status, due_at, expires_at, attempts, body, created_at, changed_at, history)
            VALUES (@source, @subject, @contact, @channel, @sender, @status, @now, @now, 1, @body, @now, @now, @line)
            ON CONFLICT (subject_id, contact_id) DO NOTHING
            """,
            ("source", Source.Replies), ("subject", inboundId), ("contact", contactId), ("channel", Channel.Text), ("sender", sender),
            ("status", DeliveryStatus.Accepted), ("now", now), ("body", body), ("line", DeliveryChange.Line(now, DeliveryStatus.Accepted, "answered in the webhook")));
        if (changed == 1)
        {
            await Figures.DecideAsync(write, Source.Replies, DeliveryStatus.Accepted, 1);
        }
    }

    /// <summary>A reply that is decided when the webhook has gone: the words are its own. The stop it confirms does not hold it back, the next one does.</summary>
    /// <param name="sender">The sender that was texted; one that is gone from the settings is replaced.</param>
    public async Task QueueReplyAsync(Write write, Guid inboundId, long contactId, string sender, string body, TimeSpan timeToLive)
    {
        var now = await write.NowAsync();
        var by = senders.TryFind(sender, out var known, out _) ? known : await SenderOfAsync(write, Channel.Text, contactId);
        var changed = await write.ExecuteAsync("""
            INSERT INTO deliveries (source_id, subject_id, contact_id, channel, sender, status, due_at, expires_at, body, created_at, changed_at)
            VALUES (@source, @subject, @contact, @channel, @sender, 0, @now, @expires, @body, @created, @now)
            ON CONFLICT (subject_id, contact_id) DO NOTHING
            """,
            ("source", Source.Replies), ("subject", inboundId), ("contact", contactId), ("channel", Channel.Text), ("sender", by.Name),
            ("now", now), ("expires", now + timeToLive), ("body", body), ("created", now + TimeSpan.FromMilliseconds(1)));
        if (changed == 1)
        {
            await Figures.DecideAsync(write, Source.Replies, DeliveryStatus.Pending, 1);
            write.AfterCommit(() => Wake(by));
        }
    }

    /// <summary>STOP: whatever waits for this contact will not leave.</summary>
    public static Task<int> SkipContactAsync(Write write, long contactId, string reason) =>
        SkipForAsync(write, DeliverySql.SkipContact, reason, ("contact", contactId));

    /// <summary>STOP with a topic: whatever waits for nothing but topics that are stopped will not leave.</summary>
    public static Task<int> SkipStoppedTopicsAsync(Write write, long contactId) => SkipUnwantedAsync(write, DeliverySql.SkipUnwantedOf, ("contact", contactId));

    /// <summary>Skips up to 5,000 rows that are due and covered by a suppression, each with the reason of the suppression.</summary>
    internal static Task<int> SkipUnwantedDueAsync(Write write, Guid sourceId, string sender) =>
        SkipUnwantedAsync(write, DeliverySql.SkipUnwantedDue, ("source", sourceId), ("sender", sender));

    /// <summary>Skips what a suppression covers of a subject's rows for the contacts after <paramref name="from"/>, up to <paramref name="to"/>.</summary>
    public static Task<int> SkipUnwantedAmongAsync(Write write, Guid subjectId, long from, long to) =>
        SkipUnwantedAsync(write, DeliverySql.SkipUnwantedAmong, ("subject", subjectId), ("from", from), ("to", to));

    /// <summary>Skips what a suppression since then covers of a subject's rows.</summary>
    public static Task<int> SkipUnwantedSinceAsync(Write write, Guid subjectId, DateTimeOffset since) =>
        SkipUnwantedAsync(write, DeliverySql.SkipUnwantedSince, ("subject", subjectId), ("since", since));

    private static async Task<int> SkipUnwantedAsync(Write write, string sql, params (string, object?)[] parameters)
    {
        var now = await write.NowAsync();
        return await SkipAsync(write, sql, [.. parameters, ("now", now), ("line", DeliveryChange.Line(now, DeliveryStatus.Skipped, null).TrimEnd('\n')), ("end", "\n")]);
    }

    /// <summary>Skips up to 5,000 waiting rows of a source.</summary>
    public static Task<int> SkipSourceAsync(Write write, Guid sourceId, string reason) =>
        SkipForAsync(write, DeliverySql.SkipSource, reason, ("source", sourceId));

    /// <summary>Skips up to 5,000 waiting rows whose time has run out; of those that are held it is seen when they are let go.</summary>
    public static async Task<int> SkipStaleAsync(Write write)
    {
        var now = await write.NowAsync();
        return await SkipAsync(write, DeliverySql.SkipStale, DeliveryStatus.Pending, [("now", now), ("reason", "stale"), ("line", DeliveryChange.Line(now, DeliveryStatus.Skipped, "stale"))]);
    }

    /// <summary>Wakes every lane of every sender: after a fan-out chunk, after a pause has ended.</summary>
    public void WakeAll()
    {
        foreach (var sender in senders.All)
        {
            Wake(sender);
        }
    }

    public void Wake(Sender sender)
    {
        for (var slot = 0; slot < sender.Slots; slot++)
        {
            hints.Wake(JobNames.DrainLane, DrainLaneJob.LaneId(sender.Name, slot), $"Send what waits for {sender.Name}, slot {slot + 1} of {sender.Slots}");
        }
    }

    private static async Task<int> SkipForAsync(Write write, string sql, string reason, params (string, object?)[] parameters)
    {
        var now = await write.NowAsync();
        return await SkipAsync(write, sql, [.. parameters, ("now", now), ("reason", reason), ("line", DeliveryChange.Line(now, DeliveryStatus.Skipped, reason))]);
    }

    /// <summary>Runs a statement over what waits, and the same over what is held: the figures need to know which of the two each was.</summary>
    private static async Task<int> SkipAsync(Write write, string sql, params (string, object?)[] parameters) =>
        await SkipAsync(write, sql, DeliveryStatus.Pending, parameters) + await SkipAsync(write, Held(sql), DeliveryStatus.Held, parameters);

    private static async Task<int> SkipAsync(Write write, string sql, DeliveryStatus from, (string, object?)[] parameters)
    {
        var sources = await write.QueryAsync(sql, row => row.GetGuid(0), parameters);
        await Figures.MoveAsync(write, sources.Select(source => (source, from, DeliveryStatus.Skipped)));
        return sources.Count;
    }

    /// <summary>A statement over what waits, for what is held instead.</summary>
    internal static string Held(string sql) => HeldStatements.GetOrAdd(sql, text => text.Replace("status = 0", "status = 1", StringComparison.Ordinal));

    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, string> HeldStatements = new(StringComparer.Ordinal);
}
