using System.Globalization;

namespace Notify.Load.Scenarios;

/// <summary>A breaking article is posted while nothing else happens: how long until the first text is at the carrier, by the carrier's own clock.</summary>
internal static class LatencyScenario
{
    private const int Readers = 10;

    public static async Task RunAsync(Asked asked, Report report, CancellationToken cancellationToken)
    {
        var articles = Math.Max(20, asked.Readers ?? 30);
        using var folder = new TemporaryFolder();
        var (one, many) = ($"http://127.0.0.1:{N(Tool.FreePort())}", $"http://127.0.0.1:{N(Tool.FreePort())}");
        await using (var carrier = await Carrier.StartAsync(folder.Path, one, cancellationToken))
        await using (var notify = await Installation.OpenAsync([.. carrier.Settings, .. TextScenario.Sender(64, slots: 1)], cancellationToken))
        {
            Show(report, "", await MeasureAsync(notify, carrier, articles, cancellationToken), atMost: 1);
        }

        await using var postgres = await Postgres.StartAsync(cancellationToken);
        await using var far = await Carrier.StartAsync(folder.Path, many, cancellationToken);
        string[] settings = [.. far.Settings, .. TextScenario.Sender(64, slots: 1), .. await postgres.CreateAsync(cancellationToken)];
        await using var web = await Installation.OpenAsync(settings, cancellationToken, role: Hosting.HostRole.Web);
        await using var worker = await web.StartWorkerAsync(settings, cancellationToken);
        Show(report, "Across", await MeasureAsync(web, far, articles, cancellationToken), atMost: 2.5);
    }

    private static void Show(Report report, string where, List<double> seconds, double atMost)
    {
        var p95 = OptInScenario.Percentile(seconds, 0.95);
        report.Figure("p50Seconds" + where, Report.Median(seconds));
        report.Figure("p95Seconds" + where, p95, string.Create(CultureInfo.InvariantCulture, $"at most {atMost}"), p95 <= atMost);
    }

    private static async Task<List<double>> MeasureAsync(Installation notify, Carrier carrier, int articles, CancellationToken cancellationToken)
    {
        await notify.SeedAsync(Readers, byMail: false, cancellationToken);
        var took = new List<double>();
        using var bar = new ProgressBar(articles);
        for (var article = 0; article <= articles; article++)
        {
            var posted = DateTimeOffset.UtcNow;
            var alert = await notify.PublishAsync("", isBreaking: true, cancellationToken);
            while (await notify.OpenAsync(alert, cancellationToken) > 0 || (await notify.CountsAsync(alert, cancellationToken)).GetProperty("decided").GetInt64() < Readers)
            {
                await Task.Delay(50, cancellationToken);
            }

            var first = DateTimeOffset.MaxValue;
            foreach (var number in Installation.Numbers(Readers))
            {
                var last = (await carrier.TextsAsync(number, cancellationToken))[^1].At;
                first = last < first ? last : first;
            }

            bar.Show(article);
            if (article > 0)
            {
                // The first one pays for what is done once.
                took.Add((first - posted).TotalSeconds);
            }

            // Idle means that nothing is on its way any more, callbacks included.
            await Task.Delay(300, cancellationToken);
        }

        return took;
    }

    private static string N(int number) => number.ToString(CultureInfo.InvariantCulture);
}
