using System.Globalization;

namespace Notify.Load.Scenarios;

/// <summary>
/// From an article to a text at the carrier, through the real adapter: the carrier answers after 50 ms, 64 requests are under way, every row is
/// durable. The limit is what that allows. The carrier loses its callbacks: what receipts cost is not part of sending. Measured is the steady state, after a run that warms up.
/// </summary>
internal static class TextScenario
{
    private const int Concurrency = 64;
    private const int Latency = 50;

    public static async Task RunAsync(Asked asked, Report report, CancellationToken cancellationToken)
    {
        var readers = asked.Readers ?? 20_000;
        using var folder = new TemporaryFolder();
        await using var carrier = await Carrier.StartAsync(folder.Path, "http://127.0.0.1:9", cancellationToken);
        await carrier.ArmAsync(cancellationToken, new { on = "create", latencyMs = Latency, times = 0 }, new { on = "status", lose = true, times = 0 });
        await using var notify = await Installation.OpenAsync([.. carrier.Settings, .. Sender(Concurrency, slots: 1)], cancellationToken);
        await notify.SeedAsync(readers, byMail: false, cancellationToken);
        Report.Say($"Warming up with {readers:#,0} texts");
        await notify.DrainAsync(readers, "", cancellationToken);

        var drains = new List<Drained>();
        for (var run = 0; run < asked.Runs; run++)
        {
            drains.Add(await notify.DrainAsync(readers, "", cancellationToken));
            Report.Say(string.Create(CultureInfo.InvariantCulture, $"{readers / drains[^1].Wall:#,0} texts a second, {drains[^1].Cpu / readers * 1e6:0} µs each"));
        }

        var rate = Report.Median(drains.Select(d => readers / d.Wall));
        report.Figure("readers", readers);
        report.Figure("limitMessagesPerSecond", Concurrency * 1000d / Latency);
        report.Figure("messagesPerSecond", rate);
        report.Figure("cpuMicrosPerMessage", Report.Median(drains.Select(d => d.Cpu / readers * 1e6)));
        report.AtLeast("text.throughput", rate / (Concurrency * 1000d / Latency), 0.9);
    }

    /// <summary>One sender of texts, faster than the carrier.</summary>
    public static IEnumerable<string> Sender(int concurrency, int slots) =>
    [
        "--Twilio:Senders:0:Name=texts", "--Twilio:Senders:0:From=+12125550100", "--Twilio:Senders:0:SegmentsPerSecond=10000",
        string.Create(CultureInfo.InvariantCulture, $"--Twilio:Senders:0:Concurrency={concurrency}"), string.Create(CultureInfo.InvariantCulture, $"--Twilio:Senders:0:Slots={slots}"),
    ];
}
