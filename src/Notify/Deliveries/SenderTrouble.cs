namespace Notify.Deliveries;

/// <summary>
/// Why a sender should rest: it was refused as such, or every answer of late leaves open whether anything went. Without a rest a provider's
/// bad minutes would put a whole audience in doubt.
/// </summary>
internal static class SenderTrouble
{
    /// <summary>How long a sender rests after its provider refused it as such.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(1);

    /// <summary>How long it rests when its provider's answers leave everything open, and after how many such answers together.</summary>
    private static readonly TimeSpan DoubtRest = TimeSpan.FromSeconds(10);

    /// <inheritdoc cref="DoubtRest" />
    private const int DoubtsToRest = 3;

    public static (string Reason, TimeSpan Pause)? Of(LaneLease lease, IReadOnlyList<RowResult> done)
    {
        if (done.Select(d => d.Outcome).OfType<SendOutcome.SenderBroken>().FirstOrDefault() is { } broken)
        {
            return (broken.Reason, Rest);
        }

        var last = done.Select(d => d.Outcome).OfType<SendOutcome.InDoubt>().LastOrDefault();
        return last is not null && DoubtsInARow(lease, done) >= DoubtsToRest ? (last.Reason, DoubtRest) : null;
    }

    /// <summary>A slow sender's timeouts come one by one, each with a turn of its own: they are counted over the turns.</summary>
    public static int DoubtsInARow(LaneLease lease, IReadOnlyList<RowResult> done) =>
        done.Any(d => d.Outcome is SendOutcome.Accepted) ? 0 : lease.DoubtsInARow + done.Count(d => d.Outcome is SendOutcome.InDoubt);
}
