using System.Buffers;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MailKit;
using MailKit.Net.Smtp;
using Microsoft.Extensions.Options;
using Notify.Contacts;
using Notify.Deliveries;
using AuthenticationException = MailKit.Security.AuthenticationException;

namespace Notify.Providers.Smtp;

/// <summary>Mail over SMTP relays, one recipient a message, connections kept and used again.</summary>
internal sealed class SmtpMails : IMessageProvider, IAsyncDisposable
{
    private const int LongestAnswer = 200;

    private readonly Dictionary<string, Relay> _relays;

    /// <param name="certificates">How a relay's certificate is judged; null as the machine judges all others.</param>
    public SmtpMails(IOptions<SmtpOptions> options, TimeProvider clock, X509ChainPolicy? certificates = null)
    {
        _relays = options.Value.Relays.ToDictionary(r => r.Name, r => new Relay(r, new SmtpPool(r, clock, certificates), r.Dkim is { } dkim ? new DkimSigner(dkim, clock) : null), StringComparer.Ordinal);
        Senders = [.. options.Value.Relays.Select(r => new Sender(r.Name, Channel.Mail, r.PerSecond, r.Connections, r.Slots))];
    }

    public IReadOnlyList<Sender> Senders { get; }

    public async Task<SendOutcome> SendAsync(Outgoing message, CancellationToken cancellationToken)
    {
        var mail = (OutgoingMail)message;
        if (!IsEnvelopeSafe(mail.Address))
        {
            // Parsed where it came in; what stands in an envelope is looked at once more.
            return new SendOutcome.Rejected("not an address");
        }

        var relay = _relays[mail.Sender];
        SmtpConnection connection;
        try
        {
            connection = await relay.Pool.TakeAsync(cancellationToken);
            var isUsed = connection.Messages > 0;
            var (outcome, isStale) = await SendAsync(mail, relay, connection);
            if (!isUsed || !isStale)
            {
                return outcome;
            }

            // A relay may close a connection that idles just as it is used again. Nothing was handed over, so a fresh one is tried, once.
            connection = await relay.Pool.OpenAsync(cancellationToken);
        }
        catch (Exception e) when (NotOpened(e) is { } outcome)
        {
            return outcome;
        }

        return (await SendAsync(mail, relay, connection)).Outcome;
    }

    /// <returns>The outcome, and whether the connection was lost before anything can have been handed over.</returns>
    private static async Task<(SendOutcome Outcome, bool IsStale)> SendAsync(OutgoingMail mail, Relay relay, SmtpConnection connection)
    {
        try
        {
            if (!Ascii.IsValid(mail.Address) && !connection.TakesUtf8)
            {
                return (new SendOutcome.Rejected("the relay cannot take international addresses"), false);
            }

            var template = MailTemplate.Of(mail.Message, relay.Options);
            if (!connection.Compose(wire => relay.Write(template, mail, wire)))
            {
                return (new SendOutcome.Rejected("the mail is larger than the relay takes"), false);
            }

            var (stage, reply) = await connection.SendAsync(new SmtpEnvelope(relay.EnvelopeSender(mail.Tag), mail.Address, mail.Tag));
            return stage == SmtpStage.Message && reply.IsPositive
                ? (new SendOutcome.Accepted(reply.Text.Length > LongestAnswer ? reply.Text[..LongestAnswer] : reply.Text), false)
                : (ReplyTable.Read(stage, reply.Code, reply.Enhanced), reply.IsGoodbye && stage == SmtpStage.Sender);
        }
        catch (ConnectionLostException e)
        {
            return e.Progress == SmtpProgress.Dot
                ? (new SendOutcome.InDoubt("the connection was lost after the message was handed over"), false)
                : (new SendOutcome.TryLater(e.IsTimeout ? "the relay did not answer" : "the connection was lost", Trouble: Trouble.Away), e is { Progress: SmtpProgress.Envelope, IsTimeout: false });
        }
        finally
        {
            await relay.Pool.ReturnAsync(connection);
        }
    }

    /// <summary>A relay cannot be asked. The same Message-ID lets the receiver see a repeat; a relay set to hold leaves it to a person.</summary>
    public Task<Finding> FindAsync(MessageInDoubt message, CancellationToken cancellationToken) =>
        Task.FromResult<Finding>(_relays[message.Sender].Options.InDoubt == InDoubtPolicy.Resend ? new Finding.SendAgain() : new Finding.Hold());

    /// <summary>Why a connection did not come about; null for what no relay does.</summary>
    internal static SendOutcome? NotOpened(Exception e) => e switch
    {
        AuthenticationException => new SendOutcome.SenderBroken("the relay refused our user name and password"),
        NotSupportedException => new SendOutcome.SenderBroken(e.Message),
        System.Security.Authentication.AuthenticationException => new SendOutcome.SenderBroken("the relay's certificate is not trusted, or no encryption could be agreed on"),
        SmtpCommandException refused => ReplyTable.Read(SmtpStage.Session, (int)refused.StatusCode, SmtpReply.EnhancedOf(refused.Message)),
        _ when IsUnreachable(e) => new SendOutcome.TryLater("the relay could not be reached", Trouble: Trouble.Away),
        _ => null,
    };

    private static bool IsUnreachable(Exception e) => e is SocketException or IOException or ProtocolException or OperationCanceledException
        or TimeoutException or ServiceNotConnectedException;

    /// <summary>Whether an address can stand in a command without being read as more than itself.</summary>
    internal static bool IsEnvelopeSafe(string address) => address.Length > 0 && !address.Any(c => char.IsControl(c) || char.IsWhiteSpace(c) || c is '<' or '>');

    public async ValueTask DisposeAsync()
    {
        foreach (var relay in _relays.Values)
        {
            await relay.Pool.DisposeAsync();
            relay.Signer?.Dispose();
        }
    }

    private sealed record Relay(SmtpRelayOptions Options, SmtpPool Pool, DkimSigner? Signer)
    {
        private readonly string _mark = CompiledMessage.Mail.NewMark();
        private string[]? _sender;

        /// <summary>Parsed and encoded once for all mails.</summary>
        public string EnvelopeSender(string tag) => string.Join(tag, _sender ??= MailComposer.EnvelopeSender(Options, _mark).Split(_mark));

        /// <summary>Writes a mail, and before it its signature where mails are signed here.</summary>
        public void Write(MailTemplate template, OutgoingMail mail, IBufferWriter<byte> wire)
        {
            if (Signer is null)
            {
                template.Write(wire, mail);
                return;
            }

            var message = new ArrayBufferWriter<byte>(16 * 1024);
            template.Write(message, mail);
            Signer.Sign(message.WrittenSpan, wire);
            wire.Write(message.WrittenSpan);
        }
    }
}
