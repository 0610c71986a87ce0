using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Notify.Providers.Smtp;
using Notify.Tests.Support;

namespace Notify.Tests.Providers;

/// <summary>Against a real submission server: encrypted, logged in, in groups, with everything Postfix offers.</summary>
public sealed class SmtpPostfixTests
{
    [Fact]
    public async Task Mails_go_one_behind_the_other_over_one_encrypted_connection()
    {
        await using var server = await SecurePostfix.StartAsync();
        await using var mails = Mails(server, SecurePostfix.Password);
        string[] readers = [.. Enumerable.Range(0, 40).Select(n => string.Create(CultureInfo.InvariantCulture, $"r{n}@reader.example"))];
        var line = new MailLine([.. readers[..20], "gone@reader.example", .. readers[20..], "grey@reader.example", "דוד@reader.example"]);

        await mails.SendAllAsync("relay", line);

        Assert.All(readers, reader => Assert.Equal("Accepted", line[reader]));
        Assert.Equal(("RecipientGone", "TryLater", "Accepted"), (line["gone@reader.example"], line["grey@reader.example"], line["דוד@reader.example"]));
        await LoggedAsync(server, "status=sent", readers.Length + 1);
        await mails.DisposeAsync();
        // What Postfix says of a connection that has ended; whoever looked whether it listens did not log in.
        await LoggedAsync(server, " auth=1 ", 1);
        Assert.DoesNotContain("improper command pipelining", server.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mail_too_long_for_the_server_is_not_begun_and_a_long_one_arrives_whole()
    {
        await using var server = await SecurePostfix.StartAsync();
        await using var mails = Mails(server, SecurePostfix.Password);
        var (longMail, tooLong) = (new MailLine("long@reader.example") { Text = new string('x', 80_000) }, new MailLine("long@reader.example") { Text = new string('x', 200_000) });

        await mails.SendAllAsync("relay", longMail);
        await mails.SendAllAsync("relay", tooLong);

        Assert.Equal(("Accepted", "Rejected"), (longMail["long@reader.example"], tooLong["long@reader.example"]));
        await LoggedAsync(server, "status=sent", 1);
    }

    [Fact]
    public async Task A_wrong_password_stops_the_sender()
    {
        await using var server = await SecurePostfix.StartAsync();
        await using var mails = Mails(server, "another");
        var line = new MailLine("reader@reader.example");

        await mails.SendAllAsync("relay", line);

        Assert.Equal("SenderBroken", line["reader@reader.example"]);
    }

    private static SmtpMails Mails(SecurePostfix server, string password)
    {
        var trusted = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, CustomTrustStore = { server.Certificate } };
        return SmtpUnderTest.Mails(server.Port, set: relay => (relay.Security, relay.Username, relay.Password) = (SmtpSecurity.StartTls, SecurePostfix.Username, password), certificates: trusted);
    }

    private static int Count(string log, string words) => log.Split('\n').Count(entry => entry.Contains(words, StringComparison.Ordinal));

    /// <summary>Postfix hands mails on after it has taken them.</summary>
    private static async Task LoggedAsync(SecurePostfix server, string words, int times)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (Count(server.Log, words) < times && TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(60))
        {
            await Task.Yield();
        }

        Assert.Equal(times, Count(server.Log, words));
    }
}
