using Microsoft.Extensions.Options;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Jobs;
using Notify.Providers.Smtp;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Deliveries;

/// <summary>Readers whose address has letters beyond ASCII, and relays that take those (SMTPUTF8) or do not.</summary>
public sealed class BeyondAsciiTests(PostgresServer postgres)
{
    private const string David = "דוד@example.com";

    private static readonly string[] Plain = ["PIPELINING"];
    private static readonly string[] International = ["PIPELINING", "SMTPUTF8"];

    private readonly ManualClock _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task What_one_relay_cannot_take_leaves_by_another_at_once(DatabaseProvider database)
    {
        await using var world = await World.OpenAsync(database, postgres, _clock, Plain, International);
        await world.Bench.PublishAsync("Kim offers support");

        await world.RunAsync();

        Assert.Contains($"To: {Encoded(David)}", Assert.Single(world.Two.Taken), StringComparison.Ordinal);
        Assert.Contains(world.Two.Commands, command => command.Contains("BODY=8BITMIME SMTPUTF8", StringComparison.Ordinal));
        Assert.Contains("To: reader1@example.com", Assert.Single(world.One.Taken), StringComparison.Ordinal);
        Assert.All(await world.Bench.RowsAsync(), row => Assert.Equal((DeliveryStatus.Accepted, 1), (row.Status, row.Attempts)));
        Assert.Equal(0, await world.Bench.CountAsync("alarms"));
    }

    [Theory, ClassData<Databases>]
    public async Task Where_no_relay_takes_it_it_is_held_and_leaves_when_one_does(DatabaseProvider database)
    {
        await using var world = await World.OpenAsync(database, postgres, _clock, Plain, Plain);
        var bench = world.Bench;
        var alert = await bench.PublishAsync("First");
        await bench.PublishAsync("Second");

        await world.RunAsync();
        var held = (await bench.RowsAsync()).Where(row => row.Contact == world.David).ToList();
        await world.LookAgainAsync();
        await world.LookAgainAsync();

        Assert.All(held, row => Assert.Equal((DeliveryStatus.Held, 0, "the relay takes no addresses beyond ASCII (it offers no SMTPUTF8, RFC 6531)"), (row.Status, row.Attempts, row.Reason)));
        Assert.Equal(held, (await bench.RowsAsync()).Where(row => row.Contact == world.David));
        Assert.Equal((2, 1, 1), await FiguresAsync(bench, alert));
        var alarm = Assert.Single(await bench.Get<IAlarm>().OpenAsync(Token));
        Assert.Equal((BeyondAscii.AlarmName, true), (alarm.Name, alarm.RaisedAt < alarm.LastAt));

        world.One.At("EHLO", "250-relay.example\r\n250 SMTPUTF8");
        await world.LookAgainAsync();

        // Each by itself: no mail stands for another.
        Assert.Equal(2, world.One.Taken.Count(mail => mail.Contains(Encoded(David), StringComparison.Ordinal)));
        Assert.All(await bench.RowsAsync(), row => Assert.Equal((DeliveryStatus.Accepted, 1), (row.Status, row.Attempts)));
        Assert.Equal((2, 2, 0), await FiguresAsync(bench, alert));
        Assert.Empty(await bench.Get<IAlarm>().OpenAsync(Token));
    }

    [Theory, ClassData<Databases>]
    public async Task It_is_held_no_longer_than_it_is_news(DatabaseProvider database)
    {
        await using var world = await World.OpenAsync(database, postgres, _clock, Plain, Plain);
        var alert = await world.Bench.PublishAsync("Kim offers support");
        await world.RunAsync();
        await world.Bench.ExecuteAsync("UPDATE deliveries SET expires_at = @soon WHERE status = 1", ("soon", _clock.GetUtcNow().AddMinutes(40)));

        // In half an hour there would be ten minutes left, and the next look after them.
        await world.LookAgainAsync();

        var row = (await world.Bench.RowsAsync()).Single(row => row.Contact == world.David);
        Assert.Equal((DeliveryStatus.Skipped, "stale: the relay takes no addresses beyond ASCII (it offers no SMTPUTF8, RFC 6531)"), (row.Status, row.Reason));
        Assert.Equal((2, 1, 0), await FiguresAsync(world.Bench, alert));
    }

