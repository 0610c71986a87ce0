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
/// A connection with what is known of it. The mail library opened it and will close it; a message's transaction is written here. Where the relay takes
/// commands in groups (RFC 2920) the first message costs two writes, and each that follows at once a single one: the message before it with its final dot,
/// then sender, recipient and DATA.
/// </summary>
internal sealed class SmtpConnection : IAsyncDisposable
{
    /// <summary>How long a reply is waited for; RFC 5321, 4.5.3.2 asks for minutes.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>RFC 5321, 4.5.3.2.6: cutting the wait for the last reply short makes duplicates, so it is waited for longer.</summary>
    internal static readonly TimeSpan LastPatience = TimeSpan.FromMinutes(10);

    /// <summary>Octets. Of a longer message the end is written apart, so that a relay that has heard enough is heard before it.</summary>
    private const int LongestPiece = 32 * 1024;

    private readonly SmtpClient _client;
    private readonly Stream _wire;
    private readonly TimeProvider _clock;
    private readonly SmtpCapabilities _offered;
    private readonly SmtpDialogue _dialogue;
    private readonly CancellationTokenSource _limit;

    public SmtpConnection(SmtpClient client, Stream wire, TimeProvider clock)
    {
        (_client, _wire, _clock, _offered) = (client, wire, clock, client.Capabilities);
        _dialogue = new SmtpDialogue(wire);
        _limit = new CancellationTokenSource(Timeout.InfiniteTimeSpan, clock);
        LargestMessage = _offered.HasFlag(SmtpCapabilities.Size) && client.MaxSize > 0 ? client.MaxSize : long.MaxValue;
        OpenedAt = UsedAt = clock.GetUtcNow();
    }

    public SmtpClient Client => _client;

    public DateTimeOffset OpenedAt { get; }

    public DateTimeOffset UsedAt { get; private set; }

    /// <summary>How many were announced over it.</summary>
    public int Messages { get; private set; }

    /// <summary>Whether another message can go over it: the last one came to a clean end.</summary>
    public bool IsUsable { get; private set; } = true;

    /// <summary>Whether the next message was announced with the last one, and the replies to that are still to come.</summary>
    public bool HasAnnounced { get; private set; }

    public bool TakesGroups => _offered.HasFlag(SmtpCapabilities.Pipelining);

    public bool TakesUtf8 => _offered.HasFlag(SmtpCapabilities.UTF8);

    /// <summary>Octets the relay takes at most (RFC 1870); some say 0 for "as you like".</summary>
    public long LargestMessage { get; }

    /// <summary>Sender, recipient and DATA of a message.</summary>
    /// <returns>Null: the relay waits for its content. Else its refusal.</returns>
    /// <exception cref="ConnectionLostException">No definite answer; nothing of the message was told.</exception>
    public async ValueTask<SmtpAnswer?> AnnounceAsync(SmtpMail mail)
    {
        try
        {
            _limit.CancelAfter(Patience);
            if (!HasAnnounced)
            {
                (IsUsable, Messages) = (false, Messages + 1);
                if (TakesGroups)
                {
                    await WriteAsync(Group(mail));
                }
            }

            HasAnnounced = false;
            var (refusal, isInStep) = await HearAsync(mail);
            IsUsable = refusal is not null && isInStep && await ForgetAsync();
            return refusal;
        }
        catch (Exception e) when (IsLoss(e))
        {
            throw new ConnectionLostException(SmtpProgress.Envelope, e);
        }
    }

