using System.Globalization;

namespace Notify.Alerts;

/// <summary>What a person wants to know of an alert beside its figures.</summary>
internal static class AlertNotes
{
    public static IReadOnlyList<string> Of(Alert alert) =>
    [
        .. alert.Audience == AlertAudience.Told ? ["A correction, to those who got the former words"] : (string[])[],
        .. alert.Route == AlertRoute.Digest ? ["In digests only"] : (string[])[],
        .. alert.LocalTime is { } time ? [$"At {time} of each reader's own day"] : alert.SendAt is { } at ? [string.Create(CultureInfo.InvariantCulture, $"Asked for {at.UtcDateTime:d MMM yyyy HH:mm} UTC")] : (string[])[],
        .. alert.Rule is { } rule ? [$"Decided by {rule}"] : (string[])[],
        .. alert.HoldReason is { } why ? [alert.Hold ? $"It waits because {why}" : $"It waited because {why}"] : (string[])[],
    ];
}
