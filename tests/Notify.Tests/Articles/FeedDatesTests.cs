using System.Globalization;
using CsCheck;
using Notify.Articles;

namespace Notify.Tests.Articles;

public sealed class FeedDatesTests
{
    [Theory]
    [InlineData("Thu, 01 Jan 2004 19:48:21 GMT", "2004-01-01T19:48:21Z")]
    [InlineData("Thu, 1 Jan 2004 19:48:21 GMT", "2004-01-01T19:48:21Z")]
    [InlineData("1 Jan 04 19:48 UT", "2004-01-01T19:48:00Z")]
    [InlineData("01 Jan 99 19:48 +0000", "1999-01-01T19:48:00Z")]
    [InlineData("31 Dec 49 19:48 Z", "2049-12-31T19:48:00Z")]
    [InlineData("01 Jan 50 19:48 Z", "1950-01-01T19:48:00Z")]
    [InlineData("Fri, 01 Jan 2004 9:48:21 EST", "2004-01-01T14:48:21Z")]
    [InlineData("Thu, 01 January 2004 19:48:21 CEST", "2004-01-01T17:48:21Z")]
    [InlineData("thu,01 jan 2004 19:48:21 cet", "2004-01-01T18:48:21Z")]
    [InlineData("Thu, 01-Jan-2004 19:48:21 +05:30", "2004-01-01T14:18:21Z")]
    [InlineData("Thu, 01 Jan 2004 19:48:21 -0330 (NST)", "2004-01-01T23:18:21Z")]
    [InlineData("Thu, 01 Jan 2004 19:48:21 GMT+0200", "2004-01-01T17:48:21Z")]
    [InlineData("Thu, 01 Jan 2004 19:48:21 GMT+2", "2004-01-01T17:48:21Z")]
    [InlineData("Thu, 01 Jan 2004 07:48:21 PM UTC", "2004-01-01T19:48:21Z")]
    [InlineData("Thu, 01 Jan 2004 12:00:21 am", "2004-01-01T00:00:21Z")]
    [InlineData("Thu, 01 Jan 2004 19:48:21 XYZ", "2004-01-01T19:48:21Z")]
    [InlineData("Thu, 01 Jan 2004 19:48:21", "2004-01-01T19:48:21Z")]
    [InlineData("Thu, 01 Jan 2004", "2004-01-01T00:00:00Z")]
    [InlineData("Mi\u00E9, 30 Sept 2026 24:00 Z", "2026-10-01T00:00:00Z")]
    [InlineData("Thu, 31 Dec 1998 23:59:60 GMT", "1998-12-31T23:59:59Z")]
    [InlineData("Thu Jan  1 19:48:21 2004", "2004-01-01T19:48:21Z")]
    [InlineData("Thu Jan  1 19:48:21 EST 2004", "2004-01-02T00:48:21Z")]
    [InlineData("January 1, 2004, 7:48 PM", "2004-01-01T19:48:00Z")]
    [InlineData("2003-12-31T10:14:55Z", "2003-12-31T10:14:55Z")]
    [InlineData("2003-12-31t10:14:55z", "2003-12-31T10:14:55Z")]
    [InlineData("2003-12-31T10:14:55.12345678-08:00", "2003-12-31T18:14:55.1234567Z")]
    [InlineData("2003-12-31 10:14:55 +0100", "2003-12-31T09:14:55Z")]
    [InlineData("2003-12-31T10:14+01", "2003-12-31T09:14:00Z")]
    [InlineData("2003-12-31T10:14:55", "2003-12-31T10:14:55Z")]
    [InlineData("20031231T101455Z", "2003-12-31T10:14:55Z")]
    [InlineData("2003-12-31", "2003-12-31T00:00:00Z")]
    [InlineData("20031231", "2003-12-31T00:00:00Z")]
    [InlineData("2003-12", "2003-12-01T00:00:00Z")]
    [InlineData("2003", "2003-01-01T00:00:00Z")]
    [InlineData("2003-12-31T24:00:00Z", "2004-01-01T00:00:00Z")]
    [InlineData("2003-335T22:23:38Z", "2003-12-01T22:23:38Z")]
    [InlineData("2004366", "2004-12-31T00:00:00Z")]
    [InlineData("2004/07/08 23:56:58", "2004-07-08T23:56:58Z")]
    [InlineData("2004-7-8T9:05:00+02:00", "2004-07-08T07:05:00Z")]
    [InlineData("2004\uB144 05\uC6D4 28\uC77C  01:31:15", "2004-05-28T01:31:15Z")]
    [InlineData("2004-05-25 \uC624\uD6C4 11:23:17", "2004-05-25T23:23:17Z")]
    [InlineData("2026\u5E741\u670815\u65E5 09:30", "2026-01-15T09:30:00Z")]
    [InlineData("2004-j\u00FAlius-13T9:15-03:00", "2004-07-13T12:15:00Z")]
    [InlineData("\u03A4\u03C1\u03AF, 29 \u0399\u03BF\u03CD\u03BD 2004 12:53:00 GMT", "2004-06-29T12:53:00Z")]
    [InlineData("jeu., 1 f\u00E9vr. 2024 19:48:21 +0100", "2024-02-01T18:48:21Z")]
    [InlineData("mercredi 3 ao\u00FBt 2022 \u00E0 19h48", "2022-08-03T19:48:00Z")]
    [InlineData("Do, 05 M\u00E4rz 2026 10:00:00 +0100", "2026-03-05T09:00:00Z")]
    [InlineData("Mo, 4. Mai 2026 10:00:00 MESZ", "2026-05-04T08:00:00Z")]
    [InlineData("29 de junio de 2004 12:53", "2004-06-29T12:53:00Z")]
    [InlineData("quinta-feira, 1 dez 2022 10:00:00 BRT", "2022-12-01T13:00:00Z")]
    [InlineData("\u0447\u0442, 5 \u0444\u0435\u0432 2026 10:00:00 MSK", "2026-02-05T07:00:00Z")]
    [InlineData("5 pa\u017Adziernika 2026 10:00", "2026-10-05T10:00:00Z")]
    [InlineData("Thursday, January 1st, 2004 at 7:48 p.m.", "2004-01-01T19:48:00Z")]
    [InlineData("Thu Jan 01 2004 19:48:21 GMT+0100 (CET)", "2004-01-01T18:48:21Z")]
    [InlineData("Thu, 01 Jan 2004 19:48:21 +0100 CET", "2004-01-01T18:48:21Z")]
    [InlineData("01.05.2026 10:00", "2026-05-01T10:00:00Z")]
    [InlineData("31/05/2026 10:00", "2026-05-31T10:00:00Z")]
    [InlineData("5/31/2026 10:00 PM", "2026-05-31T22:00:00Z")]
    public void Reads_dates_as_feeds_write_them(string text, string expected) =>
        Assert.Equal(DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture), FeedDates.Read(text));

    [Theory]
    [InlineData("")]
    [InlineData("yesterday")]
    [InlineData("32 Jan 2004 10:00 GMT")]
    [InlineData("29 Feb 2003 10:00 GMT")]
    [InlineData("01 Foo 2004 10:00 GMT")]
    [InlineData("2004-13-01")]
    [InlineData("2003-366")]
    [InlineData("01/05/2026 10:00")]
    [InlineData("1 jui 2026 10:00")]
    [InlineData("1 ma 2026 10:00")]
    [InlineData("2004-01-01T25:00:00Z")]
    [InlineData("2004-01-01T10:60:00Z")]
    [InlineData("0000-01-01")]
    [InlineData("0001-01-01T00:00:00+01:00")]
    [InlineData("9999-12-31T23:59:59-01:00")]
    [InlineData("1767254400")]
    [InlineData("Thu, 01 Jan 2004 19:48:21 GMT and much more, so that it cannot be a date any more at all, can it")]
    public void Nothing_else_is_a_date(string text) => Assert.Null(FeedDates.Read(text));

    [Fact]
    public void Any_instant_survives_both_notations() =>
        Gen.Select(Gen.Long[0, 253_402_300_799], Gen.Int[-14 * 60, 14 * 60]).Sample((seconds, minutes) =>
        {
            var instant = DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(seconds, 100_000, 253_402_200_000)).ToOffset(TimeSpan.FromMinutes(minutes));
            var mail = instant.ToString("ddd, d MMM yyyy HH:mm:ss ", CultureInfo.InvariantCulture) + instant.ToString("zzz", CultureInfo.InvariantCulture).Replace(":", "", StringComparison.Ordinal);

            return FeedDates.Read(instant.ToString("O", CultureInfo.InvariantCulture)) == instant && FeedDates.Read(mail) == instant;
        });
}
