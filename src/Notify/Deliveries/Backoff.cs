using Notify.Contacts;

namespace Notify.Deliveries;

/// <summary>How long a message waits before it is tried again, by channel, by whose trouble it is, and by how often it was tried.</summary>
internal static class Backoff
{
    private const int Minute = 60;
    private const int Hour = 60 * Minute;

    /// <summary>Seconds after the first, second … attempt; the last one repeats.</summary>
    private static readonly (Channel? Channel, Trouble? Trouble, int[] Seconds)[] Rows =
    [
        // As the provider of texts asks for at its 429 (docs/api/errors/20429): doubling from a fraction of a second to half a minute; the sender is slowed down besides.
        (Channel.Text, Trouble.TooFast, [1, 2, 4, 8, 16, 30]),
        // RFC 5321, 4.5.4.1: the first two tries of a queue come sooner than later ones. A relay that closes the channel has no memory of us.
        (Channel.Mail, Trouble.TooFast, [5, 15, Minute, 5 * Minute, 15 * Minute]),
        // The sender rests by its own clock and tries one row at a time; the row need not wait long on top.
        (null, Trouble.Away, [5, 15, Minute, 5 * Minute]),
        (null, Trouble.Lost, [5, 15, Minute, 5 * Minute]),
        // RFC 6647, 4.3: greylists let a second try through after some minutes at most.
        (Channel.Mail, Trouble.Message, [5, Minute, 5 * Minute, 15 * Minute, 30 * Minute, Hour, 2 * Hour]),
        (Channel.Mail, Trouble.Domain, [Minute, 5 * Minute, 15 * Minute, 30 * Minute, Hour, 2 * Hour]),
        (null, null, [5, 15, Minute, 5 * Minute, 15 * Minute, 30 * Minute, Hour, 2 * Hour]),
    ];

    public static TimeSpan For(Channel channel, Trouble trouble, int attempts)
    {
        var row = Rows.First(r => (r.Channel is null || r.Channel == channel) && (r.Trouble is null || r.Trouble == trouble));
        return TimeSpan.FromSeconds(row.Seconds[Math.Clamp(attempts - 1, 0, row.Seconds.Length - 1)]);
    }
}
