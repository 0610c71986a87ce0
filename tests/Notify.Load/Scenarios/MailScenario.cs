using System.Globalization;

namespace Notify.Load.Scenarios;

/// <summary>
/// From an article to a mail in everybody's hands: fan-out, claims, rendering, eight connections to <c>smtp-sink</c>, every row durable.
/// The limit is <c>smtp-source -d</c> with as many sessions and mails as long: it renders nothing and remembers nothing.
/// </summary>
internal static class MailScenario
{
    private const int WarmUp = 5_000;

    /// <summary>How long the limit's mails are; what ours measure on the wire.</summary>
    private const int Length = 8_700;

    public static async Task RunAsync(Asked asked, Report report, CancellationToken cancellationToken)
    {
        var readers = asked.Readers ?? 100_000;
        await using var sink = await MailSink.StartAsync(cancellationToken);
        Report.Say($"Warming up with {WarmUp:#,0} mails");
        await using (var warm = await Installation.OpenAsync(sink.Settings, cancellationToken))
        {
            await warm.SeedAsync(WarmUp, byMail: true, cancellationToken);
            await warm.DrainAsync(WarmUp, MailSink.Summary, cancellationToken);
        }

        var (limits, drains) = (new List<(double Rate, double Cpu)>(), new List<Drained>());
        await using var notify = await Installation.OpenAsync(sink.Settings, cancellationToken);
        await notify.SeedAsync(readers, byMail: true, cancellationToken);
        for (var run = 0; run < asked.Runs; run++)
        {
            limits.Add(await LimitAsync(sink.Port, Math.Min(readers, 30_000), cancellationToken));
            Report.Say(string.Create(CultureInfo.InvariantCulture, $"smtp-source: {limits[^1].Rate:#,0} mails a second, {limits[^1].Cpu:0} µs each"));
            drains.Add(await notify.DrainAsync(readers, MailSink.Summary, cancellationToken));
            Report.Say(string.Create(CultureInfo.InvariantCulture, $"Notify: {readers / drains[^1].Wall:#,0} mails a second, {drains[^1].Cpu / readers * 1e6:0} µs each"));
        }

        var rate = Report.Median(drains.Select(d => readers / d.Wall));
        var cpu = Report.Median(drains.Select(d => d.Cpu / readers * 1e6));
        var (limitRate, limitCpu) = (Report.Median(limits.Select(l => l.Rate)), Report.Median(limits.Select(l => l.Cpu)));
        report.Figure("readers", readers);
        report.Figure("limitMessagesPerSecond", limitRate);
        report.Figure("limitCpuMicrosPerMessage", limitCpu);
        report.Figure("messagesPerSecond", rate);
        report.Figure("cpuMicrosPerMessage", cpu);
        report.Figure("peakMegabytes", drains.Max(d => d.Megabytes), "above idle, at most 150", drains.Max(d => d.Megabytes) <= 150);
        report.AtLeast("mail.throughput", rate / limitRate, 0.45);
        report.AtMost("mail.cpu", cpu / limitCpu, 6);
    }

    private static async Task<(double Rate, double Cpu)> LimitAsync(int port, int mails, CancellationToken cancellationToken)
    {
        string N(int number) => number.ToString(CultureInfo.InvariantCulture);
        var (wall, cpu, _) = await Tool.TimeAsync("smtp-source", cancellationToken,
            "-d", "-s", N(MailSink.Connections), "-m", N(mails), "-l", N(Length), "-f", "news@news.example", "-t", "reader@size.example.com", $"127.0.0.1:{N(port)}");
        return (mails / wall, cpu / mails * 1e6);
    }
}
