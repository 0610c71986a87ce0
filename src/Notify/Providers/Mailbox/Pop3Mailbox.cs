using MailKit.Net.Pop3;
using Notify.Inbound.Returns;

namespace Notify.Providers.Mailbox;

/// <summary>A mailbox by POP3 (RFC 1939). What is to go, goes when the session ends; what is for a person stays, for there are no folders.</summary>
internal sealed class Pop3Mailbox : IMailbox
{
    /// <summary>So large is no report, and it could only be fetched whole.</summary>
    private const int TooLarge = 10 * 1024 * 1024;

    private const int AtOnce = 100;

    private readonly Pop3Client _client = new() { Timeout = 60_000 };
    private readonly HashSet<string> _aside;
    private readonly HashSet<string> _done = new(StringComparer.Ordinal);
    private IList<string> _names = [];
    private IList<int> _sizes = [];

    private Pop3Mailbox(HashSet<string> aside) => _aside = aside;

    /// <param name="aside">What was set aside while this process lives.</param>
    public static async Task<Pop3Mailbox> OpenAsync(BounceMailboxOptions options, HashSet<string> aside, CancellationToken cancellationToken)
    {
        var mailbox = new Pop3Mailbox(aside);
        try
        {
            await mailbox._client.ConnectAsync(options.Host, options.Port, MailboxSetup.Security(options), cancellationToken);
            await mailbox._client.AuthenticateAsync(options.Username, options.Password, cancellationToken);
            mailbox._names = await mailbox._client.GetMessageUidsAsync(cancellationToken);
            mailbox._sizes = await mailbox._client.GetMessageSizesAsync(cancellationToken);
            return mailbox;
        }
        catch
        {
            await mailbox.DisposeAsync();
            throw;
        }
    }

    /// <summary>Of what was there when the session began.</summary>
    public Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<string> listed = [.. _names.Where((name, i) => !_aside.Contains(name) && !_done.Contains(name) && _sizes[i] <= TooLarge).Take(AtOnce)];
        return Task.FromResult(listed);
    }

    public async Task<byte[]> FetchAsync(string name, CancellationToken cancellationToken)
    {
        await using var stream = await _client.GetStreamAsync(_names.IndexOf(name), headersOnly: false, cancellationToken);
        using var octets = new MemoryStream();
        await stream.CopyToAsync(octets, cancellationToken);
        return octets.ToArray();
    }

    public Task DoneAsync(string name, CancellationToken cancellationToken)
    {
        _done.Add(name);
        return _client.DeleteMessageAsync(_names.IndexOf(name), cancellationToken);
    }

    public Task AsideAsync(string name, CancellationToken cancellationToken)
    {
        _aside.Add(name);
        return Task.CompletedTask;
    }

    public Task<bool> WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) => Task.FromResult(false);

    public async ValueTask DisposeAsync()
    {
        await MailboxSetup.GoodbyeAsync(_client);
        _client.Dispose();
    }
}
