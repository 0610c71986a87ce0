namespace Notify.Deliveries;

/// <summary>Why a provider did not take or not deliver a message, and what its table of codes says is to be done.</summary>
/// <param name="Code">The provider's own, for counting; empty when it gave none.</param>
/// <param name="Words">What it means, for people.</param>
public sealed record ProviderFault(string Code, string Words)
{
    /// <summary>Whether the table has the code.</summary>
    public bool IsKnown { get; init; } = true;

    /// <summary>How long to wait before the message is sent again, doubled each time; null: not again.</summary>
    public TimeSpan? Again { get; init; }

    /// <summary>How often it is sent again at most.</summary>
    public int Times { get; init; }

    /// <summary>How long to wait after so many attempts: doubled each time and up to a fifth more, so that what one full queue sent back does not come at one moment.</summary>
    /// <param name="jitter">0 to 1.</param>
    /// <returns>Null: it is not sent again, or was often enough.</returns>
    public TimeSpan? WaitAfter(int attempts, double jitter) =>
        attempts <= Times ? Again * (Math.Pow(2, Math.Clamp(attempts - 1, 0, 10)) * (1 + (0.2 * jitter))) : null;

    /// <summary>The contact will never take a message: it is suppressed at once.</summary>
    public bool IsGone { get; init; }

    /// <summary>It is suppressed after so many of the same reason, within <see cref="CountedDays"/>; 0: never.</summary>
    public int CountedTimes { get; init; }

    public int CountedDays { get; init; }

    /// <summary>How far apart the first and the last of them must have been handed over: what is said twice within an hour may be over the next day.</summary>
    public TimeSpan CountedApart { get; init; }

    /// <summary>What ends the reasons of all that count together; null: only what has these very <see cref="Words"/>.</summary>
    public string? CountedAs { get; init; }

    /// <summary>Instead of being suppressed it is left alone for so many days; 0: it is suppressed.</summary>
    public int RestDays { get; init; }

    /// <summary>Where nothing is taken for now; null: everywhere as before.</summary>
    public Closing? Closes { get; init; }

    /// <summary>What it says about the sender.</summary>
    public SenderFault Sender { get; init; }

    /// <summary>When a person is told about an alert's share of it; null: never.</summary>
    public AlertRule? Alert { get; init; }
}

/// <summary>What a fault says about the sender.</summary>
public enum SenderFault
{
    None,

    /// <summary>It sends too fast: it is slowed down.</summary>
    TooFast,

    /// <summary>Nothing is taken from it until a person has acted: it rests.</summary>
    Broken,
}

/// <summary>Texts to a whole place wait, instead of being refused one by one.</summary>
/// <param name="IsCountry">The number's country; else its block of a thousand numbers.</param>
public sealed record Closing(bool IsCountry, TimeSpan For);

/// <param name="Percent">More than so many per cent of an alert's messages.</param>
/// <param name="Least">But not before so many of it have an end.</param>
/// <param name="Pauses">Whether the alert is paused as well.</param>
public sealed record AlertRule(double Percent, int Least, bool Pauses);
