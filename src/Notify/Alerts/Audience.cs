using System.Globalization;
using Notify.Contacts;
using Notify.Storage;

namespace Notify.Alerts;

/// <summary>How many readers an article would be told to, by the same rule as the fan-out; an estimate, for readers come and go.</summary>
public sealed class Audience
{
    private readonly Database _database;

    internal Audience(Database database) => _database = database;

    /// <param name="topics">The article's topic keys; without any only readers of all topics count.</param>
    public async Task<(long Texts, long Mails)> CountAsync(IReadOnlyList<string> topics, CancellationToken cancellationToken)
    {
        string[] names = [.. topics.Select((_, i) => "topic" + i.ToString(CultureInfo.InvariantCulture))];
        var wanted = names.Length > 0 ? $"t.topic IN ({string.Join(", ", names.Select(n => "@" + n))})" : "1 = 0";
        await using var connection = await _database.ConnectAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = $"""
            SELECT c.channel, count(*) FROM subscriptions s JOIN contacts c ON c.id = s.contact_id
            WHERE c.address IS NOT NULL AND {FanOut.Audience.Replace("{topics}", wanted, StringComparison.Ordinal)} GROUP BY c.channel
            """;
        for (var i = 0; i < names.Length; i++)
        {
            Sql.Bind(command, names[i], topics[i]);
        }

        var (texts, mails) = (0L, 0L);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var count = reader.GetInt64(1);
            (texts, mails) = (Channel)reader.GetInt32(0) == Channel.Text ? (count, mails) : (texts, count);
        }

        return (texts, mails);
    }
}
