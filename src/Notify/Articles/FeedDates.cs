using System.Collections.Frozen;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Notify.Articles;

/// <summary>
/// Dates as feeds write them: RFC 822 and its followers (a day of one digit, a year of two, named zones, a wrong weekday, asctime), ISO 8601
/// with its profiles (RFC 3339, W3CDTF), and what programs write that ask nobody: months in the readers' language, the year first in
/// other signs, the numbers alone where they leave no doubt. A date without a zone, or with an unknown one, is UTC (RFC 5322 section 4.3).
/// </summary>
internal static class FeedDates
{
    private const int Longest = 80;

    // Hours east of Greenwich: RFC 5322 section 4.3 and the ones seen in European, Asian and Australian feeds.
    private static readonly FrozenDictionary<string, double> Zones = new Dictionary<string, double>
    {
        ["EST"] = -5,
        ["EDT"] = -4,
        ["CST"] = -6,
        ["CDT"] = -5,
        ["MST"] = -7,
        ["MDT"] = -6,
        ["PST"] = -8,
        ["PDT"] = -7,
        ["AST"] = -4,
        ["ADT"] = -3,
        ["NST"] = -3.5,
        ["NDT"] = -2.5,
        ["AKST"] = -9,
        ["AKDT"] = -8,
        ["HST"] = -10,
        ["BRT"] = -3,
        ["ART"] = -3,
        ["BST"] = 1,
        ["WEST"] = 1,
        ["CET"] = 1,
        ["MET"] = 1,
        ["MEZ"] = 1,
        ["CEST"] = 2,
        ["MEST"] = 2,
        ["MESZ"] = 2,
        ["EET"] = 2,
        ["EEST"] = 3,
        ["SAST"] = 2,
        ["MSK"] = 3,
        ["IST"] = 5.5,
        ["PKT"] = 5,
        ["HKT"] = 8,
        ["SGT"] = 8,
        ["AWST"] = 8,
        ["JST"] = 9,
        ["KST"] = 9,
        ["ACST"] = 9.5,
        ["AEST"] = 10,
        ["AEDT"] = 11,
        ["NZST"] = 12,
        ["NZDT"] = 13,
        ["ACDT"] = 10.5,
        ["CLT"] = -4,
        ["COT"] = -5,
        ["PET"] = -5,
        ["WAT"] = 1,
        ["CAT"] = 2,
        ["EAT"] = 3,
        ["TRT"] = 3,
        ["NPT"] = 5.75,
        ["ICT"] = 7,
        ["WIB"] = 7,
        ["PHT"] = 8,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private const string Clock = @"((?<half>오전|오후|上午|下午|午前|午後)\s*)?"
        + @"(?<hour>[0-9]{1,2})[:.h時时시]\s?(?<minute>[0-9]{2})[分분]?([:.]?\s?(?<second>[0-9]{2})[秒초]?([.,](?<fraction>[0-9]{1,12}))?)?(\s*(?<half>[AP]\.?M\b\.?))?";
    private const string Zone = @"(\s*\(?(?<zone>[A-Z]{1,5})?\s*((?<sign>[+\-\u2212])(?<east>[0-9]{1,2}):?(?<eastminute>[0-9]{2})?)?\)?(\s*[A-Z]{3,5})?(\s*[(\[][^)\]]*[)\]])?)";
    private const string Named = @"(?<name>\p{L}[\p{L}\p{M}]{2,14})";
    private const string Weekday = @"([^\s,0-9]{1,15}([,.]\s*|\s+))?";
    // Between a date and a time: nothing but blanks, or a word ("at", "um", "à", "kl.").
    private const string Then = @"([,\s]+((at|um|à|kl\.?|o|-)\s+)?|\s*T)";
    // Linear in what it reads, whatever that is.
    private const RegexOptions Tolerant =
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking;

    private static readonly Regex Iso = new(
        @"^(?<year>[0-9]{4})(-?(?<month>[0-9]{2})(-?(?<day>[0-9]{2})([T\s]+"
        + @"(?<hour>[0-9]{2})(:?(?<minute>[0-9]{2})(:?(?<second>[0-9]{2})([.,](?<fraction>[0-9]{1,12}))?)?)?" + Zone + "?)?)?)?$",
        Tolerant);

    // ISO 8601 section 5.2.2.2: the day of the year.
    private static readonly Regex Ordinal = new(@"^(?<year>[0-9]{4})-?(?<dayofyear>[0-9]{3})(" + Then + Clock + Zone + "?)?$", Tolerant);

    private static readonly Regex YearFirst = new(
        @"^(?<year>[0-9]{4})\s*[\-/.年년]\s*((?<month>[0-9]{1,2})|" + Named + @")\s*[\-/.月월\s]\s*(?<day>[0-9]{1,2})\s*[.日일]?(" + Then + "?" + Clock + Zone + "?)?$", Tolerant);

    private static readonly Regex Mail = new(
        "^" + Weekday + @"(?<day>[0-9]{1,2})(st|nd|rd|th|\.|º)?[\s\-/]+(de\s+)?" + Named + @"[.,]?[\s\-/]+(de\s+)?(?<year>[0-9]{2,4})(" + Then + Clock + Zone + "?)?$",
        Tolerant);

    private static readonly Regex Asctime = new(
        "^" + Weekday + Named + @"[.]?\s+(?<day>[0-9]{1,2})(st|nd|rd|th)?,?\s+(" + Clock + @"\s+((?<zone>[A-Z]{1,5})\s+)?(?<year>[0-9]{4})"
        + "|(?<year>[0-9]{4})(" + Then + Clock + Zone + "?)?)$",
        Tolerant);

    // With points the day is first wherever they are used; with strokes it is where it cannot be a month, or the month where it cannot be a day.
    private static readonly Regex Points = new("^" + Weekday + @"(?<day>[0-9]{1,2})\.\s?(?<month>[0-9]{1,2})\.\s?(?<year>[0-9]{4})(" + Then + Clock + Zone + "?)?$", Tolerant);

    private static readonly Regex Strokes = new("^" + Weekday + "((?<day>1[3-9]|2[0-9]|3[01])/(?<month>0?[1-9]|1[0-2])|(?<month>0?[1-9]|1[0-2])/(?<day>1[3-9]|2[0-9]|3[01]))"
        + "/(?<year>[0-9]{4})(" + Then + Clock + Zone + "?)?$", Tolerant);

    /// <returns>The instant in UTC, or nothing when this is not a date.</returns>
    public static DateTimeOffset? Read(string text)
    {
        text = text.Trim();
        if (text.Length is 0 or > Longest) return null;

        foreach (var form in (ReadOnlySpan<Regex>)[Iso, Mail, Asctime, YearFirst, Ordinal, Points, Strokes])
        {
            if (form.Match(text) is { Success: true } match) return Instant(match.Groups);
        }

        return null;
    }

    private static DateTimeOffset? Instant(GroupCollection parts)
    {
        var month = parts["name"].Success ? FeedMonths.Read(parts["name"].Value) ?? 0 : Number(parts["month"], 1);
        var (year, day, hour) = (Year(parts["year"]), Number(parts["day"], 1), Hour(parts));
        var (minute, second) = (Number(parts["minute"], 0), Math.Min(Number(parts["second"], 0), 59));
        if (year is < 1 or > 9999 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)) return null;
        if (hour > 24 || minute > 59 || (hour == 24 && minute + second > 0)) return null;

        if (parts["dayofyear"].Success)
        {
            var dayOfYear = Number(parts["dayofyear"], 1);
            if (dayOfYear < 1 || dayOfYear > (DateTime.IsLeapYear(year) ? 366 : 365)) return null;

            (month, day) = (new DateTime(year, 1, 1).AddDays(dayOfYear - 1).Month, new DateTime(year, 1, 1).AddDays(dayOfYear - 1).Day);
        }

        // Midnight may be written as the end of its day, and a zone may carry over the first or last day there is.
        var ticks = new DateTime(year, month, day, 0, minute, second, DateTimeKind.Utc).Ticks
            + ((hour * TimeSpan.TicksPerHour) - Offset(parts)) + Fraction(parts["fraction"]);
        return ticks < 0 || ticks > DateTime.MaxValue.Ticks ? null : new DateTimeOffset(ticks, TimeSpan.Zero);
    }

