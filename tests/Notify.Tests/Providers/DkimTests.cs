using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using MimeKit;
using MimeKit.Cryptography;
using Notify.Deliveries;
using Notify.Providers.Smtp;
using Notify.Tests.Support;
using Org.BouncyCastle.Crypto;
using DkimSigner = Notify.Providers.Smtp.DkimSigner;

namespace Notify.Tests.Providers;

/// <summary>Signatures made here, judged by verifiers that are not ours.</summary>
public sealed class DkimTests : IDisposable
{
    private const string Link = "https://notify.example/u/AbC-_12=34?a=b&c=d";

    private static readonly Gen<string> Words = Gen.OneOf(
        Gen.Const("."), Gen.Const("\n"), Gen.Const("\r\n"), Gen.Const("\n.\n"), Gen.Const(" "), Gen.Const("   "), Gen.Const("\t"), Gen.Const(" \t\n"), Gen.Const("=\n"),
        Gen.Const("שלום"), Gen.Const("📰"), Gen.Const("--"), Gen.Const(":"), Gen.String[Gen.Char[' ', '~'], 0, 120]).Array[0, 20].Select(parts => string.Concat(parts));

    private readonly RSA _key = RSA.Create(2048);
    private readonly string _file = Path.GetTempFileName();

    public DkimTests() => File.WriteAllText(_file, _key.ExportPkcs8PrivateKeyPem());

    [Fact]
    public void Whatever_an_article_says_its_signature_holds()
    {
        using var signer = new DkimSigner(Options(), TimeProvider.System);
        Gen.Select(Words, Words, Words).Sample(
            (text, html, subject) =>
            {
                var mark = CompiledMessage.Mail.NewMark();
                var mail = new CompiledMessage.Mail(subject.ReplaceLineEndings(" "), $"{text}{mark}", $"{html}<a href=\"{mark}\">", "news", mark);

                Assert.True(Holds(Signed(signer, mail, Link)));
            }, iter: 200);
    }

    [Theory]
    [InlineData("From: ", "From: Not ")]
    [InlineData("Subject: ", "Subject: Not ")]
    [InlineData("List-Unsubscribe: <", "List-Unsubscribe: <https://elsewhere.example/")]
    [InlineData("List-Unsubscribe-Post: ", "List-Unsubscribe-Post: x")]
    [InlineData("To: ", "To: x")]
    [InlineData("Hello", "Hullo")]
    [InlineData("MIME-Version: 1.0\r\n", "MIME-Version: 1.0\r\nReply-To: someone@else.example\r\n")]
    [InlineData("From: ", "From: else@else.example\r\nFrom: ")]
    public void A_mail_that_was_changed_on_its_way_is_found_out(string written, string forged)
    {
        using var signer = new DkimSigner(Options(), TimeProvider.System);
        var mail = Encoding.Latin1.GetString(Signed(signer, Article(out _), Link));
        Assert.Contains($"\r\n{written}", mail, StringComparison.Ordinal);

        var changed = mail.Replace($"\r\n{written}", $"\r\n{forged}", StringComparison.Ordinal);

        Assert.True(Holds(Encoding.Latin1.GetBytes(mail)));
        Assert.False(Holds(Encoding.Latin1.GetBytes(changed)));
    }

