using Notify.Contacts;
using Notify.Deliveries;
using Notify.Jobs;
using Notify.Storage;
using Notify.Tests.Support;
using NSubstitute;

namespace Notify.Tests.Deliveries;

/// <summary>Which sender a reader hears from, and who takes over when it is refused.</summary>
public sealed class SenderChoiceTests(PostgresServer postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static readonly Sender One = new("one", Channel.Text, 1_000, 4, 1);
    private static readonly Sender Two = new("two", Channel.Text, 1_000, 4, 1);
    private static readonly Sender British = new("british", Channel.Text, 1_000, 4, 1) { Countries = ["GB"] };

    [Theory, ClassData<Databases>]
    public async Task A_country_has_its_own_sender_and_the_others_share_the_rest(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, [One, Two, British]);
        var readers = await bench.AddReadersAsync(10);
        await bench.ExecuteAsync("UPDATE contacts SET region = 'GB' WHERE id <= @id", ("id", readers[3]));

        await bench.PublishAsync("Kim offers support");

        var by = await SendersAsync(bench);
        Assert.All(readers.Take(4), id => Assert.Equal("british", by[id]));
        Assert.Equal(["one", "two"], readers.Skip(4).Select(id => by[id]).Distinct().Order());
    }

    [Theory, ClassData<Databases>]
    public async Task A_reader_goes_on_hearing_from_the_sender_it_knows(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, [One, Two, British]);
        var readers = await bench.AddReadersAsync(10);
        await bench.ExecuteAsync("UPDATE contacts SET sender = 'two' WHERE id < @id", ("id", readers[6]));
        await bench.ExecuteAsync("UPDATE contacts SET sender = 'gone' WHERE id = @id", ("id", readers[9]));

        await bench.PublishAsync("Kim offers support");
        var asked = await bench.WriteAsync(write => bench.Get<PostOffice>().QueueAsync(write, Source.Confirmations, Guid.CreateVersion7(), readers[7], Channel.Text, TimeSpan.FromHours(1)));

        var by = await SendersAsync(bench);
        Assert.All(readers.Take(6), id => Assert.Equal("two", by[id]));
        Assert.True(by[readers[9]] is "one" or "two");
        Assert.NotNull(asked);
        // What was chosen once stays, whatever the rule would say when there are others to choose from.
        Assert.Equal([by[readers[7]]], await bench.QueryAsync("SELECT sender FROM contacts WHERE id = @id", row => row.GetString(0), ("id", readers[7])));
    }

    [Theory, ClassData<Databases>]
    public async Task What_waits_for_a_refused_sender_leaves_by_another_of_its_country(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, [One, Two, British]);
        var readers = await bench.AddReadersAsync(40);
        await bench.ExecuteAsync("UPDATE contacts SET sender = 'one'");
        await bench.ExecuteAsync("UPDATE contacts SET region = 'GB' WHERE id = @id", ("id", readers[0]));
        await bench.PublishAsync("Kim offers support");
        Refuses(bench, "one", new SendOutcome.SenderBroken("the number is not registered"));

        await bench.RunLaneAsync(One, stopping: Token);
        await FailOverAsync(bench);
        await bench.RunLaneAsync(Two, stopping: Token);
        await bench.RunLaneAsync(British, stopping: Token);

        Assert.All(await bench.RowsAsync(), row => Assert.Equal(DeliveryStatus.Accepted, row.Status));
        var by = await SendersAsync(bench);
        Assert.Equal("british", by[readers[0]]);
        Assert.All(readers.Skip(1), id => Assert.Equal("two", by[id]));
        Assert.Equal(40, Taken(bench));
    }

    [Theory, ClassData<Databases>]
    public async Task Where_no_other_serves_the_country_everything_waits(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, [One, British]);
        await bench.AddReadersAsync(10);
        await bench.PublishAsync("Kim offers support");
        Refuses(bench, "one", new SendOutcome.SenderBroken("the number is not registered"));

        await bench.RunLaneAsync(One, stopping: Token);
        await FailOverAsync(bench);

        Assert.All(await bench.RowsAsync(), row => Assert.Equal(DeliveryStatus.Pending, row.Status));
        Assert.All(await SendersAsync(bench), pair => Assert.Equal("one", pair.Value));
    }

    /// <summary>A provider that does not answer may have taken the message: another sender would say it twice.</summary>
    [Theory, ClassData<Databases>]
    public async Task A_sender_that_is_only_silent_is_never_replaced(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, [One, Two]);
        await bench.AddReadersAsync(10);
        await bench.ExecuteAsync("UPDATE contacts SET sender = 'one'");
        await bench.PublishAsync("Kim offers support");
        Refuses(bench, "one", new SendOutcome.InDoubt("no answer in time"));

        await bench.RunLaneAsync(One, stopping: Token);
        await FailOverAsync(bench);
        await bench.RunLaneAsync(Two, stopping: Token);

        Assert.All(await SendersAsync(bench), pair => Assert.Equal("one", pair.Value));
        Assert.DoesNotContain(await bench.RowsAsync(), row => row.Status == DeliveryStatus.Accepted);
    }

    [Theory, ClassData<Databases>]
    public async Task A_number_that_one_sender_has_no_way_to_is_tried_by_the_others_once_each(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, [One, Two]);
        var readers = await bench.AddReadersAsync(4);
        await bench.ExecuteAsync("UPDATE contacts SET sender = 'one'");
        await bench.PublishAsync("Kim offers support");
        var hopeless = await bench.QueryAsync("SELECT address FROM contacts WHERE id = @id", row => row.GetString(0), ("id", readers[0]));
        bench.Answers(message => message is { Sender: "two" } text && text.Address != hopeless[0]
            ? new SendOutcome.Accepted($"id-{text.DeliveryId}") : new SendOutcome.Rejected("no way", ByAnother: true));

        for (var round = 0; round < 3; round++)
        {
            await bench.RunLaneAsync(One, stopping: Token);
            await bench.RunLaneAsync(Two, stopping: Token);
        }

        var rows = await bench.RowsAsync();
        Assert.Equal((DeliveryStatus.Rejected, "no way", 2), (rows[0].Status, rows[0].Reason, rows[0].Attempts));
        Assert.All(rows.Skip(1), row => Assert.Equal((DeliveryStatus.Accepted, 2), (row.Status, row.Attempts)));
        Assert.Equal(8, bench.Sent);
    }

    private static void Refuses(Workbench bench, string sender, SendOutcome outcome) =>
        bench.Answers(message => message.Sender == sender ? outcome : new SendOutcome.Accepted($"id-{message.DeliveryId}"));

    private static int Taken(Workbench bench) =>
        bench.Provider.ReceivedCalls().Count(c => c.GetMethodInfo().Name == nameof(ITakeMessages.SendAsync) && ((Outgoing)c.GetArguments()[0]!).Sender != "one");

    private static Task FailOverAsync(Workbench bench) => bench.Get<IEnumerable<IReconcile>>().OfType<FailOver>().Single().ReconcileAsync(Token);

    private static async Task<Dictionary<long, string>> SendersAsync(Workbench bench) =>
        (await bench.QueryAsync("SELECT contact_id, sender FROM deliveries WHERE source_id NOT IN (SELECT id FROM sources WHERE kind <> 1)", row => (row.GetInt64(0), row.GetString(1)))).ToDictionary(p => p.Item1, p => p.Item2);
}
