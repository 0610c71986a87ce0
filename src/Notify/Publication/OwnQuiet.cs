using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Notify.Publication;

/// <summary>Quiet hours a reader chose, as they are stored: <c>22:00-07:00</c> of their day; empty: none.</summary>
public static class OwnQuiet
{
    private const string Format = "HH:mm";

    /// <returns>Empty where the two are the same: that would be every hour or none.</returns>
    public static string Write(TimeOnly since, TimeOnly until) =>
        since == until ? "" : string.Create(CultureInfo.InvariantCulture, $"{since:HH:mm}-{until:HH:mm}");

    public static bool TryRead([NotNullWhen(true)] string? text, out TimeOnly since, out TimeOnly until)
    {
        until = default;
        return TimeOnly.TryParseExact(text is { Length: 11 } ? text[..5] : "", Format, CultureInfo.InvariantCulture, DateTimeStyles.None, out since)
            && TimeOnly.TryParseExact(text![6..], Format, CultureInfo.InvariantCulture, DateTimeStyles.None, out until);
    }
}
