using Notify.Deliveries;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Deliveries;

/// <summary>Ids that providers give have no length to rely on.</summary>
public sealed class ProviderIdTests(PostgresServer postgres)
{
    [Theory, ClassData<Databases>]
    public async Task A_lane_writes_its_turn_and_a_receipt_finds_the_text_whatever_the_id(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        await bench.AddReadersAsync(1);
        bench.Answers(message => new SendOutcome.Accepted(LongIds.Make((int)message.DeliveryId)));
        await bench.PublishAsync("Kim offers support");

        await bench.RunLaneAsync(stopping: TestContext.Current.CancellationToken);
        var row = Assert.Single(await bench.RowsAsync());
        var id = LongIds.Make((int)row.Id);
        var ofAnother = await AgainAsync(bench, row.Id, id + "2");
        var own = await AgainAsync(bench, row.Id, id);

        Assert.Equal(DeliveryStatus.Accepted, row.Status);
        Assert.Equal((false, true), (ofAnother, own));
        Assert.Equal([ProviderId.Longest], await bench.QueryAsync("SELECT length(provider_id) FROM deliveries", r => r.GetInt32(0)));
    }

    [Fact]
    public void What_is_short_stays_and_what_begins_alike_stays_two()
    {
        var longest = new string('a', ProviderId.Longest);

        Assert.Equal(longest, ProviderId.Keep(longest));
        Assert.NotEqual(ProviderId.Keep(longest + "b"), ProviderId.Keep(longest + "c"));
        Assert.Equal(ProviderId.Keep(longest + "b"), ProviderId.Keep(longest + "b"));
        // Half a sign could be written to no database.
        Assert.All(Enumerable.Range(0, 2), before => Assert.DoesNotContain(
            ProviderId.Keep(new string('a', before) + string.Concat(Enumerable.Repeat("😀", 200))).EnumerateRunes(), rune => rune == System.Text.Rune.ReplacementChar));
    }

    /// <summary>A full queue, which puts back the text of that id and no other.</summary>
    private static Task<bool> AgainAsync(Workbench bench, long delivery, string id) => bench.WriteAsync(write => bench.Get<Receipts>().ApplyAsync(write, delivery,
        new Receipt(ReceiptKind.Undelivered, id, new ProviderFault("30001", "its queue overflowed") { Again = TimeSpan.FromMinutes(5), Times = 3 })));
}
