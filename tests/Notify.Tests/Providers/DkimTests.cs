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

    private readonly RSA _key = RsaKeys.Of("news");
    private readonly TemporaryFolder _folder = new();
    private readonly string _file;

    public DkimTests()
    {
        _file = Path.Combine(_folder.Path, "notify.pem");
        File.WriteAllText(_file, _key.ExportPkcs8PrivateKeyPem());
    }

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

    /// <summary>The RSA signature alone, and both (RFC 8463), each on its own and under its own name.</summary>
    [Theory, InlineData(false), InlineData(true)]
    public async Task The_verifier_that_mail_servers_run_agrees(bool both)
    {
        Programs.Require("dkimverify");
        var options = Options();
        options.Ed25519 = both ? new DkimKeyOptions { Selector = "small", KeyFile = EdwardsFile() } : null;
        using var signer = new DkimSigner(options, TimeProvider.System);
        var mail = Path.Combine(_folder.Path, "mail");
        await File.WriteAllBytesAsync(mail, Signed(signer, Article(out _), Link), TestContext.Current.CancellationToken);

        await using var verifier = ChildProcess.Start(["/usr/bin/python3", "-c", $$"""
            import dkim, sys
            keys = { b"notify._domainkey.news.example.": b"v=DKIM1; k=rsa; p={{Convert.ToBase64String(_key.ExportSubjectPublicKeyInfo())}}",
                     b"small._domainkey.news.example.": b"{{(both ? DkimKey.ReadEd25519(options.Ed25519!.KeyFile).Record : "")}}" }
            message = dkim.DKIM(open(sys.argv[1], "rb").read())
            count = sum(1 for name, _ in message.headers if name.lower() == b"dkim-signature")
            print("verdict", [message.verify(idx=i, dnsfunc=lambda name, timeout=5: keys[name]) for i in range(count)])
            """, mail]);

        await verifier.SaysAsync(both ? "verdict [True, True]" : "verdict [True]");
    }

    [Fact]
    public void A_second_signature_holds_too_and_stands_below_the_first()
    {
        var options = Options();
        options.Ed25519 = new DkimKeyOptions { Selector = "small", KeyFile = EdwardsFile() };
        using var signer = new DkimSigner(options, TimeProvider.System);

        using var received = new MemoryStream(Signed(signer, Article(out _), Link));
        var message = MimeMessage.Load(received, TestContext.Current.CancellationToken);

        var signatures = message.Headers.Where(header => header.Id == HeaderId.DkimSignature).ToList();
        Assert.Equal(["a=rsa-sha256", "a=ed25519-sha256"], signatures.Select(header => header.Value.Split(';')[1].Trim()));
        using var small = DkimKey.ReadEd25519(options.Ed25519.KeyFile);
        var verifier = new DkimVerifier(new Dns(_key, small.Record));
        Assert.All(signatures, header => Assert.True(verifier.Verify(message, header, TestContext.Current.CancellationToken)));
    }

    [Fact]
    public void A_key_that_cannot_sign_is_told_before_anything_is_sent()
    {
        using var small = RsaKeys.Of("small", 1024);
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
        _folder.Dispose();
    }

    [Fact]
    public void Keys_beside_the_first_are_looked_at_as_well_and_have_names_of_their_own()
    {
        Assert.Contains("Next:Selector must be the name", Faults(o => o.Next = new DkimKeyOptions { Selector = "", KeyFile = _file }), StringComparison.Ordinal);
        Assert.Contains("Next:KeyFile is empty. Set it", Faults(o => o.Next = new DkimKeyOptions { Selector = "next" }), StringComparison.Ordinal);
        Assert.Contains("must differ", Faults(o => o.Next = new DkimKeyOptions { Selector = "Notify", KeyFile = _file }), StringComparison.Ordinal);
        Assert.Contains("must differ", Faults(o => o.Ed25519 = new DkimKeyOptions { Selector = "notify", KeyFile = EdwardsFile() }), StringComparison.Ordinal);
        Assert.Contains($"Ed25519:KeyFile {_file} holds no Ed25519 private key", Faults(o => o.Ed25519 = new DkimKeyOptions { Selector = "small", KeyFile = _file }), StringComparison.Ordinal);
        Assert.Contains("KeyFile " + EdwardsFile() + " holds no RSA private key", Faults(o => o.KeyFile = EdwardsFile()), StringComparison.Ordinal);
        Assert.Empty(Faults(o => (o.Next, o.Ed25519) = (new DkimKeyOptions { Selector = "next", KeyFile = _file }, new DkimKeyOptions { Selector = "small", KeyFile = EdwardsFile() })));
    }

    /// <summary>As <c>openssl genpkey -algorithm ed25519</c> writes it (RFC 8410, 7).</summary>
    private string EdwardsFile()
    {
        var file = Path.Combine(_folder.Path, "small.pem");
        byte[] pkcs8 = [.. Convert.FromHexString("302e020100300506032b657004220420"), .. SHA256.HashData("a key of the test"u8)];
        File.WriteAllText(file, new string(PemEncoding.Write("PRIVATE KEY", pkcs8)));
        return file;
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
    private sealed class Dns(RSA key, string small = "") : DkimPublicKeyLocatorBase
    {
        public override AsymmetricKeyParameter LocatePublicKey(string methods, string domain, string selector, CancellationToken cancellationToken = default)
        {
            Assert.Equal("news.example", domain);
            return GetPublicKey(selector == "notify" ? $"v=DKIM1; k=rsa; p={Convert.ToBase64String(key.ExportSubjectPublicKeyInfo())}" : small);
        }

        public override Task<AsymmetricKeyParameter> LocatePublicKeyAsync(string methods, string domain, string selector, CancellationToken cancellationToken = default) =>
            Task.FromResult(LocatePublicKey(methods, domain, selector, cancellationToken));
    }
}
