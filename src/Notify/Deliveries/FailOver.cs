using Notify.Jobs;
using Notify.Storage;

namespace Notify.Deliveries;

/// <summary>
/// Takes messages from a sender that was refused to another that serves the same country. Only after a definite refusal: what a time-out left
/// open is in doubt and stays where it is, for the other sender would say it a second time.
/// </summary>
internal sealed class FailOver(Database database, Senders senders, PostOffice office) : IReconcile
{
    private const int Chunk = 1_000;

    /// <summary>Senders that rest because they were refused.</summary>
    internal const string Refused = "SELECT name FROM senders WHERE refused AND rests_until > @now";

    internal const string Sources = "SELECT id FROM sources WHERE pending > 0 AND NOT cancelled";

    /// <summary>What came to it because another had no way is not given back to that one.</summary>
    internal const string Waiting = """
        SELECT d.id, d.contact_id, c.region FROM deliveries d JOIN contacts c ON c.id = d.contact_id
        WHERE d.source_id = @source AND d.sender = @from AND d.status = 0 AND d.id > @after AND (d.reason IS NULL OR d.reason NOT LIKE '%; ' || @from || ' tries it') ORDER BY d.id LIMIT @count
        """;

    private const string Move = """
        UPDATE deliveries SET sender = @to, due_at = @now, changed_at = @now, history = history || @line WHERE id = @id AND status = 0 AND sender = @from
        """;

    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        var refused = await database.WriteAsync(async write => await write.QueryAsync(Refused, row => row.GetString(0), ("now", await write.NowAsync())), cancellationToken);
        foreach (var name in refused)
        {
            if (senders.TryFind(name, out var from, out _) && HasOther(from, refused))
            {
                await MoveAsync(from, refused, cancellationToken);
            }
        }
    }

    /// <summary>Another sender for a message this one has no way for: one that serves the country and was not tried for it yet, or not since it was last held.</summary>
    public async Task<Sender?> ForRowAsync(Write write, ClaimedRow row, Sender tried)
    {
        var (region, history) = (await write.QueryAsync("""
            SELECT c.region, d.history FROM deliveries d JOIN contacts c ON c.id = d.contact_id WHERE d.id = @id
            """, r => (r.Text(0), r.GetString(1)), ("id", row.Id)))[0];
        var since = history[Math.Max(0, history.LastIndexOf($" {DeliveryChange.Name(DeliveryStatus.Held)} ", StringComparison.Ordinal))..];
        return Array.Find(senders.Serving(tried.Channel, region), s => s.Name != tried.Name
            && !since.Contains($" {DeliveryChange.Name(DeliveryStatus.Sending)} {s.Name}\n", StringComparison.Ordinal));
    }

    /// <summary>Gives a claimed row to another sender; what becomes of it is marked after that.</summary>
    public async Task GiveAsync(Write write, long deliveryId, Sender to)
    {
        await write.ExecuteAsync("UPDATE deliveries SET sender = @to WHERE id = @id AND status = 2", ("to", to.Name), ("id", deliveryId));
        write.AfterCommit(() => office.Wake(to));
    }

    private bool HasOther(Sender from, List<string> refused) =>
        from.Countries.Select(country => (string?)country).DefaultIfEmpty(null).Any(country => Others(from, country, refused).Length > 0);

    private Sender[] Others(Sender from, string? region, List<string> refused) =>
        [.. senders.Serving(from.Channel, region).Where(s => s.Name != from.Name && !refused.Contains(s.Name, StringComparer.Ordinal))];

    private async Task MoveAsync(Sender from, List<string> refused, CancellationToken cancellationToken)
    {
        foreach (var source in await database.WriteAsync(write => write.QueryAsync(Sources, row => row.GetGuid(0)), cancellationToken))
        {
            for (var (after, more) = (0L, true); more;)
            {
                (after, more) = await database.WriteAsync(write => MoveAsync(write, source, from, refused, after), cancellationToken);
            }
        }
    }

    private async Task<(long Last, bool More)> MoveAsync(Write write, Guid source, Sender from, List<string> refused, long after)
    {
        var now = await write.NowAsync();
        var rows = await write.QueryAsync(Waiting, row => (Id: row.GetInt64(0), Contact: row.GetInt64(1), Region: row.Text(2)),
            ("source", source), ("from", from.Name), ("after", after), ("count", Chunk));
        var woken = new HashSet<Sender>();
        foreach (var (id, contact, region) in rows)
        {
            if (Others(from, region, refused) is { Length: > 0 } others)
            {
                var to = others[contact % others.Length];
                await write.ExecuteAsync(Move, ("to", to.Name), ("now", now), ("id", id), ("from", from.Name),
                    ("line", DeliveryChange.Line(now, DeliveryStatus.Pending, $"{from.Name} was refused; {to.Name} takes it over")));
                woken.Add(to);
            }
        }

        write.AfterCommit(() =>
        {
            foreach (var sender in woken)
            {
                office.Wake(sender);
            }
        });
        return (rows.Count > 0 ? rows[^1].Id : after, rows.Count == Chunk);
    }
}
