using System.Globalization;
using Microsoft.Extensions.Options;

namespace Notify.Publication;

/// <summary>
/// When a text may arrive: outside the publication's quiet hours and the reader's own, and within the hours the law of the reader's place gives. A reader
/// whose zone is not known has several that it may be; the hours must be right in all of them.
/// </summary>
public sealed class CivilHours
{
    /// <summary>No window opens at all within this time only where the settings leave none; then it is looked for again.</summary>
    private const int DaysAhead = 9;

    private readonly IOptionsMonitor<PublicationOptions> _options;
    private readonly Lazy<IReadOnlyList<RegionHours>> _regions;

    public CivilHours(IOptionsMonitor<PublicationOptions> options)
    {
        _options = options;
        _regions = new Lazy<IReadOnlyList<RegionHours>>(() => ReadRegions(options.CurrentValue.QuietHours.RegionsFile));
    }

    /// <summary>Whether the publication has quiet hours; without, no law of a place is looked at, and every hour is fine but for a reader's own quiet ones.</summary>
    public bool AreSet => _options.CurrentValue.QuietHours.AreSet;

    /// <summary>When the next text may arrive.</summary>
    /// <param name="region">ISO 3166 with the state; empty when unknown.</param>
    /// <param name="zones">IANA names separated by blanks; empty: where the publication is.</param>
    /// <param name="own">The reader's own quiet hours, as <see cref="OwnQuiet"/> writes them; empty: none.</param>
    /// <returns>Null: now. Where what is allowed in one zone is always forbidden in another, an instant after which no news of today is news.</returns>
    public DateTimeOffset? OpensAt(string region, string zones, DateTimeOffset now, string own = "")
    {
        (TimeOnly Since, TimeOnly Until)[] quiet =
        [
            .. AreSet ? [(_options.CurrentValue.QuietHours.Since, _options.CurrentValue.QuietHours.Until)] : Array.Empty<(TimeOnly, TimeOnly)>(),
            .. OwnQuiet.TryRead(own, out var since, out var until) ? [(since, until)] : Array.Empty<(TimeOnly, TimeOnly)>(),
        ];
        if (quiet.Length == 0)
        {
            return null;
        }

        TimeZoneInfo[] all = [.. Zones(zones)];
        RegionHours[] laws = AreSet ? [.. _regions.Value.Where(r => r.Region == region || region.StartsWith(r.Region + "-", StringComparison.Ordinal))] : [];
        if (IsOpen(now))
        {
            return null;
        }

        // It opens at the end of the quiet hours, or with a law's window, in one of the zones.
        var begins = laws.Select(l => l.From).Concat(quiet.Select(q => q.Until)).Distinct().ToList();
        return all.SelectMany(zone => Enumerable.Range(-1, DaysAhead).SelectMany(day => begins.Select(at => LocalTime.Instant(zone, DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime).AddDays(day), at))))
            .Where(at => at > now).Distinct().Order().Cast<DateTimeOffset?>().FirstOrDefault(at => IsOpen(at!.Value)) ?? now.AddDays(DaysAhead);

        bool IsOpen(DateTimeOffset at) => Array.TrueForAll(all, zone => IsOpenIn(zone, at));

        bool IsOpenIn(TimeZoneInfo zone, DateTimeOffset at)
        {
            var local = TimeZoneInfo.ConvertTime(at, zone);
            var (day, time) = (DateOnly.FromDateTime(local.DateTime), TimeOnly.FromDateTime(local.DateTime));
            return Array.TrueForAll(quiet, q => !time.IsBetween(q.Since, q.Until))
                && Array.TrueForAll(laws, l => !Holds(l, day, laws) || (time >= l.From && time < l.To));
        }
    }

    /// <summary>Of several rows of one region the youngest in force holds; a region of which no row names the day leaves that day free.</summary>
    private static bool Holds(RegionHours law, DateOnly day, RegionHours[] laws) =>
        law.Since <= day && law.Days.Contains(day.DayOfWeek)
        && !Array.Exists(laws, other => other.Region == law.Region && other.Since > law.Since && other.Since <= day && other.Days.Contains(day.DayOfWeek));

    private IEnumerable<TimeZoneInfo> Zones(string zones)
    {
        var found = false;
        foreach (var name in zones.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone))
            {
                found = true;
                yield return zone;
            }
        }

        if (!found)
        {
            yield return TimeZoneInfo.TryFindSystemTimeZoneById(_options.CurrentValue.TimeZone, out var home) ? home : TimeZoneInfo.Utc;
        }
    }

    /// <exception cref="FormatException">A row cannot be read.</exception>
    /// <exception cref="IOException">There is no such file.</exception>
    internal static IReadOnlyList<RegionHours> ReadRegions(string file)
    {
        if (file.Length == 0)
        {
            return RegionHours.Shipped;
        }

        using var text = File.OpenText(file);
        return RegionHours.Read(text);
    }

    /// <summary>What is wrong with the settings; null when nothing is.</summary>
    internal static string? Fault(QuietHoursOptions quiet)
    {
        if (quiet.From.Length == 0 && quiet.To.Length == 0)
        {
            return null;
        }

        if (!TimeOnly.TryParseExact(quiet.From, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var from)
            || !TimeOnly.TryParseExact(quiet.To, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var to) || from == to)
        {
            return "Publication:QuietHours: write From and To as two different times, such as 21:00 and 08:00, or leave both empty.";
        }

        try
        {
            ReadRegions(quiet.RegionsFile);
            return null;
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            return $"Publication:QuietHours:RegionsFile cannot be used. {e.Message}";
        }
    }
}
