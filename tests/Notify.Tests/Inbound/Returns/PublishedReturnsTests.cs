using System.Globalization;
using System.Text.RegularExpressions;
using CsvHelper;
using Notify.Inbound.Returns;
using Notify.Tests.Support;

namespace Notify.Tests.Inbound.Returns;

/// <summary>Mails that came back to others, with what a reader of bounces should make of them (Sisimai's public set and its labels).</summary>
public sealed partial class PublishedReturnsTests(ITestOutputHelper output)
{
    [Fact]
    public void Mails_of_others_are_read_as_they_were_labelled()
    {
        var figures = Expectations().Select(row => (row.Expected, row.File, row.Index, Got: Recipient(row.File, row.Index))).ToList();
        var differences = figures.Where(row => row.Got is null || !Same(row.Expected, row.Got)).ToList();

        foreach (var (expected, file, index, got) in differences)
            output.WriteLine($"{file} {index}: {got}{(got?.Hard == true ? " hard" : "")}, labelled {expected}");

        double Share(Func<Label, ReturnedRecipient, bool> isRight) => 100.0 * figures.Count(row => row.Got is { } got && isRight(row.Expected, got)) / figures.Count;
        var (reason, hard, reply, status) = (Share((label, got) => Word(got) == label.Reason), Share((label, got) => got.Hard == label.Hard), Share((label, got) => (got.ReplyCode ?? "") == label.Reply), Share(SameStatus));
        var falselyHard = figures.Count(row => row.Got is { Hard: true } && !row.Expected.Hard);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{figures.Count} recipients: reason {reason:F1} %, hard or soft {hard:F1} %, reply code {reply:F1} %, status {status:F1} %; soft ones called hard: {falselyHard}"));
        Assert.True(figures.Count > 250, "The data is not what it was.");
        Assert.InRange(reason, 90, 100);
        Assert.InRange(hard, 97, 100);
        Assert.InRange(reply, 95, 100);
        Assert.Equal(0, falselyHard);
    }

    [Fact]
    public void Recipient_and_status_of_every_strict_report_are_found()
    {
        var reports = Directory.GetFiles(TestData.Require("bounces"), "*.eml").Order(StringComparer.Ordinal).Select(file => (File: Path.GetFileName(file), Groups: StrictGroups(File.ReadAllText(file)))).Where(report => report.Groups.Count > 0).ToList();

        foreach (var (file, groups) in reports)
        {
            foreach (var (index, group) in groups.Index())
            {
                var got = Recipient(file, index);
                Assert.Equal((file, group.Address.ToLowerInvariant(), true), (file, got?.Address?.ToLowerInvariant(), got is not null && (got.Status == group.Status || got.Status == Labelled(file, index).Status)));
            }
        }

        output.WriteLine($"{reports.Count} strict reports, {reports.Sum(report => report.Groups.Count)} recipients.");
        Assert.True(reports.Count > 100, "The data is not what it was.");
    }

    [Fact]
    public void Complaints_and_automatic_replies_are_told_from_bounces()
    {
        var kinds = Expectations().DistinctBy(row => row.File).Select(row => (row.File, row.Expected.Reason, ReturnedMail.Read(Octets(row.File)).Kind));

        Assert.All(kinds, mail => Assert.True(
            mail.Kind switch
            {
                ReturnKind.Bounce => mail.Reason is not ("feedback" or "vacation"),
                ReturnKind.Complaint => mail.Reason == "feedback",
                ReturnKind.AutoReply => mail.Reason == "vacation",
                // RFC 6591: about somebody who used our name; no reader complains.
                _ => mail.Reason == "feedback" && File.ReadAllText(TestData.Require($"bounces/{mail.File}")).Contains("Feedback-Type: auth-failure", StringComparison.Ordinal),
            },
            $"{mail.File} is {mail.Kind}, labelled {mail.Reason}"));
    }

    private static bool Same(Label label, ReturnedRecipient got) => Word(got) == label.Reason && got.Hard == label.Hard && (got.ReplyCode ?? "") == label.Reply && SameStatus(label, got);

    /// <summary>Where a mail gives no status, the labels have numbers of Sisimai's own, 5.0.9xx.</summary>
    private static bool SameStatus(Label label, ReturnedRecipient got) => (got.Status ?? "") == label.Status || (Own().IsMatch(label.Status) && got.Status is null or "5.0.0" or "4.0.0");

    private static string Word(ReturnedRecipient recipient) => recipient.Reason.ToString().ToLowerInvariant();

    private static ReturnedRecipient? Recipient(string file, int index) => RawMail.Split(Octets(file)).SelectMany(mail => ReturnedMail.Read(mail).Recipients).ElementAtOrDefault(index);

    private static byte[] Octets(string file) => File.ReadAllBytes(TestData.Require($"bounces/{file}"));

    private static Label Labelled(string file, int index) => Expectations().First(row => row.File == file && row.Index == index).Expected;

    private static List<(string File, int Index, Label Expected)> Expectations()
    {
        using var csv = CsvReader.FromFile(TestData.Require("bounces/expected.csv"));
        var rows = new List<(string, int, Label)>();
        csv.ReadHeader();
        while (csv.Read())
        {
            var label = new Label(csv.GetString("status"), csv.GetString("reply_code"), csv.GetString("reason"), csv.GetString("hard") == "true");
            rows.Add((csv.GetString("file"), int.Parse(csv.GetString("recipient_index"), CultureInfo.InvariantCulture), label));
        }

        return rows;
    }

    /// <summary>Recipients of a report that keeps RFC 3464 to the letter, read by this test in its own way: a Reporting-MTA, and each with recipient, action and status.</summary>
    private static List<(string Address, string Status)> StrictGroups(string mail)
    {
        var part = DeliveryStatus().Match(mail.ReplaceLineEndings("\n"));
        var groups = BlankLine().Split(Folding().Replace(part.Groups["body"].Value, " ")).Where(group => group.Trim().Length > 0).ToList();
        if (groups.Count < 2 || !groups[0].Contains("Reporting-MTA:", StringComparison.OrdinalIgnoreCase))
            return [];

        var read = groups.Skip(1).Select(group => (Address: FinalRecipient().Match(group).Groups["address"].Value, Status: Status().Match(group).Groups["status"].Value, HasAction: group.Contains("Action:", StringComparison.OrdinalIgnoreCase))).ToList();
        return read.TrueForAll(group => group.HasAction && group.Status.Length > 0 && group.Address.Length > 0) ? [.. read.Select(group => (group.Address, group.Status))] : [];
    }

    [GeneratedRegex(@"^Content-Type: *message/delivery-status[^\n]*\n(?:[^\n]+\n)*\n(?<body>.*?)^ ?--", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex DeliveryStatus();

    [GeneratedRegex(@"\n[ \t]+(?=\S)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Folding();

    [GeneratedRegex(@"\n\s*\n", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex BlankLine();

    [GeneratedRegex(@"^Final-Recipient: *[^;\n]+; *<?(?<address>[^<>\s]+@[^<>\s]+)", RegexOptions.Multiline | RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FinalRecipient();

    [GeneratedRegex(@"^Status: *(?<status>[245]\.\d+\.\d+)", RegexOptions.Multiline | RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Status();

    [GeneratedRegex(@"^[45]\.0\.9\d\d$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Own();

    private sealed record Label(string Status, string Reply, string Reason, bool Hard);
}
