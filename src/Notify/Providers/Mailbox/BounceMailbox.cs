using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Notify.Inbound.Returns;
using Notify.Jobs;
using Notify.Storage;

namespace Notify.Providers.Mailbox;

/// <summary>
/// Reads what came back, one node at a time. A mail goes only when what follows from it is committed, and the same octets again are the same report, so a
/// crash in between costs nothing. What cannot be read after some tries is set aside for a person, and the rest goes on.
/// </summary>
internal sealed partial class BounceMailbox(
    Database database, ReportBook book, IOptions<BounceMailboxOptions> options, IAlarm alarm, TimeProvider clock, ILogger<BounceMailbox> logger) : IErrand
{
    private const string AlarmName = "bounce mailbox not read";
    private const string AsideAlarm = "mails set aside";
    private const int Tries = 3;

    /// <summary>A server is waited for so long at once; some hang up after ten minutes.</summary>
    private static readonly TimeSpan Wait = TimeSpan.FromMinutes(4);

    /// <summary>How long the turn is this node's without a word from it.</summary>
    private static readonly TimeSpan Turn = TimeSpan.FromMinutes(5);

    private readonly string _me = Guid.CreateVersion7(clock.GetUtcNow()).ToString("N");
    private readonly Dictionary<string, int> _failures = new(StringComparer.Ordinal);
    private readonly HashSet<string> _asideByPop3 = new(StringComparer.Ordinal);
    private DateTimeOffset _next;
    private int _inVain;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (!options.Value.IsSet || clock.GetUtcNow() < _next || !await TakeTurnAsync(cancellationToken))
        {
            return;
        }

        try
        {
            await using var mailbox = await OpenAsync(cancellationToken);
            do
            {
                while (await ReadAsync(mailbox, cancellationToken))
                {
                }

                await WellAsync(cancellationToken);
            }
            while (await mailbox.WaitAsync(Wait, cancellationToken) && await TakeTurnAsync(cancellationToken));
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && e is not DatabaseBusyException)
        {
            await UnwellAsync(e);
        }
        finally
        {
            _next = clock.GetUtcNow() + options.Value.Every;
            await LeaveTurnAsync();
        }
    }

    private async Task<IMailbox> OpenAsync(CancellationToken cancellationToken) => options.Value.Protocol == MailboxProtocol.Imap
        ? await ImapMailbox.OpenAsync(options.Value, cancellationToken)
        : await Pop3Mailbox.OpenAsync(options.Value, _asideByPop3, cancellationToken);

    /// <returns>Whether there may be more.</returns>
    private async Task<bool> ReadAsync(IMailbox mailbox, CancellationToken cancellationToken)
    {
        var moved = 0;
        var names = await mailbox.ListAsync(cancellationToken);
        foreach (var name in names)
        {
            var octets = await mailbox.FetchAsync(name, cancellationToken);
            var id = Convert.ToHexStringLower(SHA256.HashData(octets).AsSpan(0, 16));
            switch (await TakeAsync(octets, id, cancellationToken))
            {
                case true:
                    await mailbox.DoneAsync(name, cancellationToken);
                    moved++;
                    break;
                case false:
                    await mailbox.AsideAsync(name, cancellationToken);
                    moved++;
                    break;
            }
        }

        return moved > 0 && await TakeTurnAsync(cancellationToken);
    }

    /// <returns>Whether it was taken in; false: it is for a person; null: later.</returns>
    private async Task<bool?> TakeAsync(byte[] octets, string id, CancellationToken cancellationToken)
    {
        try
        {
            var mail = ReturnedMail.Read(octets);
            var reports = MailReports.Of(mail, id, Encoding.UTF8.GetString(octets));
            foreach (var report in reports)
            {
                var did = await book.TakeAsync(report, cancellationToken);
                LogTaken(id, report.Kind, did ?? "known already");
            }

            _failures.Remove(id);
            return mail.Kind != ReturnKind.Other || reports.Count > 0;
        }
        // A database that is away is no mail's fault.
        catch (Exception e) when (e is not (OperationCanceledException or DatabaseBusyException or DbException { IsTransient: true }))
        {
            var failures = _failures[id] = _failures.GetValueOrDefault(id) + 1;
            LogNotTaken(e, id, failures);
            if (failures < Tries)
            {
                return null;
            }

            _failures.Remove(id);
            await alarm.RaiseAsync(AsideAlarm, $"A mail that came back could not be read in {Tries} tries and was set aside (the folder {options.Value.AsideFolder}; by POP3 it stays in the mailbox). Look at it, and tell us what it is.", CancellationToken.None);
            return false;
        }
    }

    /// <summary>One node reads: the one whose name stands in the row, until its time is over.</summary>
    private async Task<bool> TakeTurnAsync(CancellationToken cancellationToken) => await database.WriteAsync(async write =>
    {
        var now = await write.NowAsync();
        return await write.ExecuteAsync("""
            INSERT INTO installation (name, value) VALUES ('bounce mailbox is read by', @value)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE substr(installation.value, 1, 13) < @now OR substr(installation.value, 15) = @me
            """, ("value", Milliseconds(now + Turn) + " " + _me), ("now", Milliseconds(now)), ("me", _me)) == 1;
    }, cancellationToken);

    /// <summary>Nobody has to wait until the time of a node that went is over.</summary>
    private async Task LeaveTurnAsync()
    {
        try
        {
            await database.WriteAsync(write => write.ExecuteAsync("DELETE FROM installation WHERE name = 'bounce mailbox is read by' AND substr(value, 15) = @me", ("me", _me)), CancellationToken.None);
        }
        catch (Exception e) when (e is DbException or DatabaseBusyException)
        {
            // Then it ends by itself.
        }
    }

    /// <summary>Thirteen digits until the year 2286, so they sort as text.</summary>
    private static string Milliseconds(DateTimeOffset at) => at.ToUnixTimeMilliseconds().ToString("D13", CultureInfo.InvariantCulture);

    private async Task WellAsync(CancellationToken cancellationToken)
    {
        if (_inVain >= Tries)
        {
            await alarm.ClearAsync(AlarmName, cancellationToken);
        }

        _inVain = 0;
    }

    private async Task UnwellAsync(Exception e)
    {
        LogNotRead(e);
        if (++_inVain == Tries)
        {
            await alarm.RaiseAsync(AlarmName, "The mailbox that mails come back to cannot be read. Look at BounceMailbox:Host, Username and Password; `check` says what the server answers. It is tried again by itself; nothing is lost meanwhile.", CancellationToken.None);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Mail {Mail} came back ({Kind}): {Did}")]
    private partial void LogTaken(string mail, ReportKind kind, string did);

    [LoggerMessage(Level = LogLevel.Error, Message = "Mail {Mail} that came back could not be taken in, try {Failures}")]
    private partial void LogNotTaken(Exception exception, string mail, int failures);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The bounce mailbox could not be read; it is tried again")]
    private partial void LogNotRead(Exception exception);
}
