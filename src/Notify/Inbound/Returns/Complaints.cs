namespace Notify.Inbound.Returns;

/// <summary>Feedback reports (RFC 5965): a reader pressed "this is spam".</summary>
internal static class Complaints
{
    public static (ReturnKind Kind, IReadOnlyList<ReturnedRecipient> Recipients)? Read(Dissection parts)
    {
        if (parts.Feedback is not { } report)
        {
            return null;
        }

        // RFC 5965, 7.3: "not-spam" takes one back. RFC 6591: "auth-failure" is about somebody who used our name.
        var isComplaint = report["Feedback-Type"] is not { } type || !(type.StartsWith("not-spam", StringComparison.OrdinalIgnoreCase) || type.StartsWith("auth-failure", StringComparison.OrdinalIgnoreCase) || type.StartsWith("dmarc", StringComparison.OrdinalIgnoreCase));
        // Many hide who it was. The mail that is enclosed may still say.
        var addresses = report.All("Original-Rcpt-To").Concat(report.All("Removal-Recipient")).Select(Prose.FirstAddress).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        if (addresses.Count == 0 && Prose.FirstAddress(parts.Original["To"] ?? "") is { } to)
        {
            addresses.Add(to);
        }

        return (isComplaint ? ReturnKind.Complaint : ReturnKind.Other,
            addresses.Count == 0 ? [On(null)] : [.. addresses.Take(Prose.MostRecipients).Select(On)]);
    }

    public static ReturnedRecipient On(string? address) => new(address, null, null, null, ReturnReason.Feedback, Hard: false);
}
