using System.Globalization;
using Microsoft.Extensions.Options;
using Notify.Articles;
using Notify.Deliveries;
using Notify.Jobs;
using Notify.Publication;
using Notify.Storage;
using Notify.Subscribers;

namespace Notify.Alerts;

/// <summary>
/// Writes the digests that are due as delivery rows. A reader's row and the mark how far their digests have come are one transaction, so it can die anywhere
/// and run twice, and every article is in one digest of a reader at most. Whoever was not asked for a while (a server that was down) gets one digest of all of it.
/// </summary>
internal sealed class Digests(
    Database database, Senders senders, PostOffice office, DigestTimes times, QuietTimes quiet, IOptionsMonitor<PublicationOptions> site, IOptions<DeliveryOptions> options,
    IHints hints, TimeProvider clock) : IReconcile
{
    public const string Title = "Write the digests that are due";

    private const int MostAtOnce = 5_000;
    private const int LeastAtOnce = 250;

    /// <summary>A provider may be away for long; what has not left by then is history.</summary>
    private static readonly TimeSpan DailyLife = TimeSpan.FromDays(2);

    private static readonly TimeSpan WeeklyLife = TimeSpan.FromDays(7);

    private const string IsDue = "SELECT 1 FROM subscriptions WHERE state = 2 AND digest_at IS NOT NULL AND digest_at <= @now LIMIT 1";

    internal const string Due = "SELECT s.contact_id FROM subscriptions s WHERE s.state = 2 AND s.digest_at IS NOT NULL AND s.digest_at <= @now ORDER BY s.digest_at, s.contact_id LIMIT @count";

    /// <summary>Cancelled, paused or taken back is not told; what is paused comes when it goes on. What was put right while it went out is in digests as it is now.</summary>
    internal const string Ready = """
        SELECT a.id, a.digest_at, COALESCE(a.started_at, a.digest_at), a.route, a.digested_before, r.topics, r.priority
        FROM alerts a JOIN sources s ON s.id = a.id JOIN articles r ON r.id = a.article_id
        WHERE a.digest_at IS NOT NULL AND a.digest_at > @from AND a.digest_at <= @cut AND (NOT s.cancelled OR s.why = 'corrected') AND NOT s.paused AND r.unpublished_at IS NULL
        """;

    /// <summary>When the oldest alert began that no digest can have yet: its audience does not stand, or has stood only since the moment up to which this one looks, or it is paused.</summary>
    private const string UnderWay = """
        SELECT MIN(started_at) FROM (
          SELECT a.started_at FROM alerts a JOIN sources s ON s.id = a.id WHERE a.planned_at IS NULL AND NOT s.cancelled
          UNION ALL SELECT a.started_at FROM alerts a WHERE a.digest_at > @cut
          UNION ALL SELECT a.started_at FROM sources s JOIN alerts a ON a.id = s.id WHERE s.paused AND NOT s.cancelled) open_alerts
        """;

    /// <summary>
    /// Readers of each article are being marked for its digest, or have been within the very moment up to which this digest looks: one whose digest is due just now
    /// has looked too early.
    /// </summary>
    private const string Marking = """
        SELECT count(*) FROM (
          SELECT 1 FROM alerts a JOIN sources s ON s.id = a.id WHERE a.planned_at IS NULL AND a.started_at IS NOT NULL AND a.route = 2 AND NOT s.cancelled
          UNION ALL SELECT 1 FROM alerts a WHERE a.digest_at > @cut AND a.route = 2) marked
        """;

    private static readonly TimeSpan TidyEvery = TimeSpan.FromHours(1);

    private DateTimeOffset _tidyAt;

    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        var now = await database.NowAsync(cancellationToken);
        if (clock.GetUtcNow() >= _tidyAt)
        {
            await database.WriteAsync(TidyAsync, cancellationToken);
            _tidyAt = clock.GetUtcNow() + TidyEvery;
        }

        await using var connection = await database.ConnectAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = IsDue;
        Sql.Bind(command, "now", now);
        if (await command.ExecuteScalarAsync(cancellationToken) is not null)
        {
            hints.Wake(JobNames.WriteDigests, "all", Title);
        }
    }

    /// <summary>Lists are kept as long as their deliveries.</summary>
    private async Task<int> TidyAsync(Write write)
    {
        var old = await write.QueryAsync("SELECT id FROM digests WHERE created_at < @before ORDER BY created_at LIMIT 500", row => row.GetGuid(0), ("before", await write.NowAsync() - options.Value.Retention));
        foreach (var id in old)
        {
            await write.ExecuteAsync("DELETE FROM digest_articles WHERE digest_id = @id", ("id", id));
            await write.ExecuteAsync("DELETE FROM digests WHERE id = @id", ("id", id));
        }

        return old.Count;
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var chunk = new Chunk(MostAtOnce / 5, LeastAtOnce, MostAtOnce);
        for (var more = true; more && !cancellationToken.IsCancellationRequested;)
        {
            var took = TimeSpan.Zero;
            more = await database.WriteAloneAsync(async write =>
            {
                var began = clock.GetTimestamp();
                var done = await StepAsync(write, chunk.Size);
                took = clock.GetElapsedTime(began);
                return done;
            }, cancellationToken);
            chunk.Took(took);
        }
    }

    /// <returns>Whether there may be more.</returns>
    private async Task<bool> StepAsync(Write write, int chunk)
    {
        var cut = await DigestMarks.AloneAsync(write);
        var now = await write.NowAsync();
        var due = await write.QueryAsync(Due, row => row.GetInt64(0), ("now", now), ("count", chunk));
        if (due.Count == 0)
        {
            return false;
        }

        var readers = await DueReaders.ReadAsync(write, due, now);
        var alerts = readers.Count == 0 ? [] : await ReadyAsync(write, readers.Min(reader => reader.From), cut);
        var known = await ToldAlready.ReadAsync(write, readers, alerts);
        var lists = new List<(DueReader Reader, DigestList List)>(readers.Count);
        var made = new Dictionary<(string, DateTimeOffset), DigestList>();
        foreach (var reader in readers)
        {
            lists.Add((reader, ListOf(reader, alerts, known, made)));
        }

        await WriteAsync(write, [.. lists.Where(entry => entry.List.Alerts.Count > 0)], now);
        await AdvanceAsync(write, readers, cut, now);
        return due.Count == chunk;
    }

    /// <summary>Most readers of a chunk have the same topics and the same last digest.</summary>
    private static DigestList ListOf(DueReader reader, List<DigestAlert> alerts, IReadOnlySet<(long, Guid)> known, Dictionary<(string, DateTimeOffset), DigestList> made)
    {
        var own = reader.SwitchedAt is not null || reader.Frequency == Frequency.Instant || known.Count > 0;
        var key = ($"{(reader.Topics is null ? "*" : string.Join(' ', reader.Topics.Order(StringComparer.Ordinal)))}|{string.Join(' ', reader.Stopped.Order(StringComparer.Ordinal))}", reader.From);
        if (!own && made.TryGetValue(key, out var list))
        {
            return list;
        }

        list = DigestList.Of(reader, alerts, alert => known.Contains((reader.ContactId, alert.Id)));
        if (!own)
        {
            made[key] = list;
        }

        return list;
    }

    private static Task<List<DigestAlert>> ReadyAsync(Write write, DateTimeOffset from, DateTimeOffset cut) => write.QueryAsync(Ready, row => new DigestAlert(
            row.GetGuid(0), row.Instant(1), row.Instant(2), (AlertRoute)row.GetInt32(3), row.GetBoolean(4),
            [.. row.GetString(5).Split(' ', StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal)], (ArticlePriority)row.GetInt32(6)),
        ("from", from), ("cut", cut));

    private async Task WriteAsync(Write write, List<(DueReader Reader, DigestList List)> lists, DateTimeOffset now)
    {
        if (lists.Count == 0)
        {
            return;
        }

        var source = await SourceAsync(write, now);
        foreach (var list in lists.Select(entry => entry.List).DistinctBy(list => list.Id))
        {
            await write.ExecuteAsync("INSERT INTO digests (id, created_at) VALUES (@id, @now) ON CONFLICT (id) DO NOTHING", ("id", list.Id), ("now", now));
            foreach (var (place, alert) in list.Alerts.Index())
            {
                await write.ExecuteAsync("INSERT INTO digest_articles (digest_id, place, alert_id) VALUES (@digest, @place, @alert) ON CONFLICT (digest_id, place) DO NOTHING",
                    ("digest", list.Id), ("place", place), ("alert", alert.Id));
            }
        }

        foreach (var alert in lists.SelectMany(entry => entry.List.Alerts).DistinctBy(alert => alert.Id))
        {
            await write.ExecuteAsync("UPDATE alerts SET digested_at = @now WHERE id = @id AND digested_at IS NULL", ("now", now), ("id", alert.Id));
        }

        var hasHours = await quiet.AreSetAsync(write);
        var rows = new DigestRows(senders, site.CurrentValue.Locale, source, now, hasHours);
        var decided = 0;
        foreach (var batch in lists.OrderBy(entry => entry.Reader.ContactId).Chunk(DigestRows.AtOnce))
        {
            decided += await rows.InsertAsync(write, [.. batch.Select(entry => (entry.Reader.ContactId, entry.List, now + (entry.Reader.Frequency == Frequency.Weekly ? WeeklyLife : DailyLife)))]);
        }

        await Figures.DecideAsync(write, source, DeliveryStatus.Pending, decided);
        write.AfterCommit(office.WakeAll);
    }

    /// <summary>The digests of one day of the publication are counted, paused and cancelled as one.</summary>
    private async Task<Guid> SourceAsync(Write write, DateTimeOffset now)
    {
        var day = TimeZoneInfo.ConvertTime(now, times.Zone("")).ToString("yyyyMMdd", CultureInfo.InvariantCulture);
        var id = new Guid($"00000000-0000-0000-0004-0000{day}");
        await write.ExecuteAsync("INSERT INTO sources (id, kind, priority, paused, cancelled, created_at) VALUES (@id, @kind, @priority, @no, @no, @now) ON CONFLICT (id) DO NOTHING",
            ("id", id), ("kind", SourceKind.Digest), ("priority", Priority.Digest), ("no", false), ("now", now));
        return id;
    }

    /// <summary>How far each reader's digests have come, and when the next is due.</summary>
    private async Task AdvanceAsync(Write write, List<DueReader> readers, DateTimeOffset cut, DateTimeOffset now)
    {
        var underWay = await write.ScalarAsync<object>(UnderWay, ("cut", cut)) is long began ? DateTimeOffset.FromUnixTimeMilliseconds(began) : (DateTimeOffset?)null;
        var isMarking = await write.ScalarAsync<long>(Marking, ("cut", cut)) > 0;
        var zones = (await write.QueryAsync("SELECT id, zones FROM whereabouts", row => (Id: row.GetInt32(0), Zones: row.GetString(1)))).ToDictionary(row => row.Id, row => row.Zones);
        var next = new Dictionary<(string, bool, int?, int?), DateTimeOffset>();
        foreach (var batch in readers.OrderBy(reader => reader.ContactId).Chunk(DigestRows.AtOnce))
        {
            await DigestRows.AdvanceAsync(write, cut, [.. batch.Select(reader =>
            {
                // An alert that began before the change of mind and has not been written out yet: it will be asked about.
                var waits = reader.SwitchedAt is { } switched && underWay <= switched + TimeSpan.FromMinutes(1);
                return (reader.ContactId, reader.Frequency == Frequency.Instant && !waits && !isMarking ? (DateTimeOffset?)null : NextOf(reader), waits ? reader.SwitchedAt : null);
            })]);
        }

        DateTimeOffset NextOf(DueReader reader)
        {
            var key = (zones.GetValueOrDefault(reader.WhereaboutsId, ""), reader.Frequency == Frequency.Weekly, reader.Minute, reader.Day);
            return next.TryGetValue(key, out var at) ? at : next[key] = times.Next(key.Item1, key.Item2, key.Minute, key.Day, now);
        }
    }
}
