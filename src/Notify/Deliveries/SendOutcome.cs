namespace Notify.Deliveries;

/// <summary>What came of handing a message to a provider: a closed set. After a request went out, only a definite refusal is a refusal.</summary>
public abstract record SendOutcome
{
    private SendOutcome()
    {
    }

    /// <summary>What the provider's table says of its code; null when it gave none.</summary>
    public ProviderFault? Fault { get; init; }

    /// <summary>The provider has it and has said so.</summary>
    public sealed record Accepted(string ProviderMessageId) : SendOutcome
    {
        public string ProviderMessageId { get; } = ProviderId.Keep(ProviderMessageId);
    }

    /// <summary>Definitely not taken; may be tried again.</summary>
    /// <param name="After">How long the provider asks to wait; null leaves it to our schedule.</param>
    /// <param name="Trouble">Whose trouble it is.</param>
    public sealed record TryLater(string Reason, TimeSpan? After = null, Trouble Trouble = Trouble.Message) : SendOutcome;

    /// <summary>Definitely refused, for this message.</summary>
    /// <param name="ByAnother">Another sender may get it there: this one has no way to the number.</param>
    public sealed record Rejected(string Reason, bool ByAnother = false) : SendOutcome
    {
        /// <summary>Where no other has a way either: how long it is held before all of them are asked again. Null: then it is refused for good.</summary>
        public TimeSpan? HeldFor { get; init; }
    }

    /// <summary>Definitely refused, and this contact will never take one: it is suppressed.</summary>
    public sealed record RecipientGone(string Reason) : SendOutcome;

    /// <summary>Refused because of the sender itself: it rests, and a person is told. Costs the message no attempt.</summary>
    public sealed record SenderBroken(string Reason) : SendOutcome;

    /// <summary>It may have been taken or not: never sent again blindly.</summary>
    public sealed record InDoubt(string Reason) : SendOutcome;
}

/// <summary>Whose trouble it is when a message was not taken for now.</summary>
public enum Trouble
{
    /// <summary>Of this message and this recipient.</summary>
    Message,

    /// <summary>The sender is too fast for its provider: it is slowed down.</summary>
    TooFast,

    /// <summary>The recipient's mail domain takes it too slowly: mail to that domain is slowed down.</summary>
    Domain,

    /// <summary>The provider could not be reached, so it was not shown the message: after some of these the sender rests.</summary>
    Away,

    /// <summary>The provider went away, or fell silent, with this message under way: as <see cref="Away"/>, but it may be the message that does it.</summary>
    Lost,
}
