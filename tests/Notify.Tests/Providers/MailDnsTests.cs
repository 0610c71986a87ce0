using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Notify.Jobs;
using Notify.Providers.Smtp;
using Notify.Tests.Support;

namespace Notify.Tests.Providers;

/// <summary>What the doctor makes of DKIM, DMARC, bounces and reverse names, asked of a real name server.</summary>
public sealed class MailDnsTests
{
    [Fact]
    public async Task Where_all_is_published_all_is_good_and_it_says_what_was_found()
    {
        await using var doctor = new DoctorUnderTest();

        var lines = await doctor.LookAsync();

        Assert.All(lines, line => Assert.True(line.IsGood, line.ToString()));
        Assert.Equal(
            ["connection to relay", "SPF of bounce.news.example", "SPF of bounce.news.example for relay", "DKIM of news.example (notify)", "signature of relay",
                "DMARC of news.example", "alignment of relay", "bounces to bounce.news.example", "reverse name (PTR) of 192.0.2.25"],
            lines.Select(line => line.What));
    }

    [Fact]
    public async Task Two_relays_of_one_domain_hear_the_same_once()
    {
        await using var doctor = new DoctorUnderTest();
        doctor.Options.Relays.Add(doctor.Relay);

        Assert.Equal(9, (await doctor.LookAsync()).Count);
    }

    [Fact]
    public async Task A_key_that_is_not_published_comes_with_the_record_to_publish()
    {
        await using var doctor = new DoctorUnderTest();
        using var key = RsaKeys.Of("other");
        doctor.Relay.Dkim!.KeyFile = doctor.KeyFile("other", key.ExportPkcs8PrivateKeyPem());

        doctor.Dns.Without("notify._domainkey.news.example");
        var missing = await doctor.LineAsync("DKIM");
        doctor.Dns.LongTxt("notify._domainkey.news.example", missing.Copy.Split(" TXT ")[1]);

        Assert.Equal((CheckMark.Bad, $"notify._domainkey.news.example TXT {DoctorUnderTest.DkimText(key)}"), (missing.Mark, missing.Copy));
        Assert.Equal(CheckMark.Good, (await doctor.LineAsync("DKIM")).Mark);
    }

    [Theory]
    [InlineData("v=DKIM1; k=rsa; p=", CheckMark.Bad, "revoked")]
    [InlineData("v=DKIM1; k=rsa; p={short}", CheckMark.Bad, "another RSA key, of 1024 bits")]
    [InlineData("v=DKIM1; k=rsa; p={other}", CheckMark.Bad, "another RSA key, of 2048 bits")]
    [InlineData("v=DKIM1; k=rsa; p={cut}", CheckMark.Bad, "perhaps cut off")]
    [InlineData("v=DKIM1; k=ed25519; p={own}", CheckMark.Bad, "not that of KeyFile")]
    [InlineData("v=DKIM1; p={own}; k=rsa; t=y", CheckMark.Warning, "t=y")]
    [InlineData("v=DKIM1; p={own}; t=s", CheckMark.Good, "published")]
    [InlineData("p={own}", CheckMark.Good, "published")]
    [InlineData("v=DKIM1; p={bare}", CheckMark.Good, "published")]
    [InlineData("v=DKIM1;k=rsa;s=email;h=sha1:sha256;p= {own} ;", CheckMark.Good, "published")]
    [InlineData("k=rsa; v=DKIM1; p={own}", CheckMark.Bad, "v= must stand first")]
    [InlineData("v=DKIM2; p={own}", CheckMark.Bad, "v= must stand first")]
    [InlineData("v=DKIM1; h=sha1; p={own}", CheckMark.Bad, "forbids sha256")]
    [InlineData("v=DKIM1; s=tlsrpt; p={own}", CheckMark.Bad, "forbids mail")]
    [InlineData("v=DKIM1; k=rsa", CheckMark.Bad, "no p=")]
    [InlineData("v=DKIM1; p={own}; p={own}", CheckMark.Bad, "no list of tags")]
    [InlineData("hello", CheckMark.Bad, "no list of tags")]
    public async Task A_published_key_is_held_against_the_private_one(string record, CheckMark mark, string says)
    {
        await using var doctor = new DoctorUnderTest();
        using RSA own = RSA.Create(), other = RsaKeys.Of("other"), small = RsaKeys.Of("small", 1024);
        own.ImportFromPem(await File.ReadAllTextAsync(doctor.Relay.Dkim!.KeyFile, TestContext.Current.CancellationToken));
        var text = record.Replace("{own}", Spki(own), StringComparison.Ordinal).Replace("{other}", Spki(other), StringComparison.Ordinal).Replace("{short}", Spki(small), StringComparison.Ordinal)
            .Replace("{cut}", Spki(own)[..200], StringComparison.Ordinal).Replace("{bare}", Convert.ToBase64String(own.ExportRSAPublicKey()), StringComparison.Ordinal);
        doctor.Dns.Without("notify._domainkey.news.example").LongTxt("notify._domainkey.news.example", text);

        var line = await doctor.LineAsync("DKIM");

        Assert.Equal((mark, true), (line.Mark, line.Says.Contains(says, StringComparison.Ordinal)));
        Assert.Equal(mark != CheckMark.Good, line.Copy == $"notify._domainkey.news.example TXT {DoctorUnderTest.DkimText(own)}");
    }

