using System.Diagnostics;
using System.Globalization;
using System.Text;
using Notify.Inbound.Returns;

namespace Notify.Tests.Inbound.Returns;

/// <summary>
/// A mail that comes back comes from anybody: whatever is in it, reading it ends soon, needs little, and never throws. The seed is printed;
/// <c>NOTIFY_FUZZ_SEED</c> repeats a run, <c>NOTIFY_FUZZ_MAILS</c> makes it longer.
/// </summary>
public sealed class HostileReturnsTests(ITestOutputHelper output)
{
    /// <summary>All that was ever asked for; most of it is given back on the way.</summary>
    private const long LittleMemory = 300 * 1024 * 1024;

    /// <summary>Something quadratic takes hours; a busy machine does not make this of a second.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(1);

    private static readonly string[] Scraps =
    [
        "\r", "\n", "\r\n", "\n\n", "\0", "<", ">", "@", ":", ";", "\"", "(", "=?utf-8?Q?=", "=?iso-2022-jp?B?GyRC?=", "\u001b$B", "\u001b(B", "\ud800", "\u202e", "=", "=3D\n", "--=b", "--=b--", "--",
        "Content-Type: multipart/mixed; boundary=\"\"\n", "Content-Type: message/rfc822\n\n", "Content-Type: message/delivery-status\n\n", "Content-Type: text/plain; charset=utf-7\n", "Content-Type: text/plain; charset=\"\n",
        "Content-Transfer-Encoding: base64\n", "Content-Transfer-Encoding: x-uuencode\n", "Final-Recipient: rfc822; \n", "Final-Recipient: utf-8; a@\n", "Status: 5.1.1\n", "Status: 9.99.999\n", "Action: \n", "Diagnostic-Code: smtp;\n",
        "From \n", "From x Mon Jan 1 00:00:00 2026\n", "Subject: Undelivered Mail\n", ">>> RCPT To:<a@b.example>\n", "<<< 550\n", "550 <a@b.example>... \n", "<a@b.example>:", "a@b.example<mailto:c@d.example>", "{\"notificationType\":[[[",
        "5.1.1", "550-5.7.1", "4.4.7", ".", "=1", "\t", " ",
    ];

    [Fact]
    public void A_mail_with_anything_changed_is_read_without_throwing()
    {
        var mails = Setting("NOTIFY_FUZZ_MAILS", 4_000);
        var seed = Setting("NOTIFY_FUZZ_SEED", Random.Shared.Next());
        output.WriteLine($"seed {seed}, {mails} mails");
        byte[][] originals = [.. OwnMailsTests.All()];
        var kinds = new Dictionary<ReturnKind, int>();

        for (var i = 0; i < mails; i++)
        {
            var random = new Random(HashCode.Combine(seed, i));
            var mail = Changed(originals, random);

            var kind = Check(mail, $"seed {seed}, mail {i}");

            kinds[kind] = kinds.GetValueOrDefault(kind) + 1;
        }

        output.WriteLine(string.Join(", ", kinds.Select(kind => $"{kind.Value} {kind.Key}")));
        // Changed, but not beyond recognition: otherwise nothing was tried.
        Assert.True(kinds[ReturnKind.Bounce] > mails / 3);
    }

    [Fact]
    public void Any_octets_at_all_are_read_without_throwing()
    {
        var seed = Setting("NOTIFY_FUZZ_SEED", Random.Shared.Next());
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);

