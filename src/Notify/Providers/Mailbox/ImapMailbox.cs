using System.Globalization;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Search;
using Notify.Inbound.Returns;

namespace Notify.Providers.Mailbox;

/// <summary>A folder by IMAP (RFC 3501), which tells by itself when something has come (RFC 2177).</summary>
internal sealed class ImapMailbox : IMailbox
{
    private const int AtOnce = 100;

    private readonly ImapClient _client = new() { Timeout = 60_000 };
    private readonly BounceMailboxOptions _options;
    private readonly Lock _news = new();
    private IMailFolder _folder = null!;

    /// <summary>Whether the server said that something came since the last look. It may say so at any command, and then does not say it again.</summary>
    private bool _hasCome;

    private CancellationTokenSource? _idling;

    private ImapMailbox(BounceMailboxOptions options) => _options = options;

    public static async Task<ImapMailbox> OpenAsync(BounceMailboxOptions options, CancellationToken cancellationToken)
    {
        var mailbox = new ImapMailbox(options);
        try
        {
            await mailbox._client.ConnectAsync(options.Host, options.Port, MailboxSetup.Security(options), cancellationToken);
            await mailbox._client.AuthenticateAsync(options.Username, options.Password, cancellationToken);
            mailbox._folder = await mailbox._client.GetFolderAsync(options.Folder, cancellationToken);
            await mailbox._folder.OpenAsync(FolderAccess.ReadWrite, cancellationToken);
            mailbox._folder.CountChanged += (_, _) => mailbox.HasCome();
            return mailbox;
        }
        catch
        {
            await mailbox.DisposeAsync();
            throw;
        }
    }

    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken)
    {
        lock (_news)
        {
            _hasCome = false;
        }

        return [.. (await _folder.SearchAsync(SearchQuery.NotDeleted, cancellationToken)).Take(AtOnce).Select(uid => uid.Id.ToString(CultureInfo.InvariantCulture))];
    }

    public async Task<byte[]> FetchAsync(string name, CancellationToken cancellationToken)
    {
        await using var stream = await _folder.GetStreamAsync(Uid(name), 0, ReturnedMail.LargestMail, cancellationToken);
        using var octets = new MemoryStream();
        await stream.CopyToAsync(octets, cancellationToken);
        return octets.ToArray();
    }

    public async Task DoneAsync(string name, CancellationToken cancellationToken)
    {
        if (_options.DoneFolder.Length > 0)
        {
            await MoveAsync(name, _options.DoneFolder, cancellationToken);
            return;
        }

        await _folder.AddFlagsAsync(Uid(name), MessageFlags.Deleted, silent: true, cancellationToken);
        // Only this one where the server can (RFC 4315): somebody else may have marked others.
        await (_client.Capabilities.HasFlag(ImapCapabilities.UidPlus) ? _folder.ExpungeAsync([Uid(name)], cancellationToken) : _folder.ExpungeAsync(cancellationToken));
    }

    public Task AsideAsync(string name, CancellationToken cancellationToken) => MoveAsync(name, _options.AsideFolder, cancellationToken);

    public async Task<bool> WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        if (!_client.Capabilities.HasFlag(ImapCapabilities.Idle))
        {
            return false;
        }

        using var done = new CancellationTokenSource(atMost);
        lock (_news)
        {
            if (_hasCome)
            {
                return true;
            }

            _idling = done;
        }

        try
        {
            await _client.IdleAsync(done.Token, cancellationToken);
        }
        finally
        {
            lock (_news)
            {
                _idling = null;
            }
        }

        return true;
    }

    /// <summary>Said from within the library's reading: it only ends the wait, and what has come is asked for afterwards.</summary>
    private void HasCome()
    {
        lock (_news)
        {
            _hasCome = true;
            _idling?.Cancel();
        }
    }

    private async Task MoveAsync(string name, string to, CancellationToken cancellationToken) =>
        await _folder.MoveToAsync(Uid(name), await FolderAsync(to, cancellationToken), cancellationToken);

    /// <summary>The folder, made when it is not there.</summary>
    private async Task<IMailFolder> FolderAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await _client.GetFolderAsync(name, cancellationToken);
        }
        catch (FolderNotFoundException)
        {
            var root = _client.GetFolder(_client.PersonalNamespaces[0]);
            return await root.CreateAsync(name, isMessageFolder: true, cancellationToken) ?? throw new FolderNotFoundException(name);
        }
    }

    private static UniqueId Uid(string name) => new(uint.Parse(name, CultureInfo.InvariantCulture));

    public async ValueTask DisposeAsync()
    {
        await MailboxSetup.GoodbyeAsync(_client);
        _client.Dispose();
    }
}
