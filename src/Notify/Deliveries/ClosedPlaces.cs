using Notify.Contacts;
using Notify.Storage;

namespace Notify.Deliveries;

/// <summary>
/// Countries and blocks of numbers a provider takes nothing for: an account without the permission, a block suspected of being paid for each text. Texts
/// there wait, on every node, instead of being refused one by one; after a while the next one tries.
/// </summary>
internal sealed class ClosedPlaces(Database database, TimeProvider clock)
{
    /// <summary>How old what is known may be: another node may have heard of one.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    internal const string Open = "SELECT sender, place, until FROM closed_places WHERE until > @now";

    private const string Close = """
        INSERT INTO closed_places (sender, place, until) VALUES (@sender, @place, @until)
        ON CONFLICT (sender, place) DO UPDATE SET until = excluded.until
        """;

    private Known _known = new(0, null);

    public async Task CloseAsync(Write write, string sender, long contactId, Closing closing)
    {
        if (await write.ScalarAsync<string>("SELECT address FROM contacts WHERE id = @id", ("id", contactId)) is not { } address)
        {
            return;
        }

        var now = await write.NowAsync();
        await write.ExecuteAsync("DELETE FROM closed_places WHERE until <= @now", ("now", now));
        await write.ExecuteAsync(Close, ("sender", sender), ("place", closing.IsCountry ? Country(address) : Block(address)), ("until", now + closing.For));
        write.AfterCommit(() => _known = new Known(0, null));
    }

    /// <returns>How long a text there has to wait; null: it may go.</returns>
    public async Task<TimeSpan?> HoldAsync(string sender, string address)
    {
        var known = _known;
        if (known.Until is null || clock.GetElapsedTime(known.At) > Fresh)
        {
            _known = known = new Known(clock.GetTimestamp(), await ReadAsync());
        }

        if (known.Until!.Count == 0)
        {
            return null;
        }

        var until = new[] { Block(address), Country(address) }.Max(place => known.Until.GetValueOrDefault((sender, place)));
        return until - clock.GetUtcNow() is var wait && wait > TimeSpan.Zero ? wait : null;
    }

    private async Task<Dictionary<(string, string), DateTimeOffset>> ReadAsync()
    {
        await using var connection = await database.ConnectAsync(CancellationToken.None);
        await using var command = connection.CreateCommand();
        command.CommandText = Open;
        Sql.Bind(command, "now", clock.GetUtcNow());
        var found = new Dictionary<(string, string), DateTimeOffset>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            found[(reader.GetString(0), reader.GetString(1))] = reader.Instant(2);
        }

        return found;
    }

    private static string Country(string address) => PhoneNumber.FromE164(address).Region;

    private static string Block(string address) => address[..^3];

    private sealed record Known(long At, Dictionary<(string Sender, string Place), DateTimeOffset>? Until);
}
