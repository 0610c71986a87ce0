using Notify.Contacts;
using Notify.Jobs;
using Notify.Storage;

namespace Notify.Deliveries;

/// <summary>
/// Looks for what needs a person and says it once: rows nobody can tell about, channels of which every sender has rested for long, alerts that
/// do not move. Takes an alarm back when its trouble is over. A few rows of sources and senders a look, never a count over deliveries.
/// </summary>
internal sealed class Watch(Database database, Senders senders, IAlarm alarm) : IReconcile
{
    public const string Unknown = "deliveries unknown";

    /// <summary>How long all senders of a channel must have been in trouble for an outage.</summary>
    public static readonly TimeSpan OutageAfter = TimeSpan.FromMinutes(5);

    /// <summary>How long an alert must not have moved to be stuck.</summary>
    public static readonly TimeSpan StuckAfter = TimeSpan.FromMinutes(10);

    private const string StuckPrefix = "alert stuck ";

    /// <summary>Senders that rest, or have not had a message taken since they did.</summary>
    internal const string Troubled = "SELECT name, CASE WHEN rests_until > @now THEN 1 ELSE 0 END FROM senders WHERE trips > 0";

    /// <summary>Alerts with something waiting, the most urgent first; the red switch stands before all of them.</summary>
    internal const string Waiting = """
        SELECT id, decided - pending - held - sending - in_doubt FROM sources
        WHERE pending > 0 AND NOT paused AND NOT cancelled AND kind = 1 AND NOT EXISTS (SELECT 1 FROM sending p WHERE p.paused OR p.alert_texts_from > @now)
        ORDER BY priority, created_at LIMIT 200
        """;

    internal const string Due = """
        SELECT CASE WHEN EXISTS (SELECT 1 FROM deliveries d
          WHERE d.source_id = @source AND d.sender = @sender AND d.status = 0 AND d.due_at <= @now AND d.expires_at > @now) THEN 1 ELSE 0 END
        """;

    /// <summary>How far each waiting alert was when it last moved, as this node saw it.</summary>
    private readonly Dictionary<Guid, (long Settled, DateTimeOffset At)> _seen = [];

    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        var now = await database.NowAsync(cancellationToken);
        var open = (await alarm.OpenAsync(cancellationToken)).ToDictionary(a => a.Name, StringComparer.Ordinal);
        await UnknownAsync(open, cancellationToken);
        var resting = await SendersAsync(open, now, cancellationToken);
        await StuckAsync(open, resting, now, cancellationToken);
    }

    private async Task UnknownAsync(Dictionary<string, OpenAlarm> open, CancellationToken cancellationToken)
    {
        var any = await ReadAsync("SELECT id, 1 FROM sources WHERE unknown > 0 LIMIT 1", row => row.GetGuid(0), cancellationToken);
        await SetAsync(open, Unknown, any.Count > 0, "Nobody can tell whether some messages went out. Look at them under Unknown and decide.", cancellationToken);
    }

    /// <returns>The senders that rest now.</returns>
    private async Task<HashSet<string>> SendersAsync(Dictionary<string, OpenAlarm> open, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var found = await ReadAsync(Troubled, row => (Name: row.GetString(0), IsResting: row.GetInt32(1) == 1), cancellationToken, ("now", now));
        var troubled = found.Select(u => u.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var name in senders.All.Select(s => s.Name).Where(name => !troubled.Contains(name)))
        {
            await SetAsync(open, SenderAlarm(name), false, "", cancellationToken);
        }

        foreach (var channel in Enum.GetValues<Channel>())
        {
            Sender[] all = [.. senders.Of(channel)];
            var isOut = all.Length > 0
                && all.All(s => troubled.Contains(s.Name) && open.TryGetValue(SenderAlarm(s.Name), out var since) && now - since.RaisedAt >= OutageAfter);
            var word = channel == Channel.Text ? "texts" : "mails";
            await SetAsync(open, $"outage of {word}", isOut, $"No sender of {word} has worked for minutes. What waits goes out by itself when one does.", cancellationToken);
        }

        return found.Where(u => u.IsResting).Select(u => u.Name).ToHashSet(StringComparer.Ordinal);
    }

    private async Task StuckAsync(Dictionary<string, OpenAlarm> open, HashSet<string> resting, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var waiting = await ReadAsync(Waiting, row => (Id: row.GetGuid(0), Settled: row.GetInt64(1)), cancellationToken, ("now", now));
        foreach (var gone in _seen.Keys.Except(waiting.Select(w => w.Id)).ToList())
        {
            _seen.Remove(gone);
        }

        var stuck = new HashSet<string>(StringComparer.Ordinal);
        var isOvertaken = false;
        foreach (var (id, settled) in waiting)
        {
            var isNew = !_seen.TryGetValue(id, out var last);
            if (isNew || last.Settled != settled)
            {
                _seen[id] = (settled, now);
                // A fresh look after a restart takes no alarm back: only what moves does.
                if (isNew && open.ContainsKey(StuckAlarm(id)))
                {
                    stuck.Add(StuckAlarm(id));
                }

                // What comes after one that moves waits its turn.
                isOvertaken |= !isNew;
                continue;
            }

            if (now - last.At < StuckAfter ? open.ContainsKey(StuckAlarm(id)) : !isOvertaken && await IsDueAsync(id, resting, now, cancellationToken))
            {
                stuck.Add(StuckAlarm(id));
            }

            isOvertaken |= now - last.At < StuckAfter;
        }

        foreach (var name in stuck)
        {
            await SetAsync(open, name, true, "An alert has messages that are due and has not moved for ten minutes, though its sender is ready. Look at the workers and at its page.", cancellationToken);
        }

        foreach (var name in open.Keys.Where(name => name.StartsWith(StuckPrefix, StringComparison.Ordinal) && !stuck.Contains(name)))
        {
            await SetAsync(open, name, false, "", cancellationToken);
        }
    }

    private async Task<bool> IsDueAsync(Guid source, HashSet<string> resting, DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var sender in senders.All.Where(s => !resting.Contains(s.Name)))
        {
            if (await ReadAsync(Due, row => row.GetInt32(0) == 1, cancellationToken, ("source", source), ("sender", sender.Name), ("now", now)) is [true])
            {
                return true;
            }
        }

        return false;
    }

    private async Task SetAsync(Dictionary<string, OpenAlarm> open, string name, bool isTrouble, string text, CancellationToken cancellationToken)
    {
        var isOpen = open.ContainsKey(name);
        if (isTrouble && !isOpen)
        {
            await alarm.RaiseAsync(name, text, cancellationToken);
        }
        else if (!isTrouble && isOpen)
        {
            await alarm.ClearAsync(name, cancellationToken);
        }
    }

    private async Task<List<T>> ReadAsync<T>(string sql, Func<System.Data.Common.DbDataReader, T> row, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            Sql.Bind(command, name, value);
        }

        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(row(reader));
        }

        return rows;
    }

    private static string SenderAlarm(string sender) => $"sender {sender}";

    private static string StuckAlarm(Guid alert) => StuckPrefix + alert;
}
