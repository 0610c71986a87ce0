using System.Globalization;
using Notify.Contacts;
using Notify.Storage;

namespace Notify.Alerts;

/// <summary>
/// How many readers an article would be told to at once, and how many find it in their digests, by the same rules as the fan-out, without those whose row would be skipped at once (blocked by the provider, paused); an
/// estimate, for readers come and go.
/// </summary>
public sealed class Audience
{
    private readonly Database _database;

    internal Audience(Database database) => _database = database;

    /// <param name="topics">The article's topic keys; without any only readers of all topics count.</param>
    public async Task<(long Texts, long Mails)> CountAsync(IReadOnlyList<string> topics, CancellationToken cancellationToken)
    {
        var all = await AtOnceAsync(topics, cancellationToken);
        return (all.Where(a => a.Channel == Channel.Text).Sum(a => a.Readers), all.Where(a => a.Channel == Channel.Mail).Sum(a => a.Readers));
    }

    /// <summary>Those who find it in a daily or weekly digest.</summary>
    public async Task<long> InDigestsAsync(IReadOnlyList<string> topics, CancellationToken cancellationToken) =>
        (await ReadAsync(topics, cancellationToken)).Where(a => a.InDigest).Sum(a => a.Readers);

    /// <summary>Readers by text who are told at once, by country; null where it is not known.</summary>
    public async Task<IReadOnlyList<(string? Region, long Readers)>> TextsByCountryAsync(IReadOnlyList<string> topics, CancellationToken cancellationToken) =>
        [.. (await AtOnceAsync(topics, cancellationToken)).Where(a => a.Channel == Channel.Text).Select(a => (a.Region, a.Readers))];

    private async Task<List<(Channel Channel, string? Region, long Readers, bool InDigest)>> AtOnceAsync(IReadOnlyList<string> topics, CancellationToken cancellationToken) =>
        [.. (await ReadAsync(topics, cancellationToken)).Where(a => !a.InDigest)];

    private async Task<List<(Channel Channel, string? Region, long Readers, bool InDigest)>> ReadAsync(IReadOnlyList<string> topics, CancellationToken cancellationToken)
    {
        string[] names = [.. topics.Select((_, i) => "topic" + i.ToString(CultureInfo.InvariantCulture))];
        var wanted = names.Length > 0 ? $"t.topic IN ({string.Join(", ", names.Select(n => "@" + n))})" : "1 = 0";
        await using var connection = await _database.ConnectAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = $"""
            SELECT c.channel, c.region, count(*), CASE WHEN s.frequency = 1 THEN 0 ELSE 1 END FROM subscriptions s JOIN contacts c ON c.id = s.contact_id
            WHERE c.address IS NOT NULL AND {FanOut.Takers.Replace("{topics}", wanted, StringComparison.Ordinal)}
              AND NOT EXISTS (SELECT 1 FROM suppressions x WHERE x.contact_id = s.contact_id AND x.scope = '') GROUP BY c.channel, c.region, CASE WHEN s.frequency = 1 THEN 0 ELSE 1 END
            """;
        for (var i = 0; i < names.Length; i++)
        {
            Sql.Bind(command, names[i], topics[i]);
        }

        var found = new List<(Channel, string?, long, bool)>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            found.Add(((Channel)reader.GetInt32(0), reader.Text(1), reader.GetInt64(2), reader.GetInt32(3) == 1));
        }

        return found;
    }
}
