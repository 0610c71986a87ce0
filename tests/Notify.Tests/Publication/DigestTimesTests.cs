using CsCheck;
using Notify.Publication;

namespace Notify.Tests.Publication;

/// <summary>A digest's hour over the changes that clocks really made: hours left out, hours shown twice, half an hour, a whole day.</summary>
public sealed class DigestTimesTests
{
    private static readonly string[] Zones =
    [
        "Europe/Berlin", "America/New_York", "Asia/Jerusalem", "Australia/Lord_Howe", "Africa/Cairo", "Pacific/Apia", "America/Sao_Paulo", "Asia/Kathmandu", "Africa/Casablanca",
        "America/St_Johns", "Asia/Gaza", "Atlantic/Azores", "America/Havana", "Pacific/Chatham", "UTC",
    ];

    [Theory]
    [InlineData("Europe/Berlin", "02:30", "2026-03-28T12:00Z", "2026-03-29T01:00Z")] // left out: at the moment the clocks jump
    [InlineData("Europe/Berlin", "02:30", "2026-10-24T12:00Z", "2026-10-25T00:30Z")] // shown twice: the first
    [InlineData("America/New_York", "18:00", "2026-03-07T23:00Z", "2026-03-08T22:00Z")] // 23 hours after the last
    [InlineData("America/New_York", "18:00", "2026-10-31T22:00Z", "2026-11-01T23:00Z")] // 25
    [InlineData("Australia/Lord_Howe", "02:10", "2026-10-03T00:00Z", "2026-10-03T15:30Z")] // half an hour is left out
    [InlineData("Pacific/Apia", "12:00", "2011-12-29T22:30Z", "2011-12-30T10:00Z")] // the day that never was
    [InlineData("Asia/Jerusalem", "02:30", "2026-03-26T12:00Z", "2026-03-27T00:00Z")]
    public void The_hour_is_what_the_readers_clock_shows(string zone, string at, string after, string expected) => Assert.Equal(
        DateTimeOffset.Parse(expected, null), DigestTimes.Next(TimeZoneInfo.FindSystemTimeZoneById(zone), TimeOnly.Parse(at, null), null, DateTimeOffset.Parse(after, null)));

    [Fact]
    public void Every_local_day_has_one_and_at_its_hour_unless_the_clocks_leave_that_out()
    {
        var minutes = Gen.Int[0, (20 * 366 * 24 * 60) - 1];
        Gen.Select(Gen.Int[0, Zones.Length - 1].Select(i => Zones[i]), Gen.Int[0, 1439], minutes).Sample((name, minute, start) =>
        {
            var (zone, at) = (TimeZoneInfo.FindSystemTimeZoneById(name), TimeOnly.FromTimeSpan(TimeSpan.FromMinutes(minute)));
            var last = new DateTimeOffset(2008, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(start);
            DateOnly? day = null;
            for (var i = 0; i < 12; i++)
            {
                var next = DigestTimes.Next(zone, at, null, last);
                var local = TimeZoneInfo.ConvertTime(next, zone).DateTime;
                var before = TimeZoneInfo.ConvertTime(next.AddSeconds(-1), zone).DateTime;
                // Either the clock shows the hour, or it has just jumped over it.
                var wanted = day is { } d ? d.AddDays(1).ToDateTime(at) : TimeOnly.FromDateTime(local) == at ? local : DateOnly.FromDateTime(before).ToDateTime(at) is var on && on > before ? on : DateOnly.FromDateTime(local).ToDateTime(at);
                Assert.True(next > last, $"{next:O} is not after {last:O}");
                Assert.True(local == wanted || (before < wanted && local > wanted), $"{name} {at}: {local:O} for {wanted:O}");
                (last, day) = (next, DateOnly.FromDateTime(wanted));
            }
        }, iter: 3_000);
    }

    [Fact]
    public void A_weekly_one_comes_once_a_week_on_its_day() =>
        Gen.Select(Gen.Int[0, Zones.Length - 1].Select(i => Zones[i]), Gen.Int[0, 1439], Gen.Int[0, 6], Gen.Int[0, 20 * 366]).Sample((name, minute, weekday, start) =>
        {
            var (zone, at) = (TimeZoneInfo.FindSystemTimeZoneById(name), TimeOnly.FromTimeSpan(TimeSpan.FromMinutes(minute)));
            var first = DigestTimes.Next(zone, at, (DayOfWeek)weekday, new DateTimeOffset(2008, 1, 1, 0, 0, 0, TimeSpan.Zero).AddDays(start));
            var second = DigestTimes.Next(zone, at, (DayOfWeek)weekday, first);

            // A minute before the clock showed the day's hour, or the hour itself, it was that day; only a day that is left out moves it.
            Assert.InRange(second - first, TimeSpan.FromDays(6), TimeSpan.FromDays(8));
            var local = TimeZoneInfo.ConvertTime(first, zone).DateTime;
            Assert.True((local.DayOfWeek == (DayOfWeek)weekday && TimeOnly.FromDateTime(local) == at) || TimeZoneInfo.ConvertTime(first.AddSeconds(-1), zone).DateTime.AddSeconds(2) < local, $"{name} {local:O}");
        }, iter: 3_000);
}
