using Notify.Contacts;

namespace Notify.Deliveries;

/// <summary>Something messages leave through: a number, a messaging service, a relay identity.</summary>
/// <param name="Name">Unique over all providers; rows carry it.</param>
/// <param name="PerSecond">Segments a second for texts, messages a second for mail, over all nodes together.</param>
/// <param name="Concurrency">How many sends may be under way at once, over all slots.</param>
/// <param name="Slots">How many lanes share the rate.</param>
public sealed record Sender(string Name, Channel Channel, double PerSecond, int Concurrency, int Slots)
{
    /// <summary>The countries it serves, ISO 3166; none: those that no other sender is for.</summary>
    public IReadOnlyList<string> Countries { get; init; } = [];

    /// <summary>A slot's share of the rate.</summary>
    public double SlotRate => PerSecond / Slots;

    public int SlotConcurrency => Math.Max(1, Concurrency / Slots);

    /// <summary>How many of the sends under way are one worker's: 2 where the next message is announced while the last is on its way.</summary>
    public int Depth { get; init; } = 1;

    /// <summary>How many of a lane's messages are on their way beside each other, each behind the last: connections, for mail.</summary>
    public int Workers => Math.Max(1, SlotConcurrency / Depth);

    /// <summary>
    /// How many rows a lane holds at once: twice its concurrency, one second of its rate, and never none. So many may be in doubt after a crash; <see cref="Depth"/> times as many
    /// where they end faster than turns are written (<see cref="LaneLease.IsFast"/>).
    /// </summary>
    public int Window => WindowOf(1);

    /// <inheritdoc cref="Window" />
    public int WindowAtSpeed => WindowOf(Depth);

    /// <summary>How many outcomes are worth a turn: half of what a full lane holds beside those under way; the other half is what its workers send meanwhile.</summary>
    public int Batch(int window) => Math.Max(1, (window - SlotConcurrency) / 2);

    private int WindowOf(int times) => Math.Max(1, Math.Min(SlotConcurrency * 2 * times, (int)SlotRate));
}

/// <summary>The way out: one per vendor. It never sends a second time by itself. What it is handed is said by <see cref="ITakeMessages"/> or <see cref="ITakeLines"/>.</summary>
public interface IMessageProvider
{
    IReadOnlyList<Sender> Senders { get; }

    /// <summary>Asks what became of a message in doubt.</summary>
    Task<Finding> FindAsync(MessageInDoubt message, CancellationToken cancellationToken);
}

/// <summary>A provider that is handed each message by itself.</summary>
public interface ITakeMessages : IMessageProvider
{
    /// <summary>
    /// Hands one message over. <paramref name="cancellationToken"/> ends waiting for a connection, never a send that is on the wire.
    /// Expected trouble is an outcome, not an exception.
    /// </summary>
    Task<SendOutcome> SendAsync(Outgoing message, CancellationToken cancellationToken);
}

/// <param name="Age">How long ago it was claimed, by the database's clock; it was handed over after that, if at all.</param>
/// <param name="Words">Every wording a text of its source had.</param>
public sealed record MessageInDoubt(long DeliveryId, string Sender, string Address, TimeSpan Age, IReadOnlySet<string> Words);

/// <summary>What asking the provider gave.</summary>
public abstract record Finding
{
    private Finding()
    {
    }

    public sealed record Found(string ProviderMessageId) : Finding
    {
        public string ProviderMessageId { get; } = ProviderId.Keep(ProviderMessageId);
    }

    /// <summary>The provider has no such message (yet).</summary>
    public sealed record NotFound : Finding;

    /// <summary>The provider could not be asked now.</summary>
    public sealed record NoAnswer(string Reason) : Finding;

    /// <summary>There is nobody to ask, but sending again with the same identity is harmless enough (mail).</summary>
    public sealed record SendAgain : Finding;

    /// <summary>There is nobody to ask, and it must not be sent twice: a person decides.</summary>
    public sealed record Hold : Finding;
}

/// <summary>A message to one recipient, complete.</summary>
public abstract record Outgoing(long DeliveryId, string Sender, string Address);

public sealed record OutgoingText(long DeliveryId, string Sender, string Address, string Body, int Segments) : Outgoing(DeliveryId, Sender, Address)
{
    /// <summary>How long it may wait at the provider; later it had better not arrive.</summary>
    public TimeSpan Life { get; init; } = TimeSpan.FromHours(1);
}

/// <param name="Message">What every recipient of this message gets.</param>
/// <param name="Tag">The mail's name from <see cref="MailTags"/>: the local part of its Message-ID (RFC 5322, 3.6.4), and what a bounce is known by.</param>
/// <param name="UnsubscribeUrl">The one-click address (RFC 8058); null for mail that is no subscription, such as a confirmation.</param>
public sealed record OutgoingMail(
    long DeliveryId, string Sender, string Address, CompiledMessage.Mail Message, string Tag, string? UnsubscribeUrl) : Outgoing(DeliveryId, Sender, Address);

/// <summary>Says what a delivery says; one per purpose, implemented by the folder that owns the source.</summary>
public interface IMessageSource
{
    SourceKind Kind { get; }

    /// <summary>Composes a message once per window.</summary>
    /// <returns>Null when there is nothing to say any more: the row is skipped as unpublished.</returns>
    Task<CompiledMessage?> CompileAsync(Wanted wanted, CancellationToken cancellationToken);
}

/// <summary>Which message: rows that want the same get the same.</summary>
/// <param name="Others">How many other messages, held back at the same time, it stands for.</param>
/// <param name="Locale">The language of its readers, such as <c>he</c>; null: the publication's.</param>
public sealed record Wanted(Guid SubjectId, Channel Channel, int Others = 0, string? Locale = null);

/// <summary>A message before a recipient's links are spliced in.</summary>
public abstract record CompiledMessage
{
    private CompiledMessage()
    {
    }

    public sealed record Text(string Body, int Segments) : CompiledMessage;

    /// <param name="ListName">Set for mail one can unsubscribe from: the stable name within List-Id (RFC 2919).</param>
    /// <param name="UnsubscribeMark">Where the recipient's unsubscribe link goes, in both parts; from <see cref="NewMark"/>.</param>
    public sealed record Mail(string Subject, string PlainText, string Html, string? ListName, string? UnsubscribeMark) : CompiledMessage
    {
        /// <summary>A mark that no article can contain, for it is made anew for every message. Only unreserved characters, so no encoding changes it.</summary>
        public static string NewMark() => System.Security.Cryptography.RandomNumberGenerator.GetHexString(32, lowercase: true);
    }
}
