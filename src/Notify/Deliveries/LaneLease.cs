namespace Notify.Deliveries;

/// <summary>The right to run one lane, for some seconds at a time, by the database's clock.</summary>
internal sealed class LaneLease(Sender sender, int slot, string owner, TimeProvider clock)
{
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(10);

    /// <summary>How long a lane collects what its texts cost before it writes it down.</summary>
    private static readonly TimeSpan CostsEvery = TimeSpan.FromSeconds(1);

    /// <summary>How much of a lease must be left to begin a send.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(1);

    private long _asked;
    private bool _rests;
    private int _units = 1;
    private long _costsWritten = clock.GetTimestamp();

    public Sender Sender => sender;

    public int Slot => slot;

    public string Owner => owner;

    public Pace Pace { get; set; } = new(sender.SlotRate, TimeSpan.Zero, clock);

    /// <summary>What a message counts against the rate: the segments of the last text, 1 for mail. Messages of one alert are nearly alike.</summary>
    public int Units
    {
        get => Volatile.Read(ref _units);
        set => Volatile.Write(ref _units, value);
    }

    /// <summary>A batch of its rows has ended within some milliseconds: at such a speed a window twice as wide is gone as fast, and a turn costs as much for one row as for many.</summary>
    public bool IsFast { get; set; }

    /// <summary>How many rows it holds at once.</summary>
    public int Window => IsFast ? sender.WindowAtSpeed : sender.Window;

    /// <summary>How many sends in a row came to nothing for a reason that is not the message's: counted over the turns, for a slow sender's time-outs come one by one.</summary>
    public int FailuresInARow { get; set; }

    /// <summary>Texts that left and whose cost is not written down yet.</summary>
    public IReadOnlyList<RowResult> Unwritten { get; private set; } = [];

    public bool AreCostsDue => clock.GetElapsedTime(_costsWritten) >= CostsEvery;

    /// <summary>The sender was found in trouble: what is claimed and not handed over yet goes back to wait.</summary>
    public bool Rests
    {
        get => Volatile.Read(ref _rests);
        set => Volatile.Write(ref _rests, value);
    }

    /// <summary>Measured from before the lease was asked for, so that this side always gives up first.</summary>
    public void Renewed(long asked) => Volatile.Write(ref _asked, asked);

    /// <summary>What is left to write down after a turn; none when all of it was written.</summary>
    public void Collected(IReadOnlyList<RowResult> unwritten)
    {
        Unwritten = unwritten;
        if (unwritten.Count == 0)
        {
            _costsWritten = clock.GetTimestamp();
        }
    }

    public bool IsHeld(TimeProvider clock) => clock.GetElapsedTime(Volatile.Read(ref _asked)) < Length - Margin;
}
