using System.Globalization;
using CsCheck;
using Notify.Alerts;
using Notify.Articles;
using Notify.Contacts;
using Notify.Storage;
using Notify.Subscribers;
using Notify.Tests.Support;

namespace Notify.Tests.Alerts;

/// <summary>
/// Weeks of a newsroom in random order, over real changes of clocks: articles told at once or in digests only, readers who change their mind, alerts that are cancelled,
/// paused and taken back, a server that is down. At the end everybody was told everything of their topics, once.
/// </summary>
public sealed class DigestSimulationTests(PostgresServer postgres)
{
    private static readonly string[] Zones = ["Europe/Berlin", "America/New_York", "Asia/Jerusalem", "Australia/Lord_Howe", "Africa/Cairo", "Pacific/Apia"];
    private static readonly string[] Topics = ["sport", "local", "world"];
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(10);

    /// <summary>Around them clocks change: in Europe, in America, in Egypt and Israel, on Lord Howe.</summary>
    private static readonly DateTimeOffset[] Starts =
    [
        new(2026, 3, 5, 0, 0, 0, TimeSpan.Zero), new(2026, 3, 24, 0, 0, 0, TimeSpan.Zero), new(2026, 4, 2, 0, 0, 0, TimeSpan.Zero),
        new(2026, 4, 22, 0, 0, 0, TimeSpan.Zero), new(2026, 10, 1, 0, 0, 0, TimeSpan.Zero), new(2026, 10, 22, 0, 0, 0, TimeSpan.Zero),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task Everybody_is_told_everything_once_and_digests_come_at_their_hour(DatabaseProvider database)
    {
        var weeks = Gen.Select(Gen.Int, Gen.Int[0, Starts.Length - 1].Select(i => Starts[i])).Array[database == DatabaseProvider.Sqlite ? 6 : 2].Single();
        var (inDigests, atOnce) = (0, 0);
        foreach (var (seed, start) in weeks)
        {
            var story = await RunAsync(database, new Random(seed), start);
            Assert.True(story.Faults.Count == 0, $"seed {seed}, {start:yyyy-MM-dd}:\n{string.Join('\n', story.Faults.Take(20))}");
            (inDigests, atOnce) = (inDigests + story.InDigests, atOnce + story.AtOnce);
        }

        Assert.True(inDigests > 20 * weeks.Length && atOnce > 20 * weeks.Length, $"{inDigests} in digests, {atOnce} at once");
    }

    private async Task<Outcome> RunAsync(DatabaseProvider database, Random random, DateTimeOffset start)
    {
        var clock = new ManualClock(start);
        await using var bench = await Workbench.OpenAsync(database, postgres, clock: clock, settings:
        [
            ("Publication:TimeZone", "America/New_York"), ("Publication:DigestAt", "17:30"),
            .. Topics.SelectMany((topic, i) => new[] { ($"Publication:Topics:{i}:Key", topic), ($"Publication:Topics:{i}:Name", topic) }),
        ]);
        var readers = await AddAsync(bench, random);
        var alerts = new List<Told>();
        var faults = new List<string>();
        var lateUntil = DateTimeOffset.MinValue;
        for (var hours = 0; hours < 24 * 8;)
        {
            await (random.Next(9) switch
            {
                0 or 1 or 2 => PublishAsync(bench, random, alerts),
                3 or 4 => ChangeAsync(bench, random, readers),
                5 => MeddleAsync(bench, random, alerts),
                6 => HalfAsync(bench, random, alerts, readers),
                _ => Task.CompletedTask,
            });
            var pass = random.Next(1, 6);
            hours += pass;
            if (random.Next(12) == 0)
            {
                // Nobody is there for a while; what was missed comes in one.
                clock.Advance(TimeSpan.FromHours(random.Next(1, 50)));
                lateUntil = clock.GetUtcNow() + Step;
            }

            await LiveAsync(bench, clock, TimeSpan.FromHours(pass), lateUntil, readers, faults);
        }

        foreach (var open in alerts.Where(alert => alert.IsPaused && !alert.IsCancelled))
        {
            await ResumeAsync(bench, open);
        }

        foreach (var open in alerts.Where(alert => alert.IsHalf))
        {
            await bench.Get<FanOut>().RunAsync(open.Id, Token);
        }

        await LiveAsync(bench, clock, TimeSpan.FromDays(16), lateUntil, readers, faults);
        return await CountAsync(bench, alerts, readers, faults);
    }

    private static async Task<List<Reader>> AddAsync(Workbench bench, Random random)
    {
        var ids = await bench.AddReadersAsync(14, Channel.Mail);
        var readers = new List<Reader>();
        foreach (var id in ids)
        {
            var zone = Zones[random.Next(Zones.Length)];
            HashSet<string>? topics = random.Next(3) == 0 ? null : [.. Topics.Where(_ => random.Next(2) == 0)];
            await bench.WriteAsync(async write =>
            {
                var whereabouts = await Places.KeepAsync(write, new ContactPoint(Channel.Mail, "x@example.com"), zone);
                await write.ExecuteAsync("UPDATE subscriptions SET whereabouts_id = @place, time_zone = @zone, all_topics = @all WHERE contact_id = @id", ("place", whereabouts), ("zone", zone), ("all", topics is null), ("id", id));
                await Subscriptions.TakeAsync(write, id, topics ?? []);
                await bench.Get<Rhythm>().BeginAsync(write, id, Any(random));
                return 0;
            });
            readers.Add(new Reader(id, zone, topics));
        }

        return readers;
    }

    private static Cadence Any(Random random) => new((Frequency)random.Next(1, 4), random.Next(3) == 0 ? null : random.Next(0, 144) * 10, random.Next(2) == 0 ? null : random.Next(7));

    private static async Task PublishAsync(Workbench bench, Random random, List<Told> alerts)
    {
        var alert = await StoreAsync(bench, random);
        await bench.Get<FanOut>().RunAsync(alert.Id, Token);
        alerts.Add(alert);
    }

    private static async Task<Told> StoreAsync(Workbench bench, Random random)
    {
        string[] topics = [.. Topics.Where(_ => random.Next(3) == 0)];
        var draft = new ArticleDraft(new Uri($"https://yid-info.example/{Guid.CreateVersion7():N}"), "News", null, topics, null, null, random.Next(5) == 0 ? ArticlePriority.Breaking : ArticlePriority.Normal, "test", []);
        var (_, id, _) = await bench.WriteAsync(write => bench.Get<INewsdesk>().PublishAsync(write, draft, hold: false));
        if (random.Next(4) == 0)
        {
            await bench.ExecuteAsync("UPDATE alerts SET route = 2 WHERE id = @id", ("id", id));
        }

        return new Told(id!.Value, topics);
    }

    /// <summary>An alert whose fan-out has come half the way and stands there for a while.</summary>
    private static async Task HalfAsync(Workbench bench, Random random, List<Told> alerts, List<Reader> readers)
    {
        var alert = await StoreAsync(bench, random);
        await bench.ExecuteAsync("UPDATE alerts SET route = 1 WHERE id = @id", ("id", alert.Id));
        await bench.Get<FanOut>().RunAsync(alert.Id, Token);
        var to = readers[random.Next(readers.Count)].Id;
        // As if it had died behind this reader.
        await bench.ExecuteAsync("UPDATE sources SET decided = 0, pending = 0 WHERE id = @id", ("id", alert.Id));
        await bench.ExecuteAsync("DELETE FROM deliveries WHERE subject_id = @id AND contact_id > @to", ("id", alert.Id), ("to", to));
        await bench.ExecuteAsync("UPDATE alerts SET planned_at = NULL, digest_at = NULL, planned_to = @to WHERE id = @id", ("to", to), ("id", alert.Id));
        alert.IsHalf = true;
        alerts.Add(alert);
    }

    private static async Task ChangeAsync(Workbench bench, Random random, List<Reader> readers)
    {
        var reader = readers[random.Next(readers.Count)];
        await bench.WriteAsync(async write =>
        {
            await bench.Get<Rhythm>().ChangeAsync(write, reader.Id, Any(random));
            return 0;
        });
    }

    private static async Task MeddleAsync(Workbench bench, Random random, List<Told> alerts)
    {
        if (alerts.Count == 0)
        {
            return;
        }

        var (alert, control) = (alerts[random.Next(alerts.Count)], bench.Get<AlertControl>());
        switch (random.Next(5))
        {
            case 0 when !alert.IsHalf:
                await control.CancelAsync(alert.Id, Token);
                alert.IsCancelled = true;
                break;
            case 1:
                await bench.ExecuteAsync("UPDATE articles SET unpublished_at = 1 WHERE id = (SELECT article_id FROM alerts WHERE id = @id)", ("id", alert.Id));
                alert.IsCancelled = true;
                break;
            case 2 when alert.IsHalf && !alert.IsPaused:
                await bench.Get<FanOut>().RunAsync(alert.Id, Token);
                alert.IsHalf = false;
                break;
            case 3 when alert.IsPaused && !alert.IsCancelled:
                await ResumeAsync(bench, alert);
                break;
            default:
                await control.PauseAsync(alert.Id, Token);
                alert.IsPaused = true;
                break;
        }
    }

    /// <summary>Its hint wakes the fan-out.</summary>
    private static async Task ResumeAsync(Workbench bench, Told alert)
    {
        await bench.Get<AlertControl>().ResumeAsync(alert.Id, Token);
        alert.IsPaused = false;
        if (!alert.IsHalf)
        {
            await bench.Get<FanOut>().RunAsync(alert.Id, Token);
        }
    }

    /// <summary>Time passes, and digests are written as the reconciler would; each new one is held against its reader's clock.</summary>
    private static async Task LiveAsync(Workbench bench, ManualClock clock, TimeSpan time, DateTimeOffset lateUntil, List<Reader> readers, List<string> faults)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += Step)
        {
            var due = await bench.QueryAsync("SELECT s.contact_id, s.digest_at, s.frequency, s.digest_minute FROM subscriptions s WHERE s.digest_at <= @now",
                row => (Contact: row.GetInt64(0), At: row.Instant(1), Frequency: (Frequency)row.GetInt32(2), Minute: row.IsDBNull(3) ? (int?)null : row.GetInt32(3)), ("now", clock.GetUtcNow()));
            if (due.Count > 0)
            {
                await bench.Get<Digests>().RunAsync(Token);
            }

            foreach (var (contact, at, frequency, minute) in due.Where(_ => clock.GetUtcNow() > lateUntil))
            {
                var zone = TimeZoneInfo.FindSystemTimeZoneById(readers.Single(r => r.Id == contact).Zone);
                var (local, before) = (TimeZoneInfo.ConvertTime(at, zone).DateTime, TimeZoneInfo.ConvertTime(at.AddSeconds(-1), zone).DateTime);
                var hour = TimeOnly.FromTimeSpan(TimeSpan.FromMinutes(minute is { } own && frequency != Frequency.Instant ? own : (17 * 60) + 30));
                var isJump = local - before > TimeSpan.FromMinutes(1);
                if (clock.GetUtcNow() - at > Step || (frequency != Frequency.Instant && TimeOnly.FromDateTime(local) != hour && !isJump))
                {
                    faults.Add($"reader {contact} in {zone.Id} has a digest at {local:O} and not at {hour}");
                }
            }

            clock.Advance(Step);
        }
    }

    private static async Task<Outcome> CountAsync(Workbench bench, List<Told> alerts, List<Reader> readers, List<string> faults)
    {
        var atOnce = await bench.QueryAsync("SELECT contact_id, subject_id FROM deliveries d JOIN sources s ON s.id = d.source_id WHERE s.kind = 1", row => (Contact: row.GetInt64(0), Alert: row.GetGuid(1)));
        var inDigests = await bench.QueryAsync("SELECT d.contact_id, x.alert_id FROM deliveries d JOIN digest_articles x ON x.digest_id = d.subject_id", row => (Contact: row.GetInt64(0), Alert: row.GetGuid(1)));
        var times = atOnce.Concat(inDigests).GroupBy(told => told).ToDictionary(group => group.Key, group => group.Count());
        foreach (var (reader, alert) in readers.SelectMany(reader => alerts.Select(alert => (reader, alert))))
        {
            var told = times.GetValueOrDefault((reader.Id, alert.Id));
            var isMeant = reader.Topics is null || alert.Topics.Any(reader.Topics.Contains);
            if (told > 1 || (told == 1 && !isMeant) || (told == 0 && isMeant && !alert.IsCancelled))
            {
                faults.Add(string.Create(CultureInfo.InvariantCulture, $"reader {reader.Id} was told alert {alert.Id} {told} times (meant: {isMeant}, half: {alert.IsHalf}, paused: {alert.IsPaused})"));
            }
        }

        return new Outcome(faults, inDigests.Count, atOnce.Count);
    }

    private sealed record Outcome(List<string> Faults, int InDigests, int AtOnce);

    private sealed record Reader(long Id, string Zone, IReadOnlySet<string>? Topics);

    private sealed record Told(Guid Id, string[] Topics)
    {
        public bool IsCancelled { get; set; }

        public bool IsPaused { get; set; }

        public bool IsHalf { get; set; }
    }
}
