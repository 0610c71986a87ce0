using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;
using Notify.Deliveries;
using Notify.Providers.Smtp;
using Notify.Tests.Support;

namespace Notify.Tests.Providers;

/// <summary>The adapter with one relay, and mails to hand to it.</summary>
internal static class SmtpUnderTest
{
    public static SmtpMails Mails(ScriptedRelay relay, TimeProvider? clock = null, Action<SmtpRelayOptions>? set = null, X509ChainPolicy? certificates = null) =>
        Mails(relay.Port, clock, set, certificates);

    public static SmtpMails Mails(int port, TimeProvider? clock = null, Action<SmtpRelayOptions>? set = null, X509ChainPolicy? certificates = null)
    {
        var relay = new SmtpRelayOptions { Name = "relay", Host = "localhost", Port = port, Security = SmtpSecurity.None, From = "The News <news@news.example>" };
        set?.Invoke(relay);
        return new SmtpMails(Options.Create(new SmtpOptions { Relays = [relay] }), clock ?? TimeProvider.System, certificates);
    }

    public static OutgoingMail Mail(string address = "reader@example.com", string text = "Hello") =>
        new(1, "relay", address, new CompiledMessage.Mail("News", text, "<p>Hello</p>", null, null), "d1.2", null);

    /// <summary>Hands over a line of one mail, which is wanted.</summary>
    /// <param name="cancellationToken">Ends the waiting for its outcome.</param>
    public static async Task<SendOutcome> SendAsync(this SmtpMails mails, OutgoingMail mail, CancellationToken cancellationToken)
    {
        var line = new OneMail(mail);
        await mails.SendAllAsync(mail.Sender, line).WaitAsync(cancellationToken);
        return line.Outcome!;
    }

    private sealed class OneMail(OutgoingMail mail) : ILine, ITurn
    {
        private bool _isGiven;

        public Outgoing Message => mail;

        public SendOutcome? Outcome { get; private set; }

        public Task<ITurn?> NextAsync() => Task.FromResult<ITurn?>(_isGiven || !(_isGiven = true) ? null : this);

        public ValueTask<ITurn?> NextNowAsync() => new(result: null);

        public ValueTask<bool> IsWantedAsync() => new(true);

        public void Came(SendOutcome outcome) => Outcome = outcome;
    }
}