    [Theory, ClassData<Databases>]
    public async Task A_relay_of_another_name_takes_over_what_is_held(DatabaseProvider database)
    {
        await using var world = await World.OpenAsync(database, postgres, _clock, Plain, Plain);
        await world.Bench.PublishAsync("Kim offers support");
        await world.RunAsync();
        await world.Bench.ExecuteAsync("UPDATE deliveries SET sender = 'gone from the settings' WHERE status = 1");
        world.One.At("EHLO", "250-relay.example\r\n250 SMTPUTF8");

        await world.LookAgainAsync();

        Assert.All(await world.Bench.RowsAsync(), row => Assert.Equal(DeliveryStatus.Accepted, row.Status));
    }

    /// <summary>The one relay that takes it is refused as such: it waits there, and is not handed to and fro.</summary>
    [Theory, ClassData<Databases>]
    public async Task It_waits_for_the_relay_that_takes_it(DatabaseProvider database)
    {
        await using var world = await World.OpenAsync(database, postgres, _clock, Plain, International);
        await world.Bench.ExecuteAsync("INSERT INTO senders (name, rests_until, reason, trips, refused) VALUES ('two', @until, 'no', 1, @yes)", ("until", _clock.GetUtcNow().AddHours(1)), ("yes", true));
        await world.Bench.PublishAsync("Kim offers support");

        for (var round = 0; round < 3; round++)
        {
            await world.RunAsync();
            await world.Bench.Get<IEnumerable<IReconcile>>().OfType<FailOver>().Single().ReconcileAsync(Token);
        }

        var row = (await world.Bench.RowsAsync()).Single(row => row.Contact == world.David);
        Assert.Equal((DeliveryStatus.Pending, 0), (row.Status, row.Attempts));
        Assert.Equal(["two"], await world.Bench.QueryAsync("SELECT sender FROM deliveries WHERE status = 0", r => r.GetString(0)));
    }

    /// <summary>As it goes over the wire, read octet by octet.</summary>
    private static string Encoded(string address) => System.Text.Encoding.Latin1.GetString(System.Text.Encoding.UTF8.GetBytes(address));

    private static async Task<(int Decided, int Accepted, int Held)> FiguresAsync(Workbench bench, Guid source) =>
        (await bench.QueryAsync("SELECT decided, accepted, held FROM sources WHERE id = @id", row => (row.GetInt32(0), row.GetInt32(1), row.GetInt32(2)), ("id", source)))[0];

    /// <summary>Two relays of one connection each, David, and a reader with a plain address; both have always heard from the first relay.</summary>
    private sealed record World(Workbench Bench, ScriptedRelay One, ScriptedRelay Two, SmtpMails Mails, ManualClock Clock, long David) : IAsyncDisposable
    {
        public static async Task<World> OpenAsync(DatabaseProvider database, PostgresServer postgres, ManualClock clock, string[] one, string[] two)
        {
            var (first, second) = (new ScriptedRelay(one), new ScriptedRelay(two));
            var mails = new SmtpMails(Options.Create(new SmtpOptions { Relays = [Relay("one", first), Relay("two", second)] }), clock);
            var bench = await Workbench.OpenAsync(database, postgres, mails.Senders, clock);
            var readers = await bench.AddReadersAsync(2, Channel.Mail);
            await bench.ExecuteAsync("UPDATE contacts SET sender = 'one'");
            await bench.ExecuteAsync("UPDATE contacts SET address = @address WHERE id = @id", ("address", BeyondAsciiTests.David), ("id", readers[0]));
            return new World(bench, first, second, mails, clock, readers[0]);
        }

        /// <summary>Each relay's lane, until nothing is due.</summary>
        public async Task RunAsync()
        {
            for (var round = 0; round < 2; round++)
            {
                foreach (var sender in Mails.Senders)
                {
                    await Bench.Get<Lane>().RunAsync(sender, Mails, 0, Token);
                }
            }
        }

        /// <summary>The time has come to look at what is held.</summary>
        public async Task LookAgainAsync()
        {
            Clock.Advance(TimeSpan.FromMinutes(30));
            await Bench.Get<IEnumerable<IReconcile>>().OfType<HeldRows>().Single().ReconcileAsync(Token);
            await RunAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await Mails.DisposeAsync();
            await One.DisposeAsync();
            await Two.DisposeAsync();
            await Bench.DisposeAsync();
        }

        private static SmtpRelayOptions Relay(string name, ScriptedRelay relay) =>
            new() { Name = name, Host = "localhost", Port = relay.Port, Security = SmtpSecurity.None, From = "The News <news@news.example>", Connections = 1, PerSecond = 100_000 };
    }
}
