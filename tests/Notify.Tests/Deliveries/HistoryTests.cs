using CsCheck;
using Notify.Alerts;
using Notify.Consent;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Storage;
using Notify.Subscribers;
using Notify.Tests.Support;
using NSubstitute;
using NSubstitute.Extensions;

namespace Notify.Tests.Deliveries;

/// <summary>
/// Whatever happens in whatever order - answers of every kind, stops, pauses, lanes that are lost, processes that die with rows in their hands -
/// the figures are those of the rows, nobody gets an article twice, nobody gets one after a stop, and in the end nobody was forgotten.
/// </summary>
public sealed class HistoryTests(PostgresServer postgres)
{
    private static readonly Sender Texts = new("texts", Channel.Text, PerSecond: 1_000_000, Concurrency: 3, Slots: 2);

    private const int Runs = 12;

    private static readonly Gen<Event[]> Histories = Gen.Select(Gen.Enum<Happening>(), Gen.Int[0, 1_000]).Select((what, which) => new Event(what, which)).Array[5, 25];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    internal enum Happening
    {
        Accepts,
        Refuses,
        AsksToWait,
        IsAway,
        LosesAnswers,
        Run,
        RunOtherSlot,
        TimePasses,
        Settle,
        Stop,
        StopTopic,
        Pause,
        Resume,
        DiesWithRows,
        LosesItsLane,
        Publish,
        Cancel,
    }

    [Theory, ClassData<Databases>]
    public async Task Nobody_is_told_twice_or_after_a_stop_or_not_at_all(DatabaseProvider database) =>
        await Histories.SampleAsync(async history =>
        {
            var clock = new ManualClock();
            await using var bench = await Workbench.OpenAsync(database, postgres, [Texts], clock);
            var world = await World.OfAsync(bench, clock);
            foreach (var happening in history)
            {
                await world.LiveAsync(happening);
                await world.AllIsRightAsync();
            }

            await world.EndWellAsync();
        }, iter: Runs, threads: 1);

    internal sealed record Event(Happening What, int Which);

    /// <summary>The provider and its readers' handsets, and what is to be true of them.</summary>
    private sealed class World
    {
        private readonly Workbench _bench;
        private readonly ManualClock _clock;
        private readonly List<Guid> _alerts = [];
        private readonly Dictionary<long, string> _readers;
        private readonly HashSet<string> _stopped = [];
        private readonly HashSet<(long Contact, string Topic)> _stoppedTopics = [];
        private readonly Dictionary<long, string> _scopes = [];
        private readonly HashSet<Guid> _cancelled = [];
        private readonly HashSet<long> _received = [];
        private readonly HashSet<long> _refused = [];
        private readonly List<string> _wrongs = [];
        private Happening _mood = Happening.Accepts;
        private bool _losesItsLane;
        private int _calls;

        private World(Workbench bench, ManualClock clock, Dictionary<long, string> readers) => (_bench, _clock, _readers) = (bench, clock, readers);

        public static async Task<World> OfAsync(Workbench bench, ManualClock clock)
        {
            await bench.AddReadersAsync(8);
            var readers = await bench.QueryAsync("SELECT id, address FROM contacts ORDER BY id", row => (Id: row.GetInt64(0), Address: row.GetString(1)));
            var world = new World(bench, clock, readers.ToDictionary(r => r.Id, r => r.Address));
            // Half of them take one topic alone.
            await bench.ExecuteAsync("UPDATE subscriptions SET all_topics = @no WHERE contact_id % 2 = 0", ("no", false));
            await bench.ExecuteAsync("INSERT INTO subscription_topics (contact_id, topic) SELECT contact_id, 'sport' FROM subscriptions WHERE contact_id % 2 = 0");
            bench.Provider.Configure().SendAsync(null!, CancellationToken.None).ReturnsForAnyArgs(call => world.AnswerAsync(call.Arg<Outgoing>()));
            bench.Provider.Configure().FindAsync(null!, CancellationToken.None).ReturnsForAnyArgs(call => world.Find(call.Arg<MessageInDoubt>()));
            await world.LiveAsync(new Event(Happening.Publish, 0));
            return world;
        }

