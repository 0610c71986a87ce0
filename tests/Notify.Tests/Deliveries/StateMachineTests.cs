using Microsoft.Extensions.Options;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Providers.Twilio;

namespace Notify.Tests.Deliveries;

/// <summary>Where a row goes after an outcome that the provider's own table has a schedule for.</summary>
public sealed class StateMachineTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    /// <summary>The shipped row says <c>again:5x3</c>.</summary>
    [Fact]
    public void A_full_queue_is_tried_again_three_times_and_each_wait_is_twice_the_one_before()
    {
        var full = new ErrorPolicy(Options.Create(new TwilioOptions())).Read(400, 21611, null);

        var steps = Enumerable.Range(1, 4).Select(attempt => After(full, attempt, jitter: 0)).ToList();

        Assert.Equal([5d, 10, 20], steps.Take(3).Select(step => (step.DueAt - Now).TotalMinutes));
        Assert.Equal((DeliveryStatus.Rejected, "gave up: the sender's queue is full"), (steps[3].Status, steps[3].Reason));
        // Spread, so that what one full queue sent back does not come back at one moment; never sooner than the table says.
        Assert.InRange((After(full, 1, jitter: 1).DueAt - Now).TotalMinutes, 5.5, 7);
    }

    [Fact]
    public void What_the_provider_asks_for_goes_before_the_table()
    {
        var full = new ErrorPolicy(Options.Create(new TwilioOptions())).Read(429, 21611, TimeSpan.FromSeconds(17));

        Assert.Equal(TimeSpan.FromSeconds(17), After(full, 1, jitter: 1).DueAt - Now);
    }

    private static Step After(SendOutcome outcome, int attempts, double jitter) =>
        StateMachine.After(outcome, Channel.Text, attempts, Now, Now.AddDays(1), new DeliveryOptions(), jitter);
}
