namespace Notify.Publication;

/// <summary>Local times as instants.</summary>
internal static class LocalTime
{
    /// <summary>What the clock leaves out in spring comes as much later.</summary>
    public static DateTimeOffset Instant(TimeZoneInfo zone, DateOnly day, TimeOnly time)
    {
        var local = day.ToDateTime(time);
        while (zone.IsInvalidTime(local))
        {
            local = local.AddMinutes(15);
        }

        return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();
    }
}
