using System.Buffers;
using System.Text;
using MailKit.Net.Smtp;

namespace Notify.Providers.Smtp;

/// <summary>How far a message had come when the connection was lost.</summary>
internal enum SmtpProgress
{
    /// <summary>Nothing of the message itself was written.</summary>
    Envelope,

    /// <summary>Some of it was written, its final dot was not: a relay must not deliver it (RFC 5321, 4.1.1.4).</summary>
    Body,

    /// <summary>All of it was written; whether it was taken nobody knows (RFC 5321, 4.5.3.2.6).</summary>
    Dot,
}

/// <summary>The connection was lost; how far the message had come is the one thing that matters then.</summary>
internal sealed class ConnectionLostException(SmtpProgress progress, Exception cause) : Exception("The connection to the relay was lost.", cause)
{
    public SmtpProgress Progress => progress;

    /// <summary>The relay was waited for in vain; asking it at once again would only make the wait twice as long.</summary>
    public bool IsTimeout => InnerException is OperationCanceledException;
}

/// <summary>A definite answer to one message.</summary>
internal sealed record SmtpAnswer(SmtpStage Stage, SmtpReply Reply);

/// <summary>
/// A connection with what is known of it. The mail library opened it and will close it; a message's transaction is written here, in two
/// pieces where the relay takes commands in groups (RFC 2920): sender, recipient and DATA, then the message with its final dot.
/// </summary>
internal sealed class SmtpConnection(SmtpClient client, Stream wire, TimeProvider clock) : IAsyncDisposable
{
    /// <summary>How long a reply is waited for; RFC 5321, 4.5.3.2 asks for minutes.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>RFC 5321, 4.5.3.2.6: cutting the wait for the last reply short makes duplicates, so it is waited for longer.</summary>
    internal static readonly TimeSpan LastPatience = TimeSpan.FromMinutes(10);

    private readonly ArrayBufferWriter<byte> _message = new(16 * 1024);
    private readonly SmtpReplies _replies = new(wire);

    public SmtpClient Client => client;

    public DateTimeOffset OpenedAt { get; } = clock.GetUtcNow();

    public DateTimeOffset UsedAt { get; private set; } = clock.GetUtcNow();

    public int Messages { get; private set; }

    /// <summary>Whether another message can go over it: the last one came to a clean end.</summary>
    public bool IsUsable { get; private set; } = true;

    private bool TakesGroups => client.Capabilities.HasFlag(SmtpCapabilities.Pipelining);

    public bool TakesUtf8 => client.Capabilities.HasFlag(SmtpCapabilities.UTF8);

    /// <summary>Octets the relay takes at most (RFC 1870); some say 0 for "as you like".</summary>
    private long LargestMessage => client.Capabilities.HasFlag(SmtpCapabilities.Size) && client.MaxSize > 0 ? client.MaxSize : long.MaxValue;

    /// <summary>Has the next message written, before anything of it is announced.</summary>
    /// <param name="write">Writes the message: no line of it begins with a dot, and its last one is ended.</param>
    /// <returns>Whether the relay takes one as long.</returns>
    public bool Compose(Action<IBufferWriter<byte>> write)
    {
        _message.ResetWrittenCount();
        write(_message);
        var length = _message.WrittenCount;
        _message.Write(".\r\n"u8);
        return length <= LargestMessage;
    }

    /// <summary>Hands the composed message over. Never cancelled once begun: a message half told is a message in doubt.</summary>
    /// <exception cref="ConnectionLostException">No definite answer.</exception>
    public async Task<SmtpAnswer> SendAsync(SmtpEnvelope envelope)
    {
        var progress = SmtpProgress.Envelope;
        Messages++;
        IsUsable = false;
        try
        {
            using var limit = new CancellationTokenSource(Patience, clock);
            var (refusal, isInStep) = await AnnounceAsync(envelope, limit.Token);
            if (refusal is not null)
            {
                IsUsable = isInStep && await ForgetAsync(limit.Token);
                return refusal;
            }

            limit.CancelAfter(Patience);
            progress = SmtpProgress.Body;
            if (await WriteMessageAsync(limit.Token) is { } heardEnough)
            {
                return new SmtpAnswer(SmtpStage.Message, heardEnough);
            }

            progress = SmtpProgress.Dot;
            limit.CancelAfter(LastPatience);
            var reply = await _replies.ReadAsync(limit.Token);
            if (reply is { IsPositive: false, IsRefusal: false })
            {
                throw new IOException("The relay's last reply says neither yes nor no.");
            }

            UsedAt = clock.GetUtcNow();
            IsUsable = !reply.IsGoodbye && _replies.IsEmpty;
            return new SmtpAnswer(SmtpStage.Message, reply);
        }
        catch (Exception e) when (IsLoss(e))
        {
            throw new ConnectionLostException(progress, e);
        }
    }

