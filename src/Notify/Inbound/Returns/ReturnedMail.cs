using System.Text;

namespace Notify.Inbound.Returns;

/// <summary>What a mail that came back is.</summary>
internal enum ReturnKind
{
    /// <summary>None of the others; it says nothing about a reader.</summary>
    Other,

    /// <summary>A report on a delivery (RFC 3464, or older and in any words). Each recipient says how it ended, and not every end is a failure.</summary>
    Bounce,

    /// <summary>A reader called our mail unwanted (RFC 5965).</summary>
    Complaint,

    /// <summary>A machine answers in a reader's name (RFC 3834).</summary>
    AutoReply,
}

/// <summary>How a delivery ended for one recipient.</summary>
/// <param name="Address">As the report gives it; null when it gives none.</param>
/// <param name="Action">failed, delayed, delivered, relayed or expanded (RFC 3464, 2.3.3); null when it is no report on a delivery.</param>
/// <param name="Status">RFC 3463, such as 5.1.1; null when nobody gave one.</param>
/// <param name="ReplyCode">RFC 5321, 4.2, such as 550; null when nobody gave one.</param>
/// <param name="Hard">The address itself is bad, for good: the next mail will end the same way.</param>
internal sealed record ReturnedRecipient(string? Address, string? Action, string? Status, string? ReplyCode, ReturnReason Reason, bool Hard)
{
    /// <summary>Without the address: a careless log line gives nobody away.</summary>
    public override string ToString() => $"{Action} {Status} {ReplyCode} {Reason}";
}

/// <summary>
/// What Notify makes of a mail that came back: a pure function of its octets, which may be anybody's. It ends soon, needs memory in proportion to
/// <see cref="LargestMail"/> only, and never throws.
/// </summary>
/// <param name="EnvelopeId">Original-Envelope-Id (RFC 3461, 4.4): the name that we gave the transaction.</param>
/// <param name="MessageId">Of the mail of ours that is returned, complained about or answered; without angle brackets.</param>
/// <param name="ArrivedAt">The addresses it was sent to, the envelope's first: a sender address of ours may name the delivery (VERP).</param>
internal sealed record ReturnedMail(
    ReturnKind Kind, IReadOnlyList<ReturnedRecipient> Recipients, string? EnvelopeId, string? MessageId, IReadOnlyList<string> ArrivedAt)
{
    /// <summary>So many octets are read; what follows is somebody's attachment.</summary>
    public const int LargestMail = 1024 * 1024;

    public static ReturnedMail Nothing { get; } = new(ReturnKind.Other, [], null, null, []);

    /// <summary>Reads from where the stream stands, at most <see cref="LargestMail"/> octets.</summary>
    public static ReturnedMail Read(Stream mail)
    {
        var octets = new byte[LargestMail];
        return Read(octets.AsMemory(0, mail.ReadAtLeast(octets, octets.Length, throwOnEndOfStream: false)));
    }

    public static ReturnedMail Read(ReadOnlyMemory<byte> mail)
    {
        var octets = RawMail.Prepare(mail.Span[..Math.Min(mail.Length, LargestMail)]);
        return Dissection.Of(octets) is { } parts ? ReturnReader.Read(parts) : Nothing;
    }

    private bool PrintMembers(StringBuilder text)
    {
        text.Append(Kind).Append(", ").Append(Recipients.Count).Append(" recipients");
        return true;
    }
}
