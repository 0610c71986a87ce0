using System.Globalization;
using CsCheck;
using Microsoft.Extensions.Options;
using Notify.Contacts;
using Notify.Publication;
using NSubstitute;

namespace Notify.Tests.Publication;

/// <summary>When a text may arrive, by the publication's hours, the law of the place and every clock the reader may live by.</summary>
public sealed class CivilHoursTests
{
    [Theory]
    // A publication that is quiet from nine in the evening to eight in the morning.
    [InlineData("", "Europe/London", "2026-11-24T12:00:00Z", null)]
    [InlineData("", "Europe/London", "2026-11-24T20:59:00Z", null)]
    [InlineData("", "Europe/London", "2026-11-24T21:00:00Z", "2026-11-25T08:00:00Z")]
    [InlineData("", "Europe/London", "2026-11-25T07:59:00Z", "2026-11-25T08:00:00Z")]
    [InlineData("", "Asia/Jerusalem", "2026-11-24T19:30:00Z", "2026-11-25T06:00:00Z")]
    // Nobody said where: where the publication is, which is in Warsaw.
    [InlineData("", "", "2026-11-24T20:30:00Z", "2026-11-25T07:00:00Z")]
    [InlineData("", "Nowhere/Known", "2026-11-24T20:30:00Z", "2026-11-25T07:00:00Z")]
    // Two zones: not before the later one opens, not after the earlier one closes.
    [InlineData("", "America/New_York America/Chicago", "2026-11-24T13:30:00Z", "2026-11-24T14:00:00Z")]
    [InlineData("", "America/New_York America/Chicago", "2026-11-25T02:30:00Z", "2026-11-25T14:00:00Z")]
    // Texas: from nine, on Sundays from noon; until nine in the evening.
    [InlineData("US-TX", "America/Chicago", "2026-11-24T14:30:00Z", "2026-11-24T15:00:00Z")]
    [InlineData("US-TX", "America/Chicago", "2026-11-29T16:00:00Z", "2026-11-29T18:00:00Z")]
    // Before that law was in force, the federal one alone.
    [InlineData("US-TX", "America/Chicago", "2025-08-31T14:30:00Z", null)]
    // Rhode Island closes at six on working days and at five at the weekend.
    [InlineData("US-RI", "America/New_York", "2026-11-27T23:30:00Z", "2026-11-28T15:00:00Z")]
    [InlineData("US-RI", "America/New_York", "2026-11-28T22:30:00Z", "2026-11-29T15:00:00Z")]
    // A number of Florida whose reader's browser says London: the law of the number, the clock of the reader.
    [InlineData("US-FL", "Europe/London", "2026-11-24T20:30:00Z", "2026-11-25T08:00:00Z")]
    // The night the clocks go forward in London has no half past one, the night they go back has two.
    [InlineData("", "Europe/London", "2026-03-29T00:30:00Z", "2026-03-29T07:00:00Z")]
    [InlineData("", "Europe/London", "2026-10-25T00:30:00Z", "2026-10-25T08:00:00Z")]
    public void Opens(string region, string zones, string now, string? opens) =>
        Assert.Equal(opens is null ? null : At(opens), Hours("21:00", "08:00").OpensAt(region, zones, At(now)));

    [Fact]
    public void No_quiet_hours_no_law_looked_at() => Assert.Null(Hours("", "").OpensAt("US-TX", "America/Chicago", At("2026-11-29T09:00:00Z")));

    [Fact]
    public void A_window_that_fits_no_zone_is_looked_for_again_after_nine_days() =>
        Assert.Equal(At("2026-12-03T12:00:00Z"), Hours("13:00", "12:00").OpensAt("", "Pacific/Auckland America/New_York", At("2026-11-24T12:00:00Z")));

    /// <summary>For any hours, zones and instants: open at the instant it names, and at no minute before.</summary>
    [Fact]
    public void It_opens_at_the_first_minute_it_may()
    {
        var times = Gen.Int[0, 95].Select(quarter => TimeOnly.MinValue.AddMinutes(quarter * 15).ToString("HH:mm", CultureInfo.InvariantCulture));
        var zone = Gen.OneOf("Europe/London", "America/New_York", "America/Chicago", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Chatham", "Asia/Jerusalem");
        var place = Gen.OneOf("", "US", "US-TX", "US-RI", "US-KY", "GB");
        Gen.Select(times, times, zone, zone, place, Gen.Int[0, 525_600]).Where(t => t.Item1 != t.Item2).Sample((from, to, one, two, region, minute) =>
        {
            var hours = Hours(from, to);
            var (now, zones) = (At("2026-01-01T00:00:00Z").AddMinutes(minute), one == two ? one : $"{one} {two}");
            if (hours.OpensAt(region, zones, now) is not { } opens)
            {
                return;
            }

            var isNever = opens == now.AddDays(9);
            var last = isNever ? now.AddDays(7) : opens;
            Assert.True(isNever || hours.OpensAt(region, zones, opens) is null, $"{opens:O} is not open");
            for (var at = now; at < last; at = at.AddMinutes(15))
            {
                Assert.NotNull(hours.OpensAt(region, zones, at));
            }
        }, iter: 400);
    }

    [Theory]
    [InlineData("+17135550143", null, "US-TX", "America/Chicago")]
    [InlineData("+12125550143", null, "US-NY", "America/New_York")]
    [InlineData("+12065550143", null, "US-WA", "America/Los_Angeles")]
    [InlineData("+14015550143", null, "US-RI", "America/New_York")]
    [InlineData("+12025550143", null, "US-DC", "America/New_York")]
    [InlineData("+14165550143", null, "CA", "America/Toronto")]
    [InlineData("+12085550143", null, "US-ID", "America/Boise America/Los_Angeles")]
    [InlineData("+12125550143", "Asia/Tokyo", "US-NY", "Asia/Tokyo")]
    // Of these the table says all of the code 1, from Guam to Halifax: an island is where it is, and else it is the publication's zone.
    [InlineData("+18762345678", null, "JM", "America/Jamaica")]
    [InlineData("+12462345678", null, "BB", "America/Barbados")]
    [InlineData("+16002345678", null, "CA", "")]
    [InlineData("+18002345678", null, "US", "")]
    // An area code that is not in use yet has no zone at all.
    [InlineData("+14575550143", null, "US", "")]
    [InlineData("+447911123456", null, "GG", "Europe/Guernsey Europe/Isle_of_Man Europe/Jersey Europe/London")]
    public void Whereabouts(string number, string? zone, string region, string zones) =>
        Assert.Equal((region, zones), Places.Find(ContactPoint.Of(PhoneNumber.FromE164(number)), zone));

    [Theory]
    [InlineData("US\tall\t20:00\t08:00\t2020-01-01", "Line 1: from and to")]
    [InlineData("US\tFunday\t08:00\t20:00\t2020-01-01", "Line 1: write days")]
    [InlineData("US\tall\t08:00\t20:00\tyesterday", "Line 1: since")]
    [InlineData("# rules\nUS all 08:00 20:00", "Line 2 has 1 columns")]
    public void A_table_that_cannot_be_read_says_where(string table, string says) =>
        Assert.StartsWith(says, Assert.Throws<FormatException>(() => RegionHours.Read(new StringReader(table))).Message, StringComparison.Ordinal);

    private static CivilHours Hours(string from, string to)
    {
        var options = Substitute.For<IOptionsMonitor<PublicationOptions>>();
        options.CurrentValue.Returns(new PublicationOptions { TimeZone = "Europe/Warsaw", QuietHours = { From = from, To = to } });
        return new CivilHours(options);
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
