using System.Globalization;
using Microsoft.Extensions.Options;

namespace Notify.Publication;

/// <summary>When digests are due: at an hour of the reader's day, whatever their clocks do in spring and in autumn.</summary>
public sealed class DigestTimes(IOptionsMonitor<PublicationOptions> options)
{
    /// <summary>No clock on earth is further from UTC, or is put forward or back by more, than this.</summary>
    private static readonly TimeSpan Widest = TimeSpan.FromHours(40);

    public static bool IsTime(string? text) => TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    /// <summary>The hour of whoever chose none.</summary>
    public TimeOnly Usual => TimeOnly.ParseExact(options.CurrentValue.DigestAt, "HH:mm", CultureInfo.InvariantCulture);

    /// <summary>The next time a reader's digest is due.</summary>
    /// <param name="zones">What is known of the reader's zone, IANA names separated by blanks. Where that is not one, the publication's.</param>
    /// <param name="isWeekly">Once a week and not every day.</param>
    /// <param name="minute">Of the day; null: the publication's.</param>
    /// <param name="day">Of the week, 0 = Sunday; null: the publication's.</param>
    /// <param name="after">It is later than this.</param>
    public DateTimeOffset Next(string zones, bool isWeekly, int? minute, int? day, DateTimeOffset after) => Next(
        Zone(zones), minute is { } of ? TimeOnly.FromTimeSpan(TimeSpan.FromMinutes(of)) : Usual,
        isWeekly ? day is { } chosen ? (DayOfWeek)chosen : options.CurrentValue.DigestDay : null, after);

    /// <summary>The zone whose clock decides.</summary>
    public TimeZoneInfo Zone(string zones) =>
        zones.Length > 0 && TimeZoneInfo.TryFindSystemTimeZoneById(zones, out var own) ? own
        : TimeZoneInfo.TryFindSystemTimeZoneById(options.CurrentValue.TimeZone, out var home) ? home : TimeZoneInfo.Utc;

    /// <param name="day">Null: every day.</param>
    internal static DateTimeOffset Next(TimeZoneInfo zone, TimeOnly at, DayOfWeek? day, DateTimeOffset after)
    {
        var date = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(after, zone).DateTime).AddDays(-1);
        while (true)
        {
            if ((day is null || date.DayOfWeek == day) && FirstAt(zone, date.ToDateTime(at)) is var due && due > after)
            {
                return due;
            }

            date = date.AddDays(1);
        }
    }

    /// <summary>
    /// The first instant at which the clocks of a zone show this time or a later one: what they leave out comes at the moment they jump, and of what they show
    /// twice the first counts. Found by the way from instants to clocks, which is never in doubt.
    /// </summary>
    internal static DateTimeOffset FirstAt(TimeZoneInfo zone, DateTime local)
    {
        var near = new DateTimeOffset(DateTime.SpecifyKind(local, DateTimeKind.Unspecified), TimeSpan.Zero);
        var (before, after) = (near - Widest, near + Widest);
        var found = new[] { zone.GetUtcOffset(before), zone.GetUtcOffset(near), zone.GetUtcOffset(after) }
            .Select(offset => near - offset).Where(at => Clock(zone, at) == local).Order().Cast<DateTimeOffset?>().FirstOrDefault();
        if (found is { } shown)
        {
            return shown;
        }

        while (after - before > TimeSpan.FromSeconds(1))
        {
            var middle = before + TimeSpan.FromSeconds(Math.Floor((after - before).TotalSeconds / 2));
            (before, after) = Clock(zone, middle) >= local ? (before, middle) : (middle, after);
        }

        return after;
    }

    private static DateTime Clock(TimeZoneInfo zone, DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, zone).DateTime;
}