    /// <summary>The content of a message that was announced, its final dot, and what the next one is announced with. Never cancelled once begun: a message half told is a message in doubt.</summary>
    /// <param name="next">Only where the relay takes groups.</param>
    /// <exception cref="ConnectionLostException">No definite answer.</exception>
    public async ValueTask<SmtpAnswer> SendAsync(SmtpMail mail, SmtpMail? next)
    {
        var progress = SmtpProgress.Body;
        try
        {
            _limit.CancelAfter(Patience);
            var end = next is null ? mail.Whole : mail.WholeAnd(Group(next));
            if (end.Length > LongestPiece)
            {
                if (await _dialogue.WriteContent(end[..^LongestPiece], hasDot: false, _limit.Token).Written is { } enough)
                {
                    return new SmtpAnswer(SmtpStage.Message, enough);
                }

                end = end[^LongestPiece..];
            }

            // Alone, what was not written whole lacks its dot. With something behind it that holds only where not an octet was taken.
            var (isRefusedAtOnce, written) = _dialogue.WriteContent(end, hasDot: true, _limit.Token);
            progress = next is null || isRefusedAtOnce ? SmtpProgress.Body : SmtpProgress.Dot;
            if (await written is { } early)
            {
                return new SmtpAnswer(SmtpStage.Message, early);
            }

            progress = SmtpProgress.Dot;
            _limit.CancelAfter(LastPatience);
            var reply = await _dialogue.ReadAsync(_limit.Token);
            if (reply is { IsPositive: false, IsRefusal: false })
            {
                throw new IOException("The relay's last reply says neither yes nor no.");
            }

            Rest();
            HasAnnounced = next is not null && !reply.IsGoodbye;
            Messages += HasAnnounced ? 1 : 0;
            IsUsable = next is null && !reply.IsGoodbye && _dialogue.IsInStep;
            return new SmtpAnswer(SmtpStage.Message, reply);
        }
        catch (Exception e) when (IsLoss(e))
        {
            throw new ConnectionLostException(progress, e);
        }
    }

    private byte[] Group(SmtpMail mail) => Encoding.UTF8.GetBytes($"{mail.Envelope.Mail(_offered, mail.Length)}{mail.Envelope.Rcpt(_offered)}DATA\r\n");

    /// <returns>No refusal when the relay waits for the message; and whether every reply has come that was asked for.</returns>
    private async ValueTask<(SmtpAnswer? Refusal, bool IsInStep)> HearAsync(SmtpMail mail)
    {
        SmtpAnswer? refusal = null;
        try
        {
            for (var stage = SmtpStage.Sender; stage <= SmtpStage.Data; stage++)
            {
                if (!TakesGroups)
                {
                    await WriteAsync(Encoding.UTF8.GetBytes(stage switch
                    {
                        SmtpStage.Sender => mail.Envelope.Mail(_offered, mail.Length),
                        SmtpStage.Recipient => mail.Envelope.Rcpt(_offered),
                        _ => "DATA\r\n",
                    }));
                }

                var reply = await _dialogue.ReadAsync(_limit.Token);
                if (refusal is not null && stage == SmtpStage.Data && reply.WantsMessage)
                {
                    return (refusal, await GiveNothingAsync(refusal));
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
        return _dialogue.IsInStep || refusal is not null ? (refusal, _dialogue.IsInStep) : throw new IOException("The relay answers more than it is asked.");
    }

    /// <summary>RFC 2920, 3.1: a relay may wait for a message although nobody is to get it. It gets an empty one.</summary>
    /// <returns>Whether the connection can still be used.</returns>
    private async ValueTask<bool> GiveNothingAsync(SmtpAnswer refusal)
    {
        if (refusal.Stage != SmtpStage.Recipient)
        {
            // It refused the sender and may have taken the recipient, who would get the empty message: hanging up gives it to nobody.
            return false;
        }

        await WriteAsync(".\r\n"u8.ToArray());
        return await _dialogue.ReadAsync(_limit.Token) is { IsGoodbye: false };
    }

    /// <summary>After a refusal the relay forgets what it was told, so that the connection can be used again.</summary>
    private async ValueTask<bool> ForgetAsync()
    {
        try
        {
            await WriteAsync("RSET\r\n"u8.ToArray());
            var isForgotten = (await _dialogue.ReadAsync(_limit.Token)).IsPositive && _dialogue.IsInStep;
            Rest();
            return isForgotten;
        }
        catch (Exception e) when (IsLoss(e))
        {
            // The refusal stands all the same.
            return false;
        }
    }

    private void Rest()
    {
        UsedAt = _clock.GetUtcNow();
        _limit.CancelAfter(Timeout.InfiniteTimeSpan);
    }

    private ValueTask WriteAsync(byte[] commands) => _dialogue.WriteAsync(commands, _limit.Token);

    private static bool IsLoss(Exception e) => e is IOException or OperationCanceledException or ObjectDisposedException;

    public ValueTask DisposeAsync()
    {
        _limit.Dispose();
        _client.Dispose();
        return _wire.DisposeAsync();
    }
}
