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

            // The figures as parameters: a statement with numbers of its own would be read anew each time.
            var moved = changes.Where(c => c.Value != 0).OrderBy(c => c.Key).Select(c => (Column: Column(c.Key), c.Value)).ToList();
            if (moved.Count == 0)
            {
                continue;
            }

            var set = string.Join(", ", moved.Select(m => $"{m.Column} = {m.Column} + @{m.Column}"));
            (string, object?)[] values = [("id", source.Key), .. moved.Select(m => (m.Column, (object?)m.Value))];

            // The last row that settles says when; what happens between settled states, a receipt for one, leaves that time alone.
            var opened = changes.Where(c => IsOpen(c.Key)).Sum(c => c.Value);
            await (opened == 0
                ? write.ExecuteAsync($"UPDATE sources SET {set} WHERE id = @id", values)
                : write.ExecuteAsync($"UPDATE sources SET {set}, settled_at = CASE WHEN {Open} + @opened = 0 THEN CAST(@now AS bigint) END WHERE id = @id",
                    [.. values, ("opened", opened), ("now", await write.NowAsync())]));
        }
    }

    private static bool IsOpen(DeliveryStatus status) => status is DeliveryStatus.Pending or DeliveryStatus.Held or DeliveryStatus.Sending or DeliveryStatus.InDoubt;

    /// <summary>From a closed set, never from outside: safe to stand in a statement.</summary>
    private static string Column(DeliveryStatus status) => JsonNamingPolicy.SnakeCaseLower.ConvertName(status.ToString());
}
