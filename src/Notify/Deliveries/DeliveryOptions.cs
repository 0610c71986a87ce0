using System.ComponentModel.DataAnnotations;

namespace Notify.Deliveries;

/// <summary>Section <c>Delivery</c>.</summary>
public sealed class DeliveryOptions
{
    /// <summary>How long an alert can be taken back before it starts, in seconds; a breaking one starts at once.</summary>
    [Range(0, 3600)]
    public int UndoSeconds { get; set; } = 5;

    /// <summary>How long after its start an alert is still news; what has not left by then is skipped as stale.</summary>
    public TimeSpan TimeToLive { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How long finished deliveries are kept.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(90);

    /// <summary>Seconds between two questions about a text in doubt.</summary>
    [Range(1, 3600)]
    public int SettleSeconds { get; set; } = 120;

    /// <summary>How often a row is tried before it is given up.</summary>
    [Range(1, 100)]
    public int MaxAttempts { get; set; } = 12;
}
