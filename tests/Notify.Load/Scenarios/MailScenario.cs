using System.Globalization;
using System.Security.Cryptography;

namespace Notify.Load.Scenarios;

/// <summary>
/// From an article to a mail in everybody's hands: fan-out, claims, rendering, eight connections to <c>smtp-sink</c>, every row durable.
/// The limit is <c>smtp-source -d</c> with as many sessions and mails as long on the wire, by what <c>smtp-sink</c> was sent of both: it renders nothing and remembers nothing.
/// Measured is the steady state: a run before tells the compiler which paths are hot.
/// </summary>
internal static class MailScenario
{
    /// <summary>What the limit sends to tell how much it adds to what it is asked for: commands and headers.</summary>
    private const int SampleLength = 8_000;

    public static async Task RunAsync(Asked asked, Report report, CancellationToken cancellationToken)
    {
        var readers = asked.Readers ?? 100_000;
        await using var sink = await MailSink.StartAsync(cancellationToken);
        using var keys = new TemporaryFolder();
        string[] settings = [.. sink.Settings, .. asked.IsSigned ? await SigningAsync(keys.Path, cancellationToken) : []];
        var (limits, drains) = (new List<(double Rate, double Cpu)>(), new List<Drained>());
        await using var notify = await Installation.OpenAsync(settings, cancellationToken);
        await notify.SeedAsync(readers, byMail: true, cancellationToken);
        Report.Say($"Warming up with {readers:#,0} mails");
        var octets = await OctetsAsync(sink, readers, () => notify.DrainAsync(readers, MailSink.Summary, cancellationToken));
        var length = SampleLength + octets - await OctetsAsync(sink, 1_000, () => LimitAsync(sink.Port, 1_000, SampleLength, cancellationToken));
        for (var run = 0; run < asked.Runs; run++)
        {
            limits.Add(await LimitAsync(sink.Port, Math.Min(readers, 30_000), length, cancellationToken));
            Report.Say(string.Create(CultureInfo.InvariantCulture, $"smtp-source: {limits[^1].Rate:#,0} mails a second, {limits[^1].Cpu:0} µs each"));
            drains.Add(await notify.DrainAsync(readers, MailSink.Summary, cancellationToken));
            Report.Say(string.Create(CultureInfo.InvariantCulture, $"Notify: {readers / drains[^1].Wall:#,0} mails a second, {drains[^1].Cpu / readers * 1e6:0} µs each"));
        }

        var rate = Report.Median(drains.Select(d => readers / d.Wall));
        var cpu = Report.Median(drains.Select(d => d.Cpu / readers * 1e6));
        var (limitRate, limitCpu) = (Report.Median(limits.Select(l => l.Rate)), Report.Median(limits.Select(l => l.Cpu)));
        report.Figure("readers", readers);
        report.Figure("octetsPerMail", octets);
        report.Figure("limitMessagesPerSecond", limitRate);
        report.Figure("limitCpuMicrosPerMessage", limitCpu);
        report.Figure("messagesPerSecond", rate);
        report.Figure("cpuMicrosPerMessage", cpu);
        report.Figure("peakMegabytes", drains.Max(d => d.Megabytes), "above idle, at most 150", drains.Max(d => d.Megabytes) <= 150);
        if (asked.IsSigned)
        {
            var signatures = await SignaturesAsync(cancellationToken);
            report.Figure("signaturesPerSecondPerCore", signatures);
            report.AtLeast("dkim.throughput", rate / signatures, 0.6);
            return;
        }

        report.AtLeast("mail.throughput", rate / limitRate, 0.7);
        report.AtMost("mail.cpu", cpu / limitCpu, 3);
    }

    /// <summary>How long each of these mails is on the wire, with its commands.</summary>
    private static async Task<int> OctetsAsync(MailSink sink, int mails, Func<Task> send)
    {
        var before = sink.Octets;
        await send();
        return (int)((sink.Octets - before) / mails);
    }

    private static async Task<(double Rate, double Cpu)> LimitAsync(int port, int mails, int length, CancellationToken cancellationToken)
    {
        string N(int number) => number.ToString(CultureInfo.InvariantCulture);
        var (wall, cpu, _) = await Tool.TimeAsync("smtp-source", cancellationToken,
            "-d", "-s", N(MailSink.Connections), "-m", N(mails), "-l", N(length), "-f", "news@news.example", "-t", "reader@size.example.com", $"127.0.0.1:{N(port)}");
        return (mails / wall, cpu / mails * 1e6);
    }

    /// <summary>A key of its own, and the settings that sign with it.</summary>
    private static async Task<string[]> SigningAsync(string folder, CancellationToken cancellationToken)
    {
        var file = Path.Combine(folder, "dkim.pem");
        using var key = RSA.Create(2048);
        await File.WriteAllTextAsync(file, key.ExportPkcs8PrivateKeyPem(), cancellationToken);
        return ["--Smtp:Relays:0:Dkim:Domain=news.example", "--Smtp:Relays:0:Dkim:Selector=load", $"--Smtp:Relays:0:Dkim:KeyFile={file}"];
    }

    /// <summary>How many RSA-2048 signatures one core makes in a second and does nothing else.</summary>
    private static async Task<double> SignaturesAsync(CancellationToken cancellationToken)
    {
        var (_, _, output) = await Tool.TimeAsync("openssl", cancellationToken, "speed", "-seconds", "3", "rsa2048");
        // rsa 2048 bits 0.000787s 0.000023s   1270.3  43254.2
        var line = output.Split('\n').Last(l => l.StartsWith("rsa 2048", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture);
    }
}
