using System.Collections.Concurrent;
using Notify.Publication;
using Notify.Storage;

namespace Notify.Deliveries;

/// <summary>Whether a text may arrive where its reader is; asked for every text, so what was found holds for the minute.</summary>
internal sealed class QuietTimes(Database database, CivilHours hours, TimeProvider clock)
{
    private readonly ConcurrentDictionary<int, (string Region, string Zones, string Quiet)> _places = new();
    private readonly ConcurrentDictionary<int, (long Minute, DateTimeOffset? OpensAt)> _found = new();

    /// <returns>How long it is still quiet there; null: it may arrive now.</returns>
    public async Task<TimeSpan?> HoldAsync(int whereaboutsId)
    {
        var now = clock.GetUtcNow();
        if (!_places.TryGetValue(whereaboutsId, out var place))
        {
            place = await ReadAsync(whereaboutsId);
        }

        return OpensAt(whereaboutsId, place.Region, place.Zones, place.Quiet, now) is { } opens ? opens - now : null;
    }

    /// <summary>Whether there are quiet hours at all: the publication's, or some reader's own.</summary>
    public async Task<bool> AreSetAsync(Write write) =>
        hours.AreSet || await write.ScalarAsync<object>("SELECT 1 FROM whereabouts WHERE quiet <> '' LIMIT 1") is not null;

    /// <summary>Writes down from when on each place is open, for statements over many readers.</summary>
    /// <returns>Whether it is quiet anywhere.</returns>
    public async Task<bool> WriteAsync(Write write, DateTimeOffset now)
    {
        var isQuiet = false;
        var all = await write.QueryAsync("SELECT id, region, zones, quiet, opens_at FROM whereabouts",
            row => (Id: row.GetInt32(0), Region: row.GetString(1), Zones: row.GetString(2), Quiet: row.GetString(3), Opens: row.Instant(4)));
        foreach (var (id, region, zones, own, known) in all)
        {
            var opens = OpensAt(id, region, zones, own, now) ?? DateTimeOffset.UnixEpoch;
            isQuiet |= opens > now;
            if (opens.ToUnixTimeMilliseconds() != known.ToUnixTimeMilliseconds())
            {
                await write.ExecuteAsync("UPDATE whereabouts SET opens_at = @opens WHERE id = @id", ("opens", opens), ("id", id));
            }
        }

        return isQuiet;
    }

    private DateTimeOffset? OpensAt(int id, string region, string zones, string own, DateTimeOffset now)
    {
        var minute = now.ToUnixTimeSeconds() / 60;
        if (!_found.TryGetValue(id, out var found) || found.Minute != minute)
        {
            found = (minute, hours.OpensAt(region, zones, now, own));
            _found[id] = found;
        }

        return found.OpensAt > now ? found.OpensAt : null;
    }

    private async Task<(string Region, string Zones, string Quiet)> ReadAsync(int id)
    {
        await using var connection = await database.ConnectAsync(CancellationToken.None);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT region, zones, quiet FROM whereabouts WHERE id = @id";
        Sql.Bind(command, "id", id);
        await using var reader = await command.ExecuteReaderAsync();
        return _places[id] = await reader.ReadAsync() ? (reader.GetString(0), reader.GetString(1), reader.GetString(2)) : ("", "", "");
    }
}
