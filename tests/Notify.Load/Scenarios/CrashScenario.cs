using System.Diagnostics;
using System.Globalization;
using Notify.Load.Crash;

namespace Notify.Load.Scenarios;

/// <summary>
/// Kills, at moments drawn by lot, while readers are told: a worker, all processes, the connections of the database, the carrier. Afterwards the
/// carrier's log is held against the rows: nobody forgotten, no text twice, no more mails twice than were on their way at the kills.
/// </summary>
internal static class CrashScenario
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Twice three times what a text in doubt may take, and a lease.</summary>
    private static readonly TimeSpan EverythingSettles = TimeSpan.FromMinutes(8);

    public static async Task RunAsync(Asked asked, Report report, CancellationToken cancellationToken)
    {
        Report.Say(string.Create(CultureInfo.InvariantCulture, $"Kills are drawn with --seed {asked.Seed}"));
        var lot = new Random(asked.Seed);
        var total = new Tally();
        await using var postgres = await Postgres.StartAsync(cancellationToken);
        // A third with a relay that holds, the rest on each database in turn.
        var onHold = Math.Max(1, asked.Kills / 5);
        var onPostgres = (asked.Kills - onHold) / 2;
        await PhaseAsync("SQLite, mails in doubt are sent again", null, "Resend", asked.Kills - onHold - onPostgres, asked, lot, total, cancellationToken);
        await PhaseAsync("PostgreSQL, mails in doubt are sent again", postgres, "Resend", onPostgres, asked, lot, total, cancellationToken);
        var before = total.DoubledMails;
        await PhaseAsync("SQLite, mails in doubt are held", null, "Hold", onHold, asked, lot, total, cancellationToken);

        report.Figure("seed", asked.Seed);
        report.Figure("kills", total.Kills);
        report.Figure("databases", 2);
        report.Figure("messages", total.Rows);
        report.Figure("lost", total.Lost, "none", total.Lost == 0);
        report.Figure("doubledTexts", total.DoubledTexts, "none", total.DoubledTexts == 0);
        report.Figure("doubledMails", total.DoubledMails, "at most those on their way at a kill", before <= total.MailsOnTheirWay);
        report.Figure("doubledMailsOnHold", total.DoubledMails - before, "none", total.DoubledMails == before);
        report.Figure("inDoubtAtKill", total.OnTheirWay);
        report.Figure("unknown", total.Unknown, "only mails that are held", total.UnknownElsewhere == 0);
        report.Figure("resumeSeconds", total.Resume, "at most 30", total.Resume <= 30);
        report.Figure("settleSeconds", total.Settled, "at most 360", total.Settled <= 360);
    }

    private static async Task PhaseAsync(string name, Postgres? postgres, string inDoubt, int kills, Asked asked, Random lot, Tally total, CancellationToken cancellationToken)
    {
        Report.Say($"{name}: {kills.ToString(CultureInfo.InvariantCulture)} kills");
        await using var town = await Town.OpenAsync(postgres, inDoubt, asked.Readers ?? 10_000, asked.SettleSeconds, cancellationToken);
        for (var kill = 0; kill < kills; kill++)
        {
            await SomethingMovesAsync(town, cancellationToken);
            await Task.Delay(lot.Next(0, 1_200), cancellationToken);
            await KillAsync(town, postgres, lot, total, cancellationToken);
        }

        var last = Stopwatch.GetTimestamp();
        while ((await town.FiguresAsync(cancellationToken)).Open > 0)
        {
            if (Stopwatch.GetElapsedTime(last) > EverythingSettles)
            {
                throw new InvalidOperationException($"Not everything was settled: {await town.FiguresAsync(cancellationToken)}");
            }

            await Task.Delay(250, cancellationToken);
        }

        total.Settled = Math.Max(total.Settled, Stopwatch.GetElapsedTime(last).TotalSeconds);
        var audit = await Audit.OfAsync(town, cancellationToken);
        total.Add(audit, (asked.Readers ?? 10_000) * town.Articles, isHold: inDoubt == "Hold");
    }

    /// <summary>A kill while nothing happens proves nothing: there is always enough to do, and some of it is being done.</summary>
    private static async Task SomethingMovesAsync(Town town, CancellationToken cancellationToken)
    {
        if ((await town.FiguresAsync(cancellationToken)).Open < 2_000)
        {
            await town.PublishAsync(cancellationToken);
        }

        await GoesOnAsync(town, cancellationToken);
    }

    /// <summary>Waits until a row is claimed. What comes back to wait meanwhile is no step forward, and neither is a late receipt.</summary>
    private static async Task GoesOnAsync(Town town, CancellationToken cancellationToken)
    {
        var (began, most) = (Stopwatch.GetTimestamp(), 0L);
        while (true)
        {
            var waiting = (await town.FiguresAsync(cancellationToken)).Waiting;
            if (waiting < most)
            {
                return;
            }

            most = waiting;
            if (Stopwatch.GetElapsedTime(began) > Patience)
            {
                throw new InvalidOperationException($"Nothing was sent for {Patience.TotalSeconds} seconds: {await town.FiguresAsync(cancellationToken)}");
            }

            await Task.Delay(50, cancellationToken);
        }
    }

    private static async Task KillAsync(Town town, Postgres? postgres, Random lot, Tally total, CancellationToken cancellationToken)
    {
        var (what, kill) = (lot.Next(4), postgres) switch
        {
            (0, { } server) => ("the connections of the database", async () =>
            {
                await server.CutAsync(cancellationToken);
                return (Func<CancellationToken, Task>)(_ => Task.CompletedTask);
            }
            ),
            (1, _) => ("the carrier", async () =>
            {
                await town.Carrier.KillAsync();
                return town.Carrier.StartAgainAsync;
            }
            ),
            (2, _) => ("all processes", town.KillAllAsync),
            _ => ("a worker", (Func<Task<Func<CancellationToken, Task>>>)(() => town.KillAWorkerAsync(lot))),
        };
        var again = await kill();
        var (texts, mails) = await town.OnTheirWayAsync(cancellationToken);
        var began = Stopwatch.GetTimestamp();
        await again(cancellationToken);
        await GoesOnAsync(town, cancellationToken);
        var resumed = Stopwatch.GetElapsedTime(began).TotalSeconds;
        total.Kill(texts, mails, resumed);
        Report.Say(string.Create(CultureInfo.InvariantCulture, $"  killed {what}: {texts} texts and {mails} mails on their way; it went on after {resumed:0.0} s"));
    }

    private sealed class Tally
    {
        public int Kills { get; private set; }

        public long OnTheirWay { get; private set; }

        public long MailsOnTheirWay { get; private set; }

        public double Resume { get; private set; }

        public double Settled { get; set; }

        public int Rows { get; private set; }

        public int Lost { get; private set; }

        public int DoubledTexts { get; private set; }

        public int DoubledMails { get; private set; }

        public int Unknown { get; private set; }

        public int UnknownElsewhere { get; private set; }

        public void Kill(long texts, long mails, double resumed)
        {
            Kills++;
            OnTheirWay += texts + mails;
            MailsOnTheirWay += mails;
            Resume = Math.Max(Resume, resumed);
        }

        /// <param name="expected">A row for every reader and article; one that is missing is lost as well.</param>
        public void Add(Audit audit, int expected, bool isHold)
        {
            Rows += audit.Rows;
            Lost += audit.Lost + Math.Max(0, expected - audit.Rows);
            DoubledTexts += audit.DoubledTexts;
            DoubledMails += audit.DoubledMails;
            Unknown += audit.Unknown;
            UnknownElsewhere += isHold ? 0 : audit.Unknown;
        }
    }
}
