using System.Globalization;
using System.Text;
using System.Text.Json;
using Notify.Storage;

namespace Notify.Deliveries;

/// <summary>Keeps each source's figures in step with its rows, in the same transaction, one statement a source and always in the same order of sources.</summary>
internal static class Figures
{
    /// <summary>What something may still happen to by itself, in the database's words; see <see cref="Source.Open"/>.</summary>
    private const string Open = "pending + held + sending + in_doubt";

    public static Task DecideAsync(Write write, Guid sourceId, DeliveryStatus status, long count) =>
        write.ExecuteAsync($"""
            UPDATE sources SET decided = decided + @n, {Column(status)} = {Column(status)} + @n{(IsOpen(status) ? ", settled_at = NULL" : "")} WHERE id = @id
            """, ("n", count), ("id", sourceId));

    public static async Task MoveAsync(Write write, IEnumerable<(Guid Source, DeliveryStatus From, DeliveryStatus To)> moves)
    {
        foreach (var source in moves.Where(m => m.From != m.To).GroupBy(m => m.Source).OrderBy(g => g.Key))
        {
            var changes = new Dictionary<DeliveryStatus, int>();
            foreach (var (_, from, to) in source)
            {
                changes[from] = changes.GetValueOrDefault(from) - 1;
                changes[to] = changes.GetValueOrDefault(to) + 1;
            }

            var set = new StringBuilder();
            foreach (var (status, change) in changes.Where(c => c.Value != 0).OrderBy(c => c.Key))
            {
                set.Append(CultureInfo.InvariantCulture, $"{(set.Length > 0 ? ", " : "")}{Column(status)} = {Column(status)} + ({change})");
            }

            if (set.Length == 0)
            {
                continue;
            }

            // The last row that settles says when; what happens between settled states, a receipt for one, leaves that time alone.
            var opened = changes.Where(c => IsOpen(c.Key)).Sum(c => c.Value);
            if (opened == 0)
            {
                await write.ExecuteAsync($"UPDATE sources SET {set} WHERE id = @id", ("id", source.Key));
                continue;
            }

            set.Append(CultureInfo.InvariantCulture, $", settled_at = CASE WHEN {Open} + ({opened}) = 0 THEN @now END");
            await write.ExecuteAsync($"UPDATE sources SET {set} WHERE id = @id", ("id", source.Key), ("now", await write.NowAsync()));
        }
    }

    private static bool IsOpen(DeliveryStatus status) => status is DeliveryStatus.Pending or DeliveryStatus.Held or DeliveryStatus.Sending or DeliveryStatus.InDoubt;

    /// <summary>From a closed set, never from outside: safe to stand in a statement.</summary>
    private static string Column(DeliveryStatus status) => JsonNamingPolicy.SnakeCaseLower.ConvertName(status.ToString());
}
