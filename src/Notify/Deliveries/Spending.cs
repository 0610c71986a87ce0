using System.Globalization;
using Microsoft.Extensions.Options;
using Notify.Contacts;
using Notify.Jobs;
using Notify.Publication;
using Notify.Storage;

namespace Notify.Deliveries;

/// <param name="Today">Since midnight where the publication is.</param>
/// <param name="Month">Since the first of the month.</param>
public sealed record Spent(decimal Today, decimal Month);

/// <summary>
/// What texts have cost, by day and country; and the hard stop. While a budget is set both belong to each turn of a lane, in the transaction of its
/// outcomes, so what goes beyond the stop is at most what the lanes hold at that moment and claim in the same turn: two windows each. Without one
/// nothing hangs on it, and every lane writes the same few rows: each collects for a second.
/// </summary>
public sealed class Spending : IReconcile
{
    public const string AlarmName = "budget used up";

    private const string Add = """
        INSERT INTO spending (day, region, texts, segments, micros) VALUES (@day, @region, @texts, @segments, @micros)
        ON CONFLICT (day, region) DO UPDATE SET texts = spending.texts + excluded.texts, segments = spending.segments + excluded.segments, micros = spending.micros + excluded.micros
        """;

    private const string Sum = """
        SELECT CAST(COALESCE(SUM(CASE WHEN day = @day THEN micros END), 0) AS bigint), CAST(COALESCE(SUM(micros), 0) AS bigint) FROM spending WHERE day >= @first AND day <= @day
        """;

    private readonly Database _database;
    private readonly Prices _prices;
    private readonly IOptionsMonitor<BudgetOptions> _options;
    private readonly IOptionsMonitor<PublicationOptions> _site;
    private readonly PostOffice _office;
    private readonly IAlarm _alarm;

    internal Spending(
        Database database, Prices prices, IOptionsMonitor<BudgetOptions> options, IOptionsMonitor<PublicationOptions> site, PostOffice office, IAlarm alarm) =>
        (_database, _prices, _options, _site, _office, _alarm) = (database, prices, options, site, office, alarm);

    public Task<Spent> SpentAsync(CancellationToken cancellationToken) => _database.WriteAsync(SpentAsync, cancellationToken);

    internal async Task<Spent> SpentAsync(Write write) => await SpentAsync(write, LocalDay(await write.NowAsync()));

    /// <summary>The part of a lane's turn: writes down what the lane has collected, unless that may wait.</summary>
    /// <param name="mayWait">Whether the lane will have another turn.</param>
    /// <returns>What is not written down yet.</returns>
    internal async Task<IReadOnlyList<RowResult>> CollectAsync(Write write, LaneLease lease, IReadOnlyList<RowResult> done, bool mayWait, DateTimeOffset now)
    {
        List<RowResult> collected = [.. lease.Unwritten, .. done.Where(IsPaid)];
        if (mayWait && !lease.AreCostsDue && !_options.CurrentValue.IsSet)
        {
            return collected;
        }

        await RecordAsync(write, collected, now);
        return [];
    }

    /// <summary>Writes down what left.</summary>
    internal async Task RecordAsync(Write write, IReadOnlyList<RowResult> done, DateTimeOffset now)
    {
        var paid = done.Where(IsPaid)
            .GroupBy(d => d.Row.Address is { } address ? PhoneNumber.FromE164(address).Region : "", StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal).ToList();
        if (paid.Count == 0)
        {
            return;
        }

        foreach (var country in paid)
        {
            await RecordAsync(write, country.Key, country.Count(), country.Sum(d => d.Segments), now);
        }

        await StopAsync(write, now);
    }

    /// <summary>Writes down texts to one country.</summary>
    internal async Task RecordAsync(Write write, string region, int texts, int segments, DateTimeOffset now) =>
        await write.ExecuteAsync(Add, ("day", Name(LocalDay(now))), ("region", region), ("texts", texts), ("segments", segments),
            ("micros", (long)(_prices.Of(region) * segments * 1_000_000m)));

    /// <summary>Where the budget was raised, or its day is over, texts of alerts leave again.</summary>
    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        var (was, isStopped) = await _database.WriteAsync(async write =>
        {
            var now = await write.NowAsync();
            var from = (await write.QueryAsync("SELECT alert_texts_from FROM sending WHERE id = 1", row => row.Instant(0)))[0];
            if (from.ToUnixTimeMilliseconds() == 0)
            {
                return (false, false);
            }

            if (from > now && await NextAsync(write, now) is not null)
            {
                return (true, true);
            }

            await write.ExecuteAsync("UPDATE sending SET alert_texts_from = 0 WHERE id = 1");
            return (true, false);
        }, cancellationToken);
        if (was && !isStopped)
        {
            await _alarm.ClearAsync(AlarmName, cancellationToken);
            _office.WakeAll();
        }
    }

    /// <summary>It left, or may have left: a text in doubt is paid for more often than not.</summary>
    private static bool IsPaid(RowResult result) => result.Segments > 0 && result.Outcome is SendOutcome.Accepted or SendOutcome.InDoubt;

    private async Task StopAsync(Write write, DateTimeOffset now)
    {
        if (await NextAsync(write, now) is { } next
            && await write.ExecuteAsync("UPDATE sending SET alert_texts_from = @next WHERE id = 1 AND alert_texts_from < @next", ("next", next)) == 1)
        {
            write.AfterCommit(() => _ = TellAsync(next));
        }
    }

    /// <summary>When texts may leave again; null where the budget is not used up.</summary>
    private async Task<DateTimeOffset?> NextAsync(Write write, DateTimeOffset now)
    {
        var options = _options.CurrentValue;
        if (!options.IsSet)
        {
            return null;
        }

        var day = LocalDay(now);
        var spent = await SpentAsync(write, day);
        return options.PerMonth > 0 && spent.Month >= options.PerMonth * (decimal)options.Hard ? Midnight(new DateOnly(day.Year, day.Month, 1).AddMonths(1))
            : options.PerDay > 0 && spent.Today >= options.PerDay * (decimal)options.Hard ? Midnight(day.AddDays(1))
            : null;
    }

    private static async Task<Spent> SpentAsync(Write write, DateOnly day) =>
        (await write.QueryAsync(Sum, row => new Spent(row.GetInt64(0) / 1_000_000m, row.GetInt64(1) / 1_000_000m),
            ("day", Name(day)), ("first", Name(new DateOnly(day.Year, day.Month, 1)))))[0];

    private async Task TellAsync(DateTimeOffset next)
    {
        try
        {
            await _alarm.RaiseAsync(AlarmName,
                string.Create(CultureInfo.InvariantCulture, $"The budget for texts is used up: no text of an alert leaves before {next:yyyy-MM-dd HH:mm} UTC. What waits is not lost. Confirmations and replies go on. Raise Budget:PerDay or Budget:PerMonth to send it sooner."),
                CancellationToken.None);
        }
        catch (DatabaseBusyException)
        {
            // The console shows it all the same.
        }
    }

    private static string Name(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private TimeZoneInfo Zone => TimeZoneInfo.FindSystemTimeZoneById(_site.CurrentValue.TimeZone);

    private DateOnly LocalDay(DateTimeOffset now) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, Zone).DateTime);

    private DateTimeOffset Midnight(DateOnly day) => LocalTime.Instant(Zone, day, TimeOnly.MinValue);
}
