namespace Notify.Deliveries;

/// <summary>
/// What a sender's outcomes say about the sender: it is too fast, its provider is away, or it is refused as such. Too fast: its rate is halved
/// at once and comes back step by step. Away or refused: it rests, longer from rest to rest, and after each rest one row is tried before the
/// others follow. Without that a provider's bad hour would put a whole audience in doubt, and end in a storm.
/// </summary>
internal static class SenderTrouble
{
    /// <summary>How long a sender rests after its provider refused it as such: a person must act first.</summary>
    private static readonly TimeSpan RefusedRest = TimeSpan.FromMinutes(1);

    /// <summary>How long the receipt of the one message that was tried is waited for, where receipts had refused the sender: carriers refuse within seconds.</summary>
    private static readonly TimeSpan ReceiptRest = TimeSpan.FromMinutes(2);

    /// <summary>How long it rests while its provider is away or leaves everything open; the last one repeats.</summary>
    private static readonly TimeSpan[] Rests = [.. new[] { 5, 10, 20, 40, 60 }.Select(seconds => TimeSpan.FromSeconds(seconds))];

    /// <summary>So many failures in a row, from whichever recipients, are the provider's.</summary>
    private const int FailuresToRest = 3;

    /// <summary>One overrun is answered with a whole window of refusals: they halve the rate once.</summary>
    private static readonly TimeSpan HalveEvery = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan RecoverEvery = TimeSpan.FromSeconds(10);

    private const double RecoverBy = 0.1;

    private const double LeastShare = 1d / 64;

    /// <returns>How the sender stands after these outcomes, and why it rests when it now begins to.</returns>
    public static (Standing Standing, string? Trouble) After(Standing before, LaneLease lease, IReadOnlyList<RowResult> done, DateTimeOffset now)
    {
        var outcomes = done.Select(d => d.Outcome).OfType<SendOutcome>().ToList();
        if (outcomes.Count == 0)
        {
            return (before, null);
        }

        // What was on its way when the rest began is part of the trouble that began it.
        var isResting = before.RestsUntil > now;
        if (outcomes.OfType<SendOutcome.SenderBroken>().FirstOrDefault() is { } broken)
        {
            return (before with { Trips = before.Trips + (isResting ? 0 : 1), RestsUntil = now + RefusedRest, IsRefused = true }, broken.Reason);
        }

        if (isResting)
        {
            return (before, null);
        }

        if (outcomes.Exists(o => o is SendOutcome.TryLater { Trouble: Trouble.TooFast } or { Fault.Sender: SenderFault.TooFast }))
        {
            return (Slower(before, now) with { Trips = before.AwaitsReceipt ? before.Trips : 0, IsRefused = before.AwaitsReceipt }, null);
        }

        var failures = FailuresInARow(lease, done);
        if (failures >= FailuresToRest || (failures > 0 && before.Trips > 0))
        {
            var rest = Rests[Math.Min(before.Trips, Rests.Length - 1)];
            return (before with { Trips = before.Trips + 1, RestsUntil = now + rest }, Reason(outcomes));
        }

        var accepted = outcomes.Exists(o => o is SendOutcome.Accepted);
        if (before.AwaitsReceipt)
        {
            // The refusal would come by receipt again. When none has come by then, the next that is taken opens the window.
            return (accepted ? before with { RestsUntil = now + ReceiptRest, AwaitsReceipt = false } : before, null);
        }

        var after = failures == 0 ? before with { Trips = 0, IsRefused = before.IsRefused && !accepted } : before;
        return (accepted && after.Share < 1 && now - after.SteppedAt >= RecoverEvery
            ? after with { Share = Math.Min(1, after.Share + RecoverBy), SteppedAt = now }
            : after, null);
    }

    /// <summary>Half its rate, unless it was halved just now.</summary>
    public static Standing Slower(Standing before, DateTimeOffset now) => now - before.SteppedAt < HalveEvery && before.Share < 1
        ? before
        : before with { Share = Math.Max(LeastShare, before.Share / 2), SteppedAt = now };

    /// <summary>Any answer about a message itself shows that the provider is there.</summary>
    public static int FailuresInARow(LaneLease lease, IReadOnlyList<RowResult> done)
    {
        var failures = done.Count(d => IsFailure(d.Outcome));
        return done.Any(d => d.Outcome is not null && !IsFailure(d.Outcome)) ? 0 : lease.FailuresInARow + failures;
    }

    private static bool IsFailure(SendOutcome? outcome) => outcome is SendOutcome.InDoubt or SendOutcome.TryLater { Trouble: Trouble.Away or Trouble.Lost };

    private static string Reason(List<SendOutcome> outcomes) => outcomes.FindLast(IsFailure) switch
    {
        SendOutcome.InDoubt doubt => doubt.Reason,
        SendOutcome.TryLater later => later.Reason,
        _ => "its provider does not answer",
    };
}
