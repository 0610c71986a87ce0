using System.Globalization;
using System.Text;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Storage;

namespace Notify.Alerts;

/// <summary>
/// From an audience to delivery rows, set by set: each chunk of readers and the mark how far it went are one transaction, and a row that is
/// there already stays as it is. So it can die anywhere and run twice, and every reader has one row.
/// </summary>
internal sealed class FanOut(Database database, Senders senders, PostOffice office, TimeProvider clock)
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

    /// <summary>Readers who take every topic, or one of the article's. An article without topics goes to those who take all.</summary>
    internal const string Audience = """
        s.state = 2 AND (s.all_topics OR EXISTS (
          SELECT 1 FROM subscription_topics t WHERE t.contact_id = s.contact_id AND {topics}))
        """;

    public async Task RunAsync(Guid alertId, CancellationToken cancellationToken)
    {
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
            SELECT a.starts_at, a.expires_at, a.planned_to, a.planned_at, a.hold, s.cancelled, r.topics, s.paused, COALESCE(a.started_at, a.starts_at)
            FROM alerts a JOIN sources s ON s.id = a.id JOIN articles r ON r.id = a.article_id WHERE a.id = @id
            """ + (write.IsPostgres ? " FOR UPDATE OF a" : ""),
            row => new Plan(row.Instant(0), row.Instant(1), row.GetInt64(2), !row.IsDBNull(3), row.GetBoolean(4), row.GetBoolean(5), row.GetString(6), row.GetBoolean(7),
                row.Instant(8)), ("id", alertId));
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

        var planned = await InsertAsync(write, alertId, plan, to, now);
        await Figures.DecideAsync(write, alertId, DeliveryStatus.Pending, planned);
        await PostOffice.SkipUnwantedAmongAsync(write, alertId, plan.PlannedTo, to);
        await write.ExecuteAsync("UPDATE alerts SET planned_to = @to, started_at = COALESCE(started_at, @now) WHERE id = @id", ("to", to), ("now", now), ("id", alertId));
        return new FanOutStep(false, planned, TimeSpan.Zero);
    }

    private async Task<int> InsertAsync(Write write, Guid alertId, Plan plan, long to, DateTimeOffset now)
    {
        var topics = plan.Topics.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var parameters = new List<(string, object?)>
        {
            ("alert", alertId), ("from", plan.PlannedTo), ("to", to), ("now", now), ("expires", plan.ExpiresAt), ("scope", topics is [var only] ? only : ""),
        };
        var names = topics.Select((topic, i) => (Name: $"topic{i.ToString(CultureInfo.InvariantCulture)}", topic)).ToArray();
        parameters.AddRange(names.Select(n => (n.Name, (object?)n.topic)));
        var wanted = names.Length > 0 ? $"t.topic IN ({string.Join(", ", names.Select(n => "@" + n.Name))})" : "1 = 0";
        var sender = SenderOf(parameters);
        return await write.ExecuteAsync($"""
            INSERT INTO deliveries (source_id, subject_id, contact_id, channel, sender, scope, status, due_at, expires_at, created_at, changed_at)
            SELECT @alert, @alert, s.contact_id, c.channel, {sender}, @scope, 0, @now, @expires, @now, @now
            FROM subscriptions s JOIN contacts c ON c.id = s.contact_id
            WHERE s.contact_id > @from AND s.contact_id <= @to AND c.address IS NOT NULL AND {sender} IS NOT NULL
              AND {Audience.Replace("{topics}", wanted, StringComparison.Ordinal)}
            ORDER BY s.contact_id
            ON CONFLICT (subject_id, contact_id) DO NOTHING
            """, [.. parameters]);
    }

    /// <summary>The rule of <see cref="Senders.For"/>, as SQL: the same contact always hears from the same sender. Null where a channel has none.</summary>
    private string SenderOf(List<(string, object?)> parameters)
    {
        var sql = new StringBuilder("CASE c.channel");
        foreach (var channel in Enum.GetValues<Channel>())
        {
            Sender[] all = [.. senders.Of(channel)];
            if (all.Length == 0)
            {
                continue;
            }

            sql.Append(CultureInfo.InvariantCulture, $" WHEN {(int)channel} THEN CASE c.id % {all.Length}");
            for (var i = 0; i < all.Length; i++)
            {
                var name = $"sender{(int)channel}_{i.ToString(CultureInfo.InvariantCulture)}";
                parameters.Add((name, all[i].Name));
                sql.Append(CultureInfo.InvariantCulture, $" WHEN {i} THEN CAST(@{name} AS text)");
            }

            sql.Append(" END");
        }

        return sql.Append(" END").ToString();
    }

    /// <summary>The audience stands. A STOP that ran beside a chunk saw no row of it, and the chunk saw no suppression: now both can be seen.</summary>
    private static async Task<FanOutStep> FinishAsync(Write write, Guid alertId, DateTimeOffset beganAt, DateTimeOffset now)
    {
        await PostOffice.SkipUnwantedSinceAsync(write, alertId, beganAt - LongestTransaction);
        await write.ExecuteAsync("UPDATE alerts SET planned_at = @now, started_at = COALESCE(started_at, @now) WHERE id = @id", ("now", now), ("id", alertId));
        return FanOutStep.Done;
    }

    private sealed record Plan(DateTimeOffset StartsAt, DateTimeOffset ExpiresAt, long PlannedTo, bool IsPlanned, bool IsHeld, bool IsCancelled, string Topics, bool IsPaused, DateTimeOffset BeganAt);

    private sealed record FanOutStep(bool IsDone, int Planned, TimeSpan Wait)
    {
        public static readonly FanOutStep Done = new(true, 0, TimeSpan.Zero);
    }
}
