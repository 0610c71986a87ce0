using MailKit;
using MailKit.Security;
using Microsoft.Extensions.Options;
using Notify.Inbound.Returns;
using Notify.Jobs;

namespace Notify.Providers.Mailbox;

internal static class MailboxSetup
{
    private static readonly TimeSpan GoodbyeTimeout = TimeSpan.FromSeconds(5);

    public static void AddBounceMailbox(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IValidateOptions<BounceMailboxOptions>, Rules>();
        builder.Services.AddSingleton<IErrand, BounceMailbox>();
        builder.Services.AddSingleton<ICheck, MailboxCheck>();
    }

    public static SecureSocketOptions Security(BounceMailboxOptions options) => options.Security switch
    {
        MailboxSecurity.Tls => SecureSocketOptions.SslOnConnect,
        MailboxSecurity.StartTls => SecureSocketOptions.StartTls,
        _ => SecureSocketOptions.None,
    };

    /// <summary>A server that is gone needs none.</summary>
    public static async Task GoodbyeAsync(MailService client)
    {
        if (!client.IsConnected)
        {
            return;
        }

        using var limit = new CancellationTokenSource(GoodbyeTimeout);
        try
        {
            await client.DisconnectAsync(quit: true, limit.Token);
        }
        catch (Exception e) when (e is IOException or ProtocolException or CommandException or OperationCanceledException or ServiceNotConnectedException or System.Net.Sockets.SocketException)
        {
            // By POP3 what was to go stays, and is known when it is read again.
        }
    }

    private sealed class Rules : IValidateOptions<BounceMailboxOptions>
    {
        public ValidateOptionsResult Validate(string? name, BounceMailboxOptions options)
        {
            if (!options.IsSet)
            {
                return ValidateOptionsResult.Success;
            }

            List<string> faults = [];
            if (options.Username.Length == 0)
            {
                faults.Add("BounceMailbox:Username is empty. Set it to the name the mailbox is opened with.");
            }

            if (options.Security == MailboxSecurity.None && options.Host is not ("localhost" or "127.0.0.1" or "::1"))
            {
                faults.Add("BounceMailbox:Security is None: the password would travel in the clear. Set it to Tls or StartTls.");
            }

            if (options.Every < TimeSpan.FromSeconds(1) || options.Every > TimeSpan.FromDays(1))
            {
                faults.Add("BounceMailbox:Every must be between a second and a day.");
            }

            if (options.Protocol == MailboxProtocol.Imap && (options.AsideFolder.Length == 0 || options.AsideFolder == options.Folder || options.DoneFolder == options.Folder))
            {
                faults.Add("BounceMailbox:AsideFolder and DoneFolder must be other folders than BounceMailbox:Folder, and AsideFolder must not be empty.");
            }

            return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
        }
    }

    /// <summary>Opens the mailbox as it would be read, and says what the server answers.</summary>
    private sealed class MailboxCheck(IOptions<BounceMailboxOptions> options) : ICheck
    {
        public async Task<IReadOnlyList<CheckResult>> CheckAsync(CancellationToken cancellationToken)
        {
            if (!options.Value.IsSet)
            {
                return [];
            }

            try
            {
                await using IMailbox mailbox = options.Value.Protocol == MailboxProtocol.Imap
                    ? await ImapMailbox.OpenAsync(options.Value, cancellationToken) : await Pop3Mailbox.OpenAsync(options.Value, [], cancellationToken);
                return [new CheckResult("bounce mailbox", true, "it can be opened")];
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                return [new CheckResult("bounce mailbox", false, $"it cannot be opened ({e.GetType().Name}). Look at BounceMailbox:Host, Port, Security, Username, Password and Folder.")];
            }
        }
    }
}