    /// <summary>Sender, recipient, DATA.</summary>
    /// <returns>No refusal when the relay waits for the message; and whether every reply has come that was asked for.</returns>
    private async Task<(SmtpAnswer? Refusal, bool IsInStep)> AnnounceAsync(SmtpEnvelope envelope, CancellationToken cancellationToken)
    {
        (SmtpStage Stage, string Command)[] commands =
        [
            (SmtpStage.Sender, envelope.Mail(client.Capabilities, _message.WrittenCount)), (SmtpStage.Recipient, envelope.Rcpt(client.Capabilities)), (SmtpStage.Data, "DATA\r\n"),
        ];
        SmtpAnswer? refusal = null;
        try
        {
            if (TakesGroups)
            {
                await WriteAsync(string.Concat(commands.Select(c => c.Command)), cancellationToken);
            }

            foreach (var (stage, command) in commands)
            {
                if (!TakesGroups)
                {
                    await WriteAsync(command, cancellationToken);
                }

                var reply = await _replies.ReadAsync(cancellationToken);
                if (refusal is not null && stage == SmtpStage.Data && reply.WantsMessage)
                {
                    return (refusal, await GiveNothingAsync(refusal, cancellationToken));
                }

                var isGood = stage == SmtpStage.Data ? reply.WantsMessage : reply.IsPositive;
                if (!isGood && !reply.IsRefusal)
                {
                    throw new IOException("The relay's replies are not those to our commands.");
                }

                refusal ??= isGood ? null : new SmtpAnswer(stage, reply);
                if (reply.IsGoodbye || (refusal is not null && !TakesGroups))
                {
                    return (refusal, !reply.IsGoodbye);
                }
            }
        }
        catch (Exception e) when (refusal is not null && IsLoss(e))
        {
            // What the relay said before it was lost stands.
            return (refusal, false);
        }

        // A reply nobody asked for would be taken for the one to the final dot.
        return _replies.IsEmpty || refusal is not null ? (refusal, _replies.IsEmpty) : throw new IOException("The relay answers more than it is asked.");
    }

    /// <summary>RFC 2920, 3.1: a relay may wait for a message although nobody is to get it. It gets an empty one.</summary>
    /// <returns>Whether the connection can still be used.</returns>
    private async Task<bool> GiveNothingAsync(SmtpAnswer refusal, CancellationToken cancellationToken)
    {
        if (refusal.Stage != SmtpStage.Recipient)
        {
            // It refused the sender and may have taken the recipient, who would get the empty message: hanging up gives it to nobody.
            return false;
        }

        await WriteAsync(".\r\n", cancellationToken);
        return await _replies.ReadAsync(cancellationToken) is { IsGoodbye: false };
    }

    /// <summary>The message and its final dot. A write that fails has not written the last octet, so there was no final dot.</summary>
    /// <returns>What the relay said that had heard enough before the end; null when all was written.</returns>
    private async Task<SmtpReply?> WriteMessageAsync(CancellationToken cancellationToken)
    {
        try
        {
            await wire.WriteAsync(_message.WrittenMemory, cancellationToken);
            return null;
        }
        catch (IOException e)
        {
            // Before it hung up it may have said why.
            return await _replies.ReadAsync(cancellationToken) is { IsRefusal: true } reply ? reply : throw new IOException("The relay hung up within a message.", e);
        }
    }

    /// <summary>After a refusal the relay forgets what it was told, so that the connection can be used again.</summary>
    private async Task<bool> ForgetAsync(CancellationToken cancellationToken)
    {
        UsedAt = clock.GetUtcNow();
        try
        {
            await WriteAsync("RSET\r\n", cancellationToken);
            return (await _replies.ReadAsync(cancellationToken)).IsPositive && _replies.IsEmpty;
        }
        catch (Exception e) when (IsLoss(e))
        {
            // The refusal stands all the same.
            return false;
        }
    }

    private async Task WriteAsync(string commands, CancellationToken cancellationToken) => await wire.WriteAsync(Encoding.UTF8.GetBytes(commands), cancellationToken);

    private static bool IsLoss(Exception e) => e is IOException or OperationCanceledException or ObjectDisposedException;

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return wire.DisposeAsync();
    }
}
