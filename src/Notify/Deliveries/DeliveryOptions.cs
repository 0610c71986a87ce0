using System.ComponentModel.DataAnnotations;

namespace Notify.Deliveries;

/// <summary>Section <c>Delivery</c>.</summary>
public sealed class DeliveryOptions
{
    /// <summary>How long an alert can be taken back before it starts, in seconds; a breaking one starts at once.</summary>
    [Range(0, 3600)]
    public int UndoSeconds { get; set; } = 20;

    /// <summary>How long after its start an alert is still news; what has not left by then is skipped as stale.</summary>
    public TimeSpan TimeToLive { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How late an alert that somebody gave a time may begin; later it ends, and the newsroom is told.</summary>
    public TimeSpan LateStart { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long a delivery is kept after it was decided; its alert's figures stay. Longer than the time to live, or what is new would go with what is old.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(90);

    /// <summary>Seconds between two questions about a text in doubt.</summary>
    [Range(1, 3600)]
    public int SettleSeconds { get; set; } = 120;

    /// <summary>How often a row is tried before it is given up.</summary>
    [Range(1, 100)]
    public int MaxAttempts { get; set; } = 12;
}
