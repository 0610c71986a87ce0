using CsCheck;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Tests.Support;

namespace Notify.Tests.Deliveries;

/// <summary>A mail domain that asks for less gets less, and no other domain waits for it.</summary>
public sealed class DomainBrakesTests
{
    private const string Slow = "reader@slow.example";
    private const string Quick = "reader@quick.example";

    private static readonly Sender Mails = new("mails", Channel.Mail, PerSecond: 100, Concurrency: 8, Slots: 1);
    private static readonly SendOutcome TooMuch = new SendOutcome.TryLater("too much for this domain", Trouble: Trouble.Domain);
    private static readonly SendOutcome Taken = new SendOutcome.Accepted("id");

    [Fact]
    public void Ten_a_second_after_the_first_complaint_and_half_after_each_that_follows()
    {
        var clock = new ManualClock();
        var brakes = new DomainBrakes(clock);
        brakes.Heard(Mails, Slow, TooMuch);
        var first = PassedIn(brakes, clock, TimeSpan.FromSeconds(10));

        brakes.Heard(Mails, Slow, TooMuch);
        var second = PassedIn(brakes, clock, TimeSpan.FromSeconds(10));

        Assert.InRange(first, 98, 101);
        Assert.InRange(second, 48, 52);
    }

    [Fact]
    public void A_window_of_complaints_counts_as_one()
    {
        var clock = new ManualClock();
        var brakes = new DomainBrakes(clock);
        for (var i = 0; i < 50; i++)
        {
            brakes.Heard(Mails, Slow, TooMuch);
        }

        Assert.InRange(PassedIn(brakes, clock, TimeSpan.FromSeconds(10)), 98, 101);
    }

    [Fact]
    public void Mails_that_are_taken_let_it_be_quick_again_step_by_step()
    {
        var clock = new ManualClock();
        var brakes = new DomainBrakes(clock);
        brakes.Heard(Mails, Slow, TooMuch);

        var steps = new List<int>();
        for (var i = 0; i < 5; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(30));
            brakes.Heard(Mails, Slow, Taken);
            steps.Add(PassedIn(brakes, clock, TimeSpan.FromSeconds(1)));
        }

        Assert.Equal(steps.Order(), steps);
        Assert.InRange(steps[0], 19, 22);
        // Nothing is held any more: as many as were asked about.
        Assert.Equal(Asked, steps[^1]);
    }

    [Fact]
    public void Whatever_one_domain_says_the_others_go_and_nobody_waits_for_long() => Gen.Select(Gen.Int[0, 3], Gen.Int[0, 5_000]).Array[1, 200].Sample(history =>
    {
        var clock = new ManualClock();
        var brakes = new DomainBrakes(clock);
        foreach (var (what, milliseconds) in history)
        {
            clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
            switch (what)
            {
                case 0:
                    brakes.Heard(Mails, Slow, TooMuch);
                    break;
                case 1:
                    brakes.Heard(Mails, Slow, Taken);
                    break;
                default:
                    Assert.InRange(brakes.Hold(Mails, Slow) ?? TimeSpan.FromTicks(1), TimeSpan.FromTicks(1), TimeSpan.FromMinutes(10));
                    break;
            }

            Assert.Null(brakes.Hold(Mails, Quick));
        }
    }, iter: 200);

    [Fact]
    public void Those_held_back_come_back_one_after_the_other()
    {
        var brakes = new DomainBrakes(new ManualClock());
        brakes.Heard(Mails, Slow, TooMuch);

        var waits = Enumerable.Range(0, 20).Select(_ => brakes.Hold(Mails, Slow)!.Value).ToList();

        Assert.All(waits.Zip(waits.Skip(1)), pair => Assert.Equal(TimeSpan.FromSeconds(0.1), pair.Second - pair.First));
    }

    private const int Asked = 1_000;

    /// <summary>How many of a thousand, asked about evenly, may go.</summary>
    private static int PassedIn(DomainBrakes brakes, ManualClock clock, TimeSpan time)
    {
        var passed = 0;
        for (var i = 0; i < Asked; i++)
        {
            clock.Advance(time / Asked);
            passed += brakes.Hold(Mails, Slow) is null ? 1 : 0;
        }

        return passed;
    }
}
