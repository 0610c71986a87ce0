using System.Net;
using Notify.Jobs;
using Notify.Providers.Smtp.Checks;

namespace Notify.Tests.Providers;

/// <summary>SPF as a receiver follows it, and what the doctor says of it.</summary>
public sealed class SpfTests
{
    private const string Domain = "bounce.news.example";

    [Theory]
    [InlineData("v=spf1 ip4:192.0.2.25 -all", CheckMark.Good, "ends with -all and takes 0 of 10", CheckMark.Good)]
    [InlineData("v=spf1 ip4:192.0.2.0/24 ~all", CheckMark.Good, "ends with ~all", CheckMark.Good)]
    [InlineData("V=SPF1 IP4:192.0.2.25 -ALL", CheckMark.Good, "ends with -all", CheckMark.Good)]
    [InlineData("v=spf1 a:relay.news.example mx ~all", CheckMark.Good, "takes 2 of 10", CheckMark.Good)]
    [InlineData("v=spf1 ip4:198.51.100.0/24 ~all", CheckMark.Good, "", CheckMark.Bad)]
    [InlineData("v=spf1 -ip4:192.0.2.25 ip4:192.0.2.0/24 ~all", CheckMark.Good, "", CheckMark.Bad)]
    [InlineData("v=spf1 include:pool.example ~all", CheckMark.Good, "takes 1 of 10", CheckMark.Good)]
    [InlineData("v=spf1 redirect=pool.example", CheckMark.Good, "ends with -all and takes 1", CheckMark.Good)]
    [InlineData("v=spf1 include:pool.example redirect=pool.example", CheckMark.Good, "takes 2 of 10", CheckMark.Good)]
    [InlineData("v=spf1 exists:%{ir}.allowed.example ~all", CheckMark.Good, "takes 1 of 10", CheckMark.Good)]
    [InlineData("v=spf1 ip4:192.0.2.25", CheckMark.Warning, "says nothing about everybody else", CheckMark.Good)]
    [InlineData("v=spf1 ip4:192.0.2.25 ?all", CheckMark.Warning, "says nothing about everybody else", CheckMark.Good)]
    [InlineData("v=spf1 +all", CheckMark.Bad, "lets everybody send", CheckMark.Good)]
    [InlineData("v=spf1 include:open.example -all", CheckMark.Bad, "lets everybody send", CheckMark.Good)]
    [InlineData("v=spf1 ptr ~all", CheckMark.Warning, "'ptr' is left out", CheckMark.Bad)]
    [InlineData("v=spf1 a:x1.example a:x2.example a:x3.example ip4:192.0.2.25 ~all", CheckMark.Warning, "3 of its names lead nowhere", CheckMark.Good)]
    [InlineData("v=spf1 include:nowhere.example ~all", CheckMark.Bad, "nowhere.example has no SPF record", null)]
    [InlineData("v=spf1 redirect=nowhere.example", CheckMark.Bad, "nowhere.example has no SPF record", null)]
    [InlineData("v=spf1 include:twice.example ~all", CheckMark.Bad, "twice.example has 2 SPF records", null)]
    [InlineData("v=spf1 ip4:192.0.2.256 ~all", CheckMark.Bad, "'ip4:192.0.2.256' in the record of bounce.news.example cannot be read", null)]
    [InlineData("v=spf1 ipv4:192.0.2.25 ~all", CheckMark.Bad, "'ipv4:192.0.2.25'", null)]
    [InlineData("v=spf1 include: ~all", CheckMark.Bad, "'include:'", null)]
    [InlineData("v=spf1 redirect=a.example redirect=b.example", CheckMark.Bad, "'redirect=b.example'", null)]
    [InlineData("v=spf1 include:circle.example ~all", CheckMark.Bad, "include:circle.example in the record of round.example leads in a circle", null)]
    [InlineData("v=spf1 include:bounce.news.example ~all", CheckMark.Bad, "leads in a circle", null)]
    [InlineData("v=spf1 mx:crowd.example ~all", CheckMark.Bad, "has 11 names; 10 are followed", null)]
    public async Task A_record_is_followed_as_a_receiver_does(string record, CheckMark mark, string says, CheckMark? covers)
    {
        await using var doctor = new DoctorUnderTest();
        doctor.Dns.Without(Domain).Txt(Domain, record).Mx(Domain, 10, "mx.news.example")
            .Txt("pool.example", "v=spf1 ip4:192.0.2.16/28 -all").Txt("open.example", "v=spf1 +all").Txt("twice.example", "v=spf1 -all").Txt("twice.example", "v=spf1 ~all")
            .Txt("circle.example", "v=spf1 include:round.example -all").Txt("round.example", "v=spf1 include:circle.example -all").A("25.2.0.192.allowed.example", "127.0.0.2");
        for (var i = 0; i < 11; i++)
        {
            doctor.Dns.Mx("crowd.example", 10, $"mx{i}.crowd.example");
        }

        var lines = (await doctor.LookAsync()).Where(line => line.What.StartsWith("SPF", StringComparison.Ordinal)).ToList();

        Assert.Equal((mark, true), (lines[0].Mark, lines[0].Says.Contains(says, StringComparison.Ordinal)));
        Assert.Equal(covers, lines.ElementAtOrDefault(1)?.Mark);
    }

