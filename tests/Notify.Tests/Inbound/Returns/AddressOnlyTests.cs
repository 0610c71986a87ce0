using Notify.Contacts;
using Notify.Deliveries;
using Notify.Inbound.Returns;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Inbound.Returns;

/// <summary>A proved report that names an address and no mail: it may be about what was sent before its reader came back.</summary>
public sealed class AddressOnlyTests(PostgresServer postgres)
{
    private static readonly Sender Quick = new("mails", Channel.Mail, PerSecond: 1_000_000, Concurrency: 4, Slots: 1);

    private readonly ManualClock _clock = new();

    [Theory, ClassData<Databases>]
    public async Task It_ends_nothing_for_a_reader_who_came_back_since(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, [Quick], _clock);
        var reader = (await bench.AddReadersAsync(1, Channel.Mail))[0];
        await SendAsync(bench);
        var bounced = _clock.GetUtcNow();
        _clock.Advance(TimeSpan.FromHours(1));
        await bench.ExecuteAsync("UPDATE subscriptions SET confirmed_at = @now", ("now", _clock.GetUtcNow()));

        // Nothing was sent since, so whenever it happened it is of before.
        var unsent = await TakeAsync(bench, at: null);
        await SendAsync(bench);
        var old = await TakeAsync(bench, bounced);
        Assert.Equal(0, await bench.CountAsync("suppressions"));

        var young = await TakeAsync(bench, _clock.GetUtcNow());

        const string Nothing = "nothing: the reader came back, and nothing says that it is about a mail since then";
        Assert.Equal((Nothing, Nothing, "suppressed"), (unsent, old, young));
        Assert.Equal([reader], await bench.QueryAsync("SELECT contact_id FROM suppressions", row => row.GetInt64(0)));
    }

    /// <summary>Some services give no time; and who never said yes has not come back.</summary>
    [Theory, ClassData<Databases>]
    public async Task It_counts_at_once_where_nobody_came_back(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, [Quick], _clock);
        await bench.AddReadersAsync(2, Channel.Mail);
        await SendAsync(bench);
        await bench.ExecuteAsync("UPDATE subscriptions SET confirmed_at = NULL WHERE contact_id = (SELECT max(id) FROM contacts)");

        var did = (await TakeAsync(bench, at: null), await TakeAsync(bench, _clock.GetUtcNow().AddDays(-1), "reader1@example.com"));

        Assert.Equal(("suppressed", "suppressed"), did);
    }

    private async Task SendAsync(Workbench bench)
    {
        _clock.Advance(TimeSpan.FromMinutes(1));
        await bench.PublishAsync("Kim offers support");
        await bench.RunLaneAsync(Quick, stopping: TestContext.Current.CancellationToken);
        _clock.Advance(TimeSpan.FromMinutes(1));
    }

    private static Task<string?> TakeAsync(Workbench bench, DateTimeOffset? at, string address = "reader0@example.com") => bench.Get<ReportBook>().TakeAsync(
        new Report("service", Guid.NewGuid().ToString("N"), ReportKind.Failed) { Address = address, At = at, Reason = ReturnReason.UserUnknown, IsHard = true }, TestContext.Current.CancellationToken);
}
