using Notify.Jobs;
using Notify.Storage;

namespace Notify.Alerts;

/// <summary>Alerts whose audience does not stand yet are woken; those with nothing open any more are closed.</summary>
internal sealed class AlertReconciler(Database database, IHints hints) : IReconcile
{
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

        await database.WriteAsync(async write =>
        {
            await write.ExecuteAsync("DELETE FROM article_requests WHERE at < @before", ("before", now - KnownRequests.Kept));
            await write.ExecuteAsync("""
            UPDATE alerts SET finished_at = @now WHERE finished_at IS NULL AND (planned_at IS NOT NULL OR EXISTS (SELECT 1 FROM sources c WHERE c.id = alerts.id AND c.cancelled))
              AND EXISTS (SELECT 1 FROM sources s WHERE s.id = alerts.id AND s.pending + s.held + s.sending + s.in_doubt = 0)
            """, ("now", now));
        }, cancellationToken);
    }
}
