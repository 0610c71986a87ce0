using System.Globalization;
using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Jobs;
using Notify.Publication;
using Notify.Storage;
using Notify.Web;

namespace Notify.Operators;

/// <summary>
/// Mails alarms to <c>Operators:AlarmTo</c>: each once, and once more for every day it stays open unseen. The mail is a delivery like any other;
/// one about the mail relay itself runs out after some hours, and the alarm stays in the console's list.
/// </summary>
internal sealed class AlarmMails(
    Database database, PostOffice office, Senders senders, ContactBook contacts, IOptionsMonitor<OperatorOptions> options, IOptionsMonitor<PublicationOptions> site,
    PublicAddress address) : IReconcile
{
    private static readonly TimeSpan Reminder = TimeSpan.FromHours(24);

    /// <summary>How long a mail about an alarm may wait for a relay.</summary>
    private static readonly TimeSpan TimeToLive = TimeSpan.FromHours(6);

    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        var now = await database.NowAsync(cancellationToken);
        var old = now - Reminder;
        await using var db = database.Read();
        // Somebody knows, and it has not happened again for a day: over, unless whoever watches it says otherwise.
        if (await db.Alarms.AnyAsync(a => a.ClearedAt == null && a.SeenAt <= old && a.LastAt <= old, cancellationToken))
        {
            await database.WriteAsync(write => write.ExecuteAsync(
                "UPDATE alarms SET cleared_at = @now WHERE cleared_at IS NULL AND seen_at <= @old AND last_at <= @old", ("now", now), ("old", old)), cancellationToken);
        }

        if (!senders.Has(Channel.Mail) || !EmailAddress.TryParse(options.CurrentValue.AlarmTo, out var to, out _))
        {
            return;
        }

        var names = await db.Alarms.Where(a => a.ClearedAt == null && a.SeenAt == null && (a.MailedAt == null || a.MailedAt <= old)).Select(a => a.Name).ToListAsync(cancellationToken);
        foreach (var name in names)
        {
            await database.WriteAsync(write => MailAsync(write, name, to), cancellationToken);
        }
    }

    /// <summary>The mail about an alarm; null when there is none of this id, or when it is over.</summary>
    public async Task<CompiledMessage?> ComposeAsync(Guid mailId, CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        if (await db.Alarms.AsNoTracking().FirstOrDefaultAsync(a => a.MailId == mailId && a.ClearedAt == null, cancellationToken) is not { } alarm)
        {
            return null;
        }

        var (name, link) = (site.CurrentValue.Name, address.Link("/ops"));
        var since = alarm.RaisedAt.ToString("d MMM yyyy HH:mm 'UTC'", CultureInfo.InvariantCulture);
        var text = $"""
            Notify at {name} needs a person: {alarm.Name}

            {alarm.Text}

            Since {since}. You get this mail once; the console shows the rest:
            {link}
            """;
        var html = $"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>Alarm</title></head>
            <body style="font-family:system-ui,sans-serif;line-height:1.5;max-width:34rem;margin:2rem auto;padding:0 1rem">
            <p>Notify at {WebUtility.HtmlEncode(name)} needs a person: <strong>{WebUtility.HtmlEncode(alarm.Name)}</strong></p>
            <p>{WebUtility.HtmlEncode(alarm.Text)}</p>
            <p>Since {since}. You get this mail once; <a href="{WebUtility.HtmlEncode(link)}">the console</a> shows the rest.</p>
            </body></html>
            """;
        return new CompiledMessage.Mail($"Alarm at {name}: {alarm.Name}", text, html, ListName: null, UnsubscribeMark: null);
    }

    /// <summary>Somebody knows: it is not mailed again while it stays open.</summary>
    public static async Task SeeAsync(Write write, string name, string who)
    {
        if (await write.ExecuteAsync("UPDATE alarms SET seen_at = @now WHERE name = @name AND cleared_at IS NULL AND seen_at IS NULL",
            ("name", name), ("now", await write.NowAsync())) == 1)
        {
            await AuditLog.AddAsync(write, who, $"has seen the alarm {name}");
        }
    }

    /// <summary>It is over; if it is not, it comes again, and is mailed again.</summary>
    public static async Task ClearAsync(Write write, string name, string who)
    {
        if (await write.ExecuteAsync("UPDATE alarms SET cleared_at = @now WHERE name = @name AND cleared_at IS NULL",
            ("name", name), ("now", await write.NowAsync())) == 1)
        {
            await AuditLog.AddAsync(write, who, $"cleared the alarm {name}");
        }
    }

    private async Task MailAsync(Write write, string name, EmailAddress to)
    {
        var now = await write.NowAsync();
        var mail = Guid.CreateVersion7(now);
        // Of any number of nodes that look at once, one mails it.
        if (await write.ExecuteAsync("""
            UPDATE alarms SET mailed_at = @now, mail_id = @mail
            WHERE name = @name AND cleared_at IS NULL AND seen_at IS NULL AND (mailed_at IS NULL OR mailed_at <= @old)
            """, ("now", now), ("mail", mail), ("name", name), ("old", now - Reminder)) == 1)
        {
            await office.QueueAsync(write, Source.Notices, mail, await contacts.FindOrAddAsync(write, ContactPoint.Of(to)), Channel.Mail, TimeToLive);
        }
    }
}
