using System.Globalization;
using Microsoft.Extensions.Options;
using Notify.Articles;
using Notify.Deliveries;
using Notify.Publication;
using Notify.Storage;

namespace Notify.Alerts;

/// <param name="SendAt">The time somebody asked for; for readers' own hours the instant from which on they count; null: none was asked for.</param>
/// <param name="LocalTime">As it lies in the database.</param>
internal sealed record AlertTimes(DateTimeOffset StartsAt, DateTimeOffset ExpiresAt, DateTimeOffset? SendAt, string? LocalTime);

/// <summary>When an alert begins and when it is no news any more.</summary>
internal sealed class Timetable(IOptionsMonitor<DeliveryOptions> options, IOptionsMonitor<PublicationOptions> site)
{
    /// <param name="isUrgent">Without the time in which it can be taken back: breaking news, and what an editor sends now.</param>
    public async Task<AlertTimes> PlanAsync(Write write, Handling handling, bool isUrgent)
    {
        var (now, delivery) = (await write.NowAsync(), options.CurrentValue);
        var soonest = isUrgent ? now : now + TimeSpan.FromSeconds(delivery.UndoSeconds);
        var starts = handling.SendAt > soonest ? handling.SendAt.Value : soonest;
        if (handling.SendAtLocal is not { } time)
        {
            return new AlertTimes(starts, handling.Expires ?? starts + delivery.TimeToLive, handling.SendAt, null);
        }

        // It begins where the day is furthest on, so that until then an edit still changes what everybody gets.
        var dues = (await PlacesAsync(write)).ConvertAll(place => Next(ZoneOf(place.Zones), starts, time));
        return new AlertTimes(dues.Min(), handling.Expires ?? dues.Max() + delivery.TimeToLive, starts, time.ToString("HH:mm", CultureInfo.InvariantCulture));
    }

    /// <summary>Writes down when an alert is due where its readers are; where that stands already it stays.</summary>
    public async Task WriteAsync(Write write, Guid alertId, DateTimeOffset from, string localTime)
    {
        var time = TimeOnly.ParseExact(localTime, "HH:mm", CultureInfo.InvariantCulture);
        var missing = await write.QueryAsync("""
            SELECT w.id, w.zones FROM whereabouts w WHERE NOT EXISTS (SELECT 1 FROM local_starts l WHERE l.alert_id = @id AND l.whereabouts_id = w.id)
            """, row => (Id: row.GetInt32(0), Zones: row.GetString(1)), ("id", alertId));
        foreach (var (id, zones) in missing)
        {
            await write.ExecuteAsync("INSERT INTO local_starts (alert_id, whereabouts_id, due_at) VALUES (@alert, @id, @due) ON CONFLICT (alert_id, whereabouts_id) DO NOTHING",
                ("alert", alertId), ("id", id), ("due", Next(ZoneOf(zones), from, time)));
        }
    }

    /// <summary>The next instant at which it is that hour there. What the clock leaves out in spring comes as much later; of an hour that comes twice in autumn, one.</summary>
    internal static DateTimeOffset Next(TimeZoneInfo zone, DateTimeOffset from, TimeOnly time)
    {
        var day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(from, zone).DateTime).AddDays(-1);
        while (true)
        {
            if (LocalTime.Instant(zone, day, time) is var at && at >= from)
            {
                return at;
            }

            day = day.AddDays(1);
        }
    }

    /// <summary>Of several zones that a number may be in the publication's own if it is one, else the one furthest west: rather late than at night.</summary>
    internal TimeZoneInfo ZoneOf(string zones)
    {
        var home = TimeZoneInfo.FindSystemTimeZoneById(site.CurrentValue.TimeZone);
        string[] names = zones.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (names.Length == 0 || names.Contains(site.CurrentValue.TimeZone, StringComparer.Ordinal))
        {
            return home;
        }

        return names.Select(name => TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : null).OfType<TimeZoneInfo>().MinBy(zone => zone.BaseUtcOffset) ?? home;
    }

    private static Task<List<(int Id, string Zones)>> PlacesAsync(Write write) => write.QueryAsync("SELECT id, zones FROM whereabouts", row => (row.GetInt32(0), row.GetString(1)));
}
