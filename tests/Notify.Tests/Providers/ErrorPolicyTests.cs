using Microsoft.Extensions.Options;
using Notify.Deliveries;
using Notify.Providers.Twilio;

namespace Notify.Tests.Providers;

/// <summary>What each code means: the shipped table, row by row where it matters, and what is done when somebody's own cannot be read.</summary>
public sealed class ErrorPolicyTests
{
    private static readonly ErrorPolicy Policy = new(Options.Create(new TwilioOptions()));

    [Theory]
    [InlineData(400, 21211, typeof(SendOutcome.RecipientGone))]
    [InlineData(400, 21408, typeof(SendOutcome.Rejected))]
    [InlineData(400, 21606, typeof(SendOutcome.SenderBroken))]
    [InlineData(400, 21608, typeof(SendOutcome.SenderBroken))]
    [InlineData(400, 21610, typeof(SendOutcome.RecipientGone))]
    [InlineData(429, 20429, typeof(SendOutcome.TryLater))]
    [InlineData(400, 21611, typeof(SendOutcome.TryLater))]
    [InlineData(429, 21611, typeof(SendOutcome.TryLater))]
    [InlineData(429, 21610, typeof(SendOutcome.RecipientGone))]
    [InlineData(429, null, typeof(SendOutcome.TryLater))]
    [InlineData(400, 21612, typeof(SendOutcome.Rejected))]
    [InlineData(400, 21614, typeof(SendOutcome.RecipientGone))]
    [InlineData(401, 20003, typeof(SendOutcome.SenderBroken))]
    [InlineData(401, null, typeof(SendOutcome.SenderBroken))]
    [InlineData(403, null, typeof(SendOutcome.SenderBroken))]
    [InlineData(404, 20404, typeof(SendOutcome.SenderBroken))]
    [InlineData(400, 30034, typeof(SendOutcome.SenderBroken))]
    [InlineData(400, 99999, typeof(SendOutcome.Rejected))]
    // Something between us and the provider: not a word about this message.
    [InlineData(404, null, typeof(SendOutcome.SenderBroken))]
    // It may have been taken.
    [InlineData(500, null, typeof(SendOutcome.InDoubt))]
    [InlineData(503, 20500, typeof(SendOutcome.InDoubt))]
    [InlineData(408, null, typeof(SendOutcome.InDoubt))]
    [InlineData(200, null, typeof(SendOutcome.InDoubt))]
    [InlineData(301, null, typeof(SendOutcome.InDoubt))]
    public void Answers(int status, int? code, Type outcome) => Assert.IsType(outcome, Policy.Read(status, code, null));

    [Fact]
    public void No_route_is_tried_by_another_sender() => Assert.True(Assert.IsType<SendOutcome.Rejected>(Policy.Read(400, 21612, null)).ByAnother);

    [Theory]
    [InlineData(21610, true, 0, SenderFault.None, 0)]
    [InlineData(30001, false, 3, SenderFault.TooFast, 0)]
    [InlineData(30003, false, 1, SenderFault.None, 3)]
    [InlineData(30004, false, 0, SenderFault.None, 2)]
    [InlineData(30005, false, 0, SenderFault.None, 2)]
    [InlineData(30006, true, 0, SenderFault.None, 0)]
    [InlineData(30007, false, 0, SenderFault.None, 0)]
    [InlineData(30008, false, 1, SenderFault.None, 0)]
    [InlineData(30610, false, 0, SenderFault.None, 0)]
    [InlineData(30036, false, 0, SenderFault.TooFast, 0)]
    [InlineData(30034, false, 0, SenderFault.Broken, 0)]
    [InlineData(30032, false, 0, SenderFault.Broken, 0)]
    public void Failures(int code, bool isGone, int times, SenderFault sender, int counted)
    {
        var fault = Policy.ReadFailure(code);
        Assert.True(fault.IsKnown);
        Assert.Equal((isGone, times, sender, counted), (fault.IsGone, fault.Times, fault.Sender, fault.CountedTimes));
    }

    [Fact]
    public void Filtered_messages_pause_their_alert() => Assert.Equal(new AlertRule(2, 50, Pauses: true), Policy.ReadFailure(30007).Alert);

    /// <summary>What we send wrongly is wrong for every reader.</summary>
    [Theory, InlineData(20001), InlineData(21602), InlineData(21617)]
    public void A_fault_of_ours_pauses_the_alert_at_once(int code) => Assert.Equal(new AlertRule(0, 1, Pauses: true), Policy.ReadFailure(code).Alert);

    [Theory, InlineData(21408, true), InlineData(30450, false), InlineData(30453, false)]
    public void A_place_that_is_refused_is_left_alone_for_an_hour(int code, bool isCountry) => Assert.Equal(new Closing(isCountry, TimeSpan.FromHours(1)), Policy.ReadFailure(code).Closes);

    [Fact]
    public void A_code_that_is_not_there_is_unknown() => Assert.False(Policy.ReadFailure(31337).IsKnown);

    [Theory]
    [InlineData("30003\tnever\t-\t-\t-\twords\tsource", "Line 1: message is")]
    [InlineData("30003\tagain:0x1\t-\t-\t-\twords\tsource", "Line 1: message is")]
    [InlineData("30003\tno\t3\t-\t-\twords\tsource", "Line 1: number is")]
    [InlineData("30003\tno\tcountry:0\t-\t-\twords\tsource", "Line 1: number is")]
    [InlineData("30003\tno\tplanet:60\t-\t-\twords\tsource", "Line 1: number is")]
    [InlineData("30003\tno\t-\tburn\t-\twords\tsource", "Line 1: sender is")]
    [InlineData("30003\tno\t-\t-\tpause:2\twords\tsource", "Line 1: alert is")]
    [InlineData("30003\tno\t-\t-\t-\twords", "Line 1: write code")]
    [InlineData("# mine\n30003\tno\t-\t-\t-\twords\tsource\n30003\tno\t-\t-\t-\twords\tsource", "Line 3: the code 30003 stands there twice")]
    public void A_row_that_cannot_be_read_says_which(string table, string says) =>
        Assert.StartsWith(says, Assert.Throws<FormatException>(() => PolicyRow.ReadAll(new StringReader(table))).Message, StringComparison.Ordinal);

    [Fact]
    public void Each_row_has_a_source_and_words()
    {
        using var text = new StreamReader(typeof(ErrorPolicy).Assembly.GetManifestResourceStream("Providers.Twilio.error-policy.tsv")!);
        var rows = PolicyRow.ReadAll(text);
        Assert.True(rows.Count >= 35);
        Assert.All(rows, row => Assert.NotEmpty(row.Fault.Words));
    }
}
