using Notify.Contacts;
using Notify.Deliveries;
using Notify.Storage;
using Notify.Tests.Support;
using NSubstitute;
using NSubstitute.Extensions;

namespace Notify.Tests.Deliveries;

/// <summary>A day of operation, minute by minute on a clock that is moved by hand: seven articles, and an hour in which the provider is away.</summary>
public sealed class DayTests(PostgresServer postgres)
{
    private const int Readers = 60;

    private static readonly Sender Texts = new("texts", Channel.Text, PerSecond: 1_000_000, Concurrency: 4, Slots: 1);

    private static readonly HashSet<int> ArticlesAt = [6 * 60, 8 * 60 + 55, 9 * 60 + 10, 9 * 60 + 59, 13 * 60, 18 * 60, 22 * 60];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task An_hour_without_the_provider_ends_with_everyone_served_once_and_no_storm(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await Workbench.OpenAsync(database, postgres, [Texts], clock);
        await bench.AddReadersAsync(Readers);
        var (received, isAway, callsAway) = (new List<long>(), false, new List<int>());
        bench.Provider.Configure().SendAsync(null!, CancellationToken.None).ReturnsForAnyArgs(call => Answer(call.Arg<Outgoing>().DeliveryId));

        for (var minute = 0; minute < 24 * 60; minute++)
        {
            isAway = minute is >= 9 * 60 and < 10 * 60;
            if (isAway)
            {
                callsAway.Add(0);
            }

            if (ArticlesAt.Contains(minute))
            {
                await bench.PublishAsync($"The news of minute {minute}");
            }

            if (await bench.CountAsync("deliveries WHERE status IN (0, 2, 8)") > 0)
            {
                await bench.ReconcileAsync();
                await bench.RunLaneAsync(Texts, stopping: Token);
            }

            if (minute == 10 * 60 + 5)
            {
                // Five minutes after it is back nobody waits any more.
                Assert.Equal(4 * Readers, received.Count);
            }

            clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(ArticlesAt.Count * Readers, received.Count);
        Assert.Equal(received.Count, received.Distinct().Count());
        Assert.Equal(received.Count, await bench.CountAsync("deliveries WHERE status = 3"));
        // A window at first, then no more than a probe a minute, however many wait.
        Assert.InRange(callsAway.Sum(), 30, 2 * Texts.Window + 60);
        Assert.All(callsAway.Skip(12), calls => Assert.InRange(calls, 0, 1));
        Assert.Equal(0, await bench.CountAsync("senders WHERE trips > 0"));

        SendOutcome Answer(long delivery)
        {
            lock (received)
            {
                if (isAway)
                {
                    callsAway[^1]++;
                    return new SendOutcome.TryLater("the provider could not be reached", Trouble: Trouble.Away);
                }

                received.Add(delivery);
                return new SendOutcome.Accepted($"id-{delivery}");
            }
        }
    }
}