        public async Task LiveAsync(Event happening)
        {
            var alert = _alerts.Count > 0 ? _alerts[happening.Which % _alerts.Count] : Guid.Empty;
            switch (happening.What)
            {
                case Happening.Run:
                    await RunAsync(0);
                    break;
                case Happening.RunOtherSlot:
                    await RunAsync(1);
                    break;
                case Happening.TimePasses:
                    _clock.Advance(TimeSpan.FromSeconds(1 + happening.Which));
                    break;
                case Happening.Settle:
                    await DoubtTests.SettleAsync(_bench, _clock, times: 1 + happening.Which % 2);
                    break;
                case Happening.Stop:
                    await StopAsync(_readers.Keys.ElementAt(happening.Which % _readers.Count));
                    break;
                case Happening.StopTopic:
                    await StopTopicsAsync(_readers.Keys.ElementAt(happening.Which % _readers.Count), happening.Which % 3 == 0 ? ["sport", "local"] : ["sport"]);
                    break;
                case Happening.Pause:
                    await _bench.Get<AlertControl>().PauseAsync(alert, Token);
                    break;
                case Happening.Resume:
                    await _bench.Get<AlertControl>().ResumeAsync(alert, Token);
                    break;
                case Happening.Cancel when happening.Which % 4 == 0:
                    await _bench.Get<AlertControl>().CancelAsync(alert, Token);
                    _cancelled.Add(alert);
                    break;
                case Happening.DiesWithRows:
                    await DieAsync(happening.Which);
                    break;
                case Happening.LosesItsLane:
                    _losesItsLane = true;
                    break;
                case Happening.Publish when _alerts.Count < 3:
                    await PublishAsync();
                    break;
                case Happening.Accepts or Happening.Refuses or Happening.AsksToWait or Happening.IsAway or Happening.LosesAnswers:
                    _mood = happening.What;
                    break;
            }
        }

        public async Task AllIsRightAsync()
        {
            Assert.Empty(_wrongs);
            var counted = (await _bench.RowsAsync()).GroupBy(row => (row.Source, row.Status)).ToDictionary(group => group.Key, group => (long)group.Count());
            var kept = await _bench.QueryAsync("SELECT id, pending, held, sending, accepted, delivered, undelivered, rejected, skipped, in_doubt, unknown FROM sources",
                row => (Id: row.GetGuid(0), Figures: Enumerable.Range(1, 10).Select(row.GetInt64).ToArray()));
            foreach (var (id, figures) in kept)
            {
                Assert.Equal(Enum.GetValues<DeliveryStatus>().Select(status => counted.GetValueOrDefault((id, status))), figures);
            }
        }

        /// <summary>The provider works again and nothing is paused: everyone is served who should be.</summary>
        public async Task EndWellAsync()
        {
            _mood = Happening.Accepts;
            foreach (var alert in _alerts)
            {
                await _bench.Get<AlertControl>().ResumeAsync(alert, Token);
            }

            for (var i = 0; i < 40 && await _bench.CountAsync("deliveries WHERE status IN (0, 1, 2, 8, 9)") > 0; i++)
            {
                await DecideAsync();
                await _bench.ReconcileAsync();
                await DoubtTests.SettleAsync(_bench, _clock, times: 1);
                await RunAsync(0);
                await AllIsRightAsync();
            }

            foreach (var row in await _bench.RowsAsync())
            {
                var isExcused = _cancelled.Contains(row.Source) || HasStopped(row.Contact, row.Id) || _refused.Contains(row.Id);
                Assert.True(_received.Contains(row.Id) || isExcused, $"Nobody told {row}");
                Assert.DoesNotContain(row.Status, (DeliveryStatus[])[DeliveryStatus.Pending, DeliveryStatus.Sending, DeliveryStatus.InDoubt]);
                Assert.True(!_received.Contains(row.Id) || row.Status == DeliveryStatus.Accepted, $"It went, and the row does not say so: {row}");
            }
        }

        /// <summary>What nobody can tell a person finds out.</summary>
        private async Task DecideAsync()
        {
            foreach (var row in (await _bench.RowsAsync()).Where(row => row.Status == DeliveryStatus.Unknown))
            {
                await _bench.WriteAsync(write => _bench.Get<Resolution>().OneAsync(write, row.Id, _received.Contains(row.Id) || _cancelled.Contains(row.Source) ? Verdict.Sent : Verdict.Again));
            }
        }

        private async Task RunAsync(int slot)
        {
            try
            {
                for (var runs = 0; runs < 20 && await _bench.RunLaneAsync(Texts, slot, Token); runs++)
                {
                }
            }
            catch (LaneLostException)
            {
                await _bench.ReconcileAsync();
            }
        }

