using System.Globalization;
using Notify.Contacts;
using Notify.Storage;

namespace Notify.Alerts;

/// <summary>
/// How many readers an article would be told to, by the same rule as the fan-out, without those whose row would be skipped at once (blocked by the provider, paused); an
/// estimate, for readers come and go.
/// </summary>
public sealed class Audience
{
    private readonly Database _database;

    internal Audience(Database database) => _database = database;

    /// <param name="topics">The article's topic keys; without any only readers of all topics count.</param>
    public async Task<(long Texts, long Mails)> CountAsync(IReadOnlyList<string> topics, CancellationToken cancellationToken)
    {
        var all = await ReadAsync(topics, cancellationToken);
        return (all.Where(a => a.Channel == Channel.Text).Sum(a => a.Readers), all.Where(a => a.Channel == Channel.Mail).Sum(a => a.Readers));
    }

    /// <summary>Readers by text, by country; null where it is not known.</summary>
    public async Task<IReadOnlyList<(string? Region, long Readers)>> TextsByCountryAsync(IReadOnlyList<string> topics, CancellationToken cancellationToken) =>
        [.. (await ReadAsync(topics, cancellationToken)).Where(a => a.Channel == Channel.Text).Select(a => (a.Region, a.Readers))];

    private async Task<List<(Channel Channel, string? Region, long Readers)>> ReadAsync(IReadOnlyList<string> topics, CancellationToken cancellationToken)
    {
        string[] names = [.. topics.Select((_, i) => "topic" + i.ToString(CultureInfo.InvariantCulture))];
        var wanted = names.Length > 0 ? $"t.topic IN ({string.Join(", ", names.Select(n => "@" + n))})" : "1 = 0";
        await using var connection = await _database.ConnectAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = $"""
            SELECT c.channel, c.region, count(*) FROM subscriptions s JOIN contacts c ON c.id = s.contact_id
            WHERE c.address IS NOT NULL AND {FanOut.Audience.Replace("{topics}", wanted, StringComparison.Ordinal)}
              AND NOT EXISTS (SELECT 1 FROM suppressions x WHERE x.contact_id = s.contact_id AND x.scope = '') GROUP BY c.channel, c.region
            """;
        for (var i = 0; i < names.Length; i++)
        {
            Sql.Bind(command, names[i], topics[i]);
        }

        var found = new List<(Channel, string?, long)>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            found.Add(((Channel)reader.GetInt32(0), reader.Text(1), reader.GetInt64(2)));
        }

        return found;
    }
}