    [Theory, InlineData(10, CheckMark.Good), InlineData(11, CheckMark.Bad), InlineData(60, CheckMark.Bad)]
    public async Task Ten_questions_are_followed_and_not_one_more_however_deep(int includes, CheckMark mark)
    {
        await using var doctor = new DoctorUnderTest();
        doctor.Dns.Without(Domain).Txt(Domain, "v=spf1 include:s1.example ~all");
        for (var i = 1; i <= includes; i++)
        {
            doctor.Dns.Txt($"s{i}.example", i < includes ? $"v=spf1 include:s{i + 1}.example -all" : "v=spf1 ip4:192.0.2.25 -all");
        }

        var line = await doctor.LineAsync(mark == CheckMark.Good ? "SPF of bounce.news.example for" : "SPF");

        Assert.Equal(mark, line.Mark);
        Assert.Equal(mark == CheckMark.Bad, line.Says.Contains("questions to the DNS, and receivers stop after 10", StringComparison.Ordinal));
        Assert.True(doctor.Dns.Asked.Count < 70, "A maze is not walked to its end.");
    }

    [Fact]
    public async Task What_is_missing_comes_with_the_record_to_publish_and_that_one_is_good()
    {
        await using var doctor = new DoctorUnderTest();
        doctor.Relay.SendingAddresses.Add("2001:db8::25");
        doctor.Dns.Without(Domain).Mx(Domain, 10, "mx.news.example");

        var none = await doctor.LineAsync("SPF");
        Assert.Equal($"{Domain} TXT v=spf1 ip4:192.0.2.25 ip6:2001:db8::25 ~all", none.Copy);
        doctor.Dns.Txt(Domain, "v=spf1 a:mx.news.example -all");
        var half = await doctor.LineAsync("SPF of bounce.news.example for");
        Assert.Equal((CheckMark.Bad, $"{Domain} TXT v=spf1 ip4:192.0.2.25 ip6:2001:db8::25 a:mx.news.example -all"), (half.Mark, half.Copy));
        doctor.Dns.Txt(Domain, none.Copy.Split(" TXT ")[1]);
        var two = await doctor.LineAsync("SPF");
        Assert.Equal((CheckMark.Bad, $"{Domain} TXT v=spf1 a:mx.news.example ip4:192.0.2.25 ip6:2001:db8::25 ~all"), (two.Mark, two.Copy));

        doctor.Dns.Without(Domain).Txt(Domain, two.Copy.Split(" TXT ")[1]);
        Assert.All((await doctor.LookAsync()).Where(line => line.What.StartsWith("SPF", StringComparison.Ordinal)), line => Assert.True(line.IsGood, line.ToString()));
    }

    [Fact]
    public async Task A_name_server_that_is_silent_about_an_include_is_not_an_include_that_is_missing()
    {
        await using var doctor = new DoctorUnderTest();
        doctor.Dns.Without(Domain).Txt(Domain, "v=spf1 include:slow.example ~all").Silent("slow.example");

        var line = await doctor.LineAsync("SPF");

        Assert.Equal((CheckMark.Away, true), (line.Mark, line.Says.Contains("slow.example: no name server answered", StringComparison.Ordinal)));
    }

    /// <summary>The examples of RFC 7208, 7.4.</summary>
    [Theory]
    [InlineData("%{s}", "strong-bad@email.example.com")]
    [InlineData("%{o}", "email.example.com")]
    [InlineData("%{d}", "email.example.com")]
    [InlineData("%{d4}", "email.example.com")]
    [InlineData("%{d2}", "example.com")]
    [InlineData("%{d1}", "com")]
    [InlineData("%{dr}", "com.example.email")]
    [InlineData("%{d2r}", "example.email")]
    [InlineData("%{l}", "strong-bad")]
    [InlineData("%{l-}", "strong.bad")]
    [InlineData("%{lr}", "strong-bad")]
    [InlineData("%{lr-}", "bad.strong")]
    [InlineData("%{l1r-}", "strong")]
    [InlineData("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com")]
    [InlineData("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com")]
    [InlineData("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com")]
    [InlineData("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net")]
    [InlineData("a%%b%_c%-d", "a%b c%20d")]
    [InlineData("%{i}", "2.0.0.1.0.d.b.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.c.b.0.1", "2001:db8::cb01")]
    [InlineData("%{v}", "ip6", "2001:db8::cb01")]
    public void Macros_become_what_the_standard_says(string text, string expected, string address = "192.0.2.3") =>
        Assert.Equal(expected, SpfMacros.Expand(text, "email.example.com", "strong-bad@email.example.com", IPAddress.Parse(address)));

    [Theory, InlineData("%{i}.example"), InlineData("%{h}.example"), InlineData("%{v}.example")]
    public void What_only_a_receiver_knows_is_not_guessed(string text) => Assert.Null(SpfMacros.Expand(text, "example.com", "a@example.com", null));
}
