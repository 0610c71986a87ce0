using System.Net.Mail;
using CsCheck;
using Notify.Contacts;

namespace Notify.Tests.Contacts;

public sealed class EmailAddressTests
{
    [Theory]
    [InlineData("reader@example.com", "reader@example.com")]
    [InlineData("  Reader.Name+news@Example.COM\t", "Reader.Name+news@example.com")]
    [InlineData("\u200Ereader@example.com\u200F", "reader@example.com")]
    [InlineData("o'brien@example.co.uk", "o'brien@example.co.uk")]
    [InlineData("!#$%&'*+-/=?^_`{|}~@example.com", "!#$%&'*+-/=?^_`{|}~@example.com")]
    [InlineData("reader@b\u00FCcher.example", "reader@xn--bcher-kva.example")]
    [InlineData("reader@B\u00DCCHER.example", "reader@xn--bcher-kva.example")]
    [InlineData("reader@XN--BCHER-KVA.example", "reader@xn--bcher-kva.example")]
    [InlineData("\u05D9\u05D5\u05E1\u05D9@\u05D3\u05D5\u05D2\u05DE\u05D4.example", "\u05D9\u05D5\u05E1\u05D9@xn--6dbbec0c.example")]
    [InlineData("jose\u0301@example.com", "jos\u00E9@example.com")]
    [InlineData("reader@r3---sn.example.com", "reader@r3---sn.example.com")]
    [InlineData("reader@example\u3002com", "reader@example.com")]
    public void Reads_a_single_mailbox(string raw, string expected)
    {
        var taken = EmailAddress.TryParse(raw, out var address, out var problem);

        Assert.True(taken, problem);
        Assert.Equal(expected, address!.Value);
        Assert.Null(problem);
    }

    [Theory]
    [InlineData(null, "Please enter an e-mail address")]
    [InlineData(" ", "Please enter an e-mail address")]
    [InlineData("reader", "not a complete")]
    [InlineData("@example.com", "not a complete")]
    [InlineData("reader@", "not a complete")]
    [InlineData("reader\uFF20example.com", "not a complete")]
    [InlineData("a@b@c", "one e-mail address only")]
    [InlineData("a@example.com,b@example.com", "one e-mail address only")]
    [InlineData("a@example.com;b@example.com", "one e-mail address only")]
    [InlineData("<a@example.com>", "only the address")]
    [InlineData("Reader <a@example.com>", "only the address")]
    [InlineData("\"a b\"@example.com", "only the address")]
    [InlineData("a@example.com\r\nBcc: b@example.com", "invisible")]
    [InlineData("a@example.com\n", "invisible")]
    [InlineData("a\0@example.com", "invisible")]
    [InlineData("a\u202E@example.com", "invisible")]
    [InlineData("a\u200Db@example.com", "invisible")]
    [InlineData("a@exam\u00ADple.com", "invisible")]
    [InlineData("a\uD83D@example.com", "invisible")]
    [InlineData("a\u2028b@example.com", "invisible")]
    [InlineData("a b@example.com", "no blanks")]
    [InlineData("a@example .com", "no blanks")]
    [InlineData("a\u3000b@example.com", "no blanks")]
    [InlineData(".a@example.com", "before the @")]
    [InlineData("a.@example.com", "before the @")]
    [InlineData("a..b@example.com", "before the @")]
    [InlineData("a(b)@example.com", "before the @")]
    [InlineData("a\\b@example.com", "before the @")]
    [InlineData("\U0001F600@example.com", "before the @")]
    [InlineData("\uFF52\uFF45\uFF41\uFF44\uFF45\uFF52@example.com", "before the @")]
    [InlineData("reader@localhost", "after the @")]
    [InlineData("reader@example..com", "after the @")]
    [InlineData("reader@.example.com", "after the @")]
    [InlineData("reader@example.com.", "after the @")]
    [InlineData("reader@-example.com", "after the @")]
    [InlineData("reader@example-.com", "after the @")]
    [InlineData("reader@exa_mple.com", "after the @")]
    [InlineData("reader@[192.0.2.1]", "after the @")]
    [InlineData("reader@192.0.2.1", "after the @")]
    [InlineData("reader@xn--\u00FC.com", "after the @")]
    [InlineData("reader@xn--a.com", "after the @")]
    [InlineData("reader@exam/ple.com", "after the @")]
    [InlineData("reader@\U0001F600\uD83D.com", "invisible")]
    public void Refuses_anything_else_and_says_what_to_do(string? raw, string words)
    {
        Assert.False(EmailAddress.TryParse(raw, out var address, out var problem));

        Assert.Null(address);
        Assert.Contains(words, problem, StringComparison.Ordinal);
    }

