using System.Buffers;
using Notify.Deliveries;

namespace Notify.Providers.Smtp;

/// <summary>A mail on its way, with its octets as they go over the wire. Filled again and again: a worker has two of them.</summary>
internal sealed class SmtpMail
{
    private readonly ArrayBufferWriter<byte> _octets = new(16 * 1024);
    private readonly ArrayBufferWriter<byte> _unsigned = new();

    public ITurn Turn { get; private set; } = null!;

    public SmtpEnvelope Envelope { get; private set; } = null!;

    /// <summary>Octets without the final dot, as the relay counts them (RFC 1870, 3).</summary>
    public int Length { get; private set; }

    /// <summary>It was begun on a connection that was lost before anything of it was told; there is no third.</summary>
    public bool IsSecondTry { get; private set; }

    /// <summary>The message and its final dot.</summary>
    public ReadOnlyMemory<byte> Whole => _octets.WrittenMemory;

    /// <summary>The message, its final dot, and what is to be written behind them.</summary>
    public ReadOnlyMemory<byte> WholeAnd(ReadOnlySpan<byte> behind)
    {
        _octets.Write(behind);
        return _octets.WrittenMemory;
    }

    /// <summary>Writes the message; no line of it begins with a dot, and its last one is ended.</summary>
    public void Fill(ITurn turn, SmtpEnvelope envelope, MailTemplate template, DkimSigner? signer)
    {
        (Turn, Envelope, IsSecondTry) = (turn, envelope, false);
        _octets.ResetWrittenCount();
        if (signer is null)
        {
            template.Write(_octets, (OutgoingMail)turn.Message);
        }
        else
        {
            _unsigned.ResetWrittenCount();
            template.Write(_unsigned, (OutgoingMail)turn.Message);
            signer.Sign(_unsigned.WrittenSpan, _octets);
            _octets.Write(_unsigned.WrittenSpan);
        }

        Length = _octets.WrittenCount;
        _octets.Write(".\r\n"u8);
    }

    /// <summary>To be begun once more.</summary>
    public SmtpMail Again()
    {
        IsSecondTry = true;
        return this;
    }
}
