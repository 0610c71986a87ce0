using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using Notify.Storage;

namespace Notify.Load.Scenarios;

/// <summary>
/// A million rows decided, in chunks, while readers sign up and stop. The limit is one bare <c>INSERT … SELECT</c> of the same rows into the same
/// table on another file: nobody could write anything beside it.
/// </summary>
internal static class FanOutScenario
{
    private static readonly TimeSpan BetweenVisitors = TimeSpan.FromMilliseconds(20);

    public static async Task RunAsync(Asked asked, Report report, CancellationToken cancellationToken)
    {
        var readers = asked.Readers ?? 1_000_000;
        var (limits, rates, locks, visits) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        await using var sink = await MailSink.StartAsync(cancellationToken);
        string[] settings = [.. sink.Settings, .. OptInScenario.Raised];
        for (var run = 0; run <= asked.Runs; run++)
        {
            // The first round warms up and is not counted.
            var size = run == 0 ? Math.Min(readers, 50_000) : readers;
            await using (var bare = await Installation.OpenAsync(settings, cancellationToken))
            {
                await bare.SeedAsync(size, byMail: true, cancellationToken);
                limits.Add(size / await BareAsync(bare, cancellationToken));
            }

            await using var notify = await Installation.OpenAsync(settings, cancellationToken);
            await notify.SeedAsync(size, byMail: true, cancellationToken);
            var (seconds, held, asides) = await MeasureAsync(notify, size, cancellationToken);
            if (run == 0)
            {
                limits.Clear();
                continue;
            }

            rates.Add(size / seconds);
            locks.Add(held);
            visits.AddRange(asides);
            Report.Say(string.Create(CultureInfo.InvariantCulture, $"{rates[^1]:#,0} rows a second; the bare statement {limits[^1]:#,0}; the longest wait of a small write {held:0} ms"));
        }

        report.Figure("readers", readers);
        report.Figure("limitRowsPerSecond", Report.Median(limits));
        report.Figure("rowsPerSecond", Report.Median(rates));
        report.Figure("longestWaitOfAWriteMilliseconds", Report.Median(locks), "at most 100", Report.Median(locks) <= 100);
        var p99 = OptInScenario.Percentile(visits, 0.99);
        report.Figure("optInAndStopP99Milliseconds", p99, "at most 150", p99 <= 150);
        report.AtLeast("fanout.rows", Report.Median(rates) / Report.Median(limits), 0.7);
    }

    internal static async Task<double> BareAsync(Installation notify, CancellationToken cancellationToken)
    {
        var alert = await notify.HeldAlertAsync(cancellationToken);
        var began = Stopwatch.GetTimestamp();
        await notify.Database.WriteAsync(write => write.ExecuteAsync("""
            INSERT INTO deliveries (source_id, subject_id, contact_id, channel, sender, scope, status, due_at, expires_at, created_at, changed_at)
            SELECT @alert, @alert, s.contact_id, c.channel, 'sink', '', 0, 0, 0, 0, 0 FROM subscriptions s JOIN contacts c ON c.id = s.contact_id
            WHERE s.state = 2 ORDER BY s.contact_id ON CONFLICT (subject_id, contact_id) DO NOTHING
            """, ("alert", alert)), cancellationToken);
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static async Task<(double Seconds, double Held, List<double> Visits)> MeasureAsync(Installation notify, int readers, CancellationToken cancellationToken)
    {
        await notify.PostAsync("/api/sending/pause", cancellationToken);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var began = Stopwatch.GetTimestamp();
        var alert = await notify.PublishAsync("", isBreaking: true, cancellationToken);
        var writer = LongestWaitAsync(notify.Database, over.Token);
        var visitors = VisitAsync(notify, over.Token);
        using var bar = new ProgressBar(readers);
        while (true)
        {
            var decided = (await notify.CountsAsync(alert, cancellationToken)).GetProperty("decided").GetInt64();
            bar.Show(decided);
            if (decided >= readers)
            {
                break;
            }

            await Task.Delay(10, cancellationToken);
        }

        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        await over.CancelAsync();
        return (seconds, await writer, await visitors);
    }

    /// <summary>A write that changes one row, again and again: it waits for whoever holds the lock.</summary>
    internal static async Task<double> LongestWaitAsync(Database database, CancellationToken over)
    {
        var longest = 0d;
        while (!over.IsCancellationRequested)
        {
            var began = Stopwatch.GetTimestamp();
            await database.WriteAsync(write => write.ExecuteAsync("UPDATE sending SET paused = paused"), CancellationToken.None);
            longest = Math.Max(longest, Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            await Task.Delay(BetweenVisitors, CancellationToken.None);
        }

        return longest;
    }

    /// <summary>People who sign up and people who stop, in turn.</summary>
    internal static async Task<List<double>> VisitAsync(Installation notify, CancellationToken over)
    {
        var took = new List<double>();
        for (var n = 0; !over.IsCancellationRequested; n++)
        {
            var began = Stopwatch.GetTimestamp();
            using var response = n % 2 == 0
                ? await notify.Api.PostAsJsonAsync("/api/subscriptions", OptInScenario.Request($"visitor{n.ToString(CultureInfo.InvariantCulture)}"), CancellationToken.None)
                : await notify.Api.PostAsJsonAsync("/api/revocations", new { contact = $"reader{n.ToString(CultureInfo.InvariantCulture)}@size.example.com", how = "letter" }, CancellationToken.None);
            response.EnsureSuccessStatusCode();
            took.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            await Task.Delay(BetweenVisitors, CancellationToken.None);
        }

        return took;
    }
}
