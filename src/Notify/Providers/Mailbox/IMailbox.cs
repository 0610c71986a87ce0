namespace Notify.Providers.Mailbox;

/// <summary>An open mailbox. Whatever was read stays until its reader says what becomes of it.</summary>
internal interface IMailbox : IAsyncDisposable
{
    /// <summary>The names of what lies there, some at once.</summary>
    Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken);

    /// <summary>The beginning of one, as long as a report can be.</summary>
    Task<byte[]> FetchAsync(string name, CancellationToken cancellationToken);

    /// <summary>It was read, and what follows from it is written down.</summary>
    Task DoneAsync(string name, CancellationToken cancellationToken);

    /// <summary>It is for a person.</summary>
    Task AsideAsync(string name, CancellationToken cancellationToken);

    /// <summary>Waits until something has come; false where the server cannot tell.</summary>
    Task<bool> WaitAsync(TimeSpan atMost, CancellationToken cancellationToken);
}
