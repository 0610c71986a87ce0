using Notify.Sandbox.Texts;

namespace Notify.Tests.Sandbox;

/// <summary>The vectors that the provider publishes with its own libraries.</summary>
public sealed class WebhookSignatureTests
{
    private static readonly KeyValuePair<string, string>[] Call =
    [
        new("To", "+18005551212"), new("Digits", "1234"), new("From", "+14158675309"), new("Caller", "+14158675309"), new("CallSid", "CA1234567890ABCDE"),
    ];

    [Theory]
    [InlineData("https://mycompany.com/myapp.php?foo=1&bar=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8=")]
    [InlineData("https://MyCompany.com/myapp.php?foo=1&bar=2", "g9IN/x4Cft2g517EjYvEvM/W7LU=")]
    [InlineData("https://mycompany.com:443/myapp.php?foo=1&bar=2", "kvajT1Ptam85bY51eRf/AJRuM3w=")]
    public void A_form_is_signed_as_published(string url, string expected) => Assert.Equal(expected, WebhookSignature.Of("12345", url, Call));

    [Fact]
    public void Without_a_form_the_address_alone_is_signed()
    {
        const string Url = "https://mycompany.com/myapp.php?bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";

        Assert.Equal("y77kIzt2vzLz71DgmJGsen2scGs=", WebhookSignature.Of("12345", Url, []));
    }
}
