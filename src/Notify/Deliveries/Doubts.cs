using Microsoft.Extensions.Options;
using Notify.Jobs;
using Notify.Storage;

namespace Notify.Deliveries;

/// <summary>
/// Settles what is in doubt by asking the provider, twice and some time apart, before it is decided that a message never went; then it is
/// sent again, once. What cannot be settled is shown to a person. Never blind.
/// </summary>
internal sealed partial class Doubts(
    Database database, Senders senders, Said said, IOptions<DeliveryOptions> options, IAlarm alarm, ILogger<Doubts> logger) : IErrand
{
    /// <summary>How often the provider must have said no before a text is taken as never sent.</summary>
    private const int Questions = 2;

    /// <summary>How many questions are under way at once.</summary>
    private const int QuestionsAtOnce = 8;

    /// <summary>How long an unreachable provider is asked before a person is.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromHours(6);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var limits = new ParallelOptions { MaxDegreeOfParallelism = QuestionsAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(await DueAsync(cancellationToken), limits, async (row, token) => await WriteAsync(row, await AskAsync(row, token)));
    }

    private async Task<List<Doubtful>> DueAsync(CancellationToken cancellationToken)
    {
        var now = await database.NowAsync(cancellationToken);
        await using var connection = await database.ConnectAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = DeliverySql.Doubtful;
        Sql.Bind(command, "now", now);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<Doubtful>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(new Doubtful(
                reader.GetInt64(0), reader.GetGuid(1), reader.GetString(2), reader.Instant(3), reader.GetInt32(4), reader.GetInt32(5), reader.Text(6)));
        }

        return rows;
    }

    private async Task<Finding> AskAsync(Doubtful row, CancellationToken cancellationToken)
    {
        if (row.Address is null || !senders.TryFind(row.Sender, out _, out var provider))
        {
            return new Finding.Hold();
        }

        try
        {
            var words = await said.OfAsync(row.SourceId, cancellationToken);
            return await provider.FindAsync(new MessageInDoubt(row.Id, row.Sender, row.Address, await database.NowAsync(cancellationToken) - row.AttemptedAt, words), cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogNotAsked(e, row.Id);
            return new Finding.NoAnswer(e.GetType().Name);
        }
    }

    private async Task WriteAsync(Doubtful row, Finding finding)
    {
        var unknown = await database.WriteAsync(async write =>
        {
            var now = await write.NowAsync();
            var asked = row.Doubts + 1;
            var again = now + TimeSpan.FromSeconds(options.Value.SettleSeconds);
            var (status, due, reason, provider, resends) = finding switch
            {
                Finding.Found f => (DeliveryStatus.Accepted, now, "the provider has it", f.ProviderMessageId, row.Resends),
                Finding.SendAgain when row.Resends == 0 => (DeliveryStatus.Pending, now, "in doubt; sent again under the same identity", null, 1),
                Finding.NotFound when asked < Questions => (DeliveryStatus.InDoubt, again, "the provider does not have it yet", null, row.Resends),
                Finding.NotFound when row.Resends == 0 => (DeliveryStatus.Pending, now, "the provider never got it; sent again", null, 1),
                Finding.NoAnswer n when now - row.AttemptedAt < Patience => (DeliveryStatus.InDoubt, again, n.Reason, (string?)null, row.Resends),
                _ => (DeliveryStatus.Unknown, now, "nobody can tell whether it went", null, row.Resends),
            };
            var changed = await write.ExecuteAsync(DeliverySql.Settle,
                ("status", status), ("reason", reason), ("due", due), ("doubts", status == DeliveryStatus.Pending ? 0 : finding is Finding.NoAnswer ? row.Doubts : asked),
                ("resends", resends), ("provider", provider), ("seen", row.Doubts), ("seen_resends", row.Resends), ("attempted", row.AttemptedAt), ("line", DeliveryChange.Line(now, status, reason)), ("id", row.Id));
            if (changed == 1)
            {
                await Figures.MoveAsync(write, [(row.SourceId, DeliveryStatus.InDoubt, status)]);
            }

            return changed == 1 && status == DeliveryStatus.Unknown;
        }, CancellationToken.None);
        if (unknown)
        {
            await alarm.RaiseAsync("deliveries unknown", "Nobody can tell whether some messages went out. Look at them under Unknown and decide.", CancellationToken.None);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The provider could not be asked about delivery {DeliveryId}")]
    private partial void LogNotAsked(Exception exception, long deliveryId);

    private sealed record Doubtful(long Id, Guid SourceId, string Sender, DateTimeOffset AttemptedAt, int Doubts, int Resends, string? Address);
}
