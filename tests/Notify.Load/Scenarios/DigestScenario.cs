using System.Diagnostics;
using System.Globalization;
using Notify.Alerts;

namespace Notify.Load.Scenarios;

/// <summary>
/// Everybody's daily digest is due at once, over ten articles of ten topics of which each reader takes three: some hundred lists, one row a reader, written in chunks while readers
/// sign up and stop. The limit is that of a fan-out.
/// </summary>
internal static class DigestScenario
{
    private const int Topics = 10;

    public static async Task RunAsync(Asked asked, Report report, CancellationToken cancellationToken)
    {
        var readers = asked.Readers ?? 100_000;
        var (limits, rates, locks, visits, lists) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(), 0L);
        await using var sink = await MailSink.StartAsync(cancellationToken);
        string[] settings =
        [
            .. sink.Settings, .. OptInScenario.Raised, "--Delivery:UndoSeconds=0",
            .. Enumerable.Range(0, Topics).SelectMany(n => (string[])[N($"--Publication:Topics:{n}:Key=t{n}"), N($"--Publication:Topics:{n}:Name=Topic {n}")]),
        ];
        for (var run = 0; run <= asked.Runs; run++)
        {
            // The first round warms up and is not counted.
            var size = run == 0 ? Math.Min(readers, 10_000) : readers;
            await using (var bare = await Installation.OpenAsync(settings, cancellationToken))
            {
                await bare.SeedAsync(size, byMail: true, cancellationToken);
                limits.Add(size / await FanOutScenario.BareAsync(bare, cancellationToken));
            }

            await using var notify = await Installation.OpenAsync(settings, cancellationToken);
            await notify.SeedAsync(size, byMail: true, cancellationToken);
            var expected = await PrepareAsync(notify, cancellationToken);
            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var (writer, visitors) = (FanOutScenario.LongestWaitAsync(notify.Database, over.Token), FanOutScenario.VisitAsync(notify, over.Token));
            var began = Stopwatch.GetTimestamp();
            await notify.Get<Digests>().RunAsync(cancellationToken);
            var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            await over.CancelAsync();
            var (held, asides) = (await writer, await visitors);
            var written = await CountAsync(notify, "deliveries d JOIN digests g ON g.id = d.subject_id");
            lists = await CountAsync(notify, "digests");
            // Whoever stopped a moment before has none.
            if (written < expected - asides.Count)
            {
                throw new InvalidOperationException(N($"{written} digests were written and not {expected}."));
            }

            if (run == 0)
            {
                limits.Clear();
                continue;
            }

            rates.Add(written / seconds);
            locks.Add(held);
            visits.AddRange(asides);
            Report.Say(N($"{rates[^1]:#,0} digests a second; the bare statement {limits[^1]:#,0} rows; the longest wait of a small write {held:0} ms"));
        }

        report.Figure("readers", readers);
        report.Figure("lists", lists);
        report.Figure("limitRowsPerSecond", Report.Median(limits));
        report.Figure("digestsPerSecond", Report.Median(rates));
        report.Figure("longestWaitOfAWriteMilliseconds", Report.Median(locks), "at most 300", Report.Median(locks) <= 300);
        var p99 = OptInScenario.Percentile(visits, 0.99);
        report.Figure("optInAndStopP99Milliseconds", p99, "at most 300", p99 <= 300);
        report.Figure("digests.rows", Report.Median(rates) / Report.Median(limits));
    }

    /// <returns>For how many there is something in it.</returns>
    private static async Task<long> PrepareAsync(Installation notify, CancellationToken cancellationToken)
    {
        await notify.PostAsync("/api/sending/pause", cancellationToken);
        await notify.Database.WriteAsync(async write =>
        {
            await write.ExecuteAsync("UPDATE subscriptions SET frequency = 2, all_topics = @no, digest_from = 0", ("no", false));
            // Three of ten, drawn from the contact's number: 1 behind the other two, so that there are none twice.
            return await write.ExecuteAsync(N($"""
                INSERT INTO subscription_topics (contact_id, topic)
                SELECT DISTINCT s.contact_id, 't' || ((s.contact_id * k.n + s.contact_id / 10) % {Topics}) FROM subscriptions s CROSS JOIN (SELECT 1 AS n UNION ALL SELECT 3 UNION ALL SELECT 7) k
                """));
        }, cancellationToken);
        for (var n = 0; n < Topics; n++)
        {
            await notify.PublishAsync("", isBreaking: false, cancellationToken, topics: [N($"t{n}")]);
        }

        while (await CountAsync(notify, "alerts WHERE digest_at IS NOT NULL") < Topics)
        {
            await Task.Delay(100, cancellationToken);
        }

        await notify.Database.WriteAsync(write => write.ExecuteAsync("UPDATE subscriptions SET digest_at = 1"), cancellationToken);
        return await CountAsync(notify, "subscriptions");
    }

    private static Task<long> CountAsync(Installation notify, string from) => notify.Database.WriteAsync(write => write.ScalarAsync<long>($"SELECT count(*) FROM {from}"), CancellationToken.None);

    private static string N(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
