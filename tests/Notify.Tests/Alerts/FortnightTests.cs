using Notify.Alerts;
using System.Globalization;
using Notify.Alerts.Rules;
using Notify.Articles;
using Notify.Consent;
using Notify.Contacts;
using Notify.Storage;
using Notify.Subscribers;
using Notify.Tests.Support;

namespace Notify.Tests.Alerts;

/// <summary>
/// Fourteen days of a newsroom: 120 stories by feed and CMS, edits, corrections, things taken back, providers and Notify itself away for hours, two changes of clocks, a feed that moves and one that goes
/// wild. Then everything that readers got is held against what they were promised.
/// </summary>
public sealed class FortnightTests(PostgresServer postgres)
{
    private static readonly Cadence Daily = new(Frequency.Daily);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task Nobody_is_told_twice_too_often_or_at_night_and_every_silence_has_a_reason(DatabaseProvider database)
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("NOTIFY_FORTNIGHT_SEED"), CultureInfo.InvariantCulture, out var asked) ? asked : 1421455903;
        await using var life = await Fortnight.OpenAsync(database, postgres, seed);
        await AddReadersAsync(life);
        PlanReaders(life);
        PlanStories(life, new Random(seed));
        PlanTrouble(life);

        await life.LiveAsync(TimeSpan.FromDays(6) + TimeSpan.FromHours(5));
        await life.LiveAsync(TimeSpan.FromHours(5), isDown: true);
        await life.LiveAsync(TimeSpan.FromDays(7) + TimeSpan.FromHours(14));
        // Nothing new, until the last weekly digest has gone.
        await life.LiveAsync(TimeSpan.FromDays(9), step: TimeSpan.FromHours(1));

        var faults = await new FortnightAudit(life).FaultsAsync(Token);
        Assert.True(faults.Count == 0, $"seed {seed}:\n{string.Join('\n', faults.Take(30))}");
    }

    private static async Task AddReadersAsync(Fortnight life)
    {
        await life.AddAsync("all", Channel.Text, "America/New_York", Cadence.Instant);
        await life.AddAsync("west", Channel.Text, "America/Los_Angeles", Cadence.Instant, topics: ["local", "sport"]);
        await life.AddAsync("sleeper", Channel.Text, "America/New_York", Cadence.Instant, quiet: "18:00-10:30");
        await life.AddAsync("owl", Channel.Text, "America/New_York", Cadence.Instant, atNight: true);
        await life.AddAsync("berliner", Channel.Text, "Europe/Berlin", Cadence.Instant);
        await life.AddAsync("morning", Channel.Text, "America/New_York", Daily with { Minute = (8 * 60) + 30 });
        await life.AddAsync("sunday", Channel.Text, "America/New_York", new Cadence(Frequency.Weekly, 10 * 60, 0));
        await life.AddAsync("leaver", Channel.Text, "America/New_York", Cadence.Instant);
        await life.AddAsync("pauser", Channel.Text, "America/New_York", Cadence.Instant);
        await life.AddAsync("less", Channel.Text, "America/New_York", Cadence.Instant);
        await life.AddAsync("mail-all", Channel.Mail, "America/New_York", Cadence.Instant);
        await life.AddAsync("mail-local", Channel.Mail, "America/New_York", Cadence.Instant, topics: ["local"]);
        await life.AddAsync("mail-daily", Channel.Mail, "America/New_York", Daily);
        await life.AddAsync("mail-weekly", Channel.Mail, "Europe/Berlin", new Cadence(Frequency.Weekly, (7 * 60) + 15, 1));
        // Hours that come twice in the nights of the fortnight.
        await life.AddAsync("mail-twice-here", Channel.Mail, "America/New_York", Daily with { Minute = 90 });
        await life.AddAsync("mail-twice-there", Channel.Mail, "Europe/Berlin", Daily with { Minute = 150 });
        await life.AddAsync("mail-leaver", Channel.Mail, "America/New_York", Cadence.Instant);
        await life.AddAsync("mail-changer", Channel.Mail, "America/New_York", Cadence.Instant);
    }

    private static Fortnight.Reader Find(Fortnight life, string name) => life.Readers.Find(reader => reader.Name == name)!;

    private static void PlanReaders(Fortnight life)
    {
        life.At(5.4, () => StopAsync(life, "leaver", ConsentKind.Stopped));
        life.At(7.6, () => StopAsync(life, "mail-leaver", ConsentKind.Unsubscribed));
        life.At(4.5, () => life.WriteAsync(write =>
        {
            var pauser = Find(life, "pauser");
            pauser.WasAway = true;
            return life.Bench.Get<Preferences>().PauseAsync(write, pauser.Id, pauser.Hash, Channel.Text, 3, "test", new ConsentEvidence());
        }));
        life.At(6.7, () => life.WriteAsync(write => life.Bench.Get<Choices>().LessAsync(write, Find(life, "less").Person, "test", new ConsentEvidence())));
        life.At(10.45, () => life.WriteAsync(write => life.Bench.Get<Choices>().MoreAsync(write, Find(life, "less").Person, "test", new ConsentEvidence())));
        foreach (var (day, cadence) in new[] { (3.55, Daily), (5.52, new Cadence(Frequency.Weekly, 720, 3)), (9.61, Cadence.Instant), (12.4, Daily) })
        {
            life.At(day, () => life.WriteAsync(write => life.Bench.Get<Rhythm>().ChangeAsync(write, Find(life, "mail-changer").Id, cadence)));
        }
    }

    private static Task StopAsync(Fortnight life, string name, ConsentKind kind) => life.WriteAsync(write =>
    {
        var reader = Find(life, name);
        reader.WasAway = true;
        return life.Bench.Get<Subscriptions>().StopAsync(write, reader.Id, reader.Hash, reader.Contact.Channel, kind, "test", "stopped", new ConsentEvidence());
    });

    private static void PlanStories(Fortnight life, Random random)
    {
        for (var number = 1; number <= Fortnight.Stories; number++)
        {
            // Some nine a day; a third of them while most of America sleeps.
            var at = Fortnight.Start.AddMinutes(Math.Floor(random.NextDouble() * 13.8 * 24 * 6) * 10);
            var n = number;
            switch (number % 10)
            {
                case 1:
                    life.Post(n, at, ArticlePriority.Breaking);
                    break;
                case 2:
                    // Within the undo window: this is what goes out.
                    life.Post(n, at, then: (article, _) => life.WriteAsync(write => life.Bench.Get<INewsdesk>().EditAsync(write, article, life.Draft(n, $"Story {n:000} in better words"))));
                    break;
                case 3:
                    life.Post(n, at, then: (article, _) =>
                    {
                        life.At(at.AddHours(2.5), () => CorrectAsync(life, n, article));
                        return Task.CompletedTask;
                    });
                    break;
                case 4 when number % 30 == 4:
                    life.Post(n, at, then: (article, _) =>
                    {
                        life.At(at.AddMinutes(number > 60 ? 0 : 50), () => TakeBackAsync(life, n, article));
                        return Task.CompletedTask;
                    });
                    break;
                case 5 when number % 20 == 5:
                    life.Post(n, at, handling: posted => new Handling { SendAt = posted.AddHours(7) });
                    break;
                case 6 when number % 20 == 6:
                    life.Post(n, at, handling: _ => new Handling { SendAtLocal = new TimeOnly(9, 30) });
                    break;
                default:
                    life.Print(n, at);
                    break;
            }
        }
    }

    private static async Task CorrectAsync(Fortnight life, int number, Guid article)
    {
        var edited = await life.Bench.WriteAsync(write => life.Bench.Get<Corrections>().CorrectAsync(write, article, life.Draft(number, $"Story {number:000}, put right")));
        if (edited?.Effect == EditEffect.Correction)
        {
            life.Told[number].CorrectedAt = life.Now;
        }
    }

    private static Task TakeBackAsync(Fortnight life, int number, Guid article)
    {
        life.Told[number].IsTakenBack = true;
        return life.WriteAsync(write => life.Bench.Get<INewsdesk>().UnpublishAsync(write, article));
    }

    private static void PlanTrouble(Fortnight life)
    {
        Away(life, Channel.Text, 3.42, 3.6);
        Away(life, Channel.Mail, 9.3, 9.41);
        life.At(5.2, () => life.WriteAsync(write => life.Bench.Get<RuleBook>().AddAsync(write, new Rule
        {
            Id = Guid.CreateVersion7(life.Now),
            Position = 1,
            Topics = "sport",
            Outcome = RuleOutcome.Digest,
            ChangedAt = life.Now,
            ChangedBy = "editor@news.example",
        })));
        life.At(8.1, () =>
        {
            life.Migrate();
            return Task.CompletedTask;
        });
        life.At(11.5, () =>
        {
            life.GoWild(true);
            return Task.CompletedTask;
        });
        life.At(11.55, async () =>
        {
            life.GoWild(false);
            foreach (var flooded in await life.Bench.QueryAsync("SELECT a.id, r.title FROM alerts a JOIN articles r ON r.id = a.article_id WHERE a.hold = @yes", row => (Id: row.GetGuid(0), Title: row.GetString(1)), ("yes", true)))
            {
                // An editor looks: the archive is dropped, and news that came with it goes out.
                var control = life.Bench.Get<AlertControl>();
                await (flooded.Title.StartsWith("Archive", StringComparison.Ordinal) ? control.CancelAsync(flooded.Id, Token) : control.ResumeAsync(flooded.Id, Token));
            }
        });
        // What comes within the hour after a flood is held too.
        life.At(11.65, async () =>
        {
            foreach (var id in await life.Bench.QueryAsync("SELECT id FROM alerts WHERE hold = @yes", row => row.GetGuid(0), ("yes", true)))
            {
                await life.Bench.Get<AlertControl>().ResumeAsync(id, Token);
            }
        });
    }

    private static void Away(Fortnight life, Channel channel, double since, double until)
    {
        life.At(since, () =>
        {
            life.Away.Add(channel);
            return Task.CompletedTask;
        });
        life.At(until, () =>
        {
            life.Away.Remove(channel);
            return Task.CompletedTask;
        });
    }
}
