using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Notify.Consent;
using Notify.Contacts;

namespace Notify.Load.Scenarios;

/// <summary>
/// What an evidence document costs when the ledger is long: each making walks all of it. Both databases, each at a tenth of the size first: the
/// time may grow with the ledger, the memory may not. The document is about the reader with one entry in a thousand.
/// </summary>
internal static class EvidenceScenario
{
    private const int AtOnce = 5_000;
    private const int Readers = 1_000;

    public static async Task RunAsync(Asked asked, Report report, CancellationToken cancellationToken)
    {
        var entries = asked.Readers ?? 100_000;
        await using var sink = await MailSink.StartAsync(cancellationToken);
        await using var postgres = await Postgres.StartAsync(cancellationToken);
        foreach (var (name, settings) in new (string, IReadOnlyList<string>)[] { ("Sqlite", []), ("Postgres", await postgres.CreateAsync(cancellationToken)) })
        {
            await using var notify = await Installation.OpenAsync([.. sink.Settings, .. settings], cancellationToken);
            var small = await MeasureAsync(notify, asked.Runs, 0, entries / 10, cancellationToken);
            var large = await MeasureAsync(notify, asked.Runs, entries / 10, entries, cancellationToken);
            report.Figure($"seconds{name}", large.Seconds, "at most 2", large.Seconds <= 2);
            report.Figure($"cpuSeconds{name}", large.Cpu);
            report.Figure($"secondsAtATenth{name}", small.Seconds);
            report.Figure($"peakMegabytes{name}", large.Megabytes, "above idle, at most 50", large.Megabytes <= 50);
            report.Figure($"peakMegabytesAtATenth{name}", small.Megabytes);
        }
    }

    private static async Task<(double Seconds, double Cpu, double Megabytes)> MeasureAsync(Installation notify, int runs, int from, int to, CancellationToken cancellationToken)
    {
        await FillAsync(notify, from, to, cancellationToken);
        var (took, worked, peaks) = (new List<double>(), new List<double>(), new List<double>());
        // The first one warms up and is not counted.
        for (var run = 0; run <= runs; run++)
        {
            var (seconds, cpu, megabytes, held) = await MakeAsync(notify, cancellationToken);
            if (held != to)
            {
                throw new InvalidOperationException($"{held} of {to} entries hold.");
            }

            if (run > 0)
            {
                took.Add(seconds);
                worked.Add(cpu);
                peaks.Add(megabytes);
            }
        }

        Report.Say(string.Create(CultureInfo.InvariantCulture, $"{to:#,0} entries: {Report.Median(took):0.00} s, {peaks.Max():0} MB above idle"));
        return (Report.Median(took), Report.Median(worked), peaks.Max());
    }

    private static async Task<(double Seconds, double Cpu, double Megabytes, long Held)> MakeAsync(Installation notify, CancellationToken cancellationToken)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var self = Process.GetCurrentProcess();
        self.Refresh();
        var (idle, peak, cpu, began) = (self.WorkingSet64, self.WorkingSet64, self.TotalProcessorTime, Stopwatch.GetTimestamp());
        var making = notify.Api.GetStringAsync("/api/evidence?contact=%2B12005550001", cancellationToken);
        while (!making.IsCompleted)
        {
            await Task.WhenAny(making, Task.Delay(20, cancellationToken));
            self.Refresh();
            peak = Math.Max(peak, self.WorkingSet64);
        }

        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        self.Refresh();
        var worked = (self.TotalProcessorTime - cpu).TotalSeconds;
        using var file = JsonDocument.Parse(await making);
        return (seconds, worked, (peak - idle) / 1048576d, file.RootElement.GetProperty("chain").GetProperty("entries").GetInt64());
    }

    /// <summary>Entries as sign-ups write them, with their evidence, of a thousand readers in turn.</summary>
    private static async Task FillAsync(Installation notify, int from, int to, CancellationToken cancellationToken)
    {
        var (ledger, book) = (notify.Get<Ledger>(), notify.Get<ContactBook>());
        ContactPoint[] readers = [.. Installation.Numbers(Readers).Select(number => new ContactPoint(Channel.Text, number))];
        for (var n = from; n < to;)
        {
            var until = Math.Min(to, n + AtOnce);
            await notify.Database.WriteAsync(async write =>
            {
                for (var i = n; i < until; i++)
                {
                    var contact = readers[i % Readers];
                    if (i < Readers)
                    {
                        await book.FindOrAddAsync(write, contact);
                    }

                    await ledger.AppendAsync(write, ConsentKind.Requested, book.Hash(contact), Channel.Text, "form", new ConsentEvidence
                    {
                        Address = contact.Value,
                        Given = contact.Value,
                        PageUrl = "https://news.example/world/an-article-whose-address-says-what-it-is-about",
                        Ip = "203.0.113.7",
                        UserAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
                        Locale = "en",
                        TimeZone = "America/New_York",
                        Topics = ["world", "local"],
                    }, words: "2026-11-a");
                }
            }, cancellationToken);
            n = until;
        }

        await ledger.SealAsync(cancellationToken);
    }
}
