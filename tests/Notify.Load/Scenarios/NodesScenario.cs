using System.Globalization;

namespace Notify.Load.Scenarios;

/// <summary>
/// Workers beside each other on one PostgreSQL, each with as many requests under way as one alone, the carrier's 50 ms being what each waits for.
/// Afterwards every handset has every article once.
/// </summary>
internal static class NodesScenario
{
    private const int ConcurrencyPerWorker = 16;
    private const int Latency = 50;

    public static async Task RunAsync(Asked asked, Report report, CancellationToken cancellationToken)
    {
        var readers = asked.Readers ?? 15_000;
        await using var postgres = await Postgres.StartAsync(cancellationToken);
        var one = await MeasureAsync(1, readers / 3, asked.Runs, postgres, report, cancellationToken);
        var many = await MeasureAsync(asked.Workers, readers, asked.Runs, postgres, report, cancellationToken);
        report.Figure("workers", asked.Workers);
        report.Figure("messagesPerSecondOfOne", one);
        report.Figure("messagesPerSecondOfAll", many);
        report.AtLeast("nodes.speedup", many / one, 2);
    }

    private static async Task<double> MeasureAsync(int workers, int readers, int runs, Postgres postgres, Report report, CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await using var carrier = await Carrier.StartAsync(folder.Path, "http://127.0.0.1:9", cancellationToken);
        await carrier.ArmAsync(cancellationToken, new { on = "create", latencyMs = Latency, times = 0 }, new { on = "status", lose = true, times = 0 });
        string[] settings = [.. carrier.Settings, .. TextScenario.Sender(ConcurrencyPerWorker * workers, slots: workers), .. await postgres.CreateAsync(cancellationToken)];
        await using var web = await Installation.OpenAsync(settings, cancellationToken, role: Hosting.HostRole.Web);
        await web.SeedAsync(readers, byMail: false, cancellationToken);
        var nodes = new List<IAsyncDisposable>();
        var drains = new List<Drained>();
        try
        {
            for (var worker = 0; worker < workers; worker++)
            {
                nodes.Add(await web.StartWorkerAsync(settings, cancellationToken));
            }

            for (var run = 0; run <= runs; run++)
            {
                drains.Add(await web.DrainAsync(readers, "", cancellationToken));
                Report.Say(string.Create(CultureInfo.InvariantCulture, $"{workers} worker{(workers > 1 ? "s" : "")}: {readers / drains[^1].Wall:#,0} texts a second{(run == 0 ? ", warming up" : "")}"));
            }

            var handsets = await carrier.HandsetsAsync(readers + 1, cancellationToken);
            var doubled = handsets.Count(handset => handset.Count != runs + 1);
            var again = await web.Database.WriteAsync(write => write.ScalarAsync<long>("SELECT count(*) FROM deliveries WHERE attempts <> 1"), cancellationToken);
            var name = string.Create(CultureInfo.InvariantCulture, $"handsetsOf{workers}WithOtherThanOneEach");
            report.Figure(name, doubled + Math.Abs(handsets.Count - readers), "none", doubled == 0 && handsets.Count == readers);
            report.Figure(string.Create(CultureInfo.InvariantCulture, $"rowsOf{workers}ClaimedTwice"), again, "none", again == 0);
        }
        finally
        {
            foreach (var node in nodes)
            {
                await node.DisposeAsync();
            }
        }

        return Report.Median(drains.Skip(1).Select(d => readers / d.Wall));
    }
}
