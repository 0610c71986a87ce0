using System.Globalization;
using Notify.Articles;
using Notify.Publication;

namespace Notify.Alerts.Rules;

/// <summary>What a rule decides; the numbers lie in the database.</summary>
public enum RuleOutcome
{
    Instant = 1,
    Digest = 2,

    /// <summary>It waits until an editor has looked at it.</summary>
    Ask = 3,
}

/// <summary>
/// One line of what decides how an article goes out. Each condition is a list of which one has to fit, an empty one fits everything, and all conditions have to fit. The first rule that fits decides.
/// </summary>
public sealed class Rule
{
    public const int LongestList = 2_000;

    public required Guid Id { get; init; }

    /// <summary>From 1, in the order they are asked.</summary>
    public required int Position { get; set; }

    /// <summary>Topic keys between blanks.</summary>
    public string Topics { get; set; } = "";

    /// <summary>Names, a line each; whole words of one are enough.</summary>
    public string Authors { get; set; } = "";

    /// <summary>Words or phrases, a line each, looked for in title and summary as whole words, whatever their case and accents.</summary>
    public string Keywords { get; set; } = "";

    /// <summary>Parts of where it came from, a line each: a feed's address, a key's name.</summary>
    public string CameFrom { get; set; } = "";

    /// <summary>Days between blanks, such as <c>Sat Sun</c>, by the publication's clock.</summary>
    public string Days { get; set; } = "";

    /// <summary>Such as <c>22:00</c>, by the publication's clock; with <see cref="ToTime"/>, which is not part of it, or empty with it.</summary>
    public string FromTime { get; set; } = "";

    public string ToTime { get; set; } = "";

    public ArticlePriority? Priority { get; set; }

    public required RuleOutcome Outcome { get; set; }

    public required DateTimeOffset ChangedAt { get; set; }

    public required string ChangedBy { get; set; }

    internal bool Fits(Facts facts, DateTimeOffset now, PublicationOptions site)
    {
        var local = TimeZoneInfo.ConvertTime(now, TimeZoneInfo.FindSystemTimeZoneById(site.TimeZone));
        return (Priority is null || Priority == facts.Priority)
            && (Topics.Length == 0 || Words(Topics).Intersect(facts.Topics, StringComparer.Ordinal).Any())
            && (Days.Length == 0 || Words(Days).Contains(Name(local.DayOfWeek), StringComparer.OrdinalIgnoreCase))
            && (FromTime.Length == 0 || TimeOnly.FromDateTime(local.DateTime).IsBetween(Time(FromTime), Time(ToTime)))
            && (CameFrom.Length == 0 || Lines(CameFrom).Any(part => facts.CameFrom.Contains(part, StringComparison.OrdinalIgnoreCase)))
            && (Authors.Length == 0 || Lines(Authors).Any(facts.IsBy))
            && (Keywords.Length == 0 || Lines(Keywords).Any(facts.Says));
    }

    /// <summary>What is wrong with it; null when nothing is.</summary>
    internal string? Fault(PublicationOptions site) =>
        new[] { Authors, Keywords, CameFrom }.Any(list => list.Length > LongestList) ? $"A list has at most {LongestList} characters."
        : Words(Topics).Any(key => site.Topics.All(t => t.Key != key)) ? "There is no such topic any more."
        : Words(Days).Any(day => !Enum.GetValues<DayOfWeek>().Any(d => Name(d) == day)) ? "Write days as Mon, Tue, Wed, Thu, Fri, Sat, Sun."
        : (FromTime.Length == 0) != (ToTime.Length == 0) || (FromTime.Length > 0 && (!IsTime(FromTime) || !IsTime(ToTime) || FromTime == ToTime)) ? "Give two different times, such as 22:00 and 06:00, or none."
        : Lines(Keywords).Concat(Lines(Authors)).Any(line => Folded.Of(line).Trim().Length == 0) ? "A keyword or a name needs a letter or a digit."
        : null;

    internal static string Name(DayOfWeek day) => day.ToString()[..3];

    internal static string[] Words(string list) => list.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    internal static string[] Lines(string list) => list.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static bool IsTime(string text) => TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    private static TimeOnly Time(string text) => TimeOnly.ParseExact(text, "HH:mm", CultureInfo.InvariantCulture);
}