    [Fact]
    public async Task A_key_behind_an_alias_is_found_and_two_records_are_one_too_many()
    {
        await using var doctor = new DoctorUnderTest();
        using var own = RSA.Create();
        own.ImportFromPem(await File.ReadAllTextAsync(doctor.Relay.Dkim!.KeyFile, TestContext.Current.CancellationToken));
        doctor.Dns.Without("notify._domainkey.news.example").Cname("notify._domainkey.news.example", "k1.keys.example").LongTxt("k1.keys.example", DoctorUnderTest.DkimText(own));
        Assert.Equal(CheckMark.Good, (await doctor.LineAsync("DKIM")).Mark);

        doctor.Dns.Txt("k1.keys.example", "v=DKIM1; p=");

        Assert.Contains("more than one", (await doctor.LineAsync("DKIM")).Says, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_record_longer_than_a_datagram_is_asked_for_again_and_joined()
    {
        await using var doctor = new DoctorUnderTest();
        using var own = RSA.Create();
        own.ImportFromPem(await File.ReadAllTextAsync(doctor.Relay.Dkim!.KeyFile, TestContext.Current.CancellationToken));
        doctor.Dns.Without("notify._domainkey.news.example").LongTxt("notify._domainkey.news.example", DoctorUnderTest.DkimText(own).Replace("k=rsa", $"k=rsa; n={new string('n', 300)}", StringComparison.Ordinal));

        Assert.Equal(CheckMark.Good, (await doctor.LineAsync("DKIM")).Mark);
        Assert.Contains("tcp TXT notify._domainkey.news.example", doctor.Dns.Asked);
    }

    /// <summary>As an operator turns to a new key: publish, look, switch, look.</summary>
    [Fact]
    public async Task The_key_that_comes_next_is_looked_at_before_it_signs()
    {
        await using var doctor = new DoctorUnderTest();
        using var key = RsaKeys.Of("other");
        var dkim = doctor.Relay.Dkim!;
        dkim.Next = new DkimKeyOptions { Selector = "next", KeyFile = doctor.KeyFile("next", key.ExportPkcs8PrivateKeyPem()) };

        var early = await doctor.LineAsync("DKIM of news.example (next)");
        Assert.Equal(CheckMark.Warning, early.Mark);
        Assert.Contains("do not sign with it yet", early.Says, StringComparison.Ordinal);
        doctor.Dns.LongTxt("next._domainkey.news.example", early.Copy.Split(" TXT ")[1]);
        var ready = await doctor.LineAsync("DKIM of news.example (next)");
        Assert.Contains("make next the Selector, and leave the record of notify where it is", ready.Says, StringComparison.Ordinal);

        (dkim.Selector, dkim.KeyFile, dkim.Next) = (dkim.Next.Selector, dkim.Next.KeyFile, null);
        var switched = await doctor.LineAsync("DKIM");
        Assert.Equal(("DKIM of news.example (next)", CheckMark.Good), (switched.What, switched.Mark));
    }

    [Fact]
    public async Task A_relay_that_signs_itself_is_left_out_with_a_reason()
    {
        await using var doctor = new DoctorUnderTest();
        doctor.Relay.Dkim = null;

        Assert.Equal(CheckMark.Skipped, (await doctor.LineAsync("DKIM")).Mark);
        Assert.Equal(CheckMark.Skipped, (await doctor.LineAsync("signature")).Mark);
        Assert.Contains("let the relay's signature do so too", (await doctor.LineAsync("alignment")).Says, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sample_shows_which_headers_are_signed()
    {
        await using var doctor = new DoctorUnderTest();

        var line = await doctor.LineAsync("signature");

        Assert.Equal(
            "h=From:From:Reply-To:Subject:Date:To:Message-ID:MIME-Version:Content-Type:Content-Transfer-Encoding:List-Id:List-Unsubscribe:List-Unsubscribe-Post:Feedback-ID", line.Copy);
        Assert.Empty(doctor.Server.Taken);
    }

    [Theory]
    [InlineData("_dmarc.news.example", "v=DMARC1; p=reject; rua=mailto:a@b.example", CheckMark.Good, "p=reject:", "")]
    [InlineData("_dmarc.news.example", "v=DMARC1; p=none; rua=mailto:a@b.example", CheckMark.Good, "make it p=quarantine", "")]
    [InlineData("_dmarc.news.example", "v=DMARC1; p=reject; adkim=s", CheckMark.Good, "rua=", "")]
    [InlineData("_dmarc.news.example", "v=DMARC1; p=none; aspf=r", CheckMark.Warning, "only watches", "_dmarc.news.example TXT v=DMARC1; p=none; aspf=r; rua=mailto:dmarc@news.example")]
    [InlineData("_dmarc.news.example", "v=DMARC1; rua=mailto:a@b.example", CheckMark.Warning, "no p=", "_dmarc.news.example TXT v=DMARC1; p=none; rua=mailto:a@b.example")]
    [InlineData("_dmarc.news.example", "v=DMARC1; p=strict", CheckMark.Bad, "p=strict", "_dmarc.news.example TXT v=DMARC1; p=none")]
    [InlineData("_dmarc.news.example", "v=spf1 -all", CheckMark.Bad, "there is no policy", "_dmarc.news.example TXT v=DMARC1; p=none; rua=mailto:dmarc@news.example")]
    [InlineData("_dmarc.example", "v=DMARC1; p=none; sp=reject; rua=mailto:a@b.example", CheckMark.Good, "p=reject, which it has from example", "")]
    [InlineData("_dmarc.example", "v=DMARC1; p=quarantine; rua=mailto:a@b.example", CheckMark.Good, "p=quarantine, which it has from example", "")]
    public async Task A_policy_is_read_from_the_domain_or_its_organisation(string at, string record, CheckMark mark, string says, string publish)
    {
        await using var doctor = new DoctorUnderTest();
        doctor.Dns.Without("_dmarc.news.example").Txt(at, record);

        var line = await doctor.LineAsync("DMARC");

        Assert.Equal((mark, publish), (line.Mark, line.Copy));
        Assert.Contains(says, line.Says + ":", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_policies_are_none()
    {
        await using var doctor = new DoctorUnderTest();
        doctor.Dns.Txt("_dmarc.news.example", "v=DMARC1; p=none");

        Assert.Equal((CheckMark.Bad, true), (await doctor.LineAsync("DMARC")) is var line ? (line.Mark, line.Says.Contains("more than one", StringComparison.Ordinal)) : default);
    }

    /// <summary>The organisation is example.org: it has the highest record, and no registry says otherwise.</summary>
    [Theory]
    [InlineData("mail.example.org", "", "bounce.example.org", CheckMark.Good, "the signature's mail.example.org and the envelope's bounce.example.org count")]
    [InlineData("example.org", "", "bounces.example.net", CheckMark.Good, "the envelope's bounces.example.net does not")]
    [InlineData("relay.example", "", "bounce.example.org", CheckMark.Warning, "lost when mail is forwarded")]
    [InlineData("relay.example", "", "relay.example", CheckMark.Bad, "every mail fails")]
    [InlineData("example.org", "; adkim=s", "bounce.example.org", CheckMark.Warning, "(adkim=s wants it exactly)")]
    [InlineData("example.org", "; aspf=s", "bounce.example.org", CheckMark.Good, "(aspf=s wants it exactly)")]
    [InlineData("news.example.org", "; adkim=s; aspf=s", "news.example.org", CheckMark.Good, "count as news.example.org")]
    [InlineData("blogs.example.org", "; psd=y", "blogs.example.org", CheckMark.Bad, "every mail fails")]
    public async Task Alignment_is_by_organisation_or_exact_as_the_policy_says(string signer, string tags, string envelope, CheckMark mark, string says)
    {
        await using var doctor = new DoctorUnderTest();
        (doctor.Relay.From, doctor.Relay.BounceDomain, doctor.Relay.Dkim!.Domain) = ("news@news.example.org", envelope, signer);
        doctor.Dns.Txt("_dmarc.example.org", "v=DMARC1; p=reject; rua=mailto:a@example.org" + tags);

        var line = await doctor.LineAsync("alignment");

        Assert.Equal(mark, line.Mark);
        Assert.Contains(says, line.Says, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "", "bounce.example.org", CheckMark.Bad, "it has no MX")]
    [InlineData("A", "", "bounce.example.org", CheckMark.Bad, "it has no MX")]
    [InlineData("A", "", "", CheckMark.Warning, "an address but no MX")]
    [InlineData("", "", "", CheckMark.Bad, "it has no MX")]
    [InlineData("", "mx.example.org", "bounce.example.org", CheckMark.Bad, "which has no address")]
    [InlineData("MX", "mx.example.org", "bounce.example.org", CheckMark.Good, "taken by mx.example.org")]
    [InlineData("", ".", "bounce.example.org", CheckMark.Bad, "takes no mail")]
    public async Task Bounces_need_somebody_who_takes_them(string has, string server, string bounce, CheckMark mark, string says)
    {
        await using var doctor = new DoctorUnderTest();
        (doctor.Relay.From, doctor.Relay.BounceDomain) = ("news@news.example.org", bounce);
        var domain = bounce.Length > 0 ? bounce : "news.example.org";
        if (server.Length > 0)
        {
            doctor.Dns.Mx(domain, 10, server);
        }

        if (has.Length > 0)
        {
            doctor.Dns.A(has == "A" ? domain : server, "2001:db8::1");
        }

        var line = await doctor.LineAsync("bounces");

        Assert.Equal((mark, true), (line.Mark, line.Says.Contains(says, StringComparison.Ordinal)));
        Assert.Equal(mark == CheckMark.Good ? "" : $"{domain} MX 10 …", line.Copy);
    }

    [Theory]
    [InlineData("192.0.2.77", null, null, CheckMark.Bad, "it has none", "77.2.0.192.in-addr.arpa PTR …")]
    [InlineData("192.0.2.77", "a.example.org", null, CheckMark.Bad, "a.example.org does not lead back", "a.example.org A 192.0.2.77")]
    [InlineData("192.0.2.77", "a.example.org", "192.0.2.78", CheckMark.Bad, "does not lead back", "a.example.org A 192.0.2.77")]
    [InlineData("192.0.2.77", "a.example.org", "192.0.2.77", CheckMark.Good, "a.example.org, which leads back", "")]
    [InlineData("2001:db8::77", "a.example.org", "2001:db8::77", CheckMark.Good, "a.example.org, which leads back", "")]
    [InlineData("2001:db8::77", null, null, CheckMark.Bad, "it has none", "7.7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa PTR …")]
    public async Task An_address_has_a_name_that_leads_back_to_it(string address, string? name, string? back, CheckMark mark, string says, string publish)
    {
        await using var doctor = new DoctorUnderTest();
        doctor.Relay.SendingAddresses[0] = address;
        if (name is not null)
        {
            doctor.Dns.Ptr(Notify.Providers.Smtp.Checks.Resolver.ReverseName(IPAddress.Parse(address)), name);
        }

        if (back is not null)
        {
            doctor.Dns.A(name!, back);
        }

        var line = await doctor.LineAsync("reverse name");

        Assert.Equal((mark, publish), (line.Mark, line.Copy));
        Assert.Contains(says, line.Says, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_mails_come_from_is_known_of_this_machine_or_by_settings_and_else_said_to_be_unknown()
    {
        await using var doctor = new DoctorUnderTest();
        doctor.Relay.SendingAddresses.Clear();

        var hidden = await doctor.LineAsync("reverse name");
        doctor.Own.Add(IPAddress.Parse("192.0.2.25"));
        var known = await doctor.LineAsync("reverse name");
        doctor.Relay.Host = "127.0.0.1.nip.example";
        var elsewhere = await doctor.LineAsync("reverse name");

        Assert.Equal((CheckMark.Skipped, CheckMark.Good, CheckMark.Skipped), (hidden.Mark, known.Mark, elsewhere.Mark));
        Assert.Contains("has no public address of its own; set SendingAddresses of relay", hidden.Says, StringComparison.Ordinal);
        Assert.Contains("from which addresses 127.0.0.1.nip.example sends is not known here", elsewhere.Says, StringComparison.Ordinal);
        Assert.Equal(CheckMark.Skipped, (await doctor.LineAsync("SPF of bounce.news.example for")).Mark);
    }

    [Fact]
    public async Task A_name_server_that_cannot_say_or_is_silent_is_neither_good_nor_bad()
    {
        await using var doctor = new DoctorUnderTest();
        doctor.Dns.Without("bounce.news.example").Fails("bounce.news.example").Without("notify._domainkey.news.example").Silent("notify._domainkey.news.example");

        var lines = await doctor.LookAsync();

        var away = lines.Where(line => line.Mark == CheckMark.Away).ToList();
        Assert.Equal(["SPF of relay", "DKIM of relay", "bounces of relay"], away.Select(line => line.What));
        Assert.Contains("answers ServerFailure", away[0].Says, StringComparison.Ordinal);
        Assert.Contains("notify._domainkey.news.example: no name server answered", away[1].Says, StringComparison.Ordinal);
        Assert.DoesNotContain(lines, line => line.Mark == CheckMark.Bad);
        Assert.Contains(lines, line => line is { IsGood: true, What: "DMARC of news.example" });
    }

    [Fact]
    public async Task Nobody_at_the_address_of_the_name_server_is_the_same()
    {
        await using var doctor = new DoctorUnderTest();
        doctor.Options.Resolver = $"127.0.0.1:{FreePort.Next().ToString(CultureInfo.InvariantCulture)}";

        var lines = await doctor.LookAsync();

        Assert.Equal(5, lines.Count(line => line.Mark == CheckMark.Away));
        Assert.DoesNotContain(lines, line => line.Mark == CheckMark.Bad);
    }

    [Fact]
    public async Task The_local_carrier_is_left_out_with_a_reason_and_asks_nobody()
    {
        await using var doctor = new DoctorUnderTest();
        doctor.Sandbox = doctor.Sandbox with { IsEnabled = true, SmtpPort = doctor.Server.Port };

        var line = Assert.Single(await doctor.LookAsync());

        Assert.Equal(("mail of relay", CheckMark.Skipped), (line.What, line.Mark));
        Assert.Empty(doctor.Dns.Asked);
        Assert.Equal(0, doctor.Server.Connections);
    }

    private static string Spki(RSA key) => Convert.ToBase64String(key.ExportSubjectPublicKeyInfo());
}
