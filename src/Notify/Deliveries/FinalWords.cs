using System.Globalization;
using Notify.Contacts;
using Notify.Jobs;
using Notify.Storage;

namespace Notify.Deliveries;

/// <summary>Tells what became of a message it took; implemented by adapters whose provider can be asked.</summary>
public interface ITellStatus
{
    /// <returns>What it says; null where there is no such message any more.</returns>
    /// <exception cref="HttpRequestException">The provider could not be asked now.</exception>
    Task<Receipt?> StatusAsync(string sender, string providerMessageId, CancellationToken cancellationToken);
}

/// <summary>
/// Asks once, a day after the decision, about each text whose last receipt never came: receipts can be lost, and some carriers send none. Goes along
/// the deliveries' key with a mark of how far it came, some a second, so that neither the table nor the provider notices.
/// </summary>
internal sealed partial class FinalWords(Database database, Senders senders, Receipts receipts, TimeProvider clock, ILogger<FinalWords> logger) : IErrand
{
    public const string NoWord = "the carrier never said whether it arrived";

    private const string Mark = "asked for final words up to";
    private const int Rows = 2_000;
    private const int MostQuestions = 60;

    /// <summary>Between two rounds; with <see cref="MostQuestions"/> some five questions a second at most.</summary>
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(12);

    private static readonly TimeSpan After = TimeSpan.FromDays(1);

    internal const string Next = "SELECT id, channel, status, sender, provider_id, created_at FROM deliveries WHERE id > @after ORDER BY id LIMIT @count";

    private const string Note = "UPDATE deliveries SET reason = @reason, history = history || @line WHERE id = @id AND status = 3";

    private DateTimeOffset _next;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (clock.GetUtcNow() < _next)
        {
            return;
        }

        _next = clock.GetUtcNow() + Every;
        var (after, rows) = await database.WriteAsync(async write =>
        {
            var cut = await write.NowAsync() - After;
            var mark = long.Parse(await write.ScalarAsync<string>("SELECT value FROM installation WHERE name = @name", ("name", Mark)) ?? "0", CultureInfo.InvariantCulture);
            var found = await write.QueryAsync(Next, row => new Row(row.GetInt64(0), (Channel)row.GetInt32(1), (DeliveryStatus)row.GetInt32(2), row.GetString(3), row.Text(4), row.Instant(5)),
                ("after", mark), ("count", Rows));
            return (mark, found.TakeWhile(row => row.CreatedAt < cut).ToList());
        }, cancellationToken);
        var done = after;
        var asked = 0;
        try
        {
            foreach (var row in rows)
            {
                if (row is { Channel: Channel.Text, Status: DeliveryStatus.Accepted, ProviderId: { } id } && senders.TryFind(row.Sender, out _, out var provider) && provider is ITellStatus teller)
                {
                    if (asked++ == MostQuestions)
                    {
                        break;
                    }

                    await WriteAsync(row.Id, await teller.StatusAsync(row.Sender, id, cancellationToken));
                }

                done = row.Id;
            }
        }
        catch (HttpRequestException e)
        {
            // It is asked again at the next round.
            LogNotAsked(e, done);
        }

        if (done > after)
        {
            await database.WriteAsync(write => write.ExecuteAsync("""
                INSERT INTO installation (name, value) VALUES (@name, @value) ON CONFLICT (name) DO UPDATE SET value = excluded.value
                """, ("name", Mark), ("value", done.ToString(CultureInfo.InvariantCulture))), cancellationToken);
        }
    }

    private Task WriteAsync(long deliveryId, Receipt? receipt) => database.WriteAsync(async write =>
    {
        if (receipt is { Kind: not ReceiptKind.Accepted })
        {
            return await receipts.ApplyAsync(write, deliveryId, receipt) ? 1 : 0;
        }

        return await write.ExecuteAsync(Note, ("id", deliveryId), ("reason", NoWord), ("line", DeliveryChange.Line(await write.NowAsync(), DeliveryStatus.Accepted, NoWord)));
    }, CancellationToken.None);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The provider could not be asked for final words after delivery {DeliveryId}; it is asked again")]
    private partial void LogNotAsked(Exception exception, long deliveryId);

    private sealed record Row(long Id, Channel Channel, DeliveryStatus Status, string Sender, string? ProviderId, DateTimeOffset CreatedAt);
}
