using System.Diagnostics;
using Notify.Contacts;

namespace Notify.Deliveries;

/// <summary>Where a row goes from <see cref="DeliveryStatus.Sending"/>; the picture in the handbook as one expression.</summary>
internal static class StateMachine
{
    /// <param name="attempts">How many times it has been tried, this one included.</param>
    /// <param name="jitter">0 to 1; spreads retries over ±20 % of their time, so that an outage does not end in a stampede.</param>
    public static Step After(SendOutcome outcome, Channel channel, int attempts, DateTimeOffset now, DateTimeOffset expiresAt, DeliveryOptions options, double jitter)
    {
        return outcome switch
        {
            SendOutcome.Accepted a => new Step(DeliveryStatus.Accepted, now, attempts, null, a.ProviderMessageId),
            SendOutcome.TryLater { Fault: { Again: not null } f } l when attempts > f.Times => new Step(DeliveryStatus.Rejected, now, attempts, $"gave up: {l.Reason}"),
            SendOutcome.TryLater l when (attempts >= options.MaxAttempts && !IsNotItsFault(l)) || Later(l) >= expiresAt => new Step(DeliveryStatus.Rejected, now, attempts, $"gave up: {l.Reason}"),
            // Whoever slows us down, or is not there, says nothing against the message: it goes on until it is no news any more, and half of its attempts stay for trouble of its own.
            SendOutcome.TryLater l when IsNotItsFault(l) => new Step(DeliveryStatus.Pending, Later(l), Math.Min(attempts, Math.Max(1, options.MaxAttempts / 2)), l.Reason),
            SendOutcome.TryLater l => new Step(DeliveryStatus.Pending, Later(l), attempts, l.Reason),
            SendOutcome.Rejected { HeldFor: { } wait } r => now + wait < expiresAt
                ? new Step(DeliveryStatus.Held, now + wait, attempts - 1, r.Reason)
                : new Step(DeliveryStatus.Skipped, now, attempts - 1, "stale: " + r.Reason),
            SendOutcome.Rejected r => new Step(DeliveryStatus.Rejected, now, attempts, r.Reason),
            SendOutcome.RecipientGone g => new Step(DeliveryStatus.Rejected, now, attempts, g.Reason),
            SendOutcome.SenderBroken b => new Step(DeliveryStatus.Pending, now, attempts - 1, b.Reason),
            SendOutcome.InDoubt d => new Step(DeliveryStatus.InDoubt, now + TimeSpan.FromSeconds(options.SettleSeconds / 2d), attempts, d.Reason),
            _ => throw new UnreachableException(),
        };

        static bool IsNotItsFault(SendOutcome.TryLater later) => later.Trouble is Trouble.TooFast or Trouble.Domain or Trouble.Away;

        DateTimeOffset Later(SendOutcome.TryLater later) =>
            now + (later.After ?? later.Fault?.WaitAfter(attempts, jitter) ?? Backoff.For(channel, later.Trouble, attempts) * (0.8 + (0.4 * jitter)));
    }
}

/// <summary>The row after an outcome.</summary>
internal sealed record Step(DeliveryStatus Status, DateTimeOffset DueAt, int Attempts, string? Reason, string? ProviderId = null);
