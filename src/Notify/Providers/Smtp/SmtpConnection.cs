using System.Buffers;
using System.Text;
using MailKit.Net.Smtp;

namespace Notify.Providers.Smtp;

/// <summary>The connection was lost; whether the message may have gone is the one thing that matters then.</summary>
internal sealed class ConnectionLostException(bool mayHaveGone, Exception? cause) : Exception("The connection to the relay was lost.", cause)
{
    /// <summary>The final dot was on its way (RFC 5321, 4.5.3.2.6). Before it nothing can have been delivered (4.1.1.4).</summary>
    public bool MayHaveGone => mayHaveGone;
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
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>RFC 5321, 4.5.3.2.6: cutting the wait for the last reply short makes duplicates, so it is waited for longer.</summary>
    private static readonly TimeSpan LastPatience = TimeSpan.FromMinutes(10);

    private readonly ArrayBufferWriter<byte> _out = new(16 * 1024);
    private readonly byte[] _in = new byte[8 * 1024];
    private int _inFrom;
    private int _inTo;

    public SmtpClient Client => client;

    public DateTimeOffset OpenedAt { get; } = clock.GetUtcNow();

    public DateTimeOffset UsedAt { get; private set; } = clock.GetUtcNow();

    public int Messages { get; private set; }

    public bool IsUsable { get; private set; } = true;

    private bool TakesGroups => client.Capabilities.HasFlag(SmtpCapabilities.Pipelining);

    public bool TakesUtf8 => client.Capabilities.HasFlag(SmtpCapabilities.UTF8);

    /// <summary>Hands one message over. Never cancelled once begun: a message half told is a message in doubt.</summary>
    /// <param name="sender">The envelope's sender.</param>
    /// <param name="recipient">The envelope's recipient.</param>
    /// <param name="write">Writes the message, its dots stuffed, its last line ended.</param>
    /// <exception cref="ConnectionLostException">No definite answer.</exception>
    public async Task<SmtpAnswer> SendAsync(string sender, string recipient, Action<IBufferWriter<byte>> write)
    {
        var mayHaveGone = false;
        Messages++;
        try
        {
            using var limit = new CancellationTokenSource(Patience, clock);
            var refusal = await AnnounceAsync(sender, recipient, limit.Token);
            if (refusal is not null)
            {
                await ForgetAsync(refusal, limit.Token);
                return refusal;
            }

            _out.ResetWrittenCount();
            write(_out);
            _out.Write(".\r\n"u8);
            limit.CancelAfter(LastPatience);
            mayHaveGone = true;
            await wire.WriteAsync(_out.WrittenMemory, limit.Token);
            var reply = await ReadAsync(limit.Token);
            UsedAt = clock.GetUtcNow();
            IsUsable = !reply.IsGoodbye;
            return new SmtpAnswer(SmtpStage.Message, reply);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            IsUsable = false;
            throw new ConnectionLostException(mayHaveGone, e);
        }
    }

    /// <summary>Sender, recipient, DATA.</summary>
    /// <returns>Null when the relay waits for the message, else its refusal.</returns>
    private async Task<SmtpAnswer?> AnnounceAsync(string sender, string recipient, CancellationToken cancellationToken)
    {
        var international = Ascii.IsValid(recipient) ? "" : " BODY=8BITMIME SMTPUTF8";
        (SmtpStage Stage, string Command)[] commands =
        [
            (SmtpStage.Sender, $"MAIL FROM:<{sender}>{international}\r\n"), (SmtpStage.Recipient, $"RCPT TO:<{recipient}>\r\n"), (SmtpStage.Message, "DATA\r\n"),
        ];
        if (TakesGroups)
        {
            await WriteAsync(string.Concat(commands.Select(c => c.Command)), cancellationToken);
        }

        SmtpAnswer? refusal = null;
        foreach (var (stage, command) in commands)
        {
            if (!TakesGroups)
            {
                await WriteAsync(command, cancellationToken);
            }

            var reply = await ReadAsync(cancellationToken);
            if (stage == SmtpStage.Message && reply.WantsMessage && refusal is not null)
            {
                // RFC 2920, 3.1: it waits for a message although nobody is to get it. It gets an empty one.
                await WriteAsync(".\r\n", cancellationToken);
                await ReadAsync(cancellationToken);
                return refusal;
            }

            var isGood = stage == SmtpStage.Message ? reply.WantsMessage : reply.IsPositive;
            refusal ??= isGood ? null : new SmtpAnswer(stage, reply);
            if (refusal is not null && (!TakesGroups || reply.IsGoodbye))
            {
                return refusal;
            }
        }

        return refusal;
    }

    /// <summary>After a refusal the relay forgets what it was told, so that the connection can be used again.</summary>
    private async Task ForgetAsync(SmtpAnswer refusal, CancellationToken cancellationToken)
    {
        UsedAt = clock.GetUtcNow();
        IsUsable = !refusal.Reply.IsGoodbye;
        if (!IsUsable)
        {
            return;
        }

        try
        {
            await WriteAsync("RSET\r\n", cancellationToken);
            IsUsable = (await ReadAsync(cancellationToken)).IsPositive;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The refusal stands all the same.
            IsUsable = false;
        }
    }

    private async Task WriteAsync(string commands, CancellationToken cancellationToken)
    {
        _out.ResetWrittenCount();
        Encoding.UTF8.GetBytes(commands, _out);
        await wire.WriteAsync(_out.WrittenMemory, cancellationToken);
    }

    /// <summary>The next reply, whatever number of lines it has.</summary>
    private async Task<SmtpReply> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var unread = _in.AsSpan(_inFrom, _inTo - _inFrom);
            if (unread.IndexOf((byte)'\n') is >= 0 and var end)
            {
                var line = unread[..end].TrimEnd((byte)'\r');
                _inFrom += end + 1;
                if (line.Length > 3 && line[3] == (byte)'-')
                {
                    continue;
                }

                return SmtpReply.Parse(line) ?? throw new IOException("The relay answered something that is no reply.");
            }

            unread.CopyTo(_in);
            (_inFrom, _inTo) = (0, unread.Length);
            var read = _inTo < _in.Length ? await wire.ReadAsync(_in.AsMemory(_inTo), cancellationToken) : 0;
            if (read == 0)
            {
                throw new IOException("The relay closed the connection, or its reply has no end.");
            }

            _inTo += read;
        }
    }

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return wire.DisposeAsync();
    }
}
