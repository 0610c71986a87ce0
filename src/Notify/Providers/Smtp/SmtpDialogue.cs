namespace Notify.Providers.Smtp;

/// <summary>What is written to a relay and what it answers, in step: a relay may have something to say before it was told all.</summary>
internal sealed class SmtpDialogue(Stream wire)
{
    private static readonly Task<SmtpReply?> Nothing = Task.FromResult<SmtpReply?>(null);

    private readonly SmtpReplies _replies = new(wire);

    /// <summary>A reply that is waited for since before all was written.</summary>
    private Task<SmtpReply>? _hearing;

    /// <summary>Nothing has come that was not read.</summary>
    public bool IsInStep => _replies.IsEmpty;

    public ValueTask WriteAsync(byte[] commands, CancellationToken cancellationToken) => wire.WriteAsync(commands, cancellationToken);

    public ValueTask<SmtpReply> ReadAsync(CancellationToken cancellationToken)
    {
        if (_hearing is not { } hearing)
        {
            return _replies.ReadAsync(cancellationToken);
        }

        _hearing = null;
        return new ValueTask<SmtpReply>(hearing);
    }

    /// <summary>Writes a piece of a message, and hears the relay meanwhile.</summary>
    /// <param name="hasDot">Whether the piece has the final dot, so that an answer may be the one to the whole.</param>
    /// <returns>
    /// Whether the write failed before an octet was taken, and when it ends, what the relay said that had heard enough before the end: after that the connection is of no use.
    /// Null: all was written.
    /// </returns>
    public (bool IsRefusedAtOnce, Task<SmtpReply?> Written) WriteContent(ReadOnlyMemory<byte> piece, bool hasDot, CancellationToken cancellationToken)
    {
        var writing = wire.WriteAsync(piece, cancellationToken).AsTask();
        return writing.IsCompletedSuccessfully
            ? (false, Nothing)
            : (writing.IsFaulted, HearingAsync(writing, hasDot, cancellationToken));
    }

    private async Task<SmtpReply?> HearingAsync(Task writing, bool hasDot, CancellationToken cancellationToken)
    {
        var hearing = _hearing ??= _replies.ReadAsync(cancellationToken).AsTask();
        if (await Task.WhenAny(writing, hearing) == hearing)
        {
            var reply = hearing.IsCompletedSuccessfully ? await hearing : null;
            if (reply is null || reply.IsRefusal || !hasDot)
            {
                // The connection is given up; how the rest of the write ends matters to nobody.
                _ = writing.ContinueWith(static t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
                await hearing;
                return reply is { IsRefusal: true } ? reply : throw new IOException("The relay answers a message that is not at its end.");
            }
        }

        try
        {
            await writing;
            return null;
        }
        catch (IOException e)
        {
            // Before it hung up it may have said why.
            return await hearing is { IsRefusal: true } reply ? reply : throw new IOException("The relay hung up within a message.", e);
        }
    }
}
