using System.ComponentModel.DataAnnotations;
using System.Net.Http.Headers;
using System.Text;
using Notify.Inbound;

namespace Notify.Providers.Twilio;

/// <summary>Section <c>Twilio</c>.</summary>
public sealed class TwilioOptions
{
    /// <summary>Where its REST API is; another only for tests and the local carrier.</summary>
    [Required, Url]
    public string BaseUrl { get; set; } = "https://api.twilio.com";

    /// <summary>Where its list of consents is.</summary>
    [Required, Url]
    public string AccountsUrl { get; set; } = "https://accounts.twilio.com";

    /// <summary>Where its list of numbers that were given up is.</summary>
    [Required, Url]
    public string MessagingUrl { get; set; } = "https://messaging.twilio.com";

    public string AccountSid { get; set; } = "";

    /// <summary>Newest first. All of them verify webhooks, so that a token can be rotated; the first one signs in unless an API key is set.</summary>
    public IList<string> AuthTokens { get; set; } = [];

    public string ApiKeySid { get; set; } = "";

    public string ApiKeySecret { get; set; } = "";

    /// <summary>A table of what is done at each error code, in place of the one that comes with Notify; empty: that one.</summary>
    public string ErrorPolicyFile { get; set; } = "";

    public IList<TwilioSenderOptions> Senders { get; set; } = [];

    /// <summary>How every request signs in: with the API key, else with the account's newest token.</summary>
    internal AuthenticationHeaderValue Credentials
    {
        get
        {
            var (user, password) = ApiKeySid.Length > 0 ? (ApiKeySid, ApiKeySecret) : (AccountSid, AuthTokens.FirstOrDefault() ?? "");
            return new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
        }
    }
}

/// <summary>A number or a messaging service.</summary>
public sealed class TwilioSenderOptions
{
    public string Name { get; set; } = "";

    /// <summary>An E.164 number or a short code; or set <see cref="MessagingServiceSid"/>.</summary>
    public string From { get; set; } = "";

    public string MessagingServiceSid { get; set; } = "";

    /// <summary>What the carrier allows: 1 for a long code, 3 toll-free, 10 to 100 a short code.</summary>
    public double SegmentsPerSecond { get; set; } = 1;

    /// <summary>Requests under way at once.</summary>
    public int Concurrency { get; set; } = 8;

    /// <summary>How many lanes share the rate.</summary>
    public int Slots { get; set; } = 1;

    /// <summary>The countries it serves, ISO 3166, such as <c>US</c>; none: those no other sender is for.</summary>
    public IList<string> Countries { get; set; } = [];

    /// <summary>Who answers STOP, START and HELP: the provider (long codes, toll-free, Advanced Opt-Out) or we (stand-alone short codes).</summary>
    public KeywordReplies KeywordReplies { get; set; }
}