        /// <summary>A process that claims, hands over what it can, and is no more before it wrote a word of it.</summary>
        private async Task DieAsync(int which)
        {
            var rows = _bench.Get<LaneLedger>();
            if (await rows.TakeAsync(Texts, which % 2, Token) is not { } lease)
            {
                return;
            }

            var claimed = (await rows.TurnAsync(lease, [], outstanding: 0, open: true, new DeliveryOptions())).Claimed;
            foreach (var row in claimed.Take(which % 4))
            {
                Receive(row.Id, _readers[row.ContactId]);
            }

            await _bench.ExecuteAsync("UPDATE lanes SET owner = NULL");
            await _bench.ReconcileAsync();
        }

        private async Task<SendOutcome> AnswerAsync(Outgoing message)
        {
            var answer = Answer(message);
            if (_losesItsLane)
            {
                _losesItsLane = false;
                await _bench.ExecuteAsync("UPDATE lanes SET owner = NULL");
            }

            return answer;
        }

        private SendOutcome Answer(Outgoing message)
        {
            lock (_received)
            {
                var call = _calls++;
                // Half of what is answered with silence went all the same.
                if (_mood is Happening.Accepts || (_mood is Happening.LosesAnswers && call % 2 == 0))
                {
                    Receive(message.DeliveryId, message.Address);
                }

                if (_mood is Happening.Refuses)
                {
                    _refused.Add(message.DeliveryId);
                }

                return _mood switch
                {
                    Happening.Refuses => new SendOutcome.Rejected("no such number"),
                    Happening.AsksToWait => new SendOutcome.TryLater("too many", TimeSpan.FromSeconds(call % 5)),
                    Happening.IsAway => new SendOutcome.TryLater("away", Trouble: Trouble.Away),
                    Happening.LosesAnswers => new SendOutcome.InDoubt("no answer"),
                    _ => new SendOutcome.Accepted($"id-{message.DeliveryId}"),
                };
            }
        }

        private Finding Find(MessageInDoubt message)
        {
            lock (_received)
            {
                return _mood is Happening.IsAway ? new Finding.NoAnswer("away")
                    : _received.Contains(message.DeliveryId) ? new Finding.Found($"id-{message.DeliveryId}")
                    : new Finding.NotFound();
            }
        }

        private void Receive(long delivery, string address)
        {
            lock (_received)
            {
                // Told afterwards: whoever sends takes an exception for an answer that is missing.
                if (HasStopped(_readers.First(reader => reader.Value == address).Key, delivery))
                {
                    _wrongs.Add($"Delivery {delivery} went after a stop.");
                }

                if (!_received.Add(delivery))
                {
                    _wrongs.Add($"Delivery {delivery} went twice.");
                }
            }
        }

        /// <summary>Everything, or each topic for which it gets this.</summary>
        private bool HasStopped(long contact, long delivery) => _stopped.Contains(_readers[contact])
            || (_scopes[delivery].Length > 0 && Array.TrueForAll(_scopes[delivery].Split(' '), topic => _stoppedTopics.Contains((contact, topic))));

        /// <summary>An article of two topics, of one, of none.</summary>
        private async Task PublishAsync()
        {
            string[] topics = [.. new[] { "sport", "local" }.Take(2 - _alerts.Count)];
            var alert = await _bench.PublishAsync($"Article {_alerts.Count}", topics: topics);
            foreach (var (row, contact) in await _bench.QueryAsync("SELECT id, contact_id FROM deliveries WHERE source_id = @alert", row => (row.GetInt64(0), row.GetInt64(1)), ("alert", alert)))
            {
                _scopes[row] = contact % 2 == 0 ? "sport" : string.Join(' ', topics);
            }

            _alerts.Add(alert);
        }

        private async Task StopTopicsAsync(long contact, string[] topics)
        {
            foreach (var topic in topics)
            {
                await _bench.WriteAsync(write => _bench.Get<Preferences>().StopTopicAsync(write, contact, "hash", Channel.Text, topic, "reply", new ConsentEvidence()));
                _stoppedTopics.Add((contact, topic));
            }
        }

        private async Task StopAsync(long contact)
        {
            await _bench.WriteAsync(async write =>
            {
                var hash = await write.ScalarAsync<string>("SELECT hash FROM contacts WHERE id = @id", ("id", contact));
                return await _bench.Get<Subscriptions>().StopAsync(write, contact, hash!, Channel.Text, ConsentKind.Stopped, "reply", "stopped", new ConsentEvidence());
            });
            _stopped.Add(_readers[contact]);
        }
    }
}
