using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Notify.Deliveries;
using Notify.Providers.Twilio;
using Notify.Sandbox;
using Notify.Tests.Support;
using Notify.Web;
using NSubstitute;

namespace Notify.Tests.Providers;

/// <summary>Whether a text in doubt is at the provider is told by its words, its reader and its time, whatever the clocks say.</summary>
public sealed class TwilioDoubtTests
{
    private const string Reader = "+16465550123";
    private const string Words = "Kim offers support";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(-120)]
    [InlineData(120)]
    public async Task It_is_found_by_the_providers_clock_and_an_older_one_is_not(int minutesAhead)
    {
        var clock = new AnotherClock { Ahead = TimeSpan.FromMinutes(minutesAhead) };
        await using var carrier = await LocalCarrier.StartAsync(
            new CarrierOptions { Url = new Uri("http://127.0.0.1:0"), SmtpPort = 0, AuthTokens = [Newsroom.Token], InboundWebhook = () => new Uri("http://127.0.0.1:1/"), Clock = clock }, Token);
        var texts = Texts(carrier.Url);
        var began = TimeProvider.System.GetTimestamp();

        var sent = Assert.IsType<SendOutcome.Accepted>(await texts.SendAsync(new OutgoingText(7, "texts", Reader, Words, 1), Token));
        var doubt = new MessageInDoubt(7, "texts", Reader, TimeProvider.System.GetElapsedTime(began), new HashSet<string>([Words]));
        var found = await texts.FindAsync(doubt, Token);
        clock.Ahead += TimeSpan.FromHours(1);
        var later = await texts.FindAsync(doubt, Token);

        Assert.Equal(sent.ProviderMessageId, Assert.IsType<Finding.Found>(found).ProviderMessageId);
        Assert.IsType<Finding.NotFound>(later);
        Assert.IsType<Finding.NotFound>(await texts.FindAsync(doubt with { Age = TimeSpan.FromHours(2), Words = new HashSet<string>(["Something else"]) }, Token));
        Assert.IsType<Finding.NotFound>(await texts.FindAsync(doubt with { Age = TimeSpan.FromHours(2), Address = "+16465550124" }, Token));
    }

    /// <summary>Over the API at an address.</summary>
    internal static TwilioTexts Texts(Uri at)
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection([new("PublicUrl", "https://notify.example")]).Build();
        var clients = Substitute.For<IHttpClientFactory>();
        clients.CreateClient(null!).ReturnsForAnyArgs(_ => new HttpClient());
        var options = new TwilioOptions
        {
            BaseUrl = at.ToString(),
            AccountSid = "AC" + new string('0', 32),
            AuthTokens = [Newsroom.Token],
            Senders = [new TwilioSenderOptions { Name = "texts", From = "+15005550006" }],
        };
        return new TwilioTexts(clients, Options.Create(options), new ErrorPolicy(Options.Create(options)), new PublicAddress(settings, Substitute.For<IServiceProvider>()), TimeProvider.System);
    }

    private sealed class AnotherClock : TimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;
    }
}
