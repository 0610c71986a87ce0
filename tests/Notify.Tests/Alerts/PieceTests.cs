using Microsoft.Data.Sqlite;
using Notify.Alerts;
using Notify.Articles;
using Notify.Contacts;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Alerts;

/// <summary>SQLite has one writer: a STOP that comes while an alert or digests are written waits for one piece, and shares its commit with none.</summary>
public sealed class PieceTests(PostgresServer postgres)
{
    private const int Readers = 3;

    private static readonly DateTimeOffset Morning = new(2026, 6, 1, 9, 0, 0, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(AlertRoute.Instant)]
    [InlineData(AlertRoute.Digest)]
    public async Task A_piece_is_durable_before_what_came_meanwhile_begins(AlertRoute route)
    {
        var clock = new ManualClock(Morning);
        await using var bench = await Workbench.OpenAsync(DatabaseProvider.Sqlite, postgres, clock: clock, settings: [("Publication:TimeZone", "UTC"), ("Publication:DigestAt", "17:30")]);
        await bench.AddReadersAsync(Readers, Channel.Mail);
        var draft = new ArticleDraft(new Uri("https://yid-info.example/piece"), "News", null, [], null, null, ArticlePriority.Normal, "test", []);
        var (_, alert, _) = await bench.WriteAsync(write => bench.Get<INewsdesk>().PublishAsync(write, draft, hold: false));
        await bench.ExecuteAsync("UPDATE alerts SET route = @route, starts_at = 0 WHERE id = @id", ("route", route), ("id", alert));
        Task<long>? seen = null;
        await bench.WriteAsync(write =>
        {
            ((SqliteConnection)write.Connection).CreateFunction("came", () =>
            {
                seen ??= bench.WriteAsync(_ => DurableAsync(bench));
                return 0;
            });
            return write.ExecuteAsync("CREATE TEMP TRIGGER came AFTER INSERT ON main.deliveries BEGIN SELECT came(); END");
        });

        await bench.Get<FanOut>().RunAsync(alert!.Value, Token);
        clock.Advance(TimeSpan.FromHours(9));
        await bench.Get<Digests>().RunAsync(Token);

        Assert.NotNull(seen);
        Assert.Equal(Readers, await seen);
    }

    /// <summary>What another connection sees, while the writer is at work.</summary>
    private static async Task<long> DurableAsync(Workbench bench)
    {
        await using var connection = await bench.Database.ConnectAsync(Token);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM deliveries";
        return (long)(await command.ExecuteScalarAsync(Token))!;
    }
}
