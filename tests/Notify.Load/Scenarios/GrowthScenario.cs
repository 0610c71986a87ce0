using System.Globalization;

namespace Notify.Load.Scenarios;

/// <summary>What a mail costs when ten thousand are told, and when a million are: it must be the same. The largest is measured once.</summary>
internal static class GrowthScenario
{
    private const int Least = 10_000;

    /// <summary>Until the compiler has done with the hot path: the smallest must not pay for what is done once.</summary>
    private const int WarmUps = 5;

    public static async Task RunAsync(Asked asked, Report report, CancellationToken cancellationToken)
    {
        var largest = asked.Readers ?? 1_000_000;
        await using var sink = await MailSink.StartAsync(cancellationToken);
        Report.Say("Warming up");
        await using (var warm = await Installation.OpenAsync(sink.Settings, cancellationToken))
        {
            await warm.SeedAsync(Least, byMail: true, cancellationToken);
            for (var round = 0; round < WarmUps; round++)
            {
                await warm.DrainAsync(Least, MailSink.Summary, cancellationToken);
            }
        }

        var costs = new List<double>();
        foreach (var readers in Sizes(largest))
        {
            await using var notify = await Installation.OpenAsync(sink.Settings, cancellationToken);
            await notify.SeedAsync(readers, byMail: true, cancellationToken);
            var drains = new List<Drained>();
            for (var run = 0; run < (readers == Least ? asked.Runs : 1); run++)
            {
                drains.Add(await notify.DrainAsync(readers, MailSink.Summary, cancellationToken));
            }

            costs.Add(Report.Median(drains.Select(d => d.Cpu / readers * 1e6)));
            var name = string.Create(CultureInfo.InvariantCulture, $"{readers / 1000}k");
            report.Figure($"cpuMicrosPerMessageAt{name}", costs[^1]);
            report.Figure($"messagesPerSecondAt{name}", Report.Median(drains.Select(d => readers / d.Wall)));
            var peak = drains.Max(d => d.Megabytes);
            report.Figure($"peakMegabytesAt{name}", peak, "above idle, at most 150", peak <= 150);
        }

        report.AtMost("growth.cost", costs[^1] / costs[0], 1.1);
    }

    private static IEnumerable<int> Sizes(int largest)
    {
        for (var size = Least; size < largest; size *= 10)
        {
            yield return size;
        }

        yield return largest;
    }
}
