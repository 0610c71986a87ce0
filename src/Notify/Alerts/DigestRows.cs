using System.Globalization;
using Notify.Deliveries;
using Notify.Storage;
using Notify.Subscribers;

namespace Notify.Alerts;

/// <summary>Digests and marks for many readers in one statement.</summary>
internal sealed class DigestRows(Senders senders, string locale, Guid source, DateTimeOffset now, bool hasHours)
{
    /// <summary>How many readers one statement takes; SQLite takes 32,766 values.</summary>
    public const int AtOnce = 500;

    /// <returns>How many rows there are now that were not there before.</returns>
    public Task<int> InsertAsync(Write write, IReadOnlyList<(long ContactId, DigestList List, DateTimeOffset ExpiresAt)> readers)
    {
        var parameters = new List<(string, object?)> { ("source", source), ("now", now), ("locale", locale) };
        var sender = SenderRule.Of(senders, parameters);
        var place = hasHours ? "CASE WHEN c.channel = 1 THEN s.whereabouts_id END" : "NULL";
        var lists = string.Join(", ", readers.Select((reader, i) => string.Create(CultureInfo.InvariantCulture, $"(@c{i}, @d{i}, @s{i}, @o{i}, @e{i})")));
        foreach (var (i, (contact, list, expires)) in readers.Index())
        {
            var n = i.ToString(CultureInfo.InvariantCulture);
            // It stands for all its articles but the first: what is held may be told as one with others.
            parameters.AddRange([("c" + n, contact), ("d" + n, list.Id), ("s" + n, list.Scope), ("o" + n, list.Alerts.Count - 1), ("e" + n, expires)]);
        }

        return write.ExecuteAsync($"""
            INSERT INTO deliveries (source_id, subject_id, contact_id, channel, sender, scope, locale, whereabouts_id, status, due_at, expires_at, created_at, changed_at, others)
            SELECT @source, v.column2, s.contact_id, c.channel, {sender}, v.column3, NULLIF(s.locale, @locale), {place}, 0, @now, v.column5, @now, @now, v.column4
            FROM (VALUES {lists}) v JOIN subscriptions s ON s.contact_id = v.column1 JOIN contacts c ON c.id = s.contact_id
            WHERE c.address IS NOT NULL AND {sender} IS NOT NULL
            ON CONFLICT (subject_id, contact_id) DO NOTHING
            """, [.. parameters]);
    }

    /// <param name="cut">Up to when alerts were ready that were looked at.</param>
    public static Task<int> AdvanceAsync(Write write, DateTimeOffset cut, IReadOnlyList<(long ContactId, DateTimeOffset? NextAt, DateTimeOffset? SwitchedAt)> readers)
    {
        var parameters = new List<(string, object?)> { ("cut", cut) };
        var marks = string.Join(", ", readers.Select((reader, i) => string.Create(CultureInfo.InvariantCulture, $"(@c{i}, @n{i}, @w{i})")));
        foreach (var (i, (contact, next, switched)) in readers.Index())
        {
            var n = i.ToString(CultureInfo.InvariantCulture);
            parameters.AddRange([("c" + n, contact), ("n" + n, next?.ToUnixTimeMilliseconds() ?? 0L), ("w" + n, switched?.ToUnixTimeMilliseconds() ?? 0L)]);
        }

        return write.ExecuteAsync($"""
            UPDATE subscriptions SET digest_at = NULLIF(v.column2, 0), switched_at = NULLIF(v.column3, 0), digest_from = @cut
            FROM (VALUES {marks}) v WHERE contact_id = v.column1
            """, [.. parameters]);
    }
}

/// <summary>Readers whose digests are due, as they are once their contacts are held.</summary>
internal static class DueReaders
{
    public static async Task<List<DueReader>> ReadAsync(Write write, List<long> contacts, DateTimeOffset now)
    {
        var found = new List<DueReader>(contacts.Count);
        foreach (var batch in contacts.Order().Chunk(DigestRows.AtOnce))
        {
            (string, object?)[] parameters = [("now", now), .. batch.Select((contact, i) => ("c" + i.ToString(CultureInfo.InvariantCulture), (object?)contact))];
            var ids = string.Join(", ", batch.Select((_, i) => "@c" + i.ToString(CultureInfo.InvariantCulture)));
            if (write.IsPostgres)
            {
                // What happens to one contact happens in order; read again behind it, for who has just changed their mind.
                await write.QueryAsync($"SELECT id FROM contacts WHERE id IN ({ids}) ORDER BY id FOR NO KEY UPDATE", row => row.GetInt64(0), parameters[1..]);
            }

            found.AddRange(await write.QueryAsync($"""
                SELECT s.contact_id, s.frequency, s.digest_from, s.switched_at, s.all_topics, s.whereabouts_id, s.digest_minute, s.digest_day,
                  (SELECT string_agg(t.topic, ' ') FROM subscription_topics t WHERE t.contact_id = s.contact_id),
                  (SELECT string_agg(p.scope, ' ') FROM suppressions p WHERE p.contact_id = s.contact_id AND p.scope <> '')
                FROM subscriptions s WHERE s.contact_id IN ({ids}) AND s.state = 2 AND s.digest_at IS NOT NULL AND s.digest_at <= @now
                """,
                row => new DueReader(
                    row.GetInt64(0), (Frequency)row.GetInt32(1), row.Instant(2), row.IsDBNull(3) ? null : row.Instant(3), row.GetBoolean(4) ? null : Set(row.Text(8)), Set(row.Text(9)),
                    row.GetInt32(5), row.IsDBNull(6) ? null : row.GetInt32(6), row.IsDBNull(7) ? null : row.GetInt32(7)),
                parameters));
        }

        return found;
    }

    private static HashSet<string> Set(string? topics) => [.. (topics ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)];
}

/// <summary>What readers who changed their mind have been told already.</summary>
internal static class ToldAlready
{
    /// <summary>All alerts of the article: what goes on after its words were put right is another one.</summary>
    private const string OfArticle = "SELECT b.id FROM alerts a JOIN alerts b ON b.article_id = a.article_id WHERE a.id = @alert";

    internal const string AtOnce = $"SELECT 1 FROM deliveries o WHERE o.contact_id = @contact AND (o.subject_id = @alert OR (o.subject_id IN ({OfArticle}) AND NOT {Corrections.NotTold})) LIMIT 1";

    internal const string InDigest = $"""
        SELECT 1 FROM digest_articles x JOIN deliveries o ON o.subject_id = x.digest_id AND o.contact_id = @contact WHERE x.alert_id IN ({OfArticle}) LIMIT 1
        """;

    /// <summary>Asked for the few readers and alerts for which it can be.</summary>
    public static async Task<IReadOnlySet<(long Contact, Guid Alert)>> ReadAsync(Write write, List<DueReader> readers, List<DigestAlert> alerts)
    {
        var known = new HashSet<(long, Guid)>();
        var paused = alerts.Where(alert => alert.WasPaused).ToList();
        foreach (var reader in readers.Where(reader => reader.SwitchedAt is not null || paused.Count > 0))
        {
            foreach (var alert in alerts.Where(alert => alert.ReadyAt > reader.From && DigestList.MayHaveIt(reader, alert)))
            {
                (string, object?)[] which = [("alert", alert.Id), ("contact", reader.ContactId)];
                if (await write.ScalarAsync<object>(AtOnce, which) is not null || (alert.WasPaused && await write.ScalarAsync<object>(InDigest, which) is not null))
                {
                    known.Add((reader.ContactId, alert.Id));
                }
            }
        }

        return known;
    }
}
