using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Notify.Load.Scenarios;

/// <summary>
/// Readers signing up over 64 connections at once, each with everything a real sign-up writes, counted in the database afterwards. The limit is an
/// address of the same server that does nothing. Sending is paused: what confirmations cost is another scenario's.
/// </summary>
internal static class OptInScenario
{
    private const int Connections = 64;
    private const int WarmUp = 4_000;

    /// <summary>Raised, not removed: they are counted as ever.</summary>
    public static IReadOnlyList<string> Raised { get; } =
        ["--Limits:OptInsPerNetworkPerHour=100000000", "--Limits:OptInsPerNetworkPerDay=100000000", "--Limits:OptInsPerNumberBlockPerHour=100000000",
            "--Limits:UnconfirmedTextsPerDay=100000000", "--Limits:BreakerLeast=100000000", "--Limits:BreakerCountryLeast=100000000", "--Limits:RequestsPerKeyPerMinute=100000000"];

    public static object Request(string name) => new { email = $"{name}@size.example.com", consent = true, pageUrl = "https://news.example/", locale = "en" };

    public static double Percentile(IEnumerable<double> values, double share)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? 0 : sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))];
    }

    public static async Task RunAsync(Asked asked, Report report, CancellationToken cancellationToken)
    {
        var readers = asked.Readers ?? 15_000;
        await using var sink = await MailSink.StartAsync(cancellationToken);
        await using var notify = await Installation.OpenAsync([.. sink.Settings, .. Raised], cancellationToken, app => app.MapPost("/nothing", () => Results.Accepted()).DisableAntiforgery());
        await notify.PostAsync("/api/sending/pause", cancellationToken);
        Report.Say($"Warming up with {WarmUp:#,0} readers");
        await RunAsync(notify, "/nothing", "warm", WarmUp, cancellationToken);
        await RunAsync(notify, "/api/subscriptions", "warm", WarmUp, cancellationToken);

        var (limits, rates, took, signedUp) = (new List<double>(), new List<double>(), new List<double>(), WarmUp);
        for (var run = 0; run < asked.Runs; run++)
        {
            limits.Add((await RunAsync(notify, "/nothing", "nobody", readers, cancellationToken)).Rate);
            var (rate, times) = await RunAsync(notify, "/api/subscriptions", $"run{N(run)}x", readers, cancellationToken);
            rates.Add(rate);
            took.AddRange(times);
            signedUp += readers;
            Report.Say(string.Create(CultureInfo.InvariantCulture, $"{rate:#,0} sign-ups a second; doing nothing: {limits[^1]:#,0}"));
        }

        var during = await DuringAFanOutAsync(notify, cancellationToken);
        signedUp += during.Count;
        var rows = await notify.Database.WriteAsync(write => write.ScalarAsync<long>(
            "SELECT count(DISTINCT o.id) FROM opt_ins o JOIN deliveries d ON d.subject_id = o.id JOIN contacts c ON c.id = o.contact_id JOIN consent_entries e ON e.contact_hash = c.hash"), cancellationToken);

        report.Figure("limitRequestsPerSecond", Report.Median(limits));
        report.Figure("signUpsPerSecond", Report.Median(rates));
        report.Figure("signedUp", signedUp);
        report.Figure("rowsOfEach", rows, "as many", rows == signedUp);
        report.Figure("p99Milliseconds", Percentile(took, 0.99), "at most 150", Percentile(took, 0.99) <= 150);
        report.Figure("p99MillisecondsDuringAFanOut", Percentile(during, 0.99), "at most 150", Percentile(during, 0.99) <= 150);
        report.AtLeast("optin.throughput", Report.Median(rates) / Report.Median(limits), 0.10);
    }

    /// <summary>Readers go on signing up, one after the other over some connections, while an audience of 300,000 is decided.</summary>
    private static async Task<List<double>> DuringAFanOutAsync(Installation notify, CancellationToken cancellationToken)
    {
        const int Audience = 300_000;
        await notify.SeedAsync(Audience, byMail: true, cancellationToken);
        var alert = await notify.PublishAsync("", isBreaking: true, cancellationToken);
        var took = new List<double>();
        for (var round = 0; (await notify.CountsAsync(alert, cancellationToken)).GetProperty("decided").GetInt64() < Audience; round++)
        {
            took.AddRange((await RunAsync(notify, "/api/subscriptions", $"during{N(round)}x", 256, cancellationToken)).Took);
        }

        return took;
    }

    private static async Task<(double Rate, List<double> Took)> RunAsync(Installation notify, string path, string name, int requests, CancellationToken cancellationToken)
    {
        var (next, took, began) = (0, new double[requests], Stopwatch.GetTimestamp());
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(async _ =>
        {
            for (int n; (n = Interlocked.Increment(ref next) - 1) < requests;)
            {
                var asked = Stopwatch.GetTimestamp();
                using var response = await notify.Api.PostAsJsonAsync(path, Request(name + N(n)), cancellationToken);
                response.EnsureSuccessStatusCode();
                took[n] = Stopwatch.GetElapsedTime(asked).TotalMilliseconds;
            }
        }));
        return (requests / Stopwatch.GetElapsedTime(began).TotalSeconds, [.. took]);
    }

    private static string N(int number) => number.ToString(CultureInfo.InvariantCulture);
}
