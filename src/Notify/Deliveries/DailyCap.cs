using Microsoft.Extensions.Options;
using Notify.Publication;
using Notify.Storage;

namespace Notify.Deliveries;

/// <summary>
/// No reader gets more texts with news on one day, by the clock of the publication, than the words at sign-up say. Counted just before a text is handed over, from the rows
/// themselves, so that it holds over lanes, nodes and restarts. Confirmations and replies are answers to the reader and do not count.
/// </summary>
internal sealed class DailyCap(Database database, IOptionsMonitor<PublicationOptions> site, TimeProvider clock)
{
    /// <summary>Two texts to one reader that are on their way at the same moment: the older one goes first, the other looks again after this.</summary>
    private static readonly TimeSpan Beside = TimeSpan.FromSeconds(5);

    /// <summary>A reader's last texts with news; more than a day can have, and far fewer than there are. Rows from before there was a <c>handed_at</c> have none.</summary>
    internal const string Recent = """
        SELECT d.id, d.status FROM (
          SELECT id, status, COALESCE(handed_at, changed_at) AS handed_at, source_id FROM deliveries WHERE contact_id = @contact ORDER BY id DESC LIMIT 400) d
        JOIN sources s ON s.id = d.source_id
        WHERE s.kind IN (1, 4) AND d.handed_at >= @since AND d.status IN (2, 3, 4, 5, 8, 9) AND d.id <> @id
        """;

    /// <returns>How long the text has to wait, and whether that is for the cap itself; null: it may go.</returns>
    public async Task<(TimeSpan Wait, bool IsReached)?> HoldAsync(ClaimedRow row)
    {
        if (site.CurrentValue.MaxTextsPerDay is not (var most and > 0) || row.Kind is not (SourceKind.Alert or SourceKind.Digest))
        {
            return null;
        }

        var now = clock.GetUtcNow();
        var (today, tomorrow) = Day(now);
        await using var connection = await database.ConnectAsync(CancellationToken.None);
        await using var command = connection.CreateCommand();
        command.CommandText = Recent;
        Sql.Bind(command, "contact", row.ContactId);
        Sql.Bind(command, "since", today);
        Sql.Bind(command, "id", row.Id);
        var (flying, before) = (new List<long>(), 0);
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                if (reader.GetInt32(1) == (int)DeliveryStatus.Sending)
                {
                    flying.Add(reader.GetInt64(0));
                }
                else
                {
                    before++;
                }
            }
        }

        if (before >= most)
        {
            return (tomorrow - now, true);
        }

        return before + flying.Count >= most ? (flying.Min() < row.Id ? Beside * 2 : Beside, false) : null;
    }

    /// <summary>When this day began where the publication is, and when the next one does.</summary>
    private (DateTimeOffset Today, DateTimeOffset Tomorrow) Day(DateTimeOffset now)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(site.CurrentValue.TimeZone);
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime);
        return (LocalTime.Instant(zone, today, TimeOnly.MinValue), LocalTime.Instant(zone, today.AddDays(1), TimeOnly.MinValue));
    }
}