    private static int Number(Group part, int otherwise) => part.Success ? int.Parse(part.ValueSpan, CultureInfo.InvariantCulture) : otherwise;

    // RFC 5322 section 4.3: two digits are 1950-2049, three count from 1900.
    private static int Year(Group part) => (part.Length, Number(part, 0)) switch
    {
        (2, var year and < 50) => 2000 + year,
        (2 or 3, var year) => 1900 + year,
        (_, var year) => year,
    };

    private static int Hour(GroupCollection parts)
    {
        var hour = Number(parts["hour"], 0);
        return parts["half"].Value switch
        {
            ['A' or 'a', ..] or "오전" or "上午" or "午前" when hour == 12 => 0,
            ['P' or 'p', ..] or "오후" or "下午" or "午後" when hour < 12 => hour + 12,
            _ => hour,
        };
    }

    private static long Offset(GroupCollection parts)
    {
        if (!parts["sign"].Success)
            return (long)(Zones.GetValueOrDefault(parts["zone"].Value) * TimeSpan.TicksPerHour);

        var ticks = (Number(parts["east"], 0) * TimeSpan.TicksPerHour) + (Number(parts["eastminute"], 0) * TimeSpan.TicksPerMinute);
        return parts["sign"].Value is "+" ? ticks : -ticks;
    }

    private static long Fraction(Group part) =>
        part.Success ? long.Parse(part.Value.PadRight(7, '0').AsSpan(0, 7), CultureInfo.InvariantCulture) : 0;
}
