using System.Globalization;

namespace Notify.Publication;

/// <summary>When texts may arrive by the law of a place.</summary>
/// <param name="Region">ISO 3166, for the United States with the state: <c>US-TX</c>.</param>
/// <param name="Since">The local day from which it holds.</param>
internal sealed record RegionHours(string Region, IReadOnlySet<DayOfWeek> Days, TimeOnly From, TimeOnly To, DateOnly Since)
{
    private static readonly string[] Names = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

    /// <summary>The rows that come with Notify.</summary>
    public static IReadOnlyList<RegionHours> Shipped { get; } = Load();

    /// <summary>Reads a table: tab-separated, a heading, lines that begin with # are comments.</summary>
    /// <exception cref="FormatException">A row cannot be read; the message says which and what is wrong.</exception>
    public static IReadOnlyList<RegionHours> Read(TextReader text)
    {
        var rows = new List<RegionHours>();
        for (var number = 1; text.ReadLine() is { } line; number++)
        {
            if (line.Length == 0 || line[0] == '#' || line.StartsWith("region\t", StringComparison.Ordinal))
            {
                continue;
            }

            var cells = line.Split('\t', StringSplitOptions.TrimEntries);
            if (cells.Length < 5)
            {
                throw new FormatException($"Line {number} has {cells.Length} columns; write region, days, from, to and since, with tabs between them.");
            }

            if (!TimeOnly.TryParseExact(cells[2], "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var from)
                || !TimeOnly.TryParseExact(cells[3], "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var to) || from >= to)
            {
                throw new FormatException($"Line {number}: from and to must be times of one day, such as 08:00 and 20:00.");
            }

            if (!DateOnly.TryParseExact(cells[4], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var since))
            {
                throw new FormatException($"Line {number}: since must be a date such as 2025-09-01.");
            }

            rows.Add(new RegionHours(cells[0].ToUpperInvariant(), ReadDays(cells[1], number), from, to, since));
        }

        return rows;
    }

    private static HashSet<DayOfWeek> ReadDays(string text, int number)
    {
        if (text.Equals("all", StringComparison.OrdinalIgnoreCase))
        {
            return [.. Enum.GetValues<DayOfWeek>()];
        }

        int[] ends = [.. text.Split('-').Select(name => Array.FindIndex(Names, n => n.Equals(name.Trim(), StringComparison.OrdinalIgnoreCase)))];
        if (ends.Length is < 1 or > 2 || ends.Contains(-1))
        {
            throw new FormatException($"Line {number}: write days as all, Sun, or a range such as Mon-Sat.");
        }

        var days = new HashSet<DayOfWeek>();
        for (var day = ends[0]; days.Add((DayOfWeek)day) && day != ends[^1]; day = (day + 1) % 7)
        {
        }

        return days;
    }

    private static IReadOnlyList<RegionHours> Load()
    {
        using var stream = typeof(RegionHours).Assembly.GetManifestResourceStream("Publication.civil-hours.tsv")!;
        using var text = new StreamReader(stream);
        return Read(text);
    }
}
