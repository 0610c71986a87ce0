using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Notify.Jobs;
using Notify.Providers.Smtp;
using Notify.Providers.Smtp.Checks;
using Notify.Tests.Support;
using Notify.Web;

namespace Notify.Tests.Providers;

/// <summary>The doctor's look at one relay of news.example, with a name server and a relay of the test's own; all is well until the test changes it.</summary>
internal sealed class DoctorUnderTest : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RSA _key = RsaKeys.Of("news");
    private readonly SmtpOptions _options;

    public DoctorUnderTest(params string[] offers)
    {
        Server = new ScriptedRelay(offers);
        var relay = new SmtpRelayOptions
        {
            Name = "relay",
            Host = "localhost",
            Port = Server.Port,
            Security = SmtpSecurity.None,
            From = "The News <news@news.example>",
            BounceDomain = "bounce.news.example",
            Dkim = new DkimOptions { Domain = "news.example", Selector = "notify", KeyFile = KeyFile("notify", _key.ExportPkcs8PrivateKeyPem()) },
        };
        relay.SendingAddresses.Add("192.0.2.25");
        _options = new SmtpOptions { Resolver = Dns.Address, Relays = [relay] };
        Dns.Txt("bounce.news.example", "v=spf1 ip4:192.0.2.0/24 ~all").LongTxt("notify._domainkey.news.example", DkimText(_key)).Txt("_dmarc.news.example", "v=DMARC1; p=quarantine; rua=mailto:d@news.example")
            .Mx("bounce.news.example", 10, "mx.news.example").A("mx.news.example", "192.0.2.26").Ptr("25.2.0.192.in-addr.arpa", "relay.news.example").A("relay.news.example", "192.0.2.25");
    }

    public LocalDns Dns { get; } = new();

    public ScriptedRelay Server { get; }

    public SmtpRelayOptions Relay => _options.Relays[0];

    public SmtpOptions Options => _options;

    public X509ChainPolicy? Certificates { get; set; }

    public SandboxSettings Sandbox { get; set; } = new(IsEnabled: false, IsDemo: false, new Uri("http://localhost"), 5025);

    /// <summary>The public addresses of this machine.</summary>
    public List<IPAddress> Own { get; } = [];

    public static string DkimText(RSA key) => $"v=DKIM1; k=rsa; p={Convert.ToBase64String(key.ExportSubjectPublicKeyInfo())}";

    public string KeyFile(string name, string pem)
    {
        var file = Path.Combine(_folder.Path, name);
        File.WriteAllText(file, pem);
        return file;
    }

    public async Task<IReadOnlyList<CheckResult>> LookAsync() =>
        await new MailChecks(Microsoft.Extensions.Options.Options.Create(_options), Sandbox, TimeProvider.System, Certificates, () => Own, TimeSpan.FromMilliseconds(500))
            .CheckAsync(TestContext.Current.CancellationToken);

    /// <summary>The one line that begins so.</summary>
    public async Task<CheckResult> LineAsync(string what) => Assert.Single(await LookAsync(), line => line.What.StartsWith(what, StringComparison.Ordinal));

    public async ValueTask DisposeAsync()
    {
        await Dns.DisposeAsync();
        await Server.DisposeAsync();
        _key.Dispose();
        _folder.Dispose();
    }
}
