using Microsoft.Extensions.Options;
using Notify.Consent;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Jobs;
using Notify.Publication;
using Notify.Storage;
using Notify.Subscribers;

namespace Notify.Inbound;

/// <summary>A text that may be a stop and waits for a person.</summary>
/// <param name="Contact">Masked.</param>
internal sealed record Question(Guid Id, string Contact, string Body, DateTimeOffset At);

/// <summary>
/// The texts that may be stops: nothing goes to their number until a person has read them. A stop that is found within five minutes is confirmed
/// like any other, by a lane; a later one in silence, for a late confirmation would have to be justified (47 CFR 64.1200(a)(12)).
/// </summary>
internal sealed class Reviews(
    Database database, Subscriptions subscriptions, Preferences preferences, PostOffice office, IAlarm alarm, IOptionsMonitor<PublicationOptions> site) : IReconcile
{
    public const string Alarm = "texts to read";

    private const int MostShown = 100;

    private static readonly TimeSpan ConfirmWithin = TimeSpan.FromMinutes(5);

    /// <summary>Whoever has stopped otherwise meanwhile needs no decision any more.</summary>
    private const string Waiting = """
        SELECT i.id, c.address, i.body, i.at FROM inbox i JOIN contacts c ON c.id = i.contact_id WHERE i.read_as = 7 AND i.reviewed_at IS NULL
          AND EXISTS (SELECT 1 FROM suppressions p WHERE p.contact_id = i.contact_id AND p.scope = '' AND p.until IS NOT NULL)
        ORDER BY i.at, i.id LIMIT @most
        """;

    /// <summary>What waits, the oldest first, at most a hundred.</summary>
    public async Task<IReadOnlyList<Question>> WaitingAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = Waiting;
        Sql.Bind(command, "most", MostShown);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var waiting = new List<Question>();
        while (await reader.ReadAsync(cancellationToken))
        {
            waiting.Add(new Question(reader.GetGuid(0), reader.Text(1) is { } address ? new ContactPoint(Channel.Text, address).ToString() : "erased", reader.GetString(2), reader.Instant(3)));
        }

        return waiting;
    }

    /// <summary>A person's word on one of them; whoever comes second changes nothing.</summary>
    /// <param name="note">The line of the audit log, in the same transaction.</param>
    /// <returns>False when somebody was faster.</returns>
    public Task<bool> DecideAsync(Guid id, bool isStop, string who, Func<Write, long, Task> note, CancellationToken cancellationToken) =>
        database.WriteAsync(async write =>
        {
            // The contact first, as a text does that comes in meanwhile: it must not wait for this decision and lose its hold by it.
            await write.ExecuteAsync("SELECT c.id FROM contacts c WHERE c.id = (SELECT i.contact_id FROM inbox i WHERE i.id = @id)" + (write.IsPostgres ? " FOR UPDATE" : ""), ("id", id));
            var now = await write.NowAsync();
            var rows = await write.QueryAsync("""
                UPDATE inbox SET is_stop = @stop, reviewed_at = @now, reviewed_by = @who WHERE id = @id AND read_as = 7 AND reviewed_at IS NULL
                RETURNING contact_id, recipient, body, provider_id, at, (SELECT c.hash FROM contacts c WHERE c.id = inbox.contact_id)
                """, row => (Contact: row.GetInt64(0), Sender: row.GetString(1), Body: row.GetString(2), ProviderId: row.GetString(3), At: row.Instant(4), Hash: row.GetString(5)),
                ("stop", isStop), ("now", now), ("who", who), ("id", id));
            if (rows is not [var text])
            {
                return false;
            }

            var evidence = new ConsentEvidence { Reply = text.Body, MessageId = text.ProviderId, Operator = who };
            if (isStop)
            {
                var isNew = await subscriptions.StopAsync(write, text.Contact, text.Hash, Channel.Text, ConsentKind.Stopped, "reply, read by a person", "stopped", evidence);
                await AnsweredAsync(write, text.Contact, isStop: true);
                if (isNew && now - text.At <= ConfirmWithin)
                {
                    var locale = (await Preferences.TakenAsync(write, text.Contact, [])).Locale;
                    await office.QueueReplyAsync(write, id, text.Contact, text.Sender, new ReplyWords(site.CurrentValue, locale).Stopped, ConfirmWithin);
                }
            }
            else if (await write.ScalarAsync<long>("SELECT count(*) FROM inbox WHERE contact_id = @contact AND read_as = 7 AND reviewed_at IS NULL", ("contact", text.Contact)) == 0)
            {
                await preferences.ClearAsync(write, text.Contact, text.Hash, Channel.Text, "a person", evidence);
            }

            await note(write, text.Contact);
            return true;
        }, cancellationToken);

    /// <summary>The reader itself has made it clear.</summary>
    public static async Task AnsweredAsync(Write write, long contactId, bool isStop)
    {
        await write.ExecuteAsync("UPDATE inbox SET is_stop = @stop, reviewed_at = @now, reviewed_by = 'the reader' WHERE contact_id = @contact AND read_as = 7 AND reviewed_at IS NULL",
            ("stop", isStop), ("now", await write.NowAsync()), ("contact", contactId));
    }

    /// <summary>Ends the pauses whose time is over, and says once that something waits to be read.</summary>
    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        var now = await database.NowAsync(cancellationToken);
        await using (var connection = await database.ConnectAsync(cancellationToken))
        {
            await using var ended = connection.CreateCommand();
            ended.CommandText = "SELECT CASE WHEN EXISTS (SELECT 1 FROM suppressions WHERE until <= @now) THEN 1 ELSE 0 END";
            Sql.Bind(ended, "now", now);
            if (Convert.ToInt64(await ended.ExecuteScalarAsync(cancellationToken), System.Globalization.CultureInfo.InvariantCulture) == 1)
            {
                await database.WriteAsync(write => Suppressions.ReleaseEndedAsync(write, now), cancellationToken);
            }
        }

        var isRaised = (await alarm.OpenAsync(cancellationToken)).Any(open => open.Name == Alarm);
        var waits = (await WaitingAsync(cancellationToken)).Count > 0;
        if (waits && !isRaised)
        {
            await alarm.RaiseAsync(Alarm, "A reader's text may be a stop. Nothing is sent to that number until somebody has read it, under Replies in the console.", cancellationToken);
        }
        else if (!waits && isRaised)
        {
            await alarm.ClearAsync(Alarm, cancellationToken);
        }
    }
}
