using System.Globalization;
using Notify.Alerts;
using Notify.Articles;
using Notify.Deliveries;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Alerts;

/// <summary>At a time, at the reader's own time, and not at all where that was missed.</summary>
public sealed class ScheduleTests(PostgresServer postgres)
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Nobody moves the clock while a lane runs, so its rate must not make a text wait for it.</summary>
    private static readonly Sender AtOnce = Workbench.Texts with { PerSecond = 1_000_000 };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task It_begins_at_its_time_with_the_words_of_that_moment(DatabaseProvider database)
    {
        var clock = new ManualClock(Noon);
        await using var bench = await Workbench.OpenAsync(database, postgres, clock: clock);
        await bench.AddReadersAsync(1);
        var (article, alert) = await EditTests.PublishAsync(bench, "Before", new Handling { SendAt = Noon.AddHours(5) });
        clock.Advance(TimeSpan.FromHours(4));
        await bench.Get<FanOut>().RunAsync(alert, Token);
        var early = await bench.CountAsync("deliveries");
        await EditTests.EditAsync(bench, article, EditTests.Draft("After"));
        var state = await StateAsync(bench, alert, clock);

        clock.Advance(TimeSpan.FromMinutes(61));
        await bench.Get<FanOut>().RunAsync(alert, Token);
        await bench.RunLaneAsync(stopping: Token);

        Assert.Equal((0, "scheduled"), (early, state));
        Assert.StartsWith("Yid-Info: After ", Assert.Single(EditTests.Texts(bench)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DatabaseProvider.Sqlite, 59, false, ArticlePriority.Normal)]
    [InlineData(DatabaseProvider.Sqlite, 61, true, ArticlePriority.Normal)]
    [InlineData(DatabaseProvider.Postgres, 61, true, ArticlePriority.Breaking)]
    public async Task One_that_could_not_begin_for_an_hour_ends_and_the_newsroom_is_told(DatabaseProvider database, int minutesLate, bool isTooLate, ArticlePriority priority)
    {
        var clock = new ManualClock(Noon);
        await using var bench = await Workbench.OpenAsync(database, postgres, clock: clock);
        await bench.AddReadersAsync(1);
        var (_, alert, _) = await bench.WriteAsync(write => bench.Get<INewsdesk>().PublishAsync(write, EditTests.Draft("Planned") with { Priority = priority }, new Handling { SendAt = Noon.AddHours(1) }));

        // Nothing ran meanwhile.
        clock.Advance(TimeSpan.FromMinutes(60 + minutesLate));
        await bench.Get<FanOut>().RunAsync(alert!.Value, Token);
        await bench.Get<FanOut>().RunAsync(alert.Value, Token);

        Assert.Equal(isTooLate ? "expired" : "sending", await StateAsync(bench, alert.Value, clock));
        Assert.Equal(isTooLate ? 0 : 1, await bench.CountAsync("deliveries"));
        Assert.Equal(isTooLate ? 1 : 0, await bench.CountAsync("alarms WHERE name LIKE '% late' AND cleared_at IS NULL"));
    }

    [Theory, ClassData<Databases>]
    public async Task What_missed_its_time_goes_all_the_same_on_a_persons_word(DatabaseProvider database)
    {
        var clock = new ManualClock(Noon);
        await using var bench = await Workbench.OpenAsync(database, postgres, clock: clock);
        await bench.AddReadersAsync(1);
        var (_, alert) = await EditTests.PublishAsync(bench, "Planned", new Handling { SendAt = Noon.AddHours(1) });
        clock.Advance(TimeSpan.FromHours(5));
        await bench.Get<FanOut>().RunAsync(alert, Token);
        await bench.Get<IEnumerable<Notify.Jobs.IReconcile>>().OfType<AlertReconciler>().Single().ReconcileAsync(Token);
        var queued = Assert.Single((await bench.Get<EditorsQueue>().ReadAsync(Token)).Waiting);

        Assert.True(await bench.Get<AlertControl>().ResumeAsync(alert, Token));
        await bench.Get<FanOut>().RunAsync(alert, Token);
        await bench.RunLaneAsync(stopping: Token);

        Assert.Equal(("expired", "its time passed while it could not begin"), (queued.State, queued.Why));
        Assert.Single(EditTests.Texts(bench));
        Assert.Empty((await bench.Get<EditorsQueue>().ReadAsync(Token)).Waiting);
        Assert.Equal(0, await bench.CountAsync("alarms WHERE name LIKE '% late' AND cleared_at IS NULL"));
    }

    /// <summary>The red switch holds what has a time back as a whole: turned hours later it surprises nobody.</summary>
    [Theory, ClassData<Databases>]
    public async Task What_came_due_while_everything_was_paused_ends_and_what_was_to_go_at_once_goes_on(DatabaseProvider database)
    {
        var clock = new ManualClock(Noon);
        await using var bench = await Workbench.OpenAsync(database, postgres, clock: clock);
        await bench.AddReadersAsync(1);
        await bench.Get<AlertControl>().PauseAllAsync(Token);
        var (_, planned) = await EditTests.PublishAsync(bench, "Planned", new Handling { SendAt = Noon.AddHours(1) });
        var (_, atOnce) = await EditTests.PublishAsync(bench, "At once");
        clock.Advance(TimeSpan.FromMinutes(61));
        await bench.Get<FanOut>().RunAsync(planned, Token);
        await bench.Get<FanOut>().RunAsync(atOnce, Token);
        clock.Advance(TimeSpan.FromHours(4));
        await bench.Get<AlertControl>().ResumeAllAsync(Token);

        await bench.Get<FanOut>().RunAsync(planned, Token);
        await bench.RunLaneAsync(stopping: Token);

        Assert.Equal("expired", await StateAsync(bench, planned, clock));
        Assert.StartsWith("Yid-Info: At once ", Assert.Single(EditTests.Texts(bench)), StringComparison.Ordinal);
    }

    [Theory, ClassData<Databases>]
    public async Task Each_reader_gets_it_at_that_hour_of_the_own_day(DatabaseProvider database)
    {
        // 12:00 UTC: 07:00 in New York, 04:00 in Los Angeles, 14:00 in Jerusalem, where it is 07:30 again tomorrow.
        var clock = new ManualClock(Noon);
        await using var bench = await Workbench.OpenAsync(database, postgres, clock: clock, settings: ("Publication:TimeZone", "America/New_York"));
        var readers = await bench.AddReadersAsync(4);
        await PlaceAsync(bench, readers[1], "America/Los_Angeles");
        await PlaceAsync(bench, readers[2], "Asia/Jerusalem");
        await PlaceAsync(bench, readers[3], "America/Los_Angeles America/New_York");
        var (_, alert) = await EditTests.PublishAsync(bench, "Briefing", new Handling { SendAtLocal = new TimeOnly(7, 30) });
        var early = await RunAsync(bench, alert);

        clock.Advance(TimeSpan.FromMinutes(31));
        await bench.Get<FanOut>().RunAsync(alert, Token);
        var due = await bench.QueryAsync("SELECT contact_id, due_at, expires_at FROM deliveries ORDER BY contact_id", row => (row.GetInt64(0), Due: row.Instant(1), Life: row.Instant(2) - row.Instant(1)));
        var newYork = await RunAsync(bench, alert);
        clock.Advance(TimeSpan.FromHours(3));
        var losAngeles = await RunAsync(bench, alert);
        clock.Advance(TimeSpan.FromHours(14));
        var jerusalem = await RunAsync(bench, alert);

        // Whoever may be in either place is where the publication is.
        Assert.Equal((0, 2, 3, 4), (early, newYork, losAngeles, jerusalem));
        Assert.Equal([Noon.AddMinutes(30), Noon.AddMinutes(210), Noon.AddMinutes(17 * 60 + 30), Noon.AddMinutes(30)], due.Select(row => row.Due));
        Assert.All(due, row => Assert.Equal(TimeSpan.FromHours(24), row.Life));
    }

    [Theory, ClassData<Databases>]
    public async Task Where_the_hour_has_long_passed_readers_are_left_out_and_others_are_not(DatabaseProvider database)
    {
        var clock = new ManualClock(Noon);
        await using var bench = await Workbench.OpenAsync(database, postgres, clock: clock, settings: ("Publication:TimeZone", "America/New_York"));
        var readers = await bench.AddReadersAsync(2);
        await PlaceAsync(bench, readers[1], "America/Los_Angeles");
        var (_, alert) = await EditTests.PublishAsync(bench, "Briefing", new Handling { SendAtLocal = new TimeOnly(7, 30) });

        // Down until 09:31 in New York, 06:31 in Los Angeles.
        clock.Advance(TimeSpan.FromMinutes(151));
        var first = await RunAsync(bench, alert);
        clock.Advance(TimeSpan.FromMinutes(60));
        var second = await RunAsync(bench, alert);

        Assert.Equal((0, 1), (first, second));
        var rows = await bench.RowsAsync();
        Assert.Equal([(readers[0], DeliveryStatus.Skipped), (readers[1], DeliveryStatus.Accepted)], rows.Select(row => (row.Contact, row.Status)).Order());
        Assert.Equal([(2L, 1L, 1L)], await bench.QueryAsync("SELECT decided, skipped, accepted FROM sources WHERE id = @id", row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)), ("id", alert)));
        Assert.Equal(1, await bench.CountAsync("alarms WHERE name LIKE '% late'"));
    }

    /// <summary>Quiet hours hold what was asked for in the night.</summary>
    [Theory, ClassData<Databases>]
    public async Task Quiet_hours_hold_whatever_hour_was_asked_for(DatabaseProvider database)
    {
        var clock = new ManualClock(Noon);
        await using var bench = await Workbench.OpenAsync(
            database, postgres, null, clock, ("Publication:TimeZone", "UTC"), ("Publication:QuietHours:From", "21:00"), ("Publication:QuietHours:To", "08:00"));
        await bench.AddReadersAsync(1);
        var (_, alert) = await EditTests.PublishAsync(bench, "Briefing", new Handling { SendAtLocal = new TimeOnly(5, 0) });

        clock.Advance(TimeSpan.FromHours(17) + TimeSpan.FromMinutes(1));
        var sent = await RunAsync(bench, alert);

        Assert.Equal(0, sent);
        Assert.Equal([(1, Noon.AddHours(20))], await bench.QueryAsync("SELECT status, due_at FROM deliveries", row => (row.GetInt32(0), row.Instant(1))));
    }

    [Theory]
    // In New York the clock goes from 02:00 to 03:00 on 14 March 2027 and from 02:00 back to 01:00 on 7 November 2027.
    [InlineData("2027-03-14T05:00:00Z", "02:30", "2027-03-14T07:00:00Z")]
    [InlineData("2027-03-14T05:00:00Z", "07:30", "2027-03-14T11:30:00Z")]
    [InlineData("2027-03-13T13:00:00Z", "07:30", "2027-03-14T11:30:00Z")]
    [InlineData("2027-11-07T04:00:00Z", "01:30", "2027-11-07T06:30:00Z")]
    [InlineData("2027-11-06T12:00:00Z", "07:30", "2027-11-07T12:30:00Z")]
    [InlineData("2027-06-01T11:30:00Z", "07:30", "2027-06-01T11:30:00Z")]
    [InlineData("2027-06-01T11:30:01Z", "07:30", "2027-06-02T11:30:00Z")]
    public void The_hour_is_right_on_the_days_the_clock_is_changed(string from, string time, string expected)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById("America/New_York");

        var next = Timetable.Next(zone, DateTimeOffset.Parse(from, CultureInfo.InvariantCulture), TimeOnly.Parse(time, CultureInfo.InvariantCulture));

        Assert.Equal(DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture), next);
    }

    private static async Task<int> RunAsync(Workbench bench, Guid alert)
    {
        await bench.Get<FanOut>().RunAsync(alert, Token);
        await bench.RunLaneAsync(AtOnce, stopping: Token);
        return bench.Sent;
    }

    private static async Task PlaceAsync(Workbench bench, long contact, string zones)
    {
        await bench.ExecuteAsync("INSERT INTO whereabouts (region, zones) VALUES ('US', @zones) ON CONFLICT (region, zones, quiet) DO NOTHING", ("zones", zones));
        await bench.ExecuteAsync("UPDATE subscriptions SET whereabouts_id = (SELECT id FROM whereabouts WHERE zones = @zones) WHERE contact_id = @id", ("zones", zones), ("id", contact));
    }

    private static async Task<string> StateAsync(Workbench bench, Guid alert, TimeProvider clock)
    {
        await using var db = bench.Database.Read();
        return AlertView.StateOf((await db.Alerts.FindAsync([alert], Token))!, (await db.Sources.FindAsync([alert], Token))!, clock.GetUtcNow());
    }
}
