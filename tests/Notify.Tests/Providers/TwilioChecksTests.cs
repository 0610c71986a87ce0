using Notify.Inbound;
using Notify.Providers.Twilio;

namespace Notify.Tests.Providers;

/// <summary>What the doctor says of each kind of sender.</summary>
public sealed class TwilioChecksTests
{
    [Theory]
    [InlineData("+12125550100", "", KeywordReplies.Provider, "US", true, "A2P 10DLC")]
    [InlineData("+447700900123", "", KeywordReplies.Provider, "GB", true, "a long code")]
    [InlineData("+18885550100", "", KeywordReplies.Provider, "US", true, "must be verified")]
    [InlineData("12345", "", KeywordReplies.App, "US", true, "leased and provisioned")]
    [InlineData("12345", "", KeywordReplies.Provider, "US", false, "set KeywordReplies of news to App")]
    [InlineData("Gazette", "", KeywordReplies.App, "US", false, "cannot text to the US")]
    [InlineData("Gazette", "", KeywordReplies.App, "GB", false, "nobody can reply STOP")]
    [InlineData("", "MG00000000000000000000000000000000", KeywordReplies.Provider, "US", true, "each of its numbers")]
    public void Says(string from, string service, KeywordReplies replies, string country, bool isGood, string says)
    {
        var result = TwilioChecks.Read(new TwilioSenderOptions { Name = "news", From = from, MessagingServiceSid = service, KeywordReplies = replies }, [country]);

        Assert.Equal(isGood, result.IsGood);
        Assert.Contains(says, result.Says, StringComparison.Ordinal);
    }
}
