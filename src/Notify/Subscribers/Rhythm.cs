using Notify.Publication;
using Notify.Storage;

namespace Notify.Subscribers;

/// <summary>What a reader chose of when to be written to.</summary>
/// <param name="Minute">Of their day; null: the publication's hour.</param>
/// <param name="Day">Of the week, 0 = Sunday; null: the publication's.</param>
internal sealed record Cadence(Frequency Frequency, int? Minute = null, int? Day = null)
{
    public static readonly Cadence Instant = new(Frequency.Instant);
}

/// <summary>
/// From each article at once to digests and back, so that no article is told twice and none is lost. What was ready before the change and not yet in a digest still
/// goes in one; of an alert that was being written out at that moment the digest asks whether this reader has it already.
/// </summary>
internal sealed class Rhythm(DigestTimes times)
{
    /// <summary>What becomes ready within the same is not lost between the two ways.</summary>
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);

    /// <summary>A contact that begins, or begins again: nothing from before.</summary>
    public async Task BeginAsync(Write write, long contactId, Cadence pace)
    {
        var now = await write.NowAsync();
        await write.ExecuteAsync("""
            UPDATE subscriptions SET frequency = @frequency, digest_minute = @minute, digest_day = @day, digest_at = @due, digest_from = @from, switched_at = NULL WHERE contact_id = @contact
            """,
            ("frequency", pace.Frequency), ("minute", pace.Minute), ("day", pace.Day), ("from", now - Instant), ("contact", contactId),
            ("due", pace.Frequency == Frequency.Instant ? null : await DueAsync(write, contactId, pace, now)));
    }

    /// <summary>One that came back, as it was: nothing of while it was away.</summary>
    public async Task GoOnAsync(Write write, long contactId)
    {
        if (await FindAsync(write, contactId) is { } known)
        {
            await BeginAsync(write, contactId, known.Cadence);
        }
    }

    /// <summary>One that is told already changes how. The contact's row is the caller's.</summary>
    public async Task ChangeAsync(Write write, long contactId, Cadence pace)
    {
        if (await FindAsync(write, contactId) is not { } known)
        {
            return;
        }

        var now = await write.NowAsync();
        var (was, becomes) = (known.Cadence.Frequency != Frequency.Instant, pace.Frequency != Frequency.Instant);
        // Back to each article: what waits goes once more, when it would have gone.
        var due = becomes ? await DueAsync(write, contactId, pace, now) : known.DueAt;
        await write.ExecuteAsync("""
            UPDATE subscriptions SET frequency = @frequency, digest_minute = @minute, digest_day = @day, digest_at = @due, digest_from = @from, switched_at = COALESCE(@switched, switched_at)
            WHERE contact_id = @contact
            """,
            ("frequency", pace.Frequency), ("minute", pace.Minute), ("day", pace.Day), ("due", due), ("contact", contactId),
            ("from", becomes && known.DueAt is null ? now - Instant : known.From), ("switched", was == becomes ? null : now));
    }

    /// <summary>Where the reader's clock is another one now.</summary>
    public async Task MovedAsync(Write write, long contactId)
    {
        if (await FindAsync(write, contactId) is { Cadence.Frequency: not Frequency.Instant } known)
        {
            await ChangeAsync(write, contactId, known.Cadence);
        }
    }

    public static async Task<Cadence> OfAsync(Write write, long contactId) => (await FindAsync(write, contactId))?.Cadence ?? Cadence.Instant;

    private async Task<DateTimeOffset> DueAsync(Write write, long contactId, Cadence pace, DateTimeOffset now)
    {
        var zones = await write.ScalarAsync<string>("SELECT w.zones FROM subscriptions s JOIN whereabouts w ON w.id = s.whereabouts_id WHERE s.contact_id = @contact", ("contact", contactId));
        return times.Next(zones ?? "", pace.Frequency == Frequency.Weekly, pace.Minute, pace.Day, now);
    }

    private static async Task<Known?> FindAsync(Write write, long contactId) => (await write.QueryAsync(
        "SELECT frequency, digest_minute, digest_day, digest_at, digest_from FROM subscriptions WHERE contact_id = @contact",
        row => new Known(
            new Cadence((Frequency)row.GetInt32(0), row.IsDBNull(1) ? null : row.GetInt32(1), row.IsDBNull(2) ? null : row.GetInt32(2)),
            row.IsDBNull(3) ? null : row.Instant(3), row.Instant(4)),
        ("contact", contactId))).FirstOrDefault();

    private sealed record Known(Cadence Cadence, DateTimeOffset? DueAt, DateTimeOffset From);
}
