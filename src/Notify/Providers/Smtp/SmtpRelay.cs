using Notify.Deliveries;

namespace Notify.Providers.Smtp;

/// <summary>A relay with its connections and whoever signs what leaves through it.</summary>
internal sealed record SmtpRelay(SmtpRelayOptions Options, SmtpPool Pool, DkimSigner? Signer) : IAsyncDisposable
{
    private readonly string _mark = CompiledMessage.Mail.NewMark();
    private string[]? _sender;

    /// <summary>Parsed and encoded once for all mails.</summary>
    public string EnvelopeSender(string tag) => string.Join(tag, _sender ??= MailComposer.EnvelopeSender(Options, _mark).Split(_mark));

    public async ValueTask DisposeAsync()
    {
        await Pool.DisposeAsync();
        Signer?.Dispose();
    }
}