        for (var i = 0; i < 2_000; i++)
        {
            var mail = new byte[random.Next(600)];
            random.NextBytes(mail);
            Check(mail, $"seed {seed}, octets {i}");
        }
    }

    [Theory]
    [InlineData("From: mailer-daemon@a.example\nSubject: failure notice\n\n", "<a@b.example>:\n")]
    [InlineData("From: mailer-daemon@a.example\nSubject: failure notice\n\n", "550 <a@b.example>... User unknown\n")]
    [InlineData("From: mailer-daemon@a.example\nSubject: failure notice\n\n", "a@b.example said: ")]
    [InlineData("From: mailer-daemon@a.example\nSubject: failure notice\n\n", "\nReceived: a\n")]
    [InlineData("From: mailer-daemon@a.example\nSubject: failure notice\n\n", "user mailbox account ")]
    [InlineData("From: mailer-daemon@a.example\nSubject: failure notice\n\n", "5.1.1 550 ")]
    [InlineData("From: mailer-daemon@a.example\nSubject: failure notice\n\n", "x@")]
    [InlineData("From: mailer-daemon@a.example\nSubject: failure notice\n\n", "Reporting-MTA: a\nFinal-Recipient: rfc822; a@b.example\n\n")]
    [InlineData("From: mailer-daemon@a.example\nSubject: failure notice\n\nReporting-MTA: a\n", " b\n")]
    [InlineData("From: mailer-daemon@a.example\nSubject: failure notice\n\n{\"notificationType\":", "[")]
    [InlineData("Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n", "Final-Recipient: rfc822; a@b.example\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 user unknown\n\n")]
    [InlineData("Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n", "Diagnostic-Code: a\n b\n")]
    [InlineData("", "Content-Type: multipart/mixed; boundary=b\n\n--b\n")]
    [InlineData("Content-Type: multipart/mixed; boundary=b\n\n", "--b\n")]
    [InlineData("Content-Type: multipart/mixed; boundary=b\n\n", "--b\n\na\n")]
    [InlineData("", "Content-Type: message/rfc822\n\n")]
    [InlineData("From: ", "a <a@b.example>, ")]
    [InlineData("From: ", "((")]
    [InlineData("Subject: ", "=?utf-8?B?YQ==?= ")]
    [InlineData("Content-Type: text/plain; ", "a*0=b; ")]
    [InlineData("Content-Type: text/html\n\n", "<b>")]
    [InlineData("Content-Type: text/html\n\n", "&amp;<!--")]
    [InlineData("X-Failed-Recipients: ", "a@b.example,")]
    [InlineData("From a\n", "\nFrom a:b:c\n\n")]
    [InlineData("", "\r")]
    [InlineData("", "a:\n")]
    public void A_megabyte_of_anything_is_done_with_in_seconds(string start, string again)
    {
        var mail = Encoding.UTF8.GetBytes(start + string.Concat(Enumerable.Repeat(again, ReturnedMail.LargestMail / again.Length)));

        Check(mail, again);
    }

    private static ReturnKind Check(byte[] mail, string which)
    {
        var watch = Stopwatch.StartNew();
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            var read = ReturnedMail.Read(mail);

            Assert.InRange(read.Recipients.Count, 0, 100);
            Assert.All(read.Recipients, recipient => Assert.False(recipient is { Hard: true, Action: not "failed" } or { Hard: true, Status: ['4', ..] }));
            Assert.InRange(watch.Elapsed, TimeSpan.Zero, Soon);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, LittleMemory);
            foreach (var split in RawMail.Split(mail).Take(1_000))
            {
                Assert.NotEqual(0, split.Length + (mail.Length == 0 ? 1 : 0));
            }

            return read.Kind;
        }
        catch (Exception e) when (e is not Xunit.Sdk.XunitException)
        {
            throw new InvalidOperationException(which, e);
        }
    }

    private static byte[] Changed(byte[][] originals, Random random)
    {
        var mail = originals[random.Next(originals.Length)];
        for (var changes = random.Next(1, 9); changes > 0; changes--)
        {
            var at = random.Next(mail.Length + 1);
            var length = Math.Min(random.Next(60), mail.Length - at);
            var other = originals[random.Next(originals.Length)];
            mail = random.Next(7) switch
            {
                0 => [.. mail[..at], (byte)random.Next(256), .. mail[at..]],
                1 => [.. mail[..at], .. mail[(at + length)..]],
                2 => [.. mail[..(at + length)], .. mail[at..]],
                3 => [.. mail[..at], .. Encoding.UTF8.GetBytes(Scraps[random.Next(Scraps.Length)]), .. mail[at..]],
                4 => [.. mail[..at], .. other[random.Next(other.Length)..]],
                5 => [.. mail.Select(octet => octet == '\n' && random.Next(10) == 0 ? (byte)'\r' : octet)],
                _ => mail[..Math.Max(at, mail.Length / 2)],
            };
        }

        return mail;
    }

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } set ? int.Parse(set, CultureInfo.InvariantCulture) : otherwise;
}
