using System.Globalization;
using Notify.Deliveries;
using Notify.Subscribers;

namespace Notify.Alerts;

/// <summary>A delivery's state as a sentence for people.</summary>
internal static class DeliveryWords
{
    public static string Say(Delivery delivery, Func<DateTimeOffset, string> when) => delivery.Status switch
    {
        DeliveryStatus.Pending when delivery.Attempts > 0 => $"Tried {Times(delivery.Attempts)} without success{Because(delivery)}; the next time is {when(delivery.DueAt)}.",
        DeliveryStatus.Pending => delivery.Reason == "paused" ? "Waits: the alert or all sending is paused." : "Waits for its turn.",
        DeliveryStatus.Held => $"Held until {when(delivery.DueAt)}{Because(delivery)}.",
        DeliveryStatus.Sending => "On its way to the provider right now.",
        DeliveryStatus.Accepted => $"The provider took it at {when(delivery.ChangedAt)}; whether it arrived, it has not said.",
        DeliveryStatus.Delivered => $"It arrived; the provider said so at {when(delivery.ChangedAt)}.",
        DeliveryStatus.Undelivered => $"The provider could not deliver it{Because(delivery)}.",
        DeliveryStatus.Rejected => $"It was not sent{Because(delivery)}.",
        DeliveryStatus.Skipped => $"It was left out: {SkippedBecause(delivery.Reason)}.",
        DeliveryStatus.InDoubt => $"It may have left or not{Because(delivery)}; the provider will be asked. It is not sent again blindly.",
        _ => $"Nobody can say whether it left{Because(delivery)}; a person has to decide.",
    };

    private static string SkippedBecause(string? reason) => reason switch
    {
        "stopped" => "its reader had said STOP",
        "stopped this topic" => "its reader had said STOP to this topic",
        Preferences.Paused => "its reader had asked for a pause",
        Preferences.Questioned => "its reader's text may be a stop, and nobody had read it yet",
        "unsubscribed" => "its reader had unsubscribed",
        "revoked" => "its reader had withdrawn consent",
        "suppressed" => "the contact is suppressed",
        "stale" => "it was no news any more when its turn came",
        "cancelled" => "the alert was cancelled",
        "corrected" => "the words were put right before it left",
        "late" => "the alert was too late to begin",
        "unpublished" => "the article was taken back",
        "erased" => "its reader had everything erased",
        null => "the reason is not known",
        _ when reason.StartsWith("stale: ", StringComparison.Ordinal) => $"it would have been no news any more when it could have left ({reason[7..]})",
        _ when reason.StartsWith("collapsed into ", StringComparison.Ordinal) => $"several were held back and went out as one, {reason[15..]}",
        _ => reason,
    };

    private static string Because(Delivery delivery) => delivery.Reason is { Length: > 0 } reason ? $": {reason}" : "";

    private static string Times(int count) => count == 1 ? "once" : string.Create(CultureInfo.InvariantCulture, $"{count} times");
}
