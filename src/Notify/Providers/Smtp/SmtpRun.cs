using System.Text;
using Notify.Deliveries;

namespace Notify.Providers.Smtp;

/// <summary>
/// Takes a line of mails to a relay, over one connection at a time. While one mail follows the other without a pause, each is announced together with the
/// one before it; what is announced is not begun until the relay has answered for that one, and until it was asked whether it is still wanted.
/// </summary>
internal sealed class SmtpRun(SmtpRelay relay, ILine line)
{
    private const int LongestAnswer = 200;

    private const string NoWayBeyondAscii = "the relay takes no addresses beyond ASCII (it offers no SMTPUTF8, RFC 6531)";

    /// <summary>A relay is replaced, or learns something, seldom; its mails are news for hours.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromMinutes(30);

    private readonly SmtpMail _one = new();
    private readonly SmtpMail _other = new();

    public async Task RunAsync()
    {
        while (await line.NextAsync() is { } turn)
        {
            for (var mail = Filled(turn, beside: null); mail is not null;)
            {
                mail = await WithConnectionAsync(mail);
            }
        }
    }

    /// <returns>A mail that was not begun and can be, over another connection.</returns>
    private async Task<SmtpMail?> WithConnectionAsync(SmtpMail mail)
    {
        if (await ConnectionAsync(mail) is not { } connection)
        {
            return null;
        }

        try
        {
            return await OverAsync(connection, mail);
        }
        finally
        {
            await relay.Pool.ReturnAsync(connection);
        }
    }

    private async Task<SmtpConnection?> ConnectionAsync(SmtpMail mail)
    {
        try
        {
            // After one that was closed meanwhile, a fresh one: the others may have been closed as well.
            return await (mail.IsSecondTry ? relay.Pool.OpenAsync(CancellationToken.None) : relay.Pool.TakeAsync(CancellationToken.None));
        }
        catch (Exception e) when (SmtpMails.NotOpened(e) is { } outcome)
        {
            mail.Turn.Came(outcome);
            return null;
        }
    }

    /// <inheritdoc cref="WithConnectionAsync" />
    private async Task<SmtpMail?> OverAsync(SmtpConnection connection, SmtpMail first)
    {
        for (var mail = Objected(connection, first) ? await NextAsync(connection, first) : first; mail is not null;)
        {
            var isUsed = connection.Messages > 0;
            SmtpAnswer? refusal;
            try
            {
                refusal = await connection.AnnounceAsync(mail);
            }
            catch (ConnectionLostException e)
            {
                // A relay may close a connection that idles just as it is used again, or after a message that ended it. Nothing was handed over.
                return isUsed ? NotBegun(mail, e) : Told(mail, Lost(e));
            }

            if (refusal is not null)
            {
                if (isUsed && refusal is { Stage: SmtpStage.Sender, Reply.IsGoodbye: true } && !mail.IsSecondTry)
                {
                    return mail.Again();
                }

                mail.Turn.Came(ReplyTable.Read(refusal.Stage, refusal.Reply));
                mail = connection.IsUsable ? await NextAsync(connection, mail) : null;
                continue;
            }

            var next = connection.TakesGroups ? await NextAsync(connection, mail) : null;
            if (!await mail.Turn.IsWantedAsync())
            {
                // The relay waits for the content. To hang up is the one way to give it none.
                return next;
            }

            try
            {
                var (_, reply) = await connection.SendAsync(mail, next);
                mail.Turn.Came(reply.IsPositive ? Accepted(reply) : ReplyTable.Read(SmtpStage.Message, reply));
            }
            catch (ConnectionLostException e)
            {
                mail.Turn.Came(Lost(e));
                return next is null ? null : NotBegun(next, e);
            }

            if (next is not null && !connection.HasAnnounced)
            {
                return next.Again();
            }

            mail = next ?? (connection.IsUsable ? await NextAsync(connection, mail) : null);
        }

        return null;
    }

    /// <returns>The mail, to be begun over a fresh connection; null when it has to wait.</returns>
    private static SmtpMail? NotBegun(SmtpMail mail, ConnectionLostException lost) =>
        lost.IsTimeout || mail.IsSecondTry ? Told(mail, Gone(lost)) : mail.Again();

    private static SmtpMail? Told(SmtpMail mail, SendOutcome outcome)
    {
        mail.Turn.Came(outcome);
        return null;
    }

    private static SendOutcome Lost(ConnectionLostException lost) =>
        lost.Progress == SmtpProgress.Dot ? new SendOutcome.InDoubt("the connection was lost after the message was handed over") : Gone(lost);

    private static SendOutcome.TryLater Gone(ConnectionLostException lost) => new(lost.IsTimeout ? "the relay did not answer" : "the connection was lost", Trouble: Trouble.Lost);

    private static SendOutcome.Accepted Accepted(SmtpReply reply) => new(reply.Text.Length > LongestAnswer ? reply.Text[..LongestAnswer] : reply.Text);

    /// <summary>The next mail, if one may leave now and over this connection.</summary>
    private async ValueTask<SmtpMail?> NextAsync(SmtpConnection connection, SmtpMail beside)
    {
        while (relay.Pool.MayTakeMore(connection) && await line.NextNowAsync() is { } turn)
        {
            if (Filled(turn, beside) is { } mail && !Objected(connection, mail))
            {
                return mail;
            }
        }

        return null;
    }

    private SmtpMail? Filled(ITurn turn, SmtpMail? beside)
    {
        var (mail, outgoing) = (beside == _one ? _other : _one, (OutgoingMail)turn.Message);
        if (!SmtpMails.IsEnvelopeSafe(outgoing.Address))
        {
            // Parsed where it came in; what stands in an envelope is looked at once more.
            turn.Came(new SendOutcome.Rejected("not an address"));
            return null;
        }

        mail.Fill(turn, new SmtpEnvelope(relay.EnvelopeSender(outgoing.Tag), outgoing.Address, outgoing.Tag), MailTemplate.Of(outgoing.Message, relay.Options), relay.Signer);
        return mail;
    }

    /// <summary>Whether the relay has said beforehand that it does not take such a mail.</summary>
    private static bool Objected(SmtpConnection connection, SmtpMail mail)
    {
        SendOutcome? outcome = !connection.TakesUtf8 && !Ascii.IsValid(mail.Envelope.Recipient) ? new SendOutcome.Rejected(NoWayBeyondAscii, ByAnother: true) { HeldFor = LookAgain }
            : mail.Length > connection.LargestMessage ? new SendOutcome.Rejected("the mail is larger than the relay takes")
            : null;
        if (outcome is not null)
        {
            mail.Turn.Came(outcome);
        }

        return outcome is not null;
    }
}
