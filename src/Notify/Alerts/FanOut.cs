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
internal sealed class FanOut(Database database, Senders senders, PostOffice office, QuietTimes quiet, DigestMarks digests, CostGate cost, IOptionsMonitor<PublicationOptions> site, TimeProvider clock)
{
    /// <summary>How many readers one transaction takes; holds SQLite's write lock for some 30 ms (measured). More at once is slower: it outgrows the log between two checkpoints.</summary>
    private const int MostAtOnce = 10_000;

    private const int LeastAtOnce = 1_000;

    /// <summary>On a slower machine the chunks become smaller, so that nobody who signs up or stops waits longer.</summary>
    private static readonly TimeSpan Hold = TimeSpan.FromMilliseconds(50);

    /// <summary>A STOP bears the time at which its transaction began.</summary>
    private static readonly TimeSpan LongestTransaction = TimeSpan.FromMinutes(1);

    /// <summary>As long as the reconciler's beat.</summary>
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(10);

    private const string Join = "JOIN whereabouts w ON w.id = s.whereabouts_id";

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
        var chunk = MostAtOnce;
        while (!cancellationToken.IsCancellationRequested)
        {
            var took = TimeSpan.Zero;
            var step = await database.WriteAsync(async write =>
            {
                var began = clock.GetTimestamp();
                var done = await StepAsync(write, alertId, chunk);
                took = clock.GetElapsedTime(began);
                return done;
            }, cancellationToken);
            chunk = Next(chunk, took);
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

    /// <summary>Half as many to twice as many, towards the time a chunk may take.</summary>
    private static int Next(int chunk, TimeSpan took) =>
        Math.Clamp((int)(chunk * Math.Clamp(Hold / (took > TimeSpan.Zero ? took : Hold), 0.5, 2)), LeastAtOnce, MostAtOnce);

    private async Task<FanOutStep> StepAsync(Write write, Guid alertId, int chunk)
    {
        var now = await write.NowAsync();
        var rows = await write.QueryAsync("""
            SELECT a.starts_at, a.expires_at, a.planned_to, a.planned_at, a.hold, s.cancelled, r.topics, s.paused, COALESCE(a.started_at, a.starts_at), s.priority, a.route
            FROM alerts a JOIN sources s ON s.id = a.id JOIN articles r ON r.id = a.article_id WHERE a.id = @id
            """ + (write.IsPostgres ? " FOR UPDATE OF a" : ""),
            row => new Plan(row.Instant(0), row.Instant(1), row.GetInt64(2), !row.IsDBNull(3), row.GetBoolean(4), row.GetBoolean(5), row.GetString(6), row.GetBoolean(7),
                row.Instant(8), (Priority)row.GetInt32(9), (AlertRoute)row.GetInt32(10)), ("id", alertId));
        if (rows is not [var plan] || plan.IsPlanned || plan.IsCancelled || plan.IsHeld || plan.IsPaused)
        {
            return FanOutStep.Done;
        }

        if (plan.StartsAt > now)
        {
            return new FanOutStep(false, 0, plan.StartsAt - now);
        }

        var end = await write.ScalarAsync<object>("""
            SELECT max(contact_id) FROM (SELECT contact_id FROM subscriptions WHERE state = 2 AND contact_id > @from ORDER BY contact_id LIMIT @chunk) chunk
            """, ("from", plan.PlannedTo), ("chunk", chunk));
        if (end is not long to)
        {
            return await FinishAsync(write, alertId, plan.BeganAt, now);
        }

        if (plan.Route == AlertRoute.Digest)
        {
            // Nobody is told at once, and whoever has no digests gets one.
            await digests.MarkAsync(write, Topics(plan), plan.PlannedTo, to, now);
            await write.ExecuteAsync("UPDATE alerts SET planned_to = @to, started_at = COALESCE(started_at, @now) WHERE id = @id", ("to", to), ("now", now), ("id", alertId));
            return new FanOutStep(false, 0, TimeSpan.Zero);
        }

        // Where it is quiet a row is held from the start, and no longer than it is news; where not, the lane looks again before it hands it over.
        var hasHours = await quiet.AreSetAsync(write);
        var held = hasHours && await quiet.WriteAsync(write, now) ? await InsertAsync(write, alertId, plan, to, now, DeliveryStatus.Held, hasHours) : 0;
        var planned = await InsertAsync(write, alertId, plan, to, now, DeliveryStatus.Pending, hasHours);
        await Figures.DecideAsync(write, alertId, DeliveryStatus.Pending, planned);
        if (held > 0)
        {
            await Figures.DecideAsync(write, alertId, DeliveryStatus.Held, held);
        }

        await PostOffice.SkipUnwantedAmongAsync(write, alertId, plan.PlannedTo, to);
        await write.ExecuteAsync("UPDATE alerts SET planned_to = @to, started_at = COALESCE(started_at, @now) WHERE id = @id", ("to", to), ("now", now), ("id", alertId));
        return new FanOutStep(false, planned, TimeSpan.Zero);
    }

    private static string[] Topics(Plan plan) => [.. plan.Topics.Split(' ', StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal)];

    private async Task<int> InsertAsync(Write write, Guid alertId, Plan plan, long to, DateTimeOffset now, DeliveryStatus status, bool hasHours)
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
        // Who agreed to breaking news at night, and whoever is written to by mail, has no quiet hours.
        var awake = plan.Priority == Priority.Breaking ? "(c.channel <> 1 OR s.breaking_at_night)" : "c.channel <> 1";
        var (state, reason, due, whereabouts, join, chosen, line) = (hasHours, status) switch
        {
            (false, _) => ("0", "NULL", "@now", "NULL", "", "", "''"),
            (true, DeliveryStatus.Held) => ("1", "'quiet hours'", "CASE WHEN w.opens_at < @expires THEN w.opens_at ELSE @expires END", "w.id", Join, $"AND w.opens_at > @now AND NOT {awake}", "@line"),
            // Whoever was not held a moment ago, also where another chunk has begun the night meanwhile: nobody falls between the two, and the lane looks at the hour.
            _ => ("0", "NULL", "@now", $"CASE WHEN {awake} THEN NULL ELSE w.id END", Join, "", "''"),
        };
        if (status == DeliveryStatus.Held)
        {
            parameters.Add(("line", DeliveryChange.Line(now, status, "quiet hours")));
        }

        return await write.ExecuteAsync($"""
            INSERT INTO deliveries (source_id, subject_id, contact_id, channel, sender, scope, locale, whereabouts_id, status, reason, due_at, expires_at, created_at, changed_at, history)
            SELECT @alert, @alert, s.contact_id, c.channel, {sender}, {scope}, NULLIF(s.locale, @locale), {whereabouts}, {state}, {reason}, {due}, @expires, @now, @now, {line}
            FROM subscriptions s JOIN contacts c ON c.id = s.contact_id {join}
            WHERE s.contact_id > @from AND s.contact_id <= @to AND c.address IS NOT NULL AND {sender} IS NOT NULL {chosen}
              AND {Audience.Replace("{topics}", wanted, StringComparison.Ordinal)}
            ORDER BY s.contact_id
            ON CONFLICT (subject_id, contact_id) DO NOTHING
            """, [.. parameters]);
    }

    /// <summary>The audience stands. A STOP that ran beside a chunk saw no row of it, and the chunk saw no suppression: now both can be seen.</summary>
    private static async Task<FanOutStep> FinishAsync(Write write, Guid alertId, DateTimeOffset beganAt, DateTimeOffset now)
    {
        await PostOffice.SkipUnwantedSinceAsync(write, alertId, beganAt - LongestTransaction);
        await write.ExecuteAsync("UPDATE alerts SET planned_at = @now, started_at = COALESCE(started_at, @now), digest_at = @ready WHERE id = @id",
            ("now", now), ("ready", await DigestMarks.ReadyAsync(write)), ("id", alertId));
        return FanOutStep.Done;
    }

    private sealed record Plan(DateTimeOffset StartsAt, DateTimeOffset ExpiresAt, long PlannedTo, bool IsPlanned, bool IsHeld, bool IsCancelled, string Topics, bool IsPaused, DateTimeOffset BeganAt, Priority Priority,
        AlertRoute Route);

    private sealed record FanOutStep(bool IsDone, int Planned, TimeSpan Wait)
    {
        public static readonly FanOutStep Done = new(true, 0, TimeSpan.Zero);
    }
}