    /// <summary>RFC 5321 section 4.5.3.1.1 and .3; octets, not characters.</summary>
    [Fact]
    public void Keeps_to_the_lengths_mail_servers_keep_to()
    {
        var longest = new string('a', 64) + "@" + string.Join('.', new string('b', 63), new string('c', 63), new string('d', 61));

        Assert.Equal(254, longest.Length);
        Assert.True(EmailAddress.TryParse(longest, out _, out _));
        Assert.False(EmailAddress.TryParse(longest + "d", out _, out _));
        Assert.False(EmailAddress.TryParse(new string('a', 65) + "@example.com", out _, out _));
        Assert.True(EmailAddress.TryParse(new string('\u00E9', 32) + "@example.com", out _, out _));
        Assert.False(EmailAddress.TryParse(new string('\u00E9', 33) + "@example.com", out _, out _));
        Assert.False(EmailAddress.TryParse("a@" + new string('b', 64) + ".com", out _, out _));
    }

    [Fact]
    public void Spellings_that_differ_in_case_share_a_key_and_keep_their_value()
    {
        Assert.True(EmailAddress.TryParse("Reader@Example.com", out var one, out _));
        Assert.True(EmailAddress.TryParse("reader@example.COM", out var other, out _));

        Assert.Equal("Reader@example.com", one.Value);
        Assert.Equal(one.Key, other.Key);
        Assert.NotEqual(one, other);
    }

    [Fact]
    public void Keeps_to_itself_in_logs()
    {
        Assert.True(EmailAddress.TryParse("reader@private-family.co.uk", out var address, out _));

        Assert.Equal("…@….uk", $"{address}");
    }

    [Fact]
    public void Ten_thousand_characters_are_refused_at_once()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        foreach (var raw in new[] { new string('a', 10_000), new string('@', 10_000), "a@" + new string('.', 10_000), "a@" + string.Concat(Enumerable.Repeat("\u00FC.", 5_000)) })
            Assert.False(EmailAddress.TryParse(raw, out _, out _));

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(1), $"took {clock.Elapsed}");
    }

    [Fact]
    public void Never_throws_reads_its_own_answers_again_and_cannot_end_a_header()
    {
        var part = Gen.OneOf(
            Gen.Char["abcZ09.-_+'\u00E9\u0301\u05D0\u4F60\u00DF\u0130\uFF21 \r\n\u200D<>,\"\uD83D\uDE00"].Array[0, 12].Select(c => new string(c)),
            Gen.String[0, 12]);
        var address = Gen.Select(part, part, Gen.OneOf(".com", ".example", "", ".xn--p1ai", ".\u0440\u0444")).Select((local, domain, end) => $"{local}@{domain}{end}");

        Gen.OneOf(address, Gen.String).Sample(raw =>
        {
            if (!EmailAddress.TryParse(raw, out var read, out var problem))
            {
                Assert.False(string.IsNullOrWhiteSpace(problem));
                return;
            }

            Assert.True(EmailAddress.TryParse(read.Value, out var again, out var refusal), $"{read.Value}: {refusal}");
            Assert.Equal(read, again);
            Assert.Equal(read.Key, EmailAddress.KeyOf(read.Key));
            Assert.DoesNotContain(read.Value, char.IsControl);
            Assert.DoesNotContain(read.Value, char.IsWhiteSpace);
            Assert.True(MailAddress.TryCreate(read.Value, out var outside) && outside.DisplayName.Length == 0, read.Value);
        }, iter: 50_000);
    }
}
