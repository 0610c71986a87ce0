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
}
