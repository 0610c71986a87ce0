using Notify.Jobs;
using Notify.Storage;

namespace Notify.Alerts;

/// <summary>Alerts whose audience does not stand yet are woken; those with nothing open any more are closed.</summary>
internal sealed partial class AlertReconciler(Database database, IHints hints, ILogger<AlertReconciler> logger) : IReconcile
{
    /// <summary>What left, or may have: skipped and refused rows reached nobody.</summary>
    private const string Bounds = """
        SELECT count(*), COALESCE(min(handed_at), 0), COALESCE(max(handed_at), 0) FROM deliveries WHERE subject_id = @alert AND handed_at IS NOT NULL AND status IN (3, 4, 5, 9)
        """;

    private const string Middle = "SELECT handed_at FROM deliveries WHERE subject_id = @alert AND handed_at IS NOT NULL AND status IN (3, 4, 5, 9) ORDER BY handed_at LIMIT 1 OFFSET @before";

    internal const string HasEnded = """
        finished_at IS NULL AND (planned_at IS NOT NULL OR EXISTS (SELECT 1 FROM sources c WHERE c.id = alerts.id AND c.cancelled))
          AND EXISTS (SELECT 1 FROM sources s WHERE s.id = alerts.id AND s.pending + s.held + s.sending + s.in_doubt = 0)
        """;

    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        var now = await database.NowAsync(cancellationToken);
        await using (var connection = await database.ConnectAsync(cancellationToken))
        {
            await using var command = connection.CreateCommand();
            command.CommandText = """
                SELECT a.id, r.title FROM alerts a JOIN sources s ON s.id = a.id JOIN articles r ON r.id = a.article_id
                WHERE a.planned_at IS NULL AND a.starts_at <= @soon AND NOT a.hold AND NOT s.cancelled AND NOT s.paused ORDER BY a.starts_at LIMIT 100
                """;
            Sql.Bind(command, "soon", now + TimeSpan.FromSeconds(10));
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                hints.Wake(JobNames.PlanAlert, reader.GetGuid(0).ToString(), Newsdesk.Title(reader.GetString(1)));
            }
        }

        var ended = await database.WriteAsync(async write =>
        {
            await write.ExecuteAsync("DELETE FROM article_requests WHERE at < @before", ("before", now - KnownRequests.Kept));
            return await write.QueryAsync($"SELECT id FROM alerts WHERE {HasEnded}", row => row.GetGuid(0));
        }, cancellationToken);
        foreach (var alert in ended)
        {
            // Its times first: once it has ended nobody comes back for them.
            try
            {
                await KeepTimesAsync(alert, cancellationToken);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                // Others wait behind it, and the archive can do without.
                LogNoTimes(e, alert);
            }

            await database.WriteAsync(write => write.ExecuteAsync($"UPDATE alerts SET finished_at = @now WHERE id = @id AND {HasEnded}", ("now", now), ("id", alert)), cancellationToken);
        }
    }

    /// <summary>When its rows were handed over, counted once and outside any transaction that somebody could wait for.</summary>
    private async Task KeepTimesAsync(Guid alertId, CancellationToken cancellationToken)
    {
        var (count, first, last, half) = (0L, 0L, 0L, 0L);
        await using (var connection = await database.ConnectAsync(cancellationToken))
        {
            await using var bounds = connection.CreateCommand();
            bounds.CommandText = Bounds;
            Sql.Bind(bounds, "alert", alertId);
            await using (var reader = await bounds.ExecuteReaderAsync(cancellationToken))
            {
                if (await reader.ReadAsync(cancellationToken) && reader.GetInt64(0) > 0)
                {
                    (count, first, last) = (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
                }
            }

            if (count == 0)
            {
                return;
            }

            await using var middle = connection.CreateCommand();
            middle.CommandText = Middle;
            Sql.Bind(middle, "alert", alertId);
            Sql.Bind(middle, "before", (count - 1) / 2);
            half = Convert.ToInt64(await middle.ExecuteScalarAsync(cancellationToken), System.Globalization.CultureInfo.InvariantCulture);
        }

        await database.WriteAsync(write => write.ExecuteAsync("UPDATE alerts SET first_handed_at = @first, half_handed_at = @half, last_handed_at = @last WHERE id = @id",
            ("first", first), ("half", half), ("last", last), ("id", alertId)), cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "When alert {AlertId} was handed over could not be counted; it has ended all the same")]
    private partial void LogNoTimes(Exception exception, Guid alertId);
}
