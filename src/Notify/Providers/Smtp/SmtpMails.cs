using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Options;
using MimeKit;
using Notify.Contacts;
using Notify.Deliveries;

namespace Notify.Providers.Smtp;

/// <summary>Mail over SMTP relays, one recipient a message, connections kept and used again.</summary>
internal sealed class SmtpMails : IMessageProvider, IAsyncDisposable
{
    private readonly Dictionary<string, (SmtpRelayOptions Options, SmtpPool Pool)> _relays;

    public SmtpMails(IOptions<SmtpOptions> options, TimeProvider clock)
    {
        _relays = options.Value.Relays.ToDictionary(r => r.Name, r => (r, new SmtpPool(r, clock)), StringComparer.Ordinal);
        Senders = [.. options.Value.Relays.Select(r => new Sender(r.Name, Channel.Mail, r.PerSecond, r.Connections, r.Slots))];
    }

    public IReadOnlyList<Sender> Senders { get; }

    public async Task<SendOutcome> SendAsync(Outgoing message, CancellationToken cancellationToken)
    {
        var mail = (OutgoingMail)message;
        var (relay, pool) = _relays[mail.Sender];
        SmtpConnection connection;
        try
        {
            connection = await pool.TakeAsync(cancellationToken);
        }
        catch (AuthenticationException)
        {
            return new SendOutcome.SenderBroken("the relay refused our user name and password");
        }
        catch (SmtpCommandException e)
        {
            return ReplyTable.Read(SmtpStage.Session, (int)e.StatusCode, Enhanced(e.Message));
        }
        catch (Exception e) when (e is SocketException or IOException or ProtocolException or SslHandshakeException or OperationCanceledException or TimeoutException or NotSupportedException)
        {
            return new SendOutcome.TryLater("the relay could not be reached");
        }

        return await SendAsync(mail, relay, pool, connection);
    }

    private static async Task<SendOutcome> SendAsync(OutgoingMail mail, SmtpRelayOptions relay, SmtpPool pool, SmtpConnection connection)
    {
        try
        {
            using var mime = MailComposer.Compose(mail, relay);
            if (MailComposer.NeedsUtf8(mime) && !connection.Client.Capabilities.HasFlag(SmtpCapabilities.UTF8))
            {
                await pool.ReturnAsync(connection);
                return new SendOutcome.Rejected("the relay cannot take international addresses");
            }

            connection.Phase.Reset();
            // Not cancelled once begun: a message half told is a message in doubt.
            var answer = await connection.Client.SendAsync(FormatOptions.Default, mime, MailComposer.EnvelopeSender(relay), mime.To.Mailboxes, CancellationToken.None);
            await pool.ReturnAsync(connection);
            return new SendOutcome.Accepted(answer.Length > 200 ? answer[..200] : answer);
        }
        catch (SmtpCommandException e)
        {
            // A definite refusal; the connection is still good unless the relay closed it.
            await pool.ReturnAsync(connection);
            return ReplyTable.Read(StageOf(e), (int)e.StatusCode, Enhanced(e.Message));
        }
        catch (ServiceNotAuthenticatedException)
        {
            await connection.DisposeAsync();
            return new SendOutcome.SenderBroken("the relay wants a user name and password");
        }
        catch (Exception e) when (e is IOException or ProtocolException or TimeoutException or OperationCanceledException or ServiceNotConnectedException or SocketException)
        {
            var doubt = connection.Phase.DotSent;
            await connection.DisposeAsync();
            return doubt ? new SendOutcome.InDoubt("the connection was lost after the message was handed over") : new SendOutcome.TryLater("the connection was lost");
        }
    }

    /// <summary>A relay cannot be asked. The same Message-ID lets the receiver see a repeat; a relay set to hold leaves it to a person.</summary>
    public Task<Finding> FindAsync(Outgoing message, DateTimeOffset attemptedAt, CancellationToken cancellationToken) =>
        Task.FromResult<Finding>(_relays[message.Sender].Options.InDoubt == InDoubtPolicy.Resend ? new Finding.SendAgain() : new Finding.Hold());

    private static SmtpStage StageOf(SmtpCommandException e) => e.ErrorCode switch
    {
        SmtpErrorCode.SenderNotAccepted => SmtpStage.Sender,
        SmtpErrorCode.RecipientNotAccepted => SmtpStage.Recipient,
        _ => SmtpStage.Message,
    };

    /// <summary>MailKit's message is the reply's text, the enhanced status first.</summary>
    private static string Enhanced(string reply)
    {
        var word = reply.Split([' ', '\n'], 2)[0];
        return word.Length is >= 5 and <= 11 && word[0] is ('2' or '4' or '5') && word.Count(c => c == '.') == 2 && word.All(c => char.IsAsciiDigit(c) || c == '.') ? word : "";
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, pool) in _relays.Values)
        {
            await pool.DisposeAsync();
        }
    }
}
