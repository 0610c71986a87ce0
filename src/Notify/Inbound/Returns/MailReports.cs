namespace Notify.Inbound.Returns;

/// <summary>From a mail that came back to reports. The address it came to says the most: only the mail it is about had it.</summary>
internal static class MailReports
{
    public const string By = "mailbox";

    /// <summary>Opens the local part of an address that bounces go to; a plus, so that one mailbox named b can take them all (RFC 5233).</summary>
    public const string BouncePrefix = "b+";

    /// <summary>Opens the local part of an address that a goodbye by mail goes to (RFC 2369, 3.2).</summary>
    public const string LeavePrefix = "u+";

    /// <param name="id">What tells this mail from every other.</param>
    public static IReadOnlyList<Report> Of(ReturnedMail mail, string id, string raw)
    {
        if (mail.Kind == ReturnKind.Other)
        {
            // Some programs say goodbye with an empty mail, some with words of thanks: whatever it says, it came to that address.
            return TagAt(mail, LeavePrefix) is { } leaving ? [new Report(By, id, ReportKind.Leave) { Tag = leaving, Raw = raw }] : [];
        }

        var tag = TagAt(mail, BouncePrefix) ?? TagAt(mail, LeavePrefix) ?? mail.EnvelopeId ?? mail.MessageId?.Split('@')[0];
        return mail.Kind switch
        {
            ReturnKind.Complaint => [new Report(By, id, ReportKind.Complaint) { Tag = tag, Reason = ReturnReason.Feedback, Raw = raw }],
            ReturnKind.Bounce => [.. mail.Recipients.Select((recipient, i) => (recipient, i)).Where(r => KindOf(r.recipient) is not null).Select(r => new Report(By, $"{id}.{r.i}", KindOf(r.recipient)!.Value)
            {
                Tag = tag, Reason = r.recipient.Reason, IsHard = r.recipient.Hard, Status = r.recipient.Status, Raw = raw,
            })],
            _ => [],
        };
    }

    /// <summary>What came of it for one recipient; null where that says nothing about its end (RFC 3464, 2.3.3).</summary>
    private static ReportKind? KindOf(ReturnedRecipient recipient) => recipient.Action switch
    {
        "failed" or null => ReportKind.Failed,
        "delayed" => ReportKind.Delayed,
        "delivered" => ReportKind.Delivered,
        _ => null,
    };

    private static string? TagAt(ReturnedMail mail, string prefix) =>
        mail.ArrivedAt.Select(address => address.Split('@')[0]).FirstOrDefault(local => local.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))?[prefix.Length..];
}
