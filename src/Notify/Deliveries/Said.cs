using Notify.Storage;

namespace Notify.Deliveries;

/// <summary>A wording that texts of a source had.</summary>
public sealed class SaidWords
{
    public required Guid SourceId { get; init; }

    public required string Words { get; init; }
}

/// <summary>
/// The words that texts of a source had, each once. A text in doubt is recognised at the provider by its words, and a name or a title that
/// was changed in between must not make it a stranger there. Nothing of it is a reader's: every reader of a source gets the same words.
/// </summary>
internal sealed class Said(Database database)
{
    /// <summary>More than are under way at once; the memory only saves asking the database again.</summary>
    private const int Most = 256;

    private readonly Lock _lock = new();
    private readonly HashSet<(Guid, string)> _known = [];

    public async Task KeepAsync(Guid sourceId, string words)
    {
        lock (_lock)
        {
            if (_known.Contains((sourceId, words)))
            {
                return;
            }
        }

        await database.WriteAsync(write => write.ExecuteAsync(
            "INSERT INTO said (source_id, words) VALUES (@source, @words) ON CONFLICT (source_id, words) DO NOTHING", ("source", sourceId), ("words", words)), CancellationToken.None);
        lock (_lock)
        {
            if (_known.Count >= Most)
            {
                _known.Clear();
            }

            _known.Add((sourceId, words));
        }
    }

    public async Task<IReadOnlySet<string>> OfAsync(Guid sourceId, CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT words FROM said WHERE source_id = @source";
        Sql.Bind(command, "source", sourceId);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var words = new HashSet<string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
        {
            words.Add(reader.GetString(0));
        }

        return words;
    }
}
