using System.Globalization;
using Microsoft.Extensions.Options;
using Notify.Deliveries;
using Notify.Jobs;
using Notify.Publication;
using Notify.Storage;

namespace Notify.Alerts;

/// <summary>Whether an alert may begin.</summary>
internal enum MayBegin
{
    Yes,

    /// <summary>In a moment.</summary>
    Soon,

    /// <summary>Not now; the reconciler looks again where it may later.</summary>
    No,
}

/// <summary>
/// What was to go at a time and could not is not sent hours later as if nothing had been: it ends, and the newsroom is told. Breaking news too: an hour late it is none, and whoever wants it out
/// all the same says so. What was to go at once is not asked: it has its time to live.
/// </summary>
internal sealed class LateStarts(IOptionsMonitor<DeliveryOptions> options, IOptionsMonitor<PublicationOptions> site, IAlarm alarm)
{
    /// <summary>Why a reader was left out whose hour had passed.</summary>
    public const string Missed = "stale: its hour had passed where its reader is";

    /// <summary>How long after a reader's hour it is still news.</summary>
    public TimeSpan Life => options.CurrentValue.TimeToLive;

    /// <summary>What was due before is too late.</summary>
    public DateTimeOffset Before(DateTimeOffset now) => now - options.CurrentValue.LateStart;

    /// <summary>For so long a digest with the former words may still be claimed and handed over: twice what a lane keeps a message that it composed.</summary>
    private static readonly TimeSpan Composed = TimeSpan.FromSeconds(4);

    /// <summary>Digests with an article, composed before it was put right, whose arrival nobody knows yet.</summary>
    internal const string DigestsOnTheWire = """
        SELECT count(*) FROM deliveries d WHERE d.status = 2 AND d.handed_at <= @until
          AND EXISTS (SELECT 1 FROM digest_articles x JOIN alerts a ON a.id = x.alert_id WHERE x.digest_id = d.subject_id AND a.article_id = @article)
        """;

    /// <summary>The last question before the first reader is written down: may it begin now? Then with the words of this moment.</summary>
    public async Task<MayBegin> BeginAsync(Write write, Guid alertId, DateTimeOffset now)
    {
        var (article, audience, startsAt, isScheduled, isLocal) = (await write.QueryAsync("SELECT article_id, audience, starts_at, send_at, local_time FROM alerts WHERE id = @id",
            row => (row.GetGuid(0), (AlertAudience)row.GetInt32(1), row.Instant(2), !row.IsDBNull(3), !row.IsDBNull(4)), ("id", alertId)))[0];
        if (isScheduled && audience == AlertAudience.Readers)
        {
            if (await write.ScalarAsync<long>("SELECT count(*) FROM sending WHERE paused") > 0)
            {
                // Rows that stood would all leave when the red switch is turned, however late.
                return MayBegin.No;
            }

            if (!isLocal && startsAt < Before(now))
            {
                await ExpireAsync(write, alertId, startsAt, now);
                return MayBegin.No;
            }
        }

        // Whether what is on the wire right now arrives decides who was told.
        if (audience != AlertAudience.Readers && await write.ScalarAsync<long>("""
            SELECT count(*) FROM alerts a JOIN sources s ON s.id = a.id WHERE a.article_id = @article AND a.audience <> 1 AND a.id <> @id AND s.sending > 0
            """, ("article", article), ("id", alertId)) > 0)
        {
            return MayBegin.Soon;
        }

        if (audience != AlertAudience.Readers && await IsOnItsWayInDigestsAsync(write, article, now))
        {
            return MayBegin.Soon;
        }

        await AlertWords.KeepAsync(write, alertId, now);
        return MayBegin.Yes;
    }

    /// <summary>Counted from the last change of its words, for what was composed before that is wrong.</summary>
    private static async Task<bool> IsOnItsWayInDigestsAsync(Write write, Guid article, DateTimeOffset now)
    {
        if (await write.ScalarAsync<long>("SELECT count(*) FROM alerts WHERE article_id = @article AND digested_at IS NOT NULL", ("article", article)) == 0)
        {
            return false;
        }

        var changedAt = DateTimeOffset.FromUnixTimeMilliseconds(await write.ScalarAsync<long>("SELECT COALESCE(max(at), 0) FROM article_revisions WHERE article_id = @article", ("article", article)));
        return now < changedAt + Composed || await write.ScalarAsync<long>(DigestsOnTheWire, ("until", changedAt + Composed), ("article", article)) > 0;
    }

    private async Task ExpireAsync(Write write, Guid alertId, DateTimeOffset startsAt, DateTimeOffset now)
    {
        await write.ExecuteAsync("UPDATE alerts SET expired_at = @now WHERE id = @id", ("now", now), ("id", alertId));
        await write.ExecuteAsync("UPDATE sources SET cancelled = @yes, why = 'late' WHERE id = @id", ("yes", true), ("id", alertId));
        await alarm.RaiseAsync(write, AlarmOf(alertId), $"An alert was to begin at {Say(startsAt)} and could not, so it was not sent. Whether it still goes is for you to say: it is in the queue.");
    }

    /// <summary>Whether the hour of any readers has passed too long ago; said once.</summary>
    public async Task<bool> HasAnyAsync(Write write, Guid alertId, DateTimeOffset now)
    {
        if (await write.ScalarAsync<long>("SELECT count(*) FROM local_starts WHERE alert_id = @id AND due_at < @late", ("id", alertId), ("late", Before(now))) is 0)
        {
            return false;
        }

        await alarm.RaiseAsync(write, AlarmOf(alertId), "An alert that goes by its readers' clocks began too late for some places; readers there were left out, as its page shows.");
        return true;
    }

    internal static string AlarmOf(Guid alertId) => $"alert {alertId} late";

    private string Say(DateTimeOffset at) => string.Create(
        CultureInfo.InvariantCulture, $"{TimeZoneInfo.ConvertTime(at, TimeZoneInfo.FindSystemTimeZoneById(site.CurrentValue.TimeZone)):d MMM yyyy HH:mm} ({site.CurrentValue.TimeZone})");
}
