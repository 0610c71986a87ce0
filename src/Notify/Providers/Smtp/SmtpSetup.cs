using System.Net;
using System.Text;
using Microsoft.Extensions.Options;
using MimeKit;
using Notify.Deliveries;
using Notify.Inbound.Returns;
using Notify.Jobs;
using Notify.Providers.Smtp.Checks;
using Notify.Storage;
using Notify.Web;

namespace Notify.Providers.Smtp;

internal static class SmtpSetup
{
    public static void AddSmtp(this IHostApplicationBuilder builder)
    {
        PointAtSandbox(builder);
        builder.Services.AddSingleton(new SettingsSection("Smtp", typeof(SmtpOptions)));
        builder.Services.AddOptions<SmtpOptions>().BindConfiguration("Smtp")
            .PostConfigure<IOptions<BounceMailboxOptions>>((smtp, mailbox) =>
            {
                foreach (var relay in smtp.Relays)
                {
                    relay.IsAnswered = relay.BounceDomain.Length > 0 && mailbox.Value.IsSet;
                }
            })
            .ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<SmtpOptions>, Rules>();
        builder.Services.AddSingleton<IMessageProvider, SmtpMails>();
        builder.Services.AddSingleton<ICheck, MailChecks>();
    }

    /// <summary>While the local carrier is on and no relay is set, it is the relay.</summary>
    private static void PointAtSandbox(IHostApplicationBuilder builder)
    {
        var sandbox = SandboxSettings.Read(builder.Configuration, builder.Environment);
        if (!sandbox.IsEnabled || builder.Configuration.GetSection("Smtp:Relays").GetChildren().Any())
        {
            return;
        }

        SandboxSettings.AddMissing(builder,
        [
            ("Smtp:Relays:0:Name", "local-mail"),
            ("Smtp:Relays:0:Host", "127.0.0.1"),
            ("Smtp:Relays:0:Port", sandbox.SmtpPort.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            ("Smtp:Relays:0:Security", nameof(SmtpSecurity.None)),
            ("Smtp:Relays:0:From", "News <news@mail.example.com>"),
            ("Smtp:Relays:0:PerSecond", "200"),
        ]);
    }

    private sealed class Rules : IValidateOptions<SmtpOptions>
    {
        public ValidateOptionsResult Validate(string? name, SmtpOptions options)
        {
            var faults = new List<string>();
            Fault(options.Resolver.Length > 0 && !IPEndPoint.TryParse(options.Resolver, out _), "Smtp:Resolver must be the address of a name server, such as 192.0.2.53 or 192.0.2.53:53.");
            for (var i = 0; i < options.Relays.Count; i++)
            {
                var relay = options.Relays[i];
                Fault(relay.Name.Length == 0, $"Smtp:Relays:{i}:Name is empty. Give it a short name of its own.");
                Fault(relay.Host.Length == 0, $"Smtp:Relays:{i}:Host is empty. Set it to the relay's host name.");
                Fault(relay.Port is < 1 or > 65_535, $"Smtp:Relays:{i}:Port must be 1 to 65535.");
                Fault(!MailboxAddress.TryParse(relay.From, out _), $"Smtp:Relays:{i}:From must be one mailbox, such as News <news@example.com>.");
                // The header names the mailbox even where bounces go elsewhere, and a relay without SMTPUTF8 would take no mail at all.
                Fault(MailboxAddress.TryParse(relay.From, out var from) && (MailComposer.EnvelopeSender(relay, "tag") is var sender && !(Ascii.IsValid(sender) && SmtpMails.IsEnvelopeSafe(sender))
                    || !Ascii.IsValid(MailboxAddress.EncodeAddrspec(from.Address))),
                    $"Smtp:Relays:{i}:From and BounceDomain must make a plain address: ASCII before the @, no blanks, no angle brackets.");
                Fault(relay.Connections is < 1 or > 200, $"Smtp:Relays:{i}:Connections must be 1 to 200.");
                Fault(relay.PerSecond is <= 0 or > 100_000, $"Smtp:Relays:{i}:PerSecond must be more than 0 and at most 100000.");
                Fault(relay.Slots is < 1 or > 64, $"Smtp:Relays:{i}:Slots must be 1 to 64.");
                Fault(relay is { Security: SmtpSecurity.None, Username.Length: > 0, IsOnThisMachine: false },
                    $"Smtp:Relays:{i}:Security is None with a user name: the password would travel in the clear. Set it to StartTls or Tls.");
                Fault(relay.ReturnHeader.Length > 0 && !(relay.ReturnHeader.StartsWith("X-", StringComparison.OrdinalIgnoreCase) && relay.ReturnHeader.Length <= 60 && relay.ReturnHeader.All(c => char.IsAsciiLetterOrDigit(c) || c == '-')),
                    $"Smtp:Relays:{i}:ReturnHeader must be the name of a header that begins with X-, such as X-PM-Metadata-notify.");
                Fault(relay.SendingAddresses.Any(address => !IPAddress.TryParse(address, out _)), $"Smtp:Relays:{i}:SendingAddresses must be addresses such as 192.0.2.25 or 2001:db8::25.");
                faults.AddRange(DkimRules.Faults(relay).Select(fault => $"Smtp:Relays:{i}:Dkim:{fault}"));
            }

            return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;

            void Fault(bool isSo, string text)
            {
                if (isSo)
                {
                    faults.Add(text);
                }
            }
        }
    }
}
