using System.Collections.Frozen;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Notify.Articles;

/// <summary>
/// Dates as feeds write them: RFC 822 and its followers (a day of one digit, a year of two, named zones, a wrong weekday, asctime) and
/// ISO 8601 with its profiles (RFC 3339, W3CDTF). A date without a zone, or with an unknown one, is UTC (RFC 5322 section 4.3).
/// </summary>
internal static class FeedDates
{
    private const int Longest = 80;

    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

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
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private const string Clock = @"(?<hour>[0-9]{1,2}):(?<minute>[0-9]{2})(:(?<second>[0-9]{2})([.,](?<fraction>[0-9]{1,12}))?)?(\s*(?<half>[AP]M)\b)?";
    private const string Zone = @"(\s*\(?(?<zone>[A-Z]{1,5})?\s*((?<sign>[+\-\u2212])(?<east>[0-9]{1,2}):?(?<eastminute>[0-9]{2})?)?\)?(\s*\([^)]*\))?)";
    private const string Named = "(?<name>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[A-Za-z]*";
    // Linear in what it reads, whatever that is.
    private const RegexOptions Tolerant =
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking;

    private static readonly Regex Iso = new(
        @"^(?<year>[0-9]{4})(-?(?<month>[0-9]{2})(-?(?<day>[0-9]{2})([T\s]+"
        + @"(?<hour>[0-9]{2})(:?(?<minute>[0-9]{2})(:?(?<second>[0-9]{2})([.,](?<fraction>[0-9]{1,12}))?)?)?" + Zone + "?)?)?)?$",
        Tolerant);

    private static readonly Regex Mail = new(
        @"^([^\s,0-9]{1,15}[,.]?\s*)?(?<day>[0-9]{1,2})[\s\-]+" + Named + @"[.,]?[\s\-]+(?<year>[0-9]{2,4})([,\s]+" + Clock + Zone + "?)?$",
        Tolerant);

    private static readonly Regex Asctime = new(
        @"^([A-Za-z]{3,9}[,.]?\s+)?" + Named + @"[.]?\s+(?<day>[0-9]{1,2}),?\s+(" + Clock + @"\s+((?<zone>[A-Z]{1,5})\s+)?(?<year>[0-9]{4})"
        + @"|(?<year>[0-9]{4})([,\s]+" + Clock + Zone + "?)?)$",
        Tolerant);

    /// <returns>The instant in UTC, or nothing when this is not a date.</returns>
    public static DateTimeOffset? Read(string text)
    {
        text = text.Trim();
        if (text.Length is 0 or > Longest) return null;

        foreach (var form in (ReadOnlySpan<Regex>)[Iso, Mail, Asctime])
        {
            if (form.Match(text) is { Success: true } match) return Instant(match.Groups);
        }

        return null;
    }

    private static DateTimeOffset? Instant(GroupCollection parts)
    {
        var month = parts["name"].Success ? Array.IndexOf(Months, parts["name"].Value[..3].ToLowerInvariant()) + 1 : Number(parts["month"], 1);
        var (year, day, hour) = (Year(parts["year"]), Number(parts["day"], 1), Hour(parts));
        var (minute, second) = (Number(parts["minute"], 0), Math.Min(Number(parts["second"], 0), 59));
        if (year is < 1 or > 9999 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)) return null;
        if (hour > 24 || minute > 59 || (hour == 24 && minute + second > 0)) return null;

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
        return parts["half"].Value.ToUpperInvariant() switch
        {
            "AM" when hour == 12 => 0,
            "PM" when hour < 12 => hour + 12,
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
