using System.Globalization;
using Notify.Jobs;
using Notify.Storage;

namespace Notify.Subscribers;

/// <summary>
/// Who leaves within two minutes of a mail, counted by what was sent. Programs that guard mailboxes open every link of a mail as it arrives, and some press
/// its buttons too; readers need longer. Nobody is brought back for that: the page behind the link offers it, and a person is told once.
/// </summary>
internal sealed class QuickLeaves(IAlarm alarm)
{
    public static readonly TimeSpan Quick = TimeSpan.FromMinutes(2);

    /// <summary>A few are readers.</summary>
    internal const int Few = 10;

    /// <summary>As many of a hundred mails; of readers, far fewer leave at once.</summary>
    internal const int Percent = 1;

    /// <summary>Counts a contact that has just left by the link of a mail.</summary>
    public async Task CountAsync(Write write, long contactId)
    {
        var now = await write.NowAsync();
        var last = await write.QueryAsync("""
            SELECT d.source_id, s.accepted + s.delivered FROM deliveries d JOIN sources s ON s.id = d.source_id
            WHERE d.contact_id = @contact AND d.status IN (3, 4) AND d.changed_at > @since AND s.kind IN (1, 4) ORDER BY d.id DESC LIMIT 1
            """, row => (Source: row.GetGuid(0), Sent: row.GetInt64(1)), ("contact", contactId), ("since", now - Quick));
        if (last is not [var mail])
        {
            return;
        }

        var count = await write.ScalarAsync<long>("""
            INSERT INTO quick_leaves (source_id, count) VALUES (@source, 1) ON CONFLICT (source_id) DO UPDATE SET count = quick_leaves.count + 1 RETURNING count
            """, ("source", mail.Source));
        if (count >= Few && count * 100 >= mail.Sent * Percent)
        {
            write.AfterCommit(() => _ = TellAsync(mail.Source, count));
        }
    }

    private async Task TellAsync(Guid source, long count)
    {
        try
        {
            await alarm.RaiseAsync(string.Create(CultureInfo.InvariantCulture, $"many left at once after {source}"),
                string.Create(CultureInfo.InvariantCulture, $"{count} readers left within two minutes of a mail. That is how programs look that guard mailboxes and press every button; readers are slower. Nobody is brought back for it: the page behind the link of each mail offers \"that was not me\". Look at /ops/alerts/{source} for how many."),
                CancellationToken.None);
        }
        catch (DatabaseBusyException)
        {
            // The next one who leaves says it again.
        }
    }
}

/// <summary>How many left within two minutes of a mail.</summary>
public sealed class QuickLeave
{
    public required Guid SourceId { get; init; }

    public required long Count { get; set; }
}
