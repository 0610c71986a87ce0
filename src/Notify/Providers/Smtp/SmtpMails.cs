using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using MailKit;
using MailKit.Net.Smtp;
using Microsoft.Extensions.Options;
using Notify.Contacts;
using Notify.Deliveries;
using AuthenticationException = MailKit.Security.AuthenticationException;

namespace Notify.Providers.Smtp;

/// <summary>Mail over SMTP relays, one recipient a message, connections kept and used again.</summary>
internal sealed class SmtpMails : ITakeLines, IAsyncDisposable
{
    private readonly Dictionary<string, SmtpRelay> _relays;

    /// <param name="certificates">How a relay's certificate is judged; null as the machine judges all others.</param>
    public SmtpMails(IOptions<SmtpOptions> options, TimeProvider clock, X509ChainPolicy? certificates = null)
    {
        _relays = options.Value.Relays.ToDictionary(r => r.Name, r => new SmtpRelay(r, new SmtpPool(r, clock, certificates), r.Dkim is { } dkim ? new DkimSigner(dkim, clock) : null), StringComparer.Ordinal);
        // On each connection one is on its way and the next is announced.
        Senders = [.. options.Value.Relays.Select(r => new Sender(r.Name, Channel.Mail, r.PerSecond, r.Connections * 2, r.Slots) { Depth = 2 })];
    }

    public IReadOnlyList<Sender> Senders { get; }

    public Task SendAllAsync(string sender, ILine line) => new SmtpRun(_relays[sender], line).RunAsync();

    /// <summary>A relay cannot be asked. The same Message-ID lets the receiver see a repeat; a relay set to hold leaves it to a person.</summary>
    public Task<Finding> FindAsync(MessageInDoubt message, CancellationToken cancellationToken) =>
        Task.FromResult<Finding>(_relays[message.Sender].Options.InDoubt == InDoubtPolicy.Resend ? new Finding.SendAgain() : new Finding.Hold());

    /// <summary>Why a connection did not come about; null for what no relay does.</summary>
    internal static SendOutcome? NotOpened(Exception e) => e switch
    {
        AuthenticationException => new SendOutcome.SenderBroken("the relay refused our user name and password"),
        NotSupportedException => new SendOutcome.SenderBroken(e.Message),
        System.Security.Authentication.AuthenticationException => new SendOutcome.SenderBroken("the relay's certificate is not trusted, or no encryption could be agreed on"),
        SmtpCommandException refused => ReplyTable.Read(SmtpStage.Session, new SmtpReply((int)refused.StatusCode, refused.Message)),
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
            await relay.DisposeAsync();
        }
    }
}
