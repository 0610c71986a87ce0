using Notify.Deliveries;
using Notify.Providers.Smtp;

namespace Notify.Tests.Providers;

/// <summary>What a refusal means for the reader, the domain, the alert and the relay.</summary>
public sealed class ReplyTableTests
{
    [Theory]
    // Nobody is there, by code or by words.
    [InlineData("Recipient", 550, "5.1.1 User unknown", "gone"), InlineData("Recipient", 550, "5.1.2 Bad destination system", "gone"), InlineData("Recipient", 556, "5.1.10 Recipient address has null MX", "gone")]
    [InlineData("Recipient", 550, "No such user here", "gone"), InlineData("Recipient", 553, "sorry, no mailbox here by that name", "gone"), InlineData("Recipient", 550, "5.4.4 Unable to route: no mail host", "gone")]
    [InlineData("Message", 550, "5.1.1 User unknown", "gone"), InlineData("Recipient", 553, "5.1.3 Bad destination mailbox address syntax", "gone"), InlineData("Recipient", 551, "5.1.6 The mailbox has moved", "gone")]
    [InlineData("Recipient", 550, "5.4.310 DNS domain does not exist", "gone"), InlineData("Recipient", 551, "User unknown", "gone")]
    // Full, disabled: the next one may arrive.
    [InlineData("Recipient", 552, "5.2.2 Mailbox full", "rejected"), InlineData("Recipient", 452, "4.2.2 Over quota", "later Message"), InlineData("Recipient", 550, "5.2.1 The account is disabled", "rejected")]
    // Greylisting is about this sender and this recipient; too much is about the domain.
    [InlineData("Recipient", 450, "4.2.0 Greylisted, try again in 5 minutes", "later Message"), InlineData("Recipient", 451, "4.7.1 Greylisting in action", "later Message")]
    [InlineData("Recipient", 450, "4.2.1 The user is receiving mail too quickly", "later Domain"), InlineData("Message", 451, "4.7.0 Temporary rate limit", "later Domain")]
    [InlineData("Recipient", 452, "4.5.3 Too many recipients", "later Domain"), InlineData("Message", 421, "4.7.0 [TSS04] Messages deferred", "later TooFast"), InlineData("Message", 450, "4.7.28 Unusual rate of mail", "later Domain")]
    [InlineData("Message", 451, "4.3.2 System not accepting messages", "later Domain"), InlineData("Recipient", 450, "too many connections from your host", "later Domain")]
    // Policy stops the alert; the reader keeps the subscription.
    [InlineData("Message", 550, "5.7.26 Unauthenticated mail is not accepted", "rejected authfailure"), InlineData("Message", 550, "5.7.515 Access denied, the sending domain does not meet the required authentication level", "rejected authfailure")]
    [InlineData("Message", 550, "5.7.25 The sending IP has no PTR record", "rejected requireptr"), InlineData("Message", 554, "5.7.1 Message rejected as spam", "rejected spamdetected")]
    // Content and size are the message's.
    [InlineData("Sender", 552, "5.3.4 Message size exceeds fixed limit", "rejected mesgtoobig"), InlineData("Message", 554, "5.6.1 Media not supported", "rejected contenterror"), InlineData("Message", 552, "5.3.4 Message too big", "rejected mesgtoobig")]
    [InlineData("Message", 552, "5.2.3 Message length exceeds administrative limit", "rejected")]
    // Another relay may have a way.
    [InlineData("Recipient", 553, "5.6.7 Non-ASCII addresses not permitted", "another")]
    // Ours: the relay or its settings.
    [InlineData("Sender", 550, "5.1.8 Bad sender's domain", "broken"), InlineData("Recipient", 530, "5.7.0 Authentication required", "broken"), InlineData("Session", 554, "5.7.1 No", "broken"), InlineData("Session", 450, "Busy", "later Away")]
    [InlineData("Session", 535, "5.7.8 Authentication failed", "broken"), InlineData("Session", 534, "5.7.9 Authentication mechanism is too weak", "broken"), InlineData("Session", 454, "4.7.0 Temporary authentication failure", "later Away")]
    public void Each_refusal_has_its_consequence(string stage, int code, string text, string expected)
    {
        var outcome = ReplyTable.Read(Enum.Parse<SmtpStage>(stage), new SmtpReply(code, text));

        Assert.Equal(expected, outcome switch
        {
            SendOutcome.RecipientGone => "gone",
            SendOutcome.TryLater later => $"later {later.Trouble}",
            SendOutcome.Rejected { ByAnother: true } => "another",
            SendOutcome.Rejected { Fault: { Alert.Pauses: true } fault } => $"rejected {fault.Code}",
            SendOutcome.Rejected => "rejected",
            SendOutcome.SenderBroken => "broken",
            _ => outcome.ToString(),
        });
    }
}
