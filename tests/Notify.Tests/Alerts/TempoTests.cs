using Notify.Alerts;
using Notify.Deliveries;

namespace Notify.Tests.Alerts;

/// <summary>How fast, how much is left, and how long that takes: from what was seen, and never from a division by nothing.</summary>
public sealed class TempoTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly Tempo _tempo = new();

    [Fact]
    public void The_first_look_knows_what_is_left_and_no_pace()
    {
        Assert.Equal(new AlertProgress(null, 90, null), Look(0, accepted: 10, pending: 90));
        Assert.Equal(new AlertProgress(null, 80, null), Look(0.5, accepted: 20, pending: 80));
    }

    [Fact]
    public void The_second_look_knows_all()
    {
        Look(0, accepted: 0, pending: 100);

        Assert.Equal(new AlertProgress(12.5, 75, 6), Look(2, accepted: 25, pending: 75));
    }

    [Fact]
    public void A_receipt_changes_nothing_and_what_is_skipped_has_no_pace()
    {
        Look(0, accepted: 10, pending: 90);

        Assert.Equal(new AlertProgress(0, 40, null), Look(10, delivered: 7, undelivered: 2, rejected: 1, skipped: 50, pending: 40));
    }

    [Fact]
    public void The_pace_is_that_of_the_last_half_minute()
    {
        for (var second = 0; second <= 60; second++)
        {
            Look(second, accepted: second * 100, pending: 100_000);
        }

        for (var second = 61; second <= 95; second++)
        {
            Look(second, accepted: 6_000 + (second - 60) * 10, pending: 100_000);
        }

        Assert.Equal(10, Look(96, accepted: 6_360, pending: 100).PerSecond);
    }

    [Fact]
    public void A_pause_forgets_what_was()
    {
        var id = Guid.CreateVersion7();
        _tempo.Of(Of(id, accepted: 0, pending: 100), "sending", Start);
        _tempo.Of(Of(id, accepted: 10, pending: 90), "paused", Start.AddSeconds(5));

        Assert.Null(_tempo.Of(Of(id, accepted: 10, pending: 90), "sending", Start.AddSeconds(100)).PerSecond);
    }

    [Fact]
    public void More_alerts_than_it_follows_do_not_grow_it_and_old_ones_make_room()
    {
        var ids = Enumerable.Range(0, 257).Select(_ => Guid.CreateVersion7()).ToArray();
        foreach (var id in ids)
        {
            _tempo.Of(Of(id, accepted: 0, pending: 100), "sending", Start);
        }

        Assert.Null(_tempo.Of(Of(ids[^1], accepted: 20, pending: 80), "sending", Start.AddSeconds(2)).PerSecond);
        Assert.Equal(10, _tempo.Of(Of(ids[0], accepted: 20, pending: 80), "sending", Start.AddSeconds(2)).PerSecond);

        // Half a minute later all the others are forgotten for whoever comes.
        _tempo.Of(Of(ids[^1], accepted: 20, pending: 80), "sending", Start.AddSeconds(40));
        Assert.Equal(5, _tempo.Of(Of(ids[^1], accepted: 30, pending: 70), "sending", Start.AddSeconds(42)).PerSecond);
    }

    private readonly Guid _id = Guid.CreateVersion7();

    private AlertProgress Look(double second, long accepted = 0, long delivered = 0, long undelivered = 0, long rejected = 0, long skipped = 0, long pending = 0) =>
        _tempo.Of(Of(_id, accepted, delivered, undelivered, rejected, skipped, pending), "sending", Start.AddSeconds(second));

    private static Source Of(Guid id, long accepted = 0, long delivered = 0, long undelivered = 0, long rejected = 0, long skipped = 0, long pending = 0) => new()
    {
        Id = id,
        Kind = SourceKind.Alert,
        Priority = Priority.Normal,
        CreatedAt = Start,
        Accepted = accepted,
        Delivered = delivered,
        Undelivered = undelivered,
        Rejected = rejected,
        Skipped = skipped,
        Pending = pending,
    };
}
