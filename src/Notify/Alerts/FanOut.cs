using System.Globalization;
using Microsoft.Extensions.Options;
using Notify.Deliveries;
using Notify.Publication;
using Notify.Storage;

namespace Notify.Alerts;

/// <summary>
/// From an audience to delivery rows, set by set: each chunk of readers and the mark how far it went are one transaction, and a row that is
/// there already stays as it is. So it can die anywhere and run twice, and every reader has one row.
/// </summary>
internal sealed class FanOut(
    Database database, Senders senders, PostOffice office, QuietTimes quiet, DigestMarks digests, CostGate cost, Timetable timetable, LateStarts late, IOptionsMonitor<PublicationOptions> site, TimeProvider clock)
{
    /// <summary>How many readers one transaction takes; holds SQLite's write lock for some 30 ms (measured). More at once is slower: it outgrows the log between two checkpoints.</summary>
    private const int MostAtOnce = 10_000;

    private const int LeastAtOnce = 1_000;

    /// <summary>A STOP bears the time at which its transaction began.</summary>
    private static readonly TimeSpan LongestTransaction = TimeSpan.FromMinutes(1);

    /// <summary>As long as the reconciler's beat.</summary>
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan OnTheWire = TimeSpan.FromSeconds(1);

    private const string Join = "JOIN whereabouts w ON w.id = s.whereabouts_id";

    private const string LocalJoin = "JOIN local_starts l ON l.alert_id = @alert AND l.whereabouts_id = s.whereabouts_id";

    /// <summary>Readers who take every topic, or one of the article's. An article without topics goes to those who take all.</summary>
    internal const string Takers = """
        s.state = 2 AND (s.all_topics OR EXISTS (
          SELECT 1 FROM subscription_topics t WHERE t.contact_id = s.contact_id AND {topics}))
        """;

    /// <summary>Those of them who are told at once; the others find it in their digests.</summary>
    internal const string Audience = "s.frequency = 1 AND " + Takers;

    public async Task RunAsync(Guid alertId, CancellationToken cancellationToken)
    {
        await cost.AskAsync(alertId, cancellationToken);
        var chunk = new Chunk(MostAtOnce / 2, LeastAtOnce, MostAtOnce);
        while (!cancellationToken.IsCancellationRequested)
        {
            var took = TimeSpan.Zero;
            var step = await database.WriteAloneAsync(async write =>
            {
                var began = clock.GetTimestamp();
                var done = await StepAsync(write, alertId, chunk.Size);
                took = clock.GetElapsedTime(began);
                return done;
            }, cancellationToken);
            if (step.Wait > MaxWait)
            {
                // The reconciler wakes it in time; a job that sleeps keeps others from their work.
                return;
            }

            if (step.Wait > TimeSpan.Zero)
            {
                await Task.Delay(step.Wait, clock, cancellationToken);
                await cost.AskAsync(alertId, cancellationToken);
                continue;
            }

            chunk.Took(took);
            if (step.Planned > 0)
            {
                office.WakeAll();
            }

            if (step.IsDone)
            {
                return;
            }
        }
    }

    private async Task<FanOutStep> StepAsync(Write write, Guid alertId, int chunk)
    {
        if (write.IsPostgres)
        {
            // A statement that waits for an edit sees of other rows what they were before it; so it is a statement of its own that waits.
            await write.ExecuteAsync("SELECT 1 FROM alerts WHERE id = @id FOR UPDATE", ("id", alertId));
        }

        var now = await write.NowAsync();
        var rows = await write.QueryAsync("""
            SELECT a.starts_at, a.expires_at, a.planned_to, a.planned_at, a.hold, s.cancelled, COALESCE(w.topics, r.topics), s.paused, COALESCE(a.started_at, a.starts_at), s.priority,
              a.route, a.audience, a.send_at, a.local_time, a.article_id, w.at
            FROM alerts a JOIN sources s ON s.id = a.id JOIN articles r ON r.id = a.article_id LEFT JOIN alert_words w ON w.alert_id = a.id WHERE a.id = @id
            """,
            row => new Plan(row.Instant(0), row.Instant(1), row.GetInt64(2), !row.IsDBNull(3), row.GetBoolean(4), row.GetBoolean(5), row.GetString(6), row.GetBoolean(7),
                row.Instant(8), (Priority)row.GetInt32(9), (AlertRoute)row.GetInt32(10), (AlertAudience)row.GetInt32(11), row.IsDBNull(12) ? null : row.Instant(12), row.Text(13), row.GetGuid(14),
                !row.IsDBNull(15) || row.GetInt64(2) > 0), ("id", alertId));
        if (rows is not [var plan] || plan.IsPlanned || plan.IsCancelled || plan.IsHeld || plan.IsPaused)
        {
            return FanOutStep.Done;
        }

        if (plan.StartsAt > now)
        {
            return new FanOutStep(false, 0, plan.StartsAt - now);
        }

        if (!plan.HasBegun && await late.BeginAsync(write, alertId, now) is var answer and not MayBegin.Yes)
        {
            return answer == MayBegin.Soon ? new FanOutStep(false, 0, OnTheWire) : FanOutStep.Done;
        }

        IReadOnlyList<Guid> told = plan.Audience == AlertAudience.Readers ? []
            : await write.QueryAsync("SELECT id FROM alerts WHERE article_id = @article AND audience <> 1 AND id <> @id ORDER BY id", row => row.GetGuid(0), ("article", plan.ArticleId), ("id", alertId));
        if (plan.LocalTime is not null)
        {
            await timetable.WriteAsync(write, alertId, plan.SendAt ?? plan.StartsAt, plan.LocalTime);
        }

        var end = await write.ScalarAsync<object>("""
            SELECT max(contact_id) FROM (SELECT contact_id FROM subscriptions WHERE state = 2 AND contact_id > @from ORDER BY contact_id LIMIT @chunk) chunk
            """, ("from", plan.PlannedTo), ("chunk", chunk));
        if (end is not long to)
        {
            return await FinishAsync(write, alertId, plan, now);
        }

        if (plan is { Route: AlertRoute.Digest, Priority: Priority.Breaking })
        {
            // It became so while it waited, and in no digest is anything breaking.
            await write.ExecuteAsync("UPDATE alerts SET route = 1 WHERE id = @id", ("id", alertId));
        }
        else if (plan.Route == AlertRoute.Digest)
        {
            // Nobody is told at once, and whoever has no digests gets one.
            await digests.MarkAsync(write, Topics(plan), plan.PlannedTo, to, now);
            await write.ExecuteAsync("UPDATE alerts SET planned_to = @to, started_at = COALESCE(started_at, @now) WHERE id = @id", ("to", to), ("now", now), ("id", alertId));
            return new FanOutStep(false, 0, TimeSpan.Zero);
        }

        // Where it is quiet a row is held from the start, and no longer than it is news; where not, the lane looks again before it hands it over.
        var hasHours = await quiet.AreSetAsync(write);
        var held = plan.LocalTime is null && hasHours && await quiet.WriteAsync(write, now) ? await InsertAsync(write, alertId, plan, told, to, now, DeliveryStatus.Held, hasHours) : 0;
        // Where the hour has passed too long ago nobody is surprised by it now; what was put right is said all the same.
        var missed = plan is { LocalTime: not null, Audience: AlertAudience.Readers } && await late.HasAnyAsync(write, alertId, now) ? await InsertAsync(write, alertId, plan, told, to, now, DeliveryStatus.Skipped, hasHours) : 0;
        var planned = await InsertAsync(write, alertId, plan, told, to, now, DeliveryStatus.Pending, hasHours);
        await Figures.DecideAsync(write, alertId, DeliveryStatus.Pending, planned);
        if (held > 0)
        {
            await Figures.DecideAsync(write, alertId, DeliveryStatus.Held, held);
        }

        if (missed > 0)
        {
            await Figures.DecideAsync(write, alertId, DeliveryStatus.Skipped, missed);
        }

        await PostOffice.SkipUnwantedAmongAsync(write, alertId, plan.PlannedTo, to);
        await write.ExecuteAsync("UPDATE alerts SET planned_to = @to, started_at = COALESCE(started_at, @now) WHERE id = @id", ("to", to), ("now", now), ("id", alertId));
        return new FanOutStep(false, planned, TimeSpan.Zero);
    }

    private static string[] Topics(Plan plan) => [.. plan.Topics.Split(' ', StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal)];

    private async Task<int> InsertAsync(Write write, Guid alertId, Plan plan, IReadOnlyList<Guid> told, long to, DateTimeOffset now, DeliveryStatus status, bool hasHours)
    {
        string[] topics = Topics(plan);
        var parameters = new List<(string, object?)>
        {
            ("alert", alertId), ("from", plan.PlannedTo), ("to", to), ("now", now), ("expires", plan.ExpiresAt), ("scope", string.Join(' ', topics)), ("locale", site.CurrentValue.Locale),
        };
        var names = topics.Select((topic, i) => (Name: $"topic{i.ToString(CultureInfo.InvariantCulture)}", topic)).ToArray();
        parameters.AddRange(names.Select(n => (n.Name, (object?)n.topic)));
        var wanted = names.Length > 0 ? $"t.topic IN ({string.Join(", ", names.Select(n => "@" + n.Name))})" : "1 = 0";
        // What the reader takes of it: a row is not wanted any more once all of that is stopped.
        var scope = topics.Length < 2 ? "@scope"
            : $"CASE WHEN s.all_topics THEN @scope ELSE (SELECT string_agg(t.topic, ' ') FROM subscription_topics t WHERE t.contact_id = s.contact_id AND {wanted}) END";
        var sender = SenderRule.Of(senders, parameters);
        var (whom, correctedScope, gathered) = Corrections.Whom(plan.Audience, told, Audience.Replace("{topics}", wanted, StringComparison.Ordinal), parameters);
        // For what they got it: who has stopped that since is not told that it was wrong either.
        scope = correctedScope ?? scope;
        // Who agreed to breaking news at night, and whoever is written to by mail, has no quiet hours.
        var awake = plan.Priority == Priority.Breaking ? "(c.channel <> 1 OR s.breaking_at_night)" : "c.channel <> 1";
        var (state, reason, due, whereabouts, join, chosen, line) = (hasHours, status) switch
        {
            (false, _) => ("0", "NULL", "@now", "NULL", "", "", "''"),
            (true, DeliveryStatus.Held) => ("1", "'quiet hours'", "CASE WHEN w.opens_at < @expires THEN w.opens_at ELSE @expires END", "w.id", Join, $"AND w.opens_at > @now AND NOT {awake}", "@line"),
            // Whoever was not held a moment ago, also where another chunk has begun the night meanwhile: nobody falls between the two, and the lane looks at the hour.
            _ => ("0", "NULL", "@now", $"CASE WHEN {awake} THEN NULL ELSE w.id END", Join, "", "''"),
        };
        var expires = "@expires";
        if (plan.LocalTime is not null)
        {
            (due, expires, join) = ("l.due_at", "l.due_at + @life", join + " " + LocalJoin);
            parameters.Add(("life", (long)late.Life.TotalMilliseconds));
        }

        if (status == DeliveryStatus.Skipped)
        {
            (state, reason, line, chosen) = ("7", "@missed", "@line", "AND l.due_at < @late");
            parameters.AddRange([("missed", LateStarts.Missed), ("late", late.Before(now))]);
        }

        if (status is DeliveryStatus.Held or DeliveryStatus.Skipped)
        {
            parameters.Add(("line", DeliveryChange.Line(now, status, status == DeliveryStatus.Held ? "quiet hours" : LateStarts.Missed)));
        }

        join = $"{join} {gathered}";
        return await write.ExecuteAsync($"""
            INSERT INTO deliveries (source_id, subject_id, contact_id, channel, sender, scope, locale, whereabouts_id, status, reason, due_at, expires_at, created_at, changed_at, history)
            SELECT @alert, @alert, s.contact_id, c.channel, {sender}, {scope}, NULLIF(s.locale, @locale), {whereabouts}, {state}, {reason}, {due}, {expires}, @now, @now, {line}
            FROM subscriptions s JOIN contacts c ON c.id = s.contact_id {join}
            WHERE s.contact_id > @from AND s.contact_id <= @to AND c.address IS NOT NULL AND {sender} IS NOT NULL {chosen}
              AND {whom}
            ORDER BY s.contact_id
            ON CONFLICT (subject_id, contact_id) DO NOTHING
            """, [.. parameters]);
    }

    /// <summary>The audience stands. A STOP that ran beside a chunk saw no row of it, and the chunk saw no suppression: now both can be seen.</summary>
    private static async Task<FanOutStep> FinishAsync(Write write, Guid alertId, Plan plan, DateTimeOffset now)
    {
        await PostOffice.SkipUnwantedSinceAsync(write, alertId, plan.BeganAt - LongestTransaction);
        // A correction is in no digest, for those say what is right; nor is the rest of what was in some already.
        var isForDigests = plan.Audience == AlertAudience.Readers || (plan.Audience == AlertAudience.Rest
            && await write.ScalarAsync<long>("SELECT count(*) FROM alerts WHERE article_id = @article AND digest_at IS NOT NULL", ("article", plan.ArticleId)) == 0);
        await write.ExecuteAsync("UPDATE alerts SET planned_at = @now, started_at = COALESCE(started_at, @now), digest_at = @ready WHERE id = @id",
            ("now", now), ("ready", isForDigests ? (await DigestMarks.ReadyAsync(write)).ToUnixTimeMilliseconds() : null), ("id", alertId));
        return FanOutStep.Done;
    }

    private sealed record Plan(
        DateTimeOffset StartsAt, DateTimeOffset ExpiresAt, long PlannedTo, bool IsPlanned, bool IsHeld, bool IsCancelled, string Topics, bool IsPaused, DateTimeOffset BeganAt, Priority Priority,
        AlertRoute Route, AlertAudience Audience, DateTimeOffset? SendAt, string? LocalTime, Guid ArticleId, bool HasBegun);

    private sealed record FanOutStep(bool IsDone, int Planned, TimeSpan Wait)
    {
        public static readonly FanOutStep Done = new(true, 0, TimeSpan.Zero);
    }
}
