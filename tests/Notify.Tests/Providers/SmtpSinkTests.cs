using System.Globalization;
using System.Net.Sockets;
using Notify.Deliveries;
using Notify.Tests.Support;

namespace Notify.Tests.Providers;

/// <summary>Every point at which Postfix' <c>smtp-sink</c> can be told to fail, with mails one by one and one behind the other.</summary>
public sealed class SmtpSinkTests
{
    public static TheoryData<string, string, string> Points => new()
    {
        { "", "Accepted", "" }, { "-p", "Accepted", "" }, { "-e", "Accepted", "" }, { "-8", "Accepted", "" }, { "-N", "Accepted", "" }, { "-E", "Accepted", "" },
        { "-f CONNECT", "SenderBroken", "Session" },
        { "-r MAIL", "TryLater", "Sender" }, { "-f MAIL", "SenderBroken", "Sender" },
        { "-r RCPT", "TryLater", "Recipient" }, { "-f RCPT", "Rejected", "Recipient" }, { "-f RCPT -B 550_5.1.1_no_such_user", "RecipientGone", "Recipient" }, { "-Q RCPT", "TryLater", "Recipient" },
        { "-r DATA", "TryLater", "Data" }, { "-f DATA", "Rejected", "Data" },
        { "-r .", "TryLater", "Message" }, { "-f .", "Rejected", "Message" }, { "-Q .", "TryLater", "Message" },
        { "-q CONNECT", "TryLater", "" }, { "-q MAIL", "TryLater", "" }, { "-q RCPT", "TryLater", "" }, { "-q DATA", "TryLater", "" }, { "-q .", "InDoubt", "" },
    };

    [Theory, MemberData(nameof(Points))]
    public async Task What_becomes_of_a_mail_is_known_at_every_point(string flags, string outcome, string stage)
    {
        await using var sink = await SinkAsync(flags);
        await using var mails = SmtpUnderTest.Mails(sink.Port, set: relay => relay.Host = "127.0.0.1");
        var line = new MailLine("one@example.com", "two@example.com", "three@example.com");

        await mails.SendAllAsync("relay", line);

        Assert.All(line.Outcomes, mail => Assert.Equal(outcome, Assert.Single(mail.Value).GetType().Name));
        if (stage.Length > 0)
        {
            Assert.All(line.Outcomes, mail => Assert.EndsWith($"at {stage}", Reason(mail.Value[0]), StringComparison.Ordinal));
        }
    }

    /// <summary>It says 550 and hangs up without reading on, so that the reset may overtake its words; what it did not read to the dot it has not taken.</summary>
    [Fact]
    public async Task A_relay_that_says_no_while_it_is_written_to_has_not_taken_the_mail()
    {
        await using var sink = await SinkAsync("-A 0");
        await using var mails = SmtpUnderTest.Mails(sink.Port, set: relay => relay.Host = "127.0.0.1");
        // Longer than what the two kernels hold for each other.
        var line = new MailLine("one@example.com", "two@example.com") { Text = new string('x', 20_000_000) };

        await mails.SendAllAsync("relay", line);

        Assert.All(line.Outcomes, mail => Assert.True(Assert.Single(mail.Value) is SendOutcome.Rejected or SendOutcome.TryLater, $"{mail.Value[0]}"));
    }

    private static string Reason(SendOutcome outcome) => outcome switch
    {
        SendOutcome.TryLater o => o.Reason,
        SendOutcome.Rejected o => o.Reason,
        SendOutcome.RecipientGone o => o.Reason,
        SendOutcome.SenderBroken o => o.Reason,
        _ => "",
    };

    private static async Task<Sink> SinkAsync(string flags)
    {
        var (program, port) = (Programs.Require("smtp-sink"), FreePort.Next());
        var address = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
        // It refuses to be root.
        string[] user = Environment.IsPrivilegedProcess ? ["-u", "nobody"] : [];
        var sink = new Sink(ChildProcess.Start([program, .. user, .. flags.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(flag => flag.Replace('_', ' ')), address, "100"]), port);
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync("127.0.0.1", port, TestContext.Current.CancellationToken);
                return sink;
            }
            catch (SocketException) when (TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(60))
            {
                await Task.Yield();
            }
        }
    }

    private sealed record Sink(ChildProcess Process, int Port) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Process.TerminateAsync();
            await Process.DisposeAsync();
        }
    }
}