    [Fact]
    public void Both_unsubscribe_headers_are_signed_or_no_provider_offers_one_click()
    {
        using var signer = new DkimSigner(Options(), new ManualClock());
        using var received = new MemoryStream(Signed(signer, Article(out _), Link));

        var signature = MimeMessage.Load(received, TestContext.Current.CancellationToken).Headers[HeaderId.DkimSignature]!;

        var tags = signature.Split(';').Select(tag => tag.Split('=', 2)).ToDictionary(tag => tag[0].Trim(), tag => string.Concat(tag[1].Where(c => !char.IsWhiteSpace(c))));
        Assert.Equal(("1", "rsa-sha256", "relaxed/relaxed", "news.example", "notify"), (tags["v"], tags["a"], tags["c"], tags["d"], tags["s"]));
        Assert.Equal(new ManualClock().GetUtcNow().ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture), tags["t"]);
        Assert.Equal(2, tags["h"].Split(':').Count(name => name == "From"));
        Assert.Empty(new[] { "List-Unsubscribe", "List-Unsubscribe-Post", "To", "Subject", "Date", "Message-ID" }.Except(tags["h"].Split(':')));
    }

    [Fact]
    public async Task A_relay_gets_what_was_signed()
    {
        await using var relay = new ScriptedRelay();
        await using var mails = SmtpUnderTest.Mails(relay, set: r => r.Dkim = Options());

        var many = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => mails.SendAsync(SmtpUnderTest.Mail(text: $".{i}\n..\nHello  reader \n\n"), TestContext.Current.CancellationToken)));

        Assert.All(many, outcome => Assert.IsType<SendOutcome.Accepted>(outcome));
        Assert.Equal(40, relay.Taken.Count);
        Assert.All(relay.Taken, message => Assert.True(Holds(Encoding.Latin1.GetBytes(message))));
    }

    [Fact]
    public async Task The_verifier_that_mail_servers_run_agrees()
    {
        Programs.Require("dkimverify");
        using var signer = new DkimSigner(Options(), TimeProvider.System);
        var folder = Directory.CreateTempSubdirectory("notify-dkim-");
        try
        {
            var mail = Path.Combine(folder.FullName, "mail");
            await File.WriteAllBytesAsync(mail, Signed(signer, Article(out _), Link), TestContext.Current.CancellationToken);

            await using var verifier = ChildProcess.Start(["/usr/bin/python3", "-c", $"""
                import dkim, sys
                key = b"v=DKIM1; k=rsa; p={Convert.ToBase64String(_key.ExportSubjectPublicKeyInfo())}"
                print("verdict", dkim.verify(open(sys.argv[1], "rb").read(), dnsfunc=lambda name, timeout=5: key if name == b"notify._domainkey.news.example." else None))
                """, mail]);

            await verifier.SaysAsync("verdict True");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_key_that_cannot_sign_is_told_before_anything_is_sent()
    {
        using var small = RSA.Create(1024);
        using var curve = ECDsa.Create();
        File.WriteAllText(_file, small.ExportPkcs8PrivateKeyPem());
        Assert.Contains("holds a key of 1024 bits; at least 2048 are needed", Fault(), StringComparison.Ordinal);
        File.WriteAllText(_file, curve.ExportPkcs8PrivateKeyPem());
        Assert.Contains("no RSA private key", Fault(), StringComparison.Ordinal);
        File.WriteAllText(_file, _key.ExportSubjectPublicKeyInfoPem());
        Assert.Contains("no RSA private key", Fault(), StringComparison.Ordinal);
        File.WriteAllText(_file, "nothing");
        Assert.Contains("no RSA private key", Fault(), StringComparison.Ordinal);
        Assert.Contains("cannot be read", Fault(o => o.KeyFile += ".missing"), StringComparison.Ordinal);
        File.WriteAllText(_file, _key.ExportRSAPrivateKeyPem());
        Assert.Empty(Fault());

        string Fault(Action<DkimOptions>? set = null) => Faults(set);
    }

    [Theory]
    [InlineData("news.example", "news@news.example", true)]
    [InlineData("example.com", "news@mail.example.com", true)]
    [InlineData("mail.example.com", "news@example.com", true)]
    [InlineData("elsewhere.example", "news@news.example", false)]
    [InlineData("news.example;x=1", "news@news.example", false)]
    [InlineData("", "news@news.example", false)]
    public void A_domain_that_receivers_would_not_count_is_told(string domain, string from, bool isGood) =>
        Assert.Equal(isGood, Faults(o => o.Domain = domain, from).Length == 0);

    public void Dispose()
    {
        _key.Dispose();
        File.Delete(_file);
    }

    private string Faults(Action<DkimOptions>? set, string from = "The News <news@news.example>")
    {
        var options = Options();
        set?.Invoke(options);
        return string.Join(' ', DkimRules.Faults(new SmtpRelayOptions { From = from, Dkim = options }));
    }

    private DkimOptions Options() => new() { Domain = "news.example", Selector = "notify", KeyFile = _file };

    private static CompiledMessage.Mail Article(out string mark)
    {
        mark = CompiledMessage.Mail.NewMark();
        return new CompiledMessage.Mail("News", $"Hello\n\n{mark}\n", $"<p>Hello</p><a href=\"{mark}\">", "news", mark);
    }

    private static byte[] Signed(DkimSigner signer, CompiledMessage.Mail mail, string link)
    {
        var message = new ArrayBufferWriter<byte>();
        MailTemplate.Of(mail, new SmtpRelayOptions { Name = "relay", From = "The News <news@news.example>" }).Write(message, new OutgoingMail(1, "relay", "reader@example.com", mail, "d1.2", link));
        var wire = new ArrayBufferWriter<byte>();
        signer.Sign(message.WrittenSpan, wire);
        wire.Write(message.WrittenSpan);
        return wire.WrittenSpan.ToArray();
    }

    private bool Holds(byte[] mail)
    {
        using var received = new MemoryStream(mail);
        var message = MimeMessage.Load(received);
        return new DkimVerifier(new Dns(_key)).Verify(message, message.Headers[message.Headers.IndexOf(HeaderId.DkimSignature)]);
    }

    /// <summary>The name server of news.example.</summary>
    private sealed class Dns(RSA key) : DkimPublicKeyLocatorBase
    {
        public override AsymmetricKeyParameter LocatePublicKey(string methods, string domain, string selector, CancellationToken cancellationToken = default)
        {
            Assert.Equal(("news.example", "notify"), (domain, selector));
            return GetPublicKey($"v=DKIM1; k=rsa; p={Convert.ToBase64String(key.ExportSubjectPublicKeyInfo())}");
        }

        public override Task<AsymmetricKeyParameter> LocatePublicKeyAsync(string methods, string domain, string selector, CancellationToken cancellationToken = default) =>
            Task.FromResult(LocatePublicKey(methods, domain, selector, cancellationToken));
    }
}
