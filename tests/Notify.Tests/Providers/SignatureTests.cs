using System.Collections.ObjectModel;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Notify.Providers.Twilio;
using Notify.Tests.Support;
using Notify.Web;

namespace Notify.Tests.Providers;

/// <summary>What a webhook costs that is not the provider's: no more than a true one, but for one a second that is looked into.</summary>
public sealed class SignatureTests
{
    private const string Path = "/webhooks/twilio/inbound";

    private readonly ManualClock _clock = new();
    private readonly Tokens _tokens = new(["token"]);
    private readonly WebhookLog _log;
    private readonly Signature _signature;

    public SignatureTests()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("PublicUrl", "https://notify.example")]).Build();
        _log = new WebhookLog(_clock);
        _signature = new Signature(Options.Create(new TwilioOptions { AuthTokens = _tokens }), new PublicAddress(configuration, new ServiceCollection().BuildServiceProvider()),
            _log, _clock, NullLogger<Signature>.Instance);
    }

    [Fact]
    public void Two_hundred_long_forged_ones_cost_what_two_hundred_true_ones_do()
    {
        for (var i = 0; i < 200; i++)
        {
            Assert.False(Verify("forged", new string('x', 64_000)));
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(200, _tokens.Tried);
    }

    [Fact]
    public void Of_many_forged_ones_one_a_second_is_looked_into()
    {
        for (var i = 0; i < 100; i++)
        {
            Assert.False(Verify("forged", "STOP"));
        }

        var first = _tokens.Tried;
        _clock.Advance(TimeSpan.FromSeconds(1));
        var elsewhere = Signature.Compute("token", "http://notify.example" + Path, Form("STOP").SelectMany(field => field.Value.Select(value => KeyValuePair.Create(field.Key, value!))));
        Assert.False(Verify(elsewhere, "STOP"));
        Assert.False(Verify(elsewhere, "STOP"));

        Assert.InRange(first, 101, 100 + 60);
        Assert.StartsWith("It was signed for http://notify.example", _log.Latest[1].Why, StringComparison.Ordinal);
        Assert.StartsWith("The signature does not match.", _log.Latest[0].Why, StringComparison.Ordinal);
    }

    private bool Verify(string signature, string body)
    {
        var request = new DefaultHttpContext().Request;
        (request.Path, request.Host) = (Path, new HostString("notify.example"));
        request.Headers[Signature.Header] = signature;
        return _signature.Verify(request, Form(body));
    }

    private static FormCollection Form(string body) => new(new Dictionary<string, Microsoft.Extensions.Primitives.StringValues> { ["From"] = "+12125550143", ["Body"] = body });

    /// <summary>Counts how often a signature was compared: each time its one token is asked for.</summary>
    private sealed class Tokens(IList<string> tokens) : Collection<string>(tokens), IEnumerable<string>
    {
        public int Tried { get; private set; }

        IEnumerator<string> IEnumerable<string>.GetEnumerator()
        {
            Tried++;
            return GetEnumerator();
        }
    }
}
