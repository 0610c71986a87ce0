using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>Three nodes share one sender's rate; one of them is stopped while it sends, another is killed while it sends, and the third goes on.</summary>
public sealed class NodesStory(PostgresServer postgres)
{
    private const int PerSecond = 20;
    private const int Slots = 3;
    private const int Connections = 6;

    /// <summary>Half of them by text: some twenty-five seconds' worth.</summary>
    private const int Readers = 1_000;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    /// <summary>What every lane takes its lease for: a node that is stopped must not leave the next one waiting for its end.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly string[] Settings =
    [
        "--Twilio:Senders:0:Name=texts", "--Twilio:Senders:0:From=+15005550006", $"--Twilio:Senders:0:SegmentsPerSecond={PerSecond}",
        $"--Twilio:Senders:0:Concurrency={Connections}", $"--Twilio:Senders:0:Slots={Slots}", "--Twilio:Senders:0:KeywordReplies=App", "--Delivery:SettleSeconds=1",
    ];

    [Fact]
    public async Task Nodes_share_a_rate_and_take_over_from_one_another()
    {
        await using var fleet = await Fleet.OpenAsync(postgres, Readers, workers: 3, Settings);
        var alert = await fleet.PublishAsync("Once");

        await SeenAsync(fleet, 13 * PerSecond);
        var stopped = await BusyAsync(fleet, except: []);
        await stopped.TerminateAsync();
        Assert.True(await stopped.EndsAsync(TimeSpan.FromSeconds(25)) == 0, stopped.Output);
        var left = (await fleet.TextsAsync()).Count;
        await SeenAsync(fleet, left + 3 * PerSecond);

        var killed = await BusyAsync(fleet, except: [stopped]);
        await killed.KillAsync();
        var inFlight = await fleet.QueryAsync("SELECT channel FROM deliveries WHERE status = 2", row => row.GetInt32(0));
        var counts = await fleet.FinishedAsync(alert, Patience);

        var (texts, mails) = (await fleet.TextsAsync(), await fleet.MailsAsync());
        Assert.Equal(counts.GetProperty("decided").GetInt64(), texts.Count + mails.Count);
        Assert.All(texts, text => Assert.Equal(1, text.Count));
        Assert.InRange(mails.Sum(mail => mail.Count) - mails.Count, 0, inFlight.Count(channel => channel == 2));
        var at = texts.Select(text => text.Last).ToArray();
        Assert.True(at[left] - at[left - 1] < Lease, $"After a stop {at[left] - at[left - 1]} passed until the next text.");
        Assert.All(at.Zip(at.Skip(1)), pair => Assert.True(pair.Second - pair.First < TimeSpan.FromSeconds(30), "A killed node's lane must move within half a minute."));
        KeptTheRate(at);
    }

    /// <summary>
    /// In no ten seconds more than the rate allows: 2 % or one message, and what may be on its way in each lane when the carrier comes to it late.
    /// The first two seconds are left out, in which every node connects and translates its code.
    /// </summary>
    private static void KeptTheRate(DateTimeOffset[] at)
    {
        var steady = at.Where(one => one - at[0] >= TimeSpan.FromSeconds(2)).ToArray();
        var most = steady.Max(from => In(from));
        TestContext.Current.TestOutputHelper?.WriteLine($"At most {most} texts in ten seconds, of {PerSecond * 10}; {In(steady[0])} in the ten before a node is stopped.");
        Assert.InRange(most, PerSecond, PerSecond * 10 * 1.02 + Connections);

        int In(DateTimeOffset from) => steady.Count(one => one >= from && one - from < Window);
    }

    private static async Task<ChildProcess> BusyAsync(Fleet fleet, ChildProcess[] except)
    {
        ChildProcess? busy = null;
        await fleet.EventuallyAsync(async () => (busy = (await fleet.AtWorkAsync()).FirstOrDefault(worker => !except.Contains(worker))) is not null, "a node sends", Patience);
        return busy!;
    }

    private static Task SeenAsync(Fleet fleet, int texts) =>
        fleet.EventuallyAsync(async () => (await fleet.TextsAsync()).Count >= texts, $"{texts} texts have arrived", Patience);
}
