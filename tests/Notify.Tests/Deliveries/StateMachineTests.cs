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

    /// <summary>Spread by a fifth either way, and never after it is no news any more.</summary>
    [Fact]
    public void A_mail_is_tried_again_ever_more_seldom_as_long_as_it_is_news()
    {
        var later = new SendOutcome.TryLater("greylisted");

        double[] Waits(Trouble trouble, double jitter) => [.. Enumerable.Range(1, 8).Select(attempt => (After(later with { Trouble = trouble }, attempt, jitter, Channel.Mail).DueAt - Now).TotalMinutes)];

        Assert.Equal([5d / 60, 1, 5, 15, 30, 60, 120, 120], Waits(Trouble.Message, jitter: 0.5));
        Assert.Equal([1d, 5, 15, 30, 60, 120, 120, 120], Waits(Trouble.Domain, jitter: 0.5));
        Assert.Equal((96d, 144d), (Waits(Trouble.Message, jitter: 0)[7], Waits(Trouble.Message, jitter: 1)[7]));
        Assert.Equal((DeliveryStatus.Rejected, "gave up: greylisted"), After(later with { After = TimeSpan.FromDays(1) }, 1, jitter: 0.5, Channel.Mail) is var step ? (step.Status, step.Reason) : default);
    }

    /// <summary>A domain or a provider that is too slow for us says nothing against the message; what is said of itself ends it after twelve attempts.</summary>
    [Theory]
    [InlineData(Trouble.Domain, 12, 6, DeliveryStatus.Pending), InlineData(Trouble.TooFast, 12, 6, DeliveryStatus.Pending), InlineData(Trouble.Domain, 3, 3, DeliveryStatus.Pending), InlineData(Trouble.Away, 12, 6, DeliveryStatus.Pending)]
    [InlineData(Trouble.Message, 11, 11, DeliveryStatus.Pending), InlineData(Trouble.Message, 12, 12, DeliveryStatus.Rejected), InlineData(Trouble.Lost, 12, 12, DeliveryStatus.Rejected)]
    public void However_often_a_message_is_slowed_down_it_is_not_given_up_for_it(Trouble trouble, int attempts, int after, DeliveryStatus status)
    {
        var step = After(new SendOutcome.TryLater("not now", Trouble: trouble), attempts, jitter: 0.5, Channel.Mail);

        Assert.Equal((status, after), (step.Status, step.Attempts));
    }

    private static Step After(SendOutcome outcome, int attempts, double jitter, Channel channel = Channel.Text) =>
        StateMachine.After(outcome, channel, attempts, Now, Now.AddDays(1), new DeliveryOptions(), jitter);
}
