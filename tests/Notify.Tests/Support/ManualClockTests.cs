namespace Notify.Tests.Support;

public sealed class ManualClockTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Stands_still_until_it_is_told_to_move()
    {
        var clock = new ManualClock();
        var (now, timestamp) = (clock.GetUtcNow(), clock.GetTimestamp());

        clock.Advance(TimeSpan.FromMinutes(90));

        Assert.Equal(now.AddMinutes(90), clock.GetUtcNow());
        Assert.Equal(TimeSpan.FromMinutes(90), clock.GetElapsedTime(timestamp));
        Assert.Throws<ArgumentOutOfRangeException>(() => clock.Advance(TimeSpan.FromTicks(-1)));
    }

    [Fact]
    public void Fires_timers_in_the_order_they_are_due_each_at_its_own_time()
    {
        var clock = new ManualClock();
        var start = clock.GetUtcNow();
        var fired = new List<string>();
        using var late = clock.CreateTimer(_ => Note("late"), null, TimeSpan.FromSeconds(9), Timeout.InfiniteTimeSpan);
        using var often = clock.CreateTimer(_ => Note("often"), null, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3));
        using var never = clock.CreateTimer(_ => Note("never"), null, Timeout.InfiniteTimeSpan, TimeSpan.FromSeconds(1));

        clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(["often at 2", "often at 5", "often at 8", "late at 9"], fired);
        Assert.Equal(start.AddSeconds(10), clock.GetUtcNow());

        void Note(string name) => fired.Add($"{name} at {(clock.GetUtcNow() - start).TotalSeconds:0}");
    }

    [Fact]
    public void A_timer_armed_by_another_one_fires_in_the_same_step_when_it_falls_due()
    {
        var clock = new ManualClock();
        var fired = 0;
        using var second = clock.CreateTimer(_ => fired++, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        using var first = clock.CreateTimer(
            _ => second.Change(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);

        clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(1, fired);
    }

    [Fact]
    public void A_disposed_timer_stays_silent()
    {
        var clock = new ManualClock();
        var fired = 0;
        var timer = clock.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        clock.Advance(TimeSpan.FromSeconds(1));

        timer.Dispose();
        clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(1, fired);
        Assert.False(timer.Change(TimeSpan.FromSeconds(1), TimeSpan.Zero));
        Assert.Equal(0, clock.ArmedTimers);
    }

    [Fact]
    public void A_timer_due_at_once_does_not_wait_for_a_step()
    {
        var fired = 0;

        using var timer = new ManualClock().CreateTimer(_ => fired++, null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);

        Assert.Equal(1, fired);
    }

    [Fact]
    public async Task Delays_and_time_outs_follow_it()
    {
        var clock = new ManualClock();
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(5), clock);
        var delay = Task.Delay(TimeSpan.FromSeconds(3), clock, Token);

        clock.Advance(TimeSpan.FromSeconds(3));
        await delay;
        Assert.False(timeout.IsCancellationRequested);

        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.True(timeout.IsCancellationRequested);
    }

    [Fact]
    public async Task Tells_when_somebody_has_begun_to_wait()
    {
        var clock = new ManualClock();
        var armed = clock.ArmedAsync(1, Token);
        Assert.False(armed.IsCompleted);

        var delay = Task.Delay(TimeSpan.FromHours(1), clock, Token);
        await armed;
        clock.Advance(TimeSpan.FromHours(1));

        await delay;
    }
}
