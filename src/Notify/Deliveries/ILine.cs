namespace Notify.Deliveries;

/// <summary>
/// The messages of one worker, one after the other. For a provider whose protocol lets the next message be announced while the last is on its way;
/// any other (<see cref="ITakeMessages"/>) is handed each by itself.
/// </summary>
public interface ILine
{
    /// <summary>The next message, waited for until the sender's rate lets it go; null: there will be none.</summary>
    Task<ITurn?> NextAsync();

    /// <summary>The next message, if there is one that the sender's rate lets go now; null: not now. Never waits for a message.</summary>
    ValueTask<ITurn?> NextNowAsync();
}

/// <summary>One message in its turn.</summary>
public interface ITurn
{
    Outgoing Message { get; }

    /// <summary>Asked once, right before the first octet of the content leaves: whether it is still wanted. When not, nothing of it may leave and nothing is left to be told.</summary>
    ValueTask<bool> IsWantedAsync();

    /// <summary>What came of it; told once, unless it was not wanted.</summary>
    void Came(SendOutcome outcome);
}

/// <summary>A provider that takes a line as a whole.</summary>
public interface ITakeLines : IMessageProvider
{
    /// <summary>Hands over until the line has no more. Expected trouble is an outcome, not an exception.</summary>
    /// <param name="sender">One of its senders; every message of the line is its.</param>
    Task SendAllAsync(string sender, ILine line);
}
