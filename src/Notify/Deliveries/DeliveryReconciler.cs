using Microsoft.Extensions.Options;
using Notify.Jobs;
using Notify.Storage;

namespace Notify.Deliveries;

/// <summary>Finds what lanes left behind: rows whose worker died, rows whose time ran out, rows in doubt, and work that nobody was told about.</summary>
internal sealed partial class DeliveryReconciler(
    Database database, PostOffice office, Senders senders, IOptions<DeliveryOptions> options, ILogger<DeliveryReconciler> logger) : IReconcile
{
    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        await AdoptOrphansAsync(cancellationToken);
        while (await database.WriteAsync(PostOffice.SkipStaleAsync, cancellationToken) == 5_000)
        {
        }

        await SkipCancelledAsync(cancellationToken);

        var now = await database.NowAsync(cancellationToken);
        await using var connection = await database.ConnectAsync(cancellationToken);
        foreach (var sender in senders.All)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = DeliverySql.DueSenders;
            Sql.Bind(command, "sender", sender.Name);
            Sql.Bind(command, "now", now);
            Sql.Bind(command, "text", sender.Channel == Contacts.Channel.Text ? 1 : 0);
            if (await command.ExecuteScalarAsync(cancellationToken) is 1 or 1L)
            {
                office.Wake(sender);
            }
        }
    }

    private async Task AdoptOrphansAsync(CancellationToken cancellationToken)
    {
        var found = await database.WriteAsync(async write =>
        {
            var now = await write.NowAsync();
            const string Reason = "its worker died while it was on its way";
            var sources = await write.QueryAsync(DeliverySql.Orphans, row => row.GetGuid(0),
                ("now", now), ("reason", Reason), ("due", now + TimeSpan.FromSeconds(options.Value.SettleSeconds / 2d)),
                ("line", DeliveryChange.Line(now, DeliveryStatus.InDoubt, Reason)));
            await Figures.MoveAsync(write, sources.Select(source => (source, DeliveryStatus.Sending, DeliveryStatus.InDoubt)));
            return sources.Count;
        }, cancellationToken);
        if (found > 0)
        {
            LogOrphans(found);
        }
    }

    private async Task SkipCancelledAsync(CancellationToken cancellationToken)
    {
        var cancelled = new List<(Guid Source, string Why)>();
        await using (var connection = await database.ConnectAsync(cancellationToken))
        {
            await using var command = connection.CreateCommand();
            command.CommandText = DeliverySql.Cancelled;
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                cancelled.Add((reader.GetGuid(0), reader.GetString(1)));
            }
        }

        foreach (var (source, why) in cancelled)
        {
            while (await database.WriteAsync(write => PostOffice.SkipSourceAsync(write, source, why), cancellationToken) > 0)
            {
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} deliveries were on their way when their worker died; the provider will be asked about them")]
    private partial void LogOrphans(int count);
}
